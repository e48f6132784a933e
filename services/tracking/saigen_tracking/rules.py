"""What each class of the route table asks of a member. Pure.

`examine` looks at one request and answers with what still has to be known (whose run, what a tag says now) and, where
the server writes authorship, with the body that goes on in place of the client's. `requirements` are then settled by
records.py; a maintainer need not own anything, but write-once holds for everyone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from saigen_tracking import places, tags, wire
from saigen_tracking.access import Person, Role
from saigen_tracking.errors import Refusal
from saigen_tracking.routes import MAINTAINER, OFF, READ

RUN, MODEL, DATASET, VERSION = "run", "model", "dataset", "model version"


@dataclass(frozen=True)
class Owned:
    """The caller must own this; `otherwise` is why not, said to whoever does not."""

    kind: str
    id: str
    otherwise: str = "only its author may change it"


@dataclass(frozen=True)
class WriteOnce:
    """Each of these tags of a run may be written only if it is not there, says the same, or improves."""

    run_id: str
    tags: tuple[tuple[str, str], ...]


Requirement = Owned | WriteOnce


@dataclass(frozen=True)
class Question:
    """A request, as far as deciding needs it."""

    caller: Person
    kind: str
    values: Mapping[str, str] = field(default_factory=dict)
    query: bytes = b""
    body: wire.Body = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What must hold before the request goes on, and the body to go on with (None: as it came)."""

    requirements: tuple[Requirement, ...] = ()
    body: wire.Body | None = None


def admit(caller: Person, kind: str) -> None:
    """Refuse a role that may not use this class at all.

    Raises:
        Refusal: 403.
    """
    if kind == READ:
        return
    if kind == OFF:
        raise Refusal(403, "this feature of MLflow is switched off on this server")
    if caller.role is Role.VIEWER:
        raise Refusal(403, f"{caller.name} is a viewer: reading only")
    if kind == MAINTAINER and caller.role is not Role.MAINTAINER:
        raise Refusal(403, f"{caller.name} is a member: this is for maintainers")


def needs_body(kind: str) -> bool:
    """Whether deciding needs the JSON body (the others stream through untouched)."""
    return kind in _WITH_BODY


def examine(question: Question) -> Answer:
    """What this request needs.

    Raises:
        Refusal: 400 or 403, whatever the records say.
    """
    rule = _WITH_BODY.get(question.kind) or _WITHOUT_BODY.get(question.kind)
    return rule(question) if rule else Answer()


def _create_experiment(question: Question) -> Answer:
    places.require_own_store(wire.field(question.body, "artifact_location"), "artifact_location")
    return _signed(question)


def _create_run(question: Question) -> Answer:
    name = question.caller.name
    body = wire.replace(question.body, "user_id", name)
    return Answer(body={**body, "tags": tags.signed_run(wire.tag_list(body), name)})


def _own_run(question: Question) -> Answer:
    run_id = wire.one_id(question.body, "run_id", "run_uuid")
    guarded = tuple(tag for tag in wire.tag_list(question.body) if tags.is_write_once(tag[0]))
    once = (WriteOnce(run_id, guarded),) if guarded else ()
    return Answer((Owned(RUN, run_id), *once))


def _comment_run(question: Question) -> Answer:
    run_id = wire.one_id(question.body, "run_id", "run_uuid")
    key = wire.text(question.body, "key")
    if tags.is_remark(key):
        return Answer()
    owned = Owned(RUN, run_id, f"on another's run you may comment, but {key} is its author's to write")
    if tags.is_write_once(key):
        return Answer((owned, WriteOnce(run_id, ((key, wire.text(question.body, "value", "")),))))
    return Answer((owned,))


def _untag_run(question: Question) -> Answer:
    _require_removable(wire.text(question.body, "key"))
    return Answer((Owned(RUN, wire.one_id(question.body, "run_id", "run_uuid")),))


def _write_artifact(question: Question) -> Answer:
    place = places.owner_of(question.values["artifact_path"])
    return Answer((Owned(place.kind, place.id),)) if place.kind in (RUN, MODEL) else Answer()


def _write_artifact_parts(question: Question) -> Answer:
    name = wire.text(question.body, "path")
    parts = wire.field(question.body, "num_parts")
    if parts is not None and not (str(parts).isdecimal() and 1 <= int(parts) <= 10_000):
        raise Refusal(400, "num_parts is a number from 1 to 10,000")
    places.plain_readings(name.rsplit("/", 1)[-1])
    return _write_artifact(question)


def _upload_artifact(question: Question) -> Answer:
    return Answer((Owned(RUN, wire.query_id(question.query, "run_uuid", "run_id")),))


def _create_model(question: Question) -> Answer:
    answer = _signed(question)
    run_id = wire.field(question.body, "source_run_id")
    if run_id in (None, ""):
        return answer
    return Answer((Owned(RUN, wire.agreed("source_run_id", [run_id])),), answer.body)


def _own_model(question: Question) -> Answer:
    named = wire.field(question.body, "model_id")
    said = [question.values["model_id"]] + ([named] if named is not None else [])
    if key := question.values.get("tag_key"):
        _require_removable(key)
    return Answer((Owned(MODEL, wire.agreed("model_id", said)),))


