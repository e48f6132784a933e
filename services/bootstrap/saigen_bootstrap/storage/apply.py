"""Carries storage changes out, one after the other, in the order of the plan."""

from __future__ import annotations

from collections.abc import Mapping

from ..plan import Change
from .client import Storage
from .state import StorageState


def apply_storage(
    changes: tuple[Change, ...], wanted: StorageState, secrets: Mapping[str, str], storage: Storage
) -> None:
    """Make the changes. `secrets` holds the secret of everyone who is wanted."""
    for change in changes:
        match (change.noun, change.action):
            case ("bucket", _):
                storage.set_bucket(change.name, wanted.buckets[change.name])
            case ("policy", _):
                storage.set_policy(change.name, wanted.policies[change.name])
            case ("user", "remove"):
                storage.remove_user(change.name)
            case ("user", _):
                storage.set_user(change.name, secrets[change.name], wanted.users[change.name].policies)
            case ("group", _):
                storage.set_group(change.name, wanted.groups[change.name].policies)
            case ("membership", "remove"):
                storage.remove_member(change.name, change.of)
            case ("membership", _):
                storage.add_member(change.name, change.of)
