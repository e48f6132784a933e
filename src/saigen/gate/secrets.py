"""Files of a push that look as if they held a secret.

Two scanners look at each: gitleaks, which keeps up with the formats of hundreds of issuers, and the short list that
recordings use (`saigen.record.secrets`), which knows what machine learning uses beside. The server has gitleaks;
where a client has none, the short list alone is asked and that is said.

A line that ends in a comment with `gitleaks:allow` is not looked at, nor are files that `[gate] allow` names.
"""

from __future__ import annotations

import json
import posixpath
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.branches.refusal import Refusal
from saigen.data.pointer import is_inside
from saigen.errors import BlockedError
from saigen.gate.added import Blob
from saigen.git.repository import Repository
from saigen.project.branches import any_matches
from saigen.project.gate import GateRules
from saigen.record.secrets import found_in, is_secret_file
from saigen.text import printable

ALLOW = b"gitleaks:allow"
LARGEST, LARGEST_TOTAL, MOST = 1_000_000, 20_000_000, 2_000  # bytes of one file, of all, files
_SECONDS = 30


@dataclass(frozen=True)
class Finding:
    """Something that looks like a secret: where it is, and the name of the rule that says so. Not the secret itself."""

    path: str
    line: int
    rule: str


def scanner() -> str | None:
    """The gitleaks of this machine; None without one."""
    return shutil.which("gitleaks")


def judge_secrets(
    repository: Repository, rules: GateRules, blobs: Sequence[Blob], program: str | None
) -> tuple[list[Refusal], list[str]]:
    """A refusal for each file that looks as if it held a secret, and what was not looked at.

    Args:
        program: path of gitleaks; None to look with the short list alone.

    Raises:
        BlockedError: gitleaks failed, or took too long.
    """
    looked_at = chosen(rules, blobs)
    contents = repository.objects([blob.id for blob in looked_at])
    texts = {blob: contents[blob.id] for blob in looked_at if b"\0" not in contents[blob.id][:8000]}
    found = {(one.path, one.line): one for one in _by_list(texts)}
    if program and texts:
        found |= {(one.path, one.line): one for one in _by_gitleaks(program, texts)}
    first: dict[str, Finding] = {}
    for key in sorted(found):
        first.setdefault(found[key].path, found[key])
    return [_refusal(one) for one in first.values()], _notes(rules, blobs, looked_at, program)


def chosen(rules: GateRules, blobs: Sequence[Blob]) -> list[Blob]:
    """The files that are looked at: not those that are allowed, nor large ones, nor endlessly many. Pure."""
    found: list[Blob] = []
    total = 0
    for blob in sorted(blobs, key=lambda one: one.size):
        if any_matches(blob.path, rules.allow) or blob.size > LARGEST:
            continue
        total += blob.size
        if total > LARGEST_TOTAL or len(found) == MOST:
            break
        found.append(blob)
    return found


def _by_list(texts: Mapping[Blob, bytes]) -> Iterator[Finding]:
    for blob, content in texts.items():
        if is_secret_file(blob.path) and (not blob.path.endswith(".pem") or b"PRIVATE KEY" in content):
            yield Finding(blob.path, 1, "a file of secrets by its name")
        for rule, secret in found_in(content):
            start = content.find(secret)
            end = content.find(b"\n", start + len(secret))
            line = content[content.rfind(b"\n", 0, start) + 1 : end if end >= 0 else None]
            if ALLOW not in line:
                yield Finding(blob.path, content.count(b"\n", 0, start) + 1, rule)


def _by_gitleaks(program: str, texts: Mapping[Blob, bytes]) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="saigen-gate-") as folder:
        paths: dict[str, str] = {}
        for number, (blob, content) in zip(map(str, range(len(texts))), texts.items(), strict=True):
            safe = is_inside(blob.path) and len(blob.path.encode(errors="surrogateescape")) < 200
            file = Path(folder, number, blob.path if safe else f"file{posixpath.splitext(blob.path)[1][:10]}")
            file.parent.mkdir(parents=True)
            file.write_bytes(content)
            paths[number] = blob.path
        for one in _gitleaks(program, folder):
            number = Path(one["File"]).relative_to(folder).parts[0]
            yield Finding(paths[number], int(one["StartLine"]), str(one["RuleID"]))


def _gitleaks(program: str, folder: str) -> list[dict[str, str]]:
    report = Path(folder, "report.json")
    command = [program, "dir", folder, "--no-banner", "--log-level=error", "--redact", "--exit-code=0"]
    command += ["--report-format=json", f"--report-path={report}", f"--gitleaks-ignore-path={folder}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(str(error)) from error
    if done.returncode != 0:
        raise _failed(done.stderr.decode(errors="replace").strip()[-300:])
    found: list[dict[str, str]] = json.loads(report.read_bytes())
    return found


def _failed(said: str) -> BlockedError:
    return BlockedError("the push was not looked through for secrets", f"gitleaks failed: {said}", "the same again")


def _refusal(found: Finding) -> Refusal:
    path = printable(found.path)
    return Refusal(
        "secret",
        f"{path}, line {found.line}, looks like a secret ({found.rule})",
        "what is pushed once is in everybody's clone, and stays there",
        f"take it out, git add {path} && git commit --amend --no-edit    (and make it invalid where it was issued; "
        f"is it none: put the comment {ALLOW.decode()} on the line, or the file in [gate] allow of saigen.toml)",
    )


def _notes(rules: GateRules, blobs: Sequence[Blob], looked_at: Sequence[Blob], program: str | None) -> list[str]:
    notes = []
    passed_over = len({blob for blob in blobs if not any_matches(blob.path, rules.allow)} - set(looked_at))
    if passed_over:
        notes.append(f"{passed_over} large files, or files beyond {MOST}, were not looked through for secrets")
    if blobs and not program:
        where = "https://github.com/gitleaks/gitleaks"
        notes.append(f"gitleaks ({where}) is not installed here: looked for the commonest secrets only")
    return notes
