"""What is checked is what MLflow uses: every way to name a thing twice is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask, Request
from hypothesis import given
from hypothesis import strategies as st
from mlflow.protos import model_registry_pb2, service_pb2
from saigen_tracking import wire
from saigen_tracking.errors import Refusal


def refused(call: Any, *arguments: Any) -> int:
    with pytest.raises(Refusal) as refusal:
        call(*arguments)
    return refusal.value.status


@pytest.mark.parametrize("raw", [b"", b"  \n", b"null", b'"null"'])
def test_an_empty_body_is_an_empty_object(raw: bytes) -> None:
    assert wire.parse_body(raw) == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b"3",
        b'"text"',
        b'{"run_id": "a", "run_id": "b"}',
        b'{"tags": [{"key": "a", "key": "saigen.x"}]}',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps('{"a": 1, "a": 2}').encode(),
    ],
)
def test_a_body_that_can_be_read_two_ways_is_refused(raw: bytes) -> None:
    assert refused(wire.parse_body, raw) == 400


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-8-sig"])
def test_a_body_in_any_encoding_of_json_is_read_as_flask_reads_it(encoding: str) -> None:
    raw = '{"run_id": "ä"}'.encode(encoding)

    assert wire.parse_body(raw) == flask_reads(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_what_is_parsed_and_rendered_is_what_flask_reads(body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()

    assert repr(wire.parse_body(raw)) == repr(flask_reads(raw))
    assert repr(flask_reads(wire.render_body(wire.parse_body(raw)))) == repr(flask_reads(raw))


def flask_reads(raw: bytes) -> Any:
    with Flask("x").test_request_context(method="POST", data=raw, content_type="application/json"):
        from flask import request

        assert isinstance(request, Request) or request
        return request.get_json(force=True, silent=True)


def test_a_field_is_found_by_both_of_its_spellings() -> None:
    assert wire.field({"runId": "a"}, "run_id") == "a"
    assert wire.field({"run_id": "a"}, "run_id") == "a"
    assert refused(wire.field, {"run_id": "a", "runId": "b"}, "run_id") == 400
    assert refused(wire.field, {"run_id": "a", "runId": "a"}, "run_id") == 400


def test_other_spellings_are_those_of_protobuf() -> None:
    messages = [service_pb2.DESCRIPTOR, model_registry_pb2.DESCRIPTOR]
    fields = [f for file in messages for message in file.message_types_by_name.values() for f in message.fields]

    assert fields
    assert all(wire.camel(f.name) == f.json_name for f in fields)


def test_an_id_must_be_the_same_wherever_it_is_said() -> None:
    assert wire.one_id({"run_id": "a", "runUuid": "a"}, "run_id", "run_uuid") == "a"
    assert refused(wire.one_id, {"run_id": "a", "run_uuid": "b"}, "run_id", "run_uuid") == 400
    assert refused(wire.one_id, {"run_id": "", "run_uuid": "b"}, "run_id", "run_uuid") == 400
    assert refused(wire.one_id, {"run_id": ["a"]}, "run_id") == 400
    assert refused(wire.one_id, {"run_id": 7}, "run_id") == 400
    assert refused(wire.one_id, {"run_id": "a b"}, "run_id") == 400
    assert refused(wire.one_id, {}, "run_id") == 400


def test_an_id_in_a_query_must_be_the_same_wherever_it_is_said() -> None:
    assert wire.query_id(b"run_uuid=a&x=1", "run_uuid", "run_id") == "a"
    assert refused(wire.query_id, b"run_uuid=a&run_uuid=b", "run_uuid", "run_id") == 400
    assert refused(wire.query_id, b"run_uuid=a&run_id=b", "run_uuid", "run_id") == 400
    assert refused(wire.query_id, b"run_uuid=", "run_uuid") == 400
    assert refused(wire.query_id, b"", "run_uuid") == 400


@pytest.mark.parametrize(
    "tags", [{"key": "a"}, "x", [["key", "a"]], [{"key": 3}], [{"value": "x"}], [{"key": "a", "value": 1}]]
)
def test_tags_of_another_shape_are_refused(tags: Any) -> None:
    assert refused(wire.tag_list, {"tags": tags}) == 400


def test_a_replaced_field_keeps_none_of_its_spellings() -> None:
    assert wire.replace({"userId": "mallory", "a": 1}, "user_id", "author") == {"a": 1, "user_id": "author"}
