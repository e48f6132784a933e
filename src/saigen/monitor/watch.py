"""`saigen monitor watch`: check what was recorded since the last check, in every environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saigen.data.transfer.progress import Progress
from saigen.errors import SaigenError
from saigen.git.repository import Repository, repository_here
from saigen.monitor.check import Checked, Say, monitor_check
from saigen.monitor.records import monitor_list, project_of
from saigen.monitor.selection import models_in, pending
from saigen.monitor.track import HEAD, Journal, is_checked
from saigen.tags import MonitoringRecord, parse_tag
from saigen.tracking import Run, Tracking


@dataclass(frozen=True)
class Watched:
    """What one round did. `unchanged`: models in environments that were checked before. `failed`: name -> error."""

    checked: tuple[Checked, ...]
    unchanged: tuple[str, ...]
    failed: dict[str, SaigenError]

    @property
    def exit_code(self) -> int:
        """That of the first check that failed; else 1 where there is an alert."""
        codes = [error.exit_code for error in self.failed.values()]
        return codes[0] if codes else max((one.exit_code for one in self.checked), default=0)


def monitor_watch(
    environments: Sequence[str] = (),
    *,
    repository: Repository | None = None,
    tracking: Tracking | None = None,
    progress: Progress | None = None,
    say: Say = lambda _: None,
) -> Watched:
    """One round: check every model with records that no check has looked at. What was checked before is left alone.

    Which that is the tracking server knows, so it does not matter where, or by how many, a watch runs.

    Args:
        environments: only these; none means all.

    Raises:
        UsageError: no tracking server is named. UnreachableError, NotPermittedError: a service does not answer, or
            refuses. What goes wrong with one model is in the answer, and the others are checked all the same.
    """
    where = repository or repository_here()
    server = tracking or Tracking()
    journal = Journal.of(server, project_of(where.root).name)
    records = monitor_list(repository=where)
    checked: list[Checked] = []
    unchanged: list[str] = []
    failed: dict[str, SaigenError] = {}
    for environment in sorted({one.record.environment for one in records}):
        if environments and environment not in environments:
            continue
        of_environment = [one for one in records if one.record.environment == environment]
        for model, head in models_in(of_environment):
            name = f"{model} in {environment}"
            before = journal.runs(environment, model)
            if is_checked(before, head.tag):
                unchanged.append(name)
                continue
            say(f"check {name}")
            try:
                last = pending(of_environment, model, _checked_up_to(before))
                found = monitor_check(
                    environment, model=model, last=last, repository=where, tracking=server, progress=progress
                )
            except SaigenError as error:
                failed[name] = error
            else:
                checked.append(found)
    return Watched(tuple(checked), tuple(unchanged), failed)


def _checked_up_to(runs: Sequence[Run]) -> int:
    """Number of the newest record that a check looked at; 0 where there was none."""
    heads = (parse_tag(run.tags.get(HEAD, "")) for run in runs if run.status == "FINISHED")
    return max((head.number for head in heads if isinstance(head, MonitoringRecord)), default=0)
