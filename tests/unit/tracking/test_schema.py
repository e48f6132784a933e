"""What migrate decides, from what it finds."""

from __future__ import annotations

import pytest
from saigen_tracking.errors import TrackingError
from saigen_tracking.schema import INDEXES, Found, plan_indexes, plan_schema

KNOWN = frozenset({"old", "head"})


@pytest.mark.parametrize(
    ("found", "step"),
    [
        (Found(tables=False, revision=None, indexes={}), "initialise"),
        (Found(tables=True, revision="old", indexes={}), "upgrade"),
        (Found(tables=True, revision="head", indexes={}), "nothing"),
    ],
)
def test_the_schema_is_made_upgraded_or_left(found: Found, step: str) -> None:
    assert plan_schema(found, "head", KNOWN) == step


def test_a_newer_schema_is_refused() -> None:
    with pytest.raises(TrackingError, match="newer than this version"):
        plan_schema(Found(tables=True, revision="newer", indexes={}), "head", KNOWN)


def test_another_programs_database_is_refused() -> None:
    with pytest.raises(TrackingError, match="is not MLflow's"):
        plan_schema(Found(tables=True, revision=None, indexes={}), "head", KNOWN)


def test_all_indexes_are_made_once() -> None:
    assert len(plan_indexes({})) == len(INDEXES)
    assert plan_indexes(dict.fromkeys(INDEXES, True)) == []


def test_an_index_that_was_interrupted_is_made_again() -> None:
    found = {**dict.fromkeys(INDEXES, True), "saigen_params_value": False}

    assert plan_indexes(found) == [
        "DROP INDEX CONCURRENTLY saigen_params_value",
        "CREATE INDEX CONCURRENTLY saigen_params_value ON params USING hash (value)",
    ]
