"""Sends the data of a recording from DVC's cache, also of a version that the checkout has left."""

from __future__ import annotations

from collections.abc import Collection

from saigen.data.configuration import configured_cache, configured_remotes
from saigen.data.push import push_outputs
from saigen.data.transfer.progress import Progress
from saigen.errors import SaigenError
from saigen.record.compare import outputs_of
from saigen.record.spool import Entry


class Sender:
    """Sends what recordings lack, the same data once for however many of them. `progress`: where that is said."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._known: dict[tuple[str | None, str | None, frozenset[str]], SaigenError | None] = {}

    def send(self, entry: Entry, but: Collection[str]) -> SaigenError | None:
        """Send what the data of a recording's commit lacks in its remotes; returns what kept it from being sent.

        Args:
            but: paths that are left out, since their pointers say nothing of what the run read.
        """
        what = (entry.root, entry.commit, frozenset(but))
        if what not in self._known:
            self._known[what] = self._try(entry, but)
        return self._known[what]

    def _try(self, entry: Entry, but: Collection[str]) -> SaigenError | None:
        if entry.place is None:
            return None
        root = entry.place.root
        try:
            outputs = [one for one in outputs_of(entry) if one.path not in but]
            if outputs:
                push_outputs(outputs, configured_remotes(root), configured_cache(root), progress=self._progress)
        except SaigenError as error:
            return error
        return None
