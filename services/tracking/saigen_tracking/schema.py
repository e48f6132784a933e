"""What the tracking database should look like, and what to do about what it looks like. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from saigen_tracking.errors import TrackingError

# Must be the expression that MLflow orders by, to the letter, or PostgreSQL does not use the index.
_UNSTARTED_LAST = "(CASE WHEN (start_time IS NULL) THEN 1 ELSE 0 END), start_time DESC, run_uuid"

# The stock schema indexes `runs` by its primary key alone. At 100,000 runs the newest 100 of one experiment take a
# third of the time with these, of all experiments a tenth; filters by a parameter's value a twentieth. The indexes on
# values are hash indexes because a btree refuses values above 2,704 bytes, and the insert with them.
INDEXES: dict[str, str] = {
    "saigen_runs_by_experiment": f"runs (experiment_id, lifecycle_stage, {_UNSTARTED_LAST})",
    "saigen_runs_newest": f"runs (lifecycle_stage, {_UNSTARTED_LAST})",
    "saigen_params_value": "params USING hash (value)",
    "saigen_tags_value": "tags USING hash (value)",
}


@dataclass(frozen=True)
class Found:
    """What the database looks like.

    Attributes:
        tables: the names of all.
        revision: MLflow's schema revision; None if it has none.
        indexes: whether each of our indexes that is there is valid (an interrupted build leaves one that is not).
    """

    tables: frozenset[str]
    revision: str | None
    indexes: Mapping[str, bool]


SchemaStep = Literal["initialise", "resume", "upgrade", "nothing"]


def plan_schema(found: Found, head: str, known: frozenset[str], first: frozenset[str]) -> SchemaStep:
    """What to do about the schema.

    Args:
        head: revision of this version's MLflow.
        known: every revision that this version knows.
        first: the tables that MLflow makes before its migrations, which follow in a transaction of their own.

    Raises:
        TrackingError: a schema that is newer than this version, or tables that are not MLflow's.
    """
    if not found.tables:
        return "initialise"
    if found.revision is None and found.tables == first:
        return "resume"
    if found.revision is None:
        raise TrackingError(
            "this database is not MLflow's",
            "expected an empty one or one with MLflow's revision, found other tables",
            "give tracking a database of its own (SAIGEN_DATABASE_URL)",
        )
    if found.revision not in known:
        raise TrackingError(
            "the tracking database is newer than this version",
            f"expected revision {head} or older, found {found.revision}",
            "start the version that wrote it, or restore the backup from before its upgrade",
        )
    return "nothing" if found.revision == head else "upgrade"


def plan_indexes(found: Mapping[str, bool]) -> list[str]:
    """The statements that bring our indexes about; none if all are there and valid."""
    statements = [f"DROP INDEX CONCURRENTLY {name}" for name in INDEXES if found.get(name) is False]
    missing = [name for name in INDEXES if not found.get(name)]
    return statements + [f"CREATE INDEX CONCURRENTLY {name} ON {INDEXES[name]}" for name in missing]
