"""Reading a request exactly as MLflow will read it. Pure.

MLflow turns a JSON body into a protobuf message and lets a field be spelled two ways (`run_id`, `runId`) and a run be
named by two fields (`run_id`, `run_uuid`). Whatever is ambiguous is refused here, so that what was checked is what is
used. Bodies are parsed by the same parser that Flask uses, and the parsed object is what goes on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from saigen_tracking.errors import Refusal

Body = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def parse_body(raw: bytes) -> Body:
    """The JSON object of a body; an empty body is an empty object.

    Raises:
        Refusal: 400, not JSON, not an object, or a key that occurs twice.
    """
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw, object_pairs_hook=_unique)
        if isinstance(value, str):  # clients before 1.0 encode twice, and MLflow still decodes twice
            value = json.loads(value, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"the body is not JSON: {error}") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal(400, "the body is not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> Body:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refusal(400, "a key occurs twice in one JSON object")
    return found


def render_body(body: Body) -> bytes:
    """The bytes that stand for this object."""
    return json.dumps(body, separators=(",", ":")).encode("ascii")


def camel(name: str) -> str:
    """`run_id` as protobuf's other spelling: `runId`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def field(body: Body, name: str) -> Any:
    """The value of a field by either of its spellings; None if absent.

    Raises:
        Refusal: 400, both spellings are there.
    """
    other = camel(name)
    if other != name and name in body and other in body:
        raise Refusal(400, f"the body spells {name} two ways")
    return body.get(name, body.get(other))


def replace(body: Body, name: str, value: Any) -> Body:
    """The body with this field set, under its one official spelling."""
    kept = {key: item for key, item in body.items() if key not in (name, camel(name))}
    return {**kept, name: value}


def one_id(body: Body, *names: str) -> str:
    """The one id that all these fields agree on.

    Raises:
        Refusal: 400, none, more than one, or not an id.
    """
    return agreed(names[0], (value for name in names if (value := field(body, name)) is not None))


def query_id(query: bytes, *names: str) -> str:
    """The one id that all these query parameters agree on; see `one_id`."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return agreed(names[0], (value for key, value in pairs if key in names))


def agreed(what: str, values: Iterable[Any]) -> str:
    """The single id in `values`; see `one_id`."""
    found = list(values)
    if not found:
        raise Refusal(400, f"{what} is missing")
    if any(not isinstance(value, str) or not _ID.fullmatch(value) for value in found):
        raise Refusal(400, f"{what} is not an id")
    if len(set(found)) != 1:
        raise Refusal(400, f"{what} is given more than once, with different values")
    return str(found[0])


def tag_list(body: Body) -> list[tuple[str, str]]:
    """The `tags` of a body as pairs.

    Raises:
        Refusal: 400, not a list of objects with a text key and a text value.
    """
    tags = body.get("tags")
    if tags is None:
        return []
    if not isinstance(tags, list):
        raise Refusal(400, "tags is not a list")
    return [_tag(tag) for tag in tags]


def _tag(tag: Any) -> tuple[str, str]:
    if not isinstance(tag, dict):
        raise Refusal(400, "a tag is not an object with key and value")
    return text(tag, "key"), text(tag, "value", "")


def text(body: Body, name: str, default: str | None = None) -> str:
    """The text of a field.

    Raises:
        Refusal: 400, not text, or missing without a default.
    """
    value = field(body, name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise Refusal(400, f"{name} is not text")
    return value
