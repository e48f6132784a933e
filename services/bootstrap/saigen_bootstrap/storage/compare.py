"""What to change in storage so that what is becomes what is wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..plan import Change, Section, differences
from .state import GROUP_SUFFIXES, Bucket, Group, StorageState, User

SYSTEM = "storage"
CANNED = frozenset({"consoleAdmin", "diagnostics", "readonly", "readwrite", "writeonly"})  # MinIO brings these along


def compare_storage(wanted: StorageState, actual: StorageState) -> tuple[Section, ...]:
    """One section a noun, in the order in which they have to be applied."""
    return (
        _buckets(wanted.buckets, actual.buckets),
        _policies(wanted, actual),
        _users(wanted.users, actual.users),
        _groups(wanted.groups, actual.groups),
        _memberships(wanted, actual),
    )


def _section(noun: str, wanted: Mapping[str, object], actual: Mapping[str, object], changes: list[Change]) -> Section:
    left = sorted(set(actual) - set(wanted) - {change.name for change in changes})
    present = sum(name in actual for name in wanted)
    return Section(SYSTEM, noun, len(wanted), present, tuple(changes), tuple(left))


def _buckets(wanted: Mapping[str, Bucket], actual: Mapping[str, Bucket]) -> Section:
    changes = []
    for name, bucket in sorted(wanted.items()):
        if name not in actual:
            changes.append(Change("bucket", "create", name))
        elif why := differences(vars(bucket).items(), vars(actual[name]).items()):
            changes.append(Change("bucket", "repair", name, why=why))
    return _section("buckets", wanted, actual, changes)


def _policies(wanted: StorageState, actual: StorageState) -> Section:
    there = {name: document for name, document in actual.policies.items() if name not in CANNED}
    changes = []
    for name, document in sorted(wanted.policies.items()):
        if name not in there:
            changes.append(Change("policy", "create", name))
        elif there[name] != document:
            changes.append(Change("policy", "repair", name, why="edited"))
    return _section("policies", wanted.policies, there, changes)


def _users(wanted: Mapping[str, User], actual: Mapping[str, User]) -> Section:
    # Every user of storage is ours to manage: one that nobody declares has left the team.
    changes = [Change("user", "remove", name) for name in sorted(set(actual) - set(wanted))]
    for name, user in sorted(wanted.items()):
        if name not in actual:
            changes.append(Change("user", "create", name))
        elif why := differences(vars(user).items(), vars(actual[name]).items()):
            changes.append(Change("user", "repair", name, why=why))
    return _section("users", wanted, actual, changes)


def _groups(wanted: Mapping[str, Group], actual: Mapping[str, Group]) -> Section:
    changes = []
    for name, group in sorted(wanted.items()):
        if name not in actual:
            changes.append(Change("group", "create", name))
            continue
        settings = {"enabled": group.enabled, "policies": group.policies}
        if why := differences(settings.items(), vars(actual[name]).items()):
            changes.append(Change("group", "repair", name, why=why))
    return _section("groups", wanted, actual, changes)


def _memberships(wanted: StorageState, actual: StorageState) -> Section:
    changes, declared, present = [], 0, 0
    for name in sorted({*wanted.groups, *actual.groups}):
        there = actual.groups[name].members if name in actual.groups else frozenset()
        # A project that is no longer declared keeps its group, but nobody in it.
        ours = name in wanted.groups or name.endswith(GROUP_SUFFIXES)
        members = wanted.groups[name].members if name in wanted.groups else frozenset() if ours else there
        leaving = {member for member in there - members if member in wanted.users}
        changes += [Change("membership", "remove", member, of=name) for member in sorted(leaving)]
        changes += [Change("membership", "create", member, of=name) for member in sorted(members - there)]
        declared += len(members) if ours else 0
        present += len(members & there) if ours else 0
    return Section(SYSTEM, "memberships", declared, present, tuple(changes))
