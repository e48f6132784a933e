"""`[branches]`, `[clients]` and `[merge]`: what branches mean, whose they are, and how paths merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any

from saigen.branches.kinds import KINDS, Kind
from saigen.branches.names import LINE, branch_for, branch_of
from saigen.project.values import known, one_of, texts
from saigen.tags import NAME_RULE, is_name

_KEYS = tuple(one.name for one in fields(Kind) if one.name != "name")
_OF_A_CLIENT = ("raw", "clean", "split", "dev", "stable", "analysis")
WAYS = ("code", "model", "data")
SIDES = ("incoming", "current")


@dataclass(frozen=True)
class Client:
    """The branches of a client. A branch that is not named follows from the patterns of its kind.

    Attributes:
        id: its name, and that of its model line. branches: kind -> branch.
    """

    id: str
    branches: Mapping[str, str]


@dataclass(frozen=True)
class MergeRule:
    """How the files that match a pattern merge.

    Attributes:
        way: code (as Git does), model (the incoming one overwrites), data (appended, by content).
        key: columns by which rows are the same; none: found from the data.
        prefer: which side wins where both changed the same row or file; None: a conflict.
    """

    pattern: str
    way: str
    key: tuple[str, ...] = ()
    prefer: str | None = None


# The last rule that matches holds, as in .gitattributes.
MERGE_RULES = (
    MergeRule("*", "code"),
    MergeRule("data/*", "data"),
    MergeRule("monitoring/*", "data"),
    MergeRule("tracking/*.json", "data"),
    MergeRule("models/*", "model"),
)


@dataclass(frozen=True)
class BranchRules:
    """What a project says of its branches. Without kinds every branch is free."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)
    merge: tuple[MergeRule, ...] = MERGE_RULES

    def merge_rule(self, path: str) -> MergeRule:
        """How a path merges. A pointer merges as the data that it points to."""
        data = path.removesuffix(".dvc")
        return next(rule for rule in reversed(self.merge) if fnmatchcase(data, rule.pattern))

    def branch(self, kind: str, line: str | None) -> str | None:
        """Name of the branch of a kind for a line or client: its own where it has one, else the one without a line."""
        if kind not in self.kinds:
            return None
        client = self.clients.get(line or "")
        if client and kind in client.branches:
            return client.branches[kind]
        return branch_for(self.kinds[kind], line)


def errors(branches: Any, clients: Any, merge: Any) -> Iterator[str]:
    """What is wrong in the three sections."""
    sound = True
    for name, table in branches.items():
        if name not in KINDS:
            yield f"[branches] {name}: expected one of {', '.join(KINDS)}"
            sound = False
            continue
        if not isinstance(table, dict):
            yield f"[branches] {name}: expected a table such as {{names = [...]}}, found {table!r}"
            sound = False
            continue
        found = list(_kind_errors(name, table))
        sound = sound and not found
        yield from found
    if sound:
        yield from _double_patterns(read_kinds(branches))
    for name, table in clients.items():
        yield from _client_errors(name, table, read_kinds(branches) if sound else {})
    for pattern, rule in merge.items():
        yield from _merge_errors(pattern, rule)


def read(branches: Mapping[str, Any], clients: Mapping[str, Any], merge: Mapping[str, Any]) -> BranchRules:
    """The three sections, which have no errors."""
    return BranchRules(
        kinds=read_kinds(branches),
        clients={name: Client(name, dict(table)) for name, table in clients.items()},
        merge=MERGE_RULES + tuple(_merge_rule(pattern, rule) for pattern, rule in merge.items()),
    )


def read_kinds(branches: Mapping[str, Any]) -> dict[str, Kind]:
    """The kinds that a project has, with what it says of them and the defaults for the rest."""
    return {name: _kind(KINDS[name], table) for name, table in branches.items()}


def _kind(kind: Kind, table: Mapping[str, Sequence[str]]) -> Kind:
    said: dict[str, Any] = {key: tuple(value) for key, value in table.items()}
    return replace(kind, **said)


def _kind_errors(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    section = f"branches.{name}"
    yield from known(section, table, _KEYS)
    for key in _KEYS:
        yield from texts(section, key, table)
    for key in ("merges", "derives"):
        value = table.get(key, [])
        for kind in value if isinstance(value, list) else []:
            if kind not in KINDS:
                yield f"[{section}] {key}: expected some of {', '.join(KINDS)}, found {kind!r}"
    names = table.get("names", [])
    for pattern in names if isinstance(names, list) else []:
        if isinstance(pattern, str) and pattern.count(LINE) > 1:
            yield f"[{section}] names: expected {LINE} once at most, found {pattern!r}"


def _double_patterns(kinds: Mapping[str, Kind]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for kind in kinds.values():
        for pattern in kind.names:
            if seen.setdefault(pattern, kind.name) != kind.name:
                found = f"{pattern!r} of {seen[pattern]}"
                yield f"[branches.{kind.name}] names: expected patterns of its own, found {found}"


def _client_errors(name: str, table: Any, kinds: Mapping[str, Kind]) -> Iterator[str]:
    if not is_name(name):
        yield f"[clients] {name}: expected {NAME_RULE}"
    if not isinstance(table, dict):
        yield f"[clients] {name}: expected a table such as {{stable = 'stable/{name}'}}, found {table!r}"
        return
    yield from known(f"clients.{name}", table, _OF_A_CLIENT)
    for kind, branch in table.items():
        if not isinstance(branch, str) or not branch:
            yield f"[clients.{name}] {kind}: expected the name of a branch, found {branch!r}"
        elif kinds and kind in _OF_A_CLIENT:
            found = branch_of(kinds, branch)
            if found is None or found.kind.name != kind:
                is_of = f"of kind {found.kind.name}" if found else "of no kind"
                yield f"[clients.{name}] {kind}: expected a branch of kind {kind}, found {branch!r}, which is {is_of}"


def _merge_errors(pattern: str, rule: Any) -> Iterator[str]:
    if isinstance(rule, str):
        rule = {"way": rule}
    if not isinstance(rule, dict):
        yield f"[merge] {pattern}: expected {' or '.join(WAYS)}, found {rule!r}"
        return
    section = f"merge.{pattern!r}"
    yield from known(section, rule, ("way", "key", "prefer"))
    yield from one_of(section, "way", rule, WAYS)
    yield from one_of(section, "prefer", rule, SIDES)
    yield from texts(section, "key", rule)


def _merge_rule(pattern: str, rule: str | Mapping[str, Any]) -> MergeRule:
    if isinstance(rule, str):
        return MergeRule(pattern, rule)
    return MergeRule(pattern, rule.get("way", "data"), tuple(rule.get("key", ())), rule.get("prefer"))


def any_matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path matches one of the patterns; `*` stands for anything, `/` included."""
    return any(fnmatchcase(path, pattern) for pattern in patterns)
