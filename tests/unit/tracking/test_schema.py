"""What migrate decides, from what it finds."""

from __future__ import annotations

import pytest
from saigen_tracking.errors import TrackingError
from saigen_tracking.schema import INDEXES, Found, plan_indexes, plan_schema

KNOWN = frozenset({"old", "head"})
FIRST = frozenset({"experiments", "runs"})


@pytest.mark.parametrize(
    ("found", "step"),
    [
        (Found(tables=frozenset(), revision=None, indexes={}), "initialise"),
        (Found(tables=FIRST, revision=None, indexes={}), "resume"),
        (Found(tables=FIRST | {"alembic_version"}, revision="old", indexes={}), "upgrade"),
        (Found(tables=FIRST | {"alembic_version"}, revision="head", indexes={}), "nothing"),
    ],
)
def test_the_schema_is_made_upgraded_or_left(found: Found, step: str) -> None:
    assert plan_schema(found, "head", KNOWN, FIRST) == step


def test_a_newer_schema_is_refused() -> None:
    with pytest.raises(TrackingError, match="newer than this version"):
        plan_schema(Found(tables=FIRST | {"alembic_version"}, revision="newer", indexes={}), "head", KNOWN, FIRST)


@pytest.mark.parametrize("tables", [{"users"}, FIRST | {"users"}, FIRST - {"runs"}])
def test_another_programs_database_is_refused(tables: frozenset[str]) -> None:
    with pytest.raises(TrackingError, match="is not MLflow's"):
        plan_schema(Found(tables=frozenset(tables), revision=None, indexes={}), "head", KNOWN, FIRST)


def test_all_indexes_are_made_once() -> None:
    assert len(plan_indexes({})) == len(INDEXES)
    assert plan_indexes(dict.fromkeys(INDEXES, True)) == []


def test_an_index_that_was_interrupted_is_made_again() -> None:
    found = {**dict.fromkeys(INDEXES, True), "saigen_params_value": False}

    assert plan_indexes(found) == [
        "DROP INDEX CONCURRENTLY saigen_params_value",
        "CREATE INDEX CONCURRENTLY saigen_params_value ON params USING hash (value)",
    ]
