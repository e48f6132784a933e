"""What the hooks ask: may these refs change?

    python3 -I -S /opt/saigen/policy      lines "<old> <new> <ref>" on standard input, as Git gives them to its hooks

With SAIGEN_PLATFORM in the environment a job of the forge itself asks (see platform_jobs.py). Hooks inherit the
environment of the process that the forge started; nothing that is sent with a push or a request gets there.

Exit 0: yes. Exit 5: no, with the reason on standard error for the person who pushes. Anything else: it could not be
decided, and the hook that asked refuses.

What a ref names now is looked up here. The <old> of the input is what the client claims (pre-receive), or nothing when
the forge deletes a tag by itself (reference-transaction), so it decides nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from saigen.errors import NotPermittedError
from saigen.tags import NOTES, REPLACE, SAIGEN, TAGS, ForgottenSnapshot, Snapshot, is_immutable, parse_ref, refusal

GIT = "/usr/bin/git"
OWN = (SAIGEN, NOTES, REPLACE)  # where every ref has a meaning, whatever its name
FEW = 50  # above that many patterns, listing all refs is cheaper than comparing each with each


@dataclass(frozen=True)
class Change:
    """A ref and the object that it shall name; None to delete it."""

    ref: str
    new: str | None


def parse_changes(text: str) -> list[Change]:
    """The changes of refs that have a meaning, among a hook's input lines.

    Raises:
        ValueError: a line is not of the form that Git documents, or gives such a ref another ref as its value.
    """
    changes = []
    for line in text.split("\n"):
        if not line:
            continue
        _, new, ref = line.split(" ", 2)
        if not is_immutable(ref) and not (ref + "/").startswith(OWN):
            continue
        if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", new):
            raise ValueError(f"expected an object id for {ref}, found {new!r}")
        changes.append(Change(ref, new if new.strip("0") else None))
    return changes


def judge(changes: list[Change]) -> list[NotPermittedError]:
    """Every reason against these changes, given what the refs name now."""
    if not changes:
        return []
    current = _objects([change.ref for change in changes])
    kinds = {change.ref: _kind(change) for change in changes}

    def reasons(tags: Iterable[str]) -> list[NotPermittedError]:
        found = (refusal(c.ref, current.get(c.ref), c.new, kind=kinds[c.ref], tags=tags) for c in changes)
        return [reason for reason in found if reason is not None]

    if not reasons(tags=()):
        return []
    return reasons(tags=[ref.removeprefix(TAGS) for ref in _objects([TAGS])])


def _objects(patterns: list[str]) -> dict[str, str]:
    """Refs that match, and the objects that they name."""
    wanted = patterns if len(patterns) <= FEW else [TAGS, *OWN]
    output = _git("for-each-ref", "--format=%(refname) %(objectname)", "--stdin", given="\n".join(wanted) + "\n")
    return dict(line.split(" ", 1) for line in output.split("\n") if line)


def _kind(change: Change) -> str:
    """Git's type of the new object, asked only where the rule depends on it."""
    if change.new is None or not isinstance(parse_ref(change.ref), Snapshot | ForgottenSnapshot):
        return "commit"
    return _git("cat-file", "-t", change.new).strip()


def _git(*arguments: str, given: str = "") -> str:
    done = subprocess.run(
        [GIT, "--no-replace-objects", *arguments],
        input=given,
        capture_output=True,
        check=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    if done.stderr:  # Git leaves a broken ref out of its answer and says so here: it must not look like a free name
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def main() -> int:
    changes = parse_changes(sys.stdin.buffer.read().decode("utf-8", "surrogateescape"))
    if job := os.environ.get("SAIGEN_PLATFORM"):
        import platform_jobs

        reasons = platform_jobs.judge(job, [(change.ref, change.new) for change in changes], _git)
    else:
        reasons = judge(changes)
    for reason in reasons:
        print(f"\nrefused: {reason.what}\n  why: {reason.why}\n  next: {reason.next}", file=sys.stderr)
    return NotPermittedError.exit_code if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
