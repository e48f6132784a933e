"""The shape of the team file. Its meaning for people is in the comments of infra/team.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from .document import Document, Problem
from .model import ROLES, Role

Line = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")]
Email = Annotated[str, Field(max_length=254, pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PersonEntry(_Declared):
    """One entry of `people`."""

    name: str
    role: Role
    projects: list[str] = []
    email: Email = ""
    full_name: Line = ""
    demo: bool = False


class ServiceEntry(_Declared):
    """One entry of `service_accounts`: a machine's account is never a maintainer's."""

    name: str
    role: Literal["viewer", "member"]
    projects: list[str] = []
    email: Email = ""
    full_name: Line = ""


class ProjectEntry(_Declared):
    """One entry of `projects`."""

    name: str
    description: Text = ""
    demo: bool = False


class TeamFile(_Declared):
    """The whole file."""

    version: Literal[1]
    organisation: str
    people: Annotated[list[PersonEntry], Field(min_length=1)]
    service_accounts: list[ServiceEntry] = []
    projects: list[ProjectEntry] = []


def check_shape(document: Document) -> tuple[TeamFile | None, list[Problem]]:
    """The file as typed entries, or every way in which its shape is wrong."""
    if not isinstance(document.value, Mapping):
        return None, [document.problem((), f"expected a mapping of settings, found {_kind(document.value)}")]
    try:
        return TeamFile.model_validate(document.value), []
    except ValidationError as error:
        return None, [document.problem(detail["loc"], _message(detail)) for detail in error.errors()]


def _message(detail: ErrorDetails) -> str:
    kind, found, key = detail["type"], detail["input"], detail["loc"][-1]
    what = repr(found)
    match kind:
        case "missing":
            expected, what = "this key", "none"
        case "extra_forbidden":
            expected, what = "a key that the comments of infra/team.yaml name", repr(key)
        case "literal_error" if key == "role":
            expected = f"one of {', '.join(ROLES if detail['loc'][0] == 'people' else ROLES[:2])}"
        case "literal_error":
            expected = str(detail["ctx"]["expected"])
        case "string_pattern_mismatch":
            expected = "an address like name@example.org" if key == "email" else "one line of text"
        case "string_too_long":
            expected, what = f"at most {detail['ctx']['max_length']} characters", str(len(str(found)))
        case "too_short":
            expected, what = "at least one entry", "none"
        case _:
            expected, what = _EXPECTED.get(kind, detail["msg"]), _kind(found)
    return f"expected {expected}, found {what}"


_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a mapping like {name: ..., role: ...}",
    "model_attributes_type": "a mapping like {name: ..., role: ...}",
}


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else repr(value)
