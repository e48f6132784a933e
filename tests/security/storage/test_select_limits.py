"""Patch 5: a query over an object takes neither the server's memory nor its life (CVE-2026-39414)."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError, EventStreamError

from tests.security.storage.server import Server

RECORD = 192 << 20
MEMORY_MIB = 96
CSV = {"CSV": {"FileHeaderInfo": "NONE"}}
CSV_WITH_HEADER = {"CSV": {"FileHeaderInfo": "USE"}}
JSON_LINES = {"JSON": {"Type": "LINES"}}
JSON_DOCUMENT = {"JSON": {"Type": "DOCUMENT"}}
COUNT = "select count(*) from S3Object"


def select(s3: Any, bucket: str, form: dict[str, Any], expression: str = COUNT) -> bytes:
    """The answer of an SQL expression over the object `table`."""
    answer = s3.select_object_content(
        Bucket=bucket,
        Key="table",
        ExpressionType="SQL",
        Expression=expression,
        InputSerialization=form,
        OutputSerialization={"CSV": {}},
    )
    return b"".join(event["Records"]["Payload"] for event in answer["Payload"] if "Records" in event).strip()


def csv_rows(count: int) -> bytes:
    """A CSV table of this many rows: id,name."""
    return b"id,name\n" + "".join(f"{row},n{row}\n" for row in range(count)).encode()


def json_rows(count: int) -> bytes:
    """The same as JSON lines."""
    return b"".join(json.dumps({"id": row, "name": f"n{row}"}).encode() + b"\n" for row in range(count))


@pytest.mark.parametrize(
    ("record", "form"),
    [
        pytest.param(lambda: b"a" * RECORD, CSV, id="csv"),
        pytest.param(lambda: b"a" * RECORD, CSV_WITH_HEADER, id="csv with header"),
        pytest.param(lambda: b"a" * RECORD, {"CSV": {**CSV["CSV"], "RecordDelimiter": "~"}}, id="csv own delimiter"),
        pytest.param(lambda: b'{"a":"' + b"a" * RECORD + b'"}', JSON_LINES, id="json lines"),
        pytest.param(lambda: gzip.compress(b"a" * RECORD, 1), {**CSV, "CompressionType": "GZIP"}, id="csv gzip"),
    ],
)
def test_record_without_end_is_refused(server: Server, bucket: str, s3: Any, record: Any, form: dict[str, Any]) -> None:
    s3.put_object(Bucket=bucket, Key="table", Body=record())
    with (
        server.memory_growth_below(MEMORY_MIB),
        pytest.raises((ClientError, EventStreamError), match="OverMaxRecordSize"),
    ):
        select(s3, bucket, form)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(lambda: b'{"a":"' + b"a" * RECORD + b'"}', id="long"),
        pytest.param(lambda: b"[" * 2_000_001, id="deeply nested"),
    ],
)
def test_document_without_end_is_refused(server: Server, bucket: str, s3: Any, document: Any) -> None:
    s3.put_object(Bucket=bucket, Key="table", Body=document())
    with server.memory_growth_below(MEMORY_MIB), pytest.raises((ClientError, EventStreamError)):
        select(s3, bucket, JSON_DOCUMENT)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("(" * 100_000 + "1=1" + ")" * 100_000, id="parentheses"),
        pytest.param("NOT " * 60_000 + "1=1", id="NOT"),
        pytest.param(
            "'" + ")" * 100_000 + "'='a' or " + "(" * 100_000 + "1=1" + ")" * 100_000, id="quoted parentheses"
        ),
    ],
)
def test_expression_nested_without_end_is_refused(server: Server, bucket: str, s3: Any, condition: str) -> None:
    s3.put_object(Bucket=bucket, Key="table", Body=b"1,2\n")
    with pytest.raises(ClientError, match="ParseSelectFailure"):
        select(s3, bucket, {"CSV": {}}, "select * from S3Object s where " + condition)  # noqa: S608 - it is the attack
    assert requests.get(f"{server.url}/minio/health/live", timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("table", "form", "expression", "answer"),
    [
        pytest.param(lambda: csv_rows(200_000), CSV_WITH_HEADER, COUNT, b"200000", id="csv"),
        pytest.param(
            lambda: gzip.compress(csv_rows(200_000)),
            {**CSV_WITH_HEADER, "CompressionType": "GZIP"},
            COUNT,
            b"200000",
            id="csv gzip",
        ),
        pytest.param(
            lambda: csv_rows(200_000),
            CSV_WITH_HEADER,
            "select s.name from S3Object s where s.id = '77'",
            b"n77",
            id="csv condition",
        ),
        pytest.param(lambda: b"1," + b"x" * (900 << 10) + b"\n2,y\n", CSV, COUNT, b"2", id="csv long record"),
        pytest.param(lambda: json_rows(100_000), JSON_LINES, COUNT, b"100000", id="json lines"),
        pytest.param(lambda: json_rows(100_000), JSON_DOCUMENT, COUNT, b"100000", id="json documents"),
        pytest.param(
            lambda: json.dumps({"rows": [{"id": row} for row in range(1000)]}).encode(),
            JSON_DOCUMENT,
            "select count(*) from S3Object[*].rows[*]",
            b"1000",
            id="json nested rows",
        ),
    ],
)
def test_ordinary_table_is_answered(
    bucket: str, s3: Any, table: Any, form: dict[str, Any], expression: str, answer: bytes
) -> None:
    s3.put_object(Bucket=bucket, Key="table", Body=table())
    assert select(s3, bucket, form, expression) == answer
