"""A push as its hook sees it: who, into which repository, which refs, with which options. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.branches.push import RefChange
from saigen.text import printable

OVERRIDE = "saigen-override"
_MERGE = "pr-merge-to-base"  # what Gitea says when it merges a pull request


@dataclass(frozen=True)
class Request:
    """What a pre-receive or post-receive hook was called for.

    Attributes:
        folder: of the bare repository. name: of the repository, as people know it.
        pusher: name of the account. merging: whether the forge merges a pull request for it.
        override: the reason that a maintainer gives for going against the rules; None where none is asked for.
    """

    folder: Path
    name: str
    pusher: str
    merging: bool
    changes: tuple[RefChange, ...]
    override: str | None = None


def parse_request(text: str, environment: Mapping[str, str], folder: Path) -> Request:
    """The request of a hook: its input lines `<old> <new> <ref>`, and what the forge put into its environment.

    Raises:
        ValueError: a line is not of the form that Git documents, or the forge does not say who pushes.
    """
    return Request(
        folder=folder,
        name=_given(environment, "GITEA_REPO_NAME"),
        pusher=_given(environment, "GITEA_PUSHER_NAME"),
        merging=environment.get("GITEA_PUSH_TRIGGER") == _MERGE,
        changes=tuple(parse_changes(text)),
        override=override_of(options(environment)),
    )


def parse_changes(text: str) -> list[RefChange]:
    """The changes of a hook's input lines `<old> <new> <ref>`. Raises ValueError where one is not of that form."""
    return [_change(line) for line in text.split("\n") if line]


def options(environment: Mapping[str, str]) -> list[str]:
    """The options of `git push -o`, in their order."""
    return [environment[f"GIT_PUSH_OPTION_{n}"] for n in range(int(environment.get("GIT_PUSH_OPTION_COUNT") or 0))]


def override_of(given: Sequence[str]) -> str | None:
    """The reason of the last `saigen-override=REASON`, empty where it has none; None where there is no such option."""
    pairs = [option.partition("=") for option in given]
    reasons = [printable(" ".join(value.split())) for name, _, value in pairs if name.strip() == OVERRIDE]
    return reasons[-1] if reasons else None


def _change(line: str) -> RefChange:
    old, new, ref = line.split(" ", 2)
    return RefChange(ref, old if old.strip("0") else None, new if new.strip("0") else None)


def _given(environment: Mapping[str, str], name: str) -> str:
    if value := environment.get(name):
        return value
    raise ValueError(f"expected {name} in the environment of the hook, found none")
