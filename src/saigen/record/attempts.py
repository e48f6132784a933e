"""When a push that failed is worth another attempt: of a remote that was away, or did not know who asks. Kept with each
recording, in what its passes found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saigen.record import spool
from saigen.record.deliver import Delivered
from saigen.record.spool import Entry

_UNKNOWN_TO = 3  # so often a recording asks a remote that does not know who asks: at its begin, its end, and once more
# In the result of a pass.
_SOON = "soon"  # the push may work in a moment
_REFUSED = "refused"  # how often the remote did not know who asks


def again(delivered: Delivered, before: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a push is worth another attempt in a moment. A wrong secret stays wrong, so that is asked thrice only.

    Args:
        before: what the pass before found.
    """
    refused = before.get(_REFUSED)
    times = (refused if isinstance(refused, int) else 0) + delivered.unknown
    return {_SOON: delivered.away or (delivered.unknown and times < _UNKNOWN_TO), _REFUSED: times}


def left_behind(ours: list[Entry], *, arrived: bool) -> list[Entry]:
    """Recordings of the same repositories whose processes have ended and whose push may work in a moment.

    Args:
        arrived: another push has just worked, so that a remote that knew nobody may know us now.
    """
    places = {(entry.git, entry.tracking) for entry in ours}
    return [
        entry
        for entry in spool.pending()
        if (entry.git, entry.tracking) in places
        and spool.is_marked(entry.record, spool.ENDED)
        and may_work(spool.read_result(entry.record), arrived=arrived)
    ]


def may_work(result: Mapping[str, Any], *, arrived: bool) -> bool:
    """Whether another attempt may work now, after what the last pass found. `arrived`: as of `left_behind`."""
    return bool(result.get(_SOON) or (arrived and result.get(_REFUSED)))
