"""Which tags may be written by whom. Pure. The contract is in the design under "Tags on a run"."""

from __future__ import annotations

import re

AUTHOR = "mlflow.user"
RECORDED = "saigen.recorded"
RECORD = "saigen.record"
STATE = "saigen.state"
DATA_VERSION = "data_version"
# The parts of MLflow's own namespace that are a remark about something, not a statement of what it is.
REMARKS = frozenset({"mlflow.note.content", "mlflow.runColor"})
# Where MLflow looks for a trace's files: whoever writes these chooses what the server opens.
TRACE_PLACES = frozenset({"mlflow.artifactLocation", "mlflow.trace.archiveLocation"})

_CODE = {"partial": 0, "unpushed": 1, "local": 1, "pushed": 2}
_DATA = {"unknown": 0, "modified": 1, "unpushed": 2, "pushed": 3}
_CODE_STATE = re.compile(r"\bcode=([a-z]+)")
_DATA_STATE = re.compile(r"\bdata=([a-z]+)")


def is_platform(key: str) -> bool:
    """True for the tags that this platform gives meaning to."""
    return key.startswith("saigen.")


def is_write_once(key: str) -> bool:
    """True for a tag that keeps the value it was first given: authorship and the record of what ran."""
    return key == AUTHOR or is_platform(key)


def is_remark(key: str) -> bool:
    """True for a tag with which anyone on the team may comment on another's work."""
    if is_write_once(key) or key == DATA_VERSION:
        return False
    return not key.startswith("mlflow.") or key in REMARKS


def may_become(key: str, old: str | None, new: str) -> bool:
    """Whether a write-once tag that is `old` now (None: not there) may be written as `new`.

    The server alone writes author and recorded, at create. `saigen.state` may improve: neither its code nor its data
    part may get worse.
    """
    if old == new:
        return True
    if key in (AUTHOR, RECORDED):
        return False
    if old is None:
        return True
    return key == STATE and _improves(_CODE_STATE, _CODE, old, new) and _improves(_DATA_STATE, _DATA, old, new)


def _improves(pattern: re.Pattern[str], order: dict[str, int], old: str, new: str) -> bool:
    return _rank(pattern, order, new) >= _rank(pattern, order, old)


def _rank(pattern: re.Pattern[str], order: dict[str, int], state: str) -> int:
    found = pattern.search(state)
    return order.get(found.group(1), -1) if found else -1


def signed(tags: list[tuple[str, str]], author: str) -> list[dict[str, str]]:
    """Tags of something new, with the verified author in place of whatever the client said."""
    kept = [{"key": key, "value": value} for key, value in tags if key not in (AUTHOR, RECORDED)]
    return [*kept, {"key": AUTHOR, "value": author}]


def signed_run(tags: list[tuple[str, str]], author: str) -> list[dict[str, str]]:
    """Tags of a new run: author, and whether a recording came with it."""
    recorded = "yes" if any(key == RECORD and value for key, value in tags) else "no"
    return [*signed(tags, author), {"key": RECORDED, "value": recorded}]
