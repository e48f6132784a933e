"""A clone that merges by kind: Git's configuration names the driver, `.gitattributes` the files that it merges."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from saigen.git.repository import Repository
from saigen.merge.driver import rules_of
from saigen.project.branches import BranchRules

ATTRIBUTES = ".gitattributes"
DRIVER = "saigen"
NAME = "data, models and pointers by what they are"
_COMMENT = "# Merged by what they are, where `saigen init` has run; elsewhere as Git merges any text."

# DVC writes one beside each output, so two branches that add data both change it. Git's own driver keeps all lines.
_IGNORED = ".gitignore merge=union"


def set_up(repository: Repository) -> list[str]:
    """Let a clone merge by kind. Run again it changes nothing. What was done, a line each.

    Raises:
        GitError: the configuration cannot be written to.
    """
    done = []
    for key, value in ((f"merge.{DRIVER}.name", NAME), (f"merge.{DRIVER}.driver", command())):
        if repository.ask("config", "--local", "--get", key) != value:
            repository.run("config", "--local", key, value)
            done.append(f"{key} set in .git/config")
    file = repository.root / ATTRIBUTES
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    after = with_lines(before, attribute_lines(rules_of(repository)))
    if after != before:
        file.write_text(after, encoding="utf-8")
        done.append(f"{ATTRIBUTES} written: commit it")
    return done


def options() -> tuple[str, ...]:
    """Options of one `git` command that merges by kind, in a clone that need not be set up."""
    return ("-c", f"merge.{DRIVER}.name={NAME}", "-c", f"merge.{DRIVER}.driver={command()}")


def command(program: str | None = None, *options: str) -> str:
    """What Git runs: the program of this environment, as a clone's configuration may name it, else the one on PATH."""
    beside = Path(sys.executable).with_name("saigen")
    found = program or (str(beside) if beside.exists() else "saigen")
    return " ".join([shlex.quote(found).replace("%", "%%"), "merge-file", *options, "%O", "%A", "%B", "%P"])


def attribute_lines(rules: BranchRules) -> list[str]:
    """The lines of `.gitattributes` for all that does not merge as code. The driver itself looks the rule up."""
    patterns = ["*.dvc", "dvc.lock", *(_as_git_says(rule.pattern) for rule in rules.merge if rule.way != "code")]
    lines = [f"{_quoted(pattern)} merge={DRIVER}" for pattern in dict.fromkeys(patterns)]
    return [*lines, _IGNORED]


def with_lines(text: str, lines: Iterable[str]) -> str:
    """A `.gitattributes` that has these lines: those that are missing come at its end."""
    present = {" ".join(line.split()) for line in text.splitlines()}
    missing = [line for line in lines if line not in present]
    if not missing:
        return text
    above = f"{text.rstrip()}\n\n" if text.strip() else ""
    return above + "\n".join([*([] if _COMMENT in present else [_COMMENT]), *missing]) + "\n"


def _as_git_says(pattern: str) -> str:
    """A pattern of saigen.toml, whose `*` stands for `/` too, as one of Git's that matches at least as much."""
    parts = pattern.split("/")
    first = next((number for number, part in enumerate(parts) if set(part) & set("*?[")), None)
    if first is None or len(parts) == 1:
        return pattern
    above, last = "/".join(parts[:first]), parts[-1]
    tail = "**" if set(last[-1:]) & set("*?]") or not last else f"**/{last}"
    return f"{above}/{tail}" if above else f"/{tail}"


def _quoted(pattern: str) -> str:
    needed = any(character in pattern for character in ' \t"')
    return '"' + pattern.replace("\\", "\\\\").replace('"', '\\"') + '"' if needed else pattern
