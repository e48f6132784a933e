"""What a commit may do on a branch of a kind: which paths it writes, and which it only appends to. Pure.

Where data came from is the business of `origin`; which commits are looked at, that of `push`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from saigen.branches.appended import not_only_appended
from saigen.branches.history import Commit
from saigen.branches.kinds import RESULTS
from saigen.branches.names import Branch
from saigen.branches.refusal import Refusal
from saigen.data.pointer import is_pointer
from saigen.project.branches import BranchRules, any_matches
from saigen.text import named, printable

MAINTAINER = "maintainer"
MAIN = "main"
# Written by people, wherever it lies: code and text beside data is not data.
_NOT_DATA = ("*.py", "*.ipynb", "*.sh", "*.sql", "*.md", "*.toml", "*.gitignore", "*.gitattributes", "*.gitkeep")


@dataclass(frozen=True)
class Pusher:
    """Who pushes.

    Attributes:
        name: as the platform knows it. role: `viewer`, `member` or `maintainer`.
        merging: whether the server merges a pull request for them.
    """

    name: str
    role: str = "member"
    merging: bool = False


@dataclass(frozen=True)
class Setting:
    """What is the same for all commits of a branch in one push.

    Attributes:
        tip: the commit that the branch shall be at.
        hand: for each merge that changes code, the paths that differ from what Git itself would have merged; None
            where this Git cannot tell.
        contents: `<commit>:<path>` -> content, for the paths that are only appended to.
        held: commit that a trailer names -> the branches that contain it. tags: names of tags, where asked for.
    """

    branch: Branch
    rules: BranchRules
    who: Pusher
    tip: str
    branches: Sequence[str] = ()
    hand: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)
    held: Mapping[str, frozenset[str]] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()

    @property
    def may_all(self) -> bool:
        """Whether the pusher may do everything here: a maintainer on main."""
        return self.branch.kind.name == MAIN and self.who.role == MAINTAINER


def is_data(rules: BranchRules, path: str) -> bool:
    """Whether a path holds data or a model, or points to it."""
    if is_pointer(path):
        return True
    return not any_matches(path, _NOT_DATA) and rules.merge_rule(path).way in {"data", "model"}


def data_changes(rules: BranchRules, commit: Commit) -> list[str]:
    """The data that a commit itself brings, changes or removes. What a merge made of both sides is theirs."""
    return [
        path
        for path, status in commit.changes.items()
        if is_data(rules, path) and not (commit.is_merge and _is_of_both(status))
    ]


def suspects(setting: Setting, commit: Commit) -> list[str]:
    """The paths of a commit that its branch does not let it write. For a merge, those that its parents may explain."""
    kind = setting.branch.kind
    if setting.may_all:
        return []
    return [
        path
        for path, status in commit.changes.items()
        if not any_matches(path, (*kind.writes, *kind.appends))
        and not (commit.is_merge and _is_of_both(status) and is_data(setting.rules, path))
    ]


def _is_of_both(status: str) -> bool:
    """Whether a path of a merge was there on every side, as what is merged of two is."""
    return not set(status) - {"M", "T"}


def path_refusals(setting: Setting, commit: Commit) -> Iterator[Refusal]:
    """The paths that a commit should not have touched, or should only have appended to."""
    written = suspects(setting, commit)
    if commit.is_merge and written:
        hand = setting.hand.get(commit.id)
        written = [path for path in written if hand is None or path in hand]
    if written:
        yield _written(setting, commit, written)
    if setting.may_all:
        return
    for path in commit.changes:
        if not any_matches(path, setting.branch.kind.appends):
            continue
        new = setting.contents.get(f"{commit.id}:{path}")
        for parent in commit.parents or ("",):
            if reason := not_only_appended(path, setting.contents.get(f"{parent}:{path}"), new):
                yield _appended(setting, commit, path, reason)
                break


def _written(setting: Setting, commit: Commit, paths: Sequence[str]) -> Refusal:
    branch, kind = setting.branch, setting.branch.kind
    data = all(is_data(setting.rules, path) for path in paths)
    allowed = ", ".join((*kind.writes, *(f"{path} (appended)" for path in kind.appends))) or "nothing"
    why = f"on {printable(branch.name)} ({kind.name}) a commit may change {allowed}"
    if kind.merges:
        why += f"; everything else comes by merging from {', '.join(kind.merges)}"
    return Refusal("writes", f"{said(commit)} changes {named(paths)}", why, _way_out(setting, commit, data=data))


def _way_out(setting: Setting, commit: Commit, *, data: bool) -> str:
    branch, short = printable(setting.branch.name), commit.id[:12]
    if setting.branch.kind.name == MAIN:
        return f"git push origin {short}:refs/heads/{_dev(setting.rules)}    (and open a pull request for a maintainer)"
    if setting.who.merging and not commit.is_merge:
        return "merge it with a merge commit; squashing and rebasing make commits of this branch's own"
    if commit.is_merge and "dev" in setting.branch.kind.merges:
        there = f"refs/heads/{_dev(setting.rules)}"
        return f"git push origin {short}:{there} && git push origin {branch}    (a merge that people made is dev's)"
    drop = f"git rebase --onto {short}^ {short} {branch}" if not commit.is_merge else f"git reset --keep {short}^1"
    if data and "raw" in setting.rules.kinds:
        return f'saigen data ingest FILES --source "WHERE IT CAME FROM" && {drop}'
    carry = f"git switch -c {_dev(setting.rules)} origin/HEAD && git cherry-pick {'-m 1 ' * commit.is_merge}{short}"
    return f"{carry} && {drop}"


def _dev(rules: BranchRules) -> str:
    patterns = rules.kinds["dev"].names if "dev" in rules.kinds else ()
    return next((pattern.replace("*", "NAME").replace("<line>", "NAME") for pattern in patterns), "NAME")


def _appended(setting: Setting, commit: Commit, path: str, reason: str) -> Refusal:
    command = "saigen track export" if fnmatchcase(path, RESULTS) else "git commit --amend --no-edit"
    kind = setting.branch.kind.name
    return Refusal(
        "appends",
        f"{said(commit)} does more than append to {printable(path)}",
        f"{reason}; on {printable(setting.branch.name)} ({kind}) what is there stays as it is",
        f"git checkout {(commit.parents or ('HEAD',))[0][:12]} -- {printable(path)} && {command}",
    )


def said(commit: Commit) -> str:
    """A commit in a message: the first of its id, and its subject."""
    return f"commit {commit.id[:12]} ({printable(commit.subject)})"