def _comment_model(question: Question) -> Answer:
    keys = [key for key, _ in wire.tag_list(question.body)]
    if tags.AUTHOR in keys:
        raise Refusal(403, f"{tags.AUTHOR} is written by the server")
    if all(tags.is_remark(key) for key in keys):
        return Answer()
    return _own_model(question)


def _register(question: Question) -> Answer:
    said = wire.tag_list(question.body)
    prompt = dict(said).get("mlflow.prompt.is_prompt", "").lower() == "true"
    source = wire.field(question.body, "source")
    if source is not None:
        places.require_source(wire.text(question.body, "source"), prompt)
    places.require_web_link(wire.text(question.body, "run_link", ""))
    return _signed(question)


def _note(question: Question) -> Answer:
    key = wire.field(question.body, "key")
    keys = [key for key, _ in wire.tag_list(question.body)] + ([] if key is None else [wire.text(question.body, "key")])
    for name in keys:
        remark = tags.is_remark(name) or name in _EXPERIMENT_VIEW
        if not remark and question.caller.role is not Role.MAINTAINER:
            raise Refusal(403, f"{name} is not a remark: this is for maintainers")
        if name == tags.AUTHOR:
            raise Refusal(403, f"{name} is written by the server")
    return Answer()


# How the web page shows an experiment; it writes this itself when someone opens one.
_EXPERIMENT_VIEW = frozenset({"mlflow.experimentKind"})


def _create_trace(question: Question) -> Answer:
    trace = _object(question.body, "trace")
    info = _object(trace, "trace_info")
    metadata = _object(info, "trace_metadata")
    said = {key: value for key, value in _object(info, "tags").items() if key != tags.AUTHOR}
    for key in said:
        _require_trace_tag(key)
    info = wire.replace(info, "trace_metadata", {**metadata, tags.AUTHOR: question.caller.name})
    info = {**info, "tags": said}
    assessments = info.get("assessments")
    if assessments:
        info = {**info, "assessments": [_signed_assessment(item, question.caller) for item in _list(assessments)]}
    body = wire.replace(question.body, "trace", wire.replace(trace, "trace_info", info))
    run_id = metadata.get("mlflow.sourceRun")
    return Answer((Owned(RUN, wire.agreed("mlflow.sourceRun", [run_id])),) if run_id else (), body)


def _tag_trace(question: Question) -> Answer:
    _require_trace_tag(wire.text(question.body, "key"))
    return Answer()


def _assess(question: Question) -> Answer:
    assessment = _signed_assessment(_object(question.body, "assessment"), question.caller)
    return Answer(body=wire.replace(question.body, "assessment", assessment))


def _create_dataset(question: Question) -> Answer:
    said = wire.parse_body(wire.text(question.body, "tags", "{}").encode())
    body = wire.replace(question.body, "created_by", question.caller.name)
    return Answer(body={**body, "tags": json.dumps({**said, tags.AUTHOR: question.caller.name})})


def _own_dataset(question: Question) -> Answer:
    named = wire.field(question.body, "dataset_id")
    said = [question.values["dataset_id"]] + ([named] if named is not None else [])
    return Answer((Owned(DATASET, wire.agreed("dataset_id", said)),))


def _signed(question: Question) -> Answer:
    said = wire.tag_list(question.body)
    return Answer(body={**question.body, "tags": tags.signed(said, question.caller.name)})


def _signed_assessment(assessment: object, caller: Person) -> wire.Body:
    if not isinstance(assessment, dict):
        raise Refusal(400, "an assessment is not an object")
    source = _object(assessment, "source")
    if wire.field(source, "source_type") not in ("HUMAN", 1, "1", None):
        return assessment
    return wire.replace(assessment, "source", wire.replace(source, "source_id", caller.name))


def _require_trace_tag(key: str) -> None:
    if key in tags.TRACE_PLACES or tags.is_write_once(key):
        raise Refusal(403, f"{key} is written by the server")


def _require_removable(key: str) -> None:
    if tags.is_write_once(key):
        raise Refusal(403, f"{key} is written once and stays")


def _object(body: wire.Body, name: str) -> wire.Body:
    value = wire.field(body, name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal(400, f"{name} is not an object")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Refusal(400, "assessments is not a list")
    return value


_Rule = Callable[[Question], Answer]
_WITH_BODY: dict[str, _Rule] = {
    "create-experiment": _create_experiment,
    "create-run": _create_run,
    "own-run": _own_run,
    "comment-run": _comment_run,
    "untag-run": _untag_run,
    "write-artifact-parts": _write_artifact_parts,
    "create-model": _create_model,
    "own-model": _own_model,
    "comment-model": _comment_model,
    "register": _register,
    "note": _note,
    "create-trace": _create_trace,
    "tag-trace": _tag_trace,
    "assess": _assess,
    "create-dataset": _create_dataset,
    "own-dataset": _own_dataset,
}
_WITHOUT_BODY: dict[str, _Rule] = {
    "write-artifact": _write_artifact,
    "upload-artifact": _upload_artifact,
}
KINDS = frozenset({"public", READ, MAINTAINER, OFF, "member", *_WITH_BODY, *_WITHOUT_BODY})
