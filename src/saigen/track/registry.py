"""Registered models, brought to the server: the names, their versions, and what points at a version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saigen.errors import NotPermittedError
from saigen.track.bring import Brought
from saigen.track.kept import sorted_out
from saigen.track.names import ALIASES, CREATED, SOURCE, STAGE, USER
from saigen.track.old import OldRegistered, OldVersion
from saigen.track.tags import AUTHOR
from saigen.track.target import Refused, Target

_MODEL = re.compile(r"models:/(m-[0-9a-zA-Z]+)/?$|/models/(m-[0-9a-zA-Z]+)/artifacts(?:/|$)")
_PROMPT = "mlflow.prompt.is_prompt"


@dataclass
class Registered:
    """What came of it: how many versions there are, how many are there now; what is missing, what is to be known."""

    wanted: int = 0
    there: int = 0
    new: int = 0
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def source_of(version: OldVersion, brought: Brought) -> tuple[str, str | None] | None:
    """Where the server has a version's files, and the logged model that they are; None where they were not brought."""
    if version.tags.get(_PROMPT, "").lower() == "true":
        return version.source, None
    if match := _MODEL.search(version.source):
        new = brought.models.get(match[1] or match[2])
        return (f"models:/{new}", new) if new else None
    run = brought.runs.get(version.run)
    if run is None:
        return None
    _, _, below = version.source.partition(f"{version.run}/artifacts")
    if not below:
        _, _, below = version.source.partition(f"runs:/{version.run}")
    return f"runs:/{run}/{below.strip('/')}".rstrip("/"), None


def mark_of(model: OldRegistered, version: OldVersion) -> str:
    """What a version is known by when the store is brought a second time."""
    return f"{model.name}/{version.number}/{version.run or version.created}"


def bring(target: Target, model: OldRegistered, brought: Brought, done: Registered) -> None:
    """Make what is missing of a registered model. Versions that others registered under this name stay as they are."""
    numbers = _numbers(target, model)
    done.wanted += len(model.versions)
    _register(target, model, done)
    for version in model.versions:
        mark = mark_of(model, version)
        if mark not in numbers:
            try:
                numbers[mark] = _create(target, model, version, brought)
                done.new += 1
            except (Refused, NotPermittedError) as refusal:
                done.missing.append(f"model {model.name}, version {version.number}: {refusal}")
                continue
        done.there += 1
        if numbers[mark] != str(version.number):
            done.notes.append(f"model {model.name}: version {version.number} is version {numbers[mark]} on the server")
    _point(target, model, {version.number: numbers.get(mark_of(model, version)) for version in model.versions}, done)


def _numbers(target: Target, model: OldRegistered) -> dict[str, str]:
    """Number by mark of the versions that were brought before."""
    quote = '"' if "'" in model.name else "'"
    found = target.tracking.versions(f"name = {quote}{model.name}{quote}")
    return {one.tags[SOURCE]: str(one.version) for one in found if SOURCE in one.tags}


def _register(target: Target, model: OldRegistered, done: Registered) -> None:
    """Make the name where nobody has it; remark what differs where somebody has."""
    client = target.client
    try:
        there = target.ask(f"model {model.name}", client.get_registered_model, model.name)
    except Refused:
        tags = _sendable(model.tags, {CREATED: model.created}, done, f"model {model.name}")
        try:
            target.ask(f"model {model.name}", client.create_registered_model, model.name, tags, model.description)
        except Refused as refusal:
            done.missing.append(f"model {model.name}: {refusal}")
        return
    if model.description and (there.description or "") != model.description:
        done.notes.append(f"model {model.name}: the server describes it otherwise, and keeps that")
    for key, value in model.tags.items():
        if key != AUTHOR and there.tags.get(key) != value:
            done.notes.append(f"model {model.name}: tag {key} is {value!r} here, and another on the server")


def _create(target: Target, model: OldRegistered, version: OldVersion, brought: Brought) -> str:
    """Register a version; its number. Raises Refused."""
    found = source_of(version, brought)
    if found is None:
        raise Refused(f"its files ({version.source}) were not brought")
    aliases = sorted(alias for alias, number in model.aliases.items() if number == version.number)
    ours = {
        SOURCE: mark_of(model, version),
        USER: version.tags.get(AUTHOR) or version.user,
        CREATED: version.created,
        ALIASES: ", ".join(aliases),
        STAGE: version.stage or "",
    }
    source, logged = found
    made = target.ask(
        f"model {model.name}",
        target.client.create_model_version,
        model.name,
        source,
        run_id=brought.runs.get(version.run),
        tags=_sendable(version.tags, ours, None, ""),
        run_link=version.run_link if version.run_link.startswith(("http://", "https://")) else None,
        description=version.description or None,
        await_creation_for=None,
        model_id=logged,
    )
    return str(made.version)


def _sendable(tags: Mapping[str, str], ours: Mapping[str, str], done: Registered | None, what: str) -> dict[str, str]:
    sent, kept = sorted_out("registry tag", {key: value for key, value in tags.items() if key != AUTHOR})
    if done is not None:
        done.missing += [f"{what}: tag {one.name}: {one.why}" for one in kept]
    return {**sent, **{key: value for key, value in ours.items() if value}}


def _point(target: Target, model: OldRegistered, numbers: Mapping[int, str | None], done: Registered) -> None:
    """Set the aliases that nobody has set; who may not is told who may."""
    if not model.aliases:
        return
    there = _aliases(target, model.name)
    for alias, number in sorted(model.aliases.items()):
        wanted = numbers.get(number)
        if wanted is None or there.get(alias) == wanted:
            continue
        if alias in there:
            done.notes.append(f"model {model.name}: {alias} is version {there[alias]} on the server, and stays that")
            continue
        try:
            target.ask(f"alias {alias}", target.client.set_registered_model_alias, model.name, alias, wanted)
        except NotPermittedError:
            done.notes.append(
                f"model {model.name}: alias {alias} (version {wanted}) is for a maintainer to set: the same command"
            )
        except Refused as refusal:
            done.missing.append(f"model {model.name}: alias {alias}: {refusal}")


def _aliases(target: Target, name: str) -> dict[str, Any]:
    try:
        found = target.ask(f"model {name}", target.client.get_registered_model, name).aliases
    except Refused:
        return {}
    return {alias: str(number) for alias, number in found.items()}
