"""Who may call, and as what. Pure: parsing the people file and checking one name and secret against it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NOBODY = bytes(32)


class Role(IntEnum):
    """What a person may do; each role may all that the one before it may."""

    VIEWER = 1
    MEMBER = 2
    MAINTAINER = 3


@dataclass(frozen=True)
class Person:
    """A verified caller."""

    name: str
    role: Role


@dataclass(frozen=True)
class Entry:
    """One person as the file has it: role, and the sha256 of the secret."""

    role: Role
    digest: bytes


class InvalidPeopleError(ValueError):
    """The people file does not say who may call."""


def parse_people(text: str | bytes) -> dict[str, Entry]:
    """Read the people file.

    Args:
        text: `{"version": 1, "people": {"author": {"role": "member", "sha256": "<64 hex digits>"}}}`.

    Returns:
        Entry by name.

    Raises:
        InvalidPeopleError: anything else than that shape, one bad entry included: a file that is half right is wrong.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidPeopleError(f"not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("version") != 1 or not isinstance(document.get("people"), dict):
        raise InvalidPeopleError('expected {"version": 1, "people": {...}}')
    return {name: _entry(name, entry) for name, entry in document["people"].items()}


def _entry(name: str, entry: Any) -> Entry:
    if not _NAME.fullmatch(name):
        raise InvalidPeopleError(f"not a name: {name!r}")
    if not isinstance(entry, dict):
        raise InvalidPeopleError(f"{name}: expected role and sha256")
    role, digest = entry.get("role"), entry.get("sha256")
    if role not in ("viewer", "member", "maintainer"):
        raise InvalidPeopleError(f"{name}: unknown role {role!r}")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise InvalidPeopleError(f"{name}: sha256 is not 64 hex digits")
    return Entry(Role[role.upper()], bytes.fromhex(digest))


def verify(people: Mapping[str, Entry], name: str, secret: str) -> Person | None:
    """The person with this name and secret, or None.

    Secrets are 40 random characters, so one sha256 is enough, and the comparison takes the same time for an unknown
    name as for a wrong secret.
    """
    entry = people.get(name)
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
    same = hmac.compare_digest(digest, entry.digest if entry else _NOBODY)
    return Person(name, entry.role) if entry and same else None
