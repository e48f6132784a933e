"""`saigen monitor record`: what a model saw and said, as one commit and one tag on the branch of its environment."""

from __future__ import annotations

import random
import secrets
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saigen.branches.worktree import BranchMovedError, BranchTree, on_branch, publish
from saigen.data.branches.admit import Admitted, admit, admit_bytes
from saigen.data.branches.held import read_entries
from saigen.data.branches.track import require_place, write_pointer
from saigen.data.dvc_program import dvc
from saigen.data.need import Need, place
from saigen.data.pointer import Entry, Output, render_directory
from saigen.data.project import DvcProject
from saigen.data.push import push_needs
from saigen.data.transfer.progress import Progress
from saigen.errors import SaigenError, UsageError
from saigen.git.repository import Repository, repository_here
from saigen.monitor.batch import Batch, convert
from saigen.monitor.layout import PARTS, Facts, Record, file_of, folder_of
from saigen.monitor.records import (
    branch_of_environment,
    project_of,
    read_records,
    require_environment,
    require_model,
)
from saigen.tags import MonitoringRecord, ReleasedModel, successor

ATTEMPTS = 10  # times that the work is done again where somebody else records meanwhile


@dataclass(frozen=True)
class Recorded:
    """What was recorded.

    Attributes:
        tag, commit: of the record, on `branch`. rows: by part. sent: objects that the storage did not have.
        again: True where this batch had been recorded before, and nothing was done.
    """

    tag: str
    commit: str
    branch: str
    rows: Mapping[str, int]
    sent: int = 0
    again: bool = False


@dataclass(frozen=True)
class _Wanted:
    """What is to be recorded: of which model, where, and what its commit will say."""

    environment: str
    model: ReleasedModel
    facts: Facts
    message: str
    content: Mapping[str, Admitted]


def monitor_record(
    environment: str,
    model: str,
    *,
    inputs: str | Path | None = None,
    predictions: str | Path | None = None,
    labels: str | Path | None = None,
    key: Sequence[str] = (),
    batch: int | None = None,
    spooled: str | None = None,
    message: str = "",
    repository: Repository | None = None,
    progress: Progress | None = None,
) -> Recorded:
    """Commit what a model saw to the branch of its environment, tag it, and publish: data first, then branch and tag.

    Several may record at the same time: each gets a number of its own. Earlier batches are not downloaded.

    Args:
        environment: such as `prod`. model: tag of the released model that made the predictions.
        inputs, predictions: CSV, JSONL, JSON or Parquet, of the same rows. labels: with them, or later and alone: then
            of the rows that the key recognises, or of the batch with the number `batch`.
        key: columns that recognise a row; by default what `[monitor] key` says, else rows belong together by place.
        spooled: id of a spooled file: one that was recorded before is not recorded again.
        message: what is worth saying about it.

    Raises:
        SaigenError: the files do not belong together, or the batch has labels already.
        UsageError: the arguments fit nothing. BlockedError: there is no such model or batch, or DVC, Git or its remote
            is not ready. UnreachableError, NotPermittedError: a remote does not answer, or refuses.
    """
    where = repository or repository_here()
    require_environment(environment)
    parts = {"inputs": inputs, "predictions": predictions, "labels": labels}
    given = {part: Path(path) for part, path in parts.items() if path is not None}
    _require_parts(given, batch)
    project = project_of(where.root)
    branch = branch_of_environment(project, environment)
    with tempfile.TemporaryDirectory(prefix="saigen-monitor-") as name:
        converted = convert(given, project.monitor, key, Path(name))
        _require_place(converted, batch)
        content = admit(converted.files, DvcProject.containing(where.root).cache, progress or Progress())
    id_ = spooled or secrets.token_hex(8)  # what is handed in twice at once must not become one commit
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with on_branch(where, branch) as tree:
                released = require_model(tree.repository, model)
                facts = _facts(converted, released, batch, id_)
                wanted = _Wanted(environment, released, facts, message, content)
                return _onto(tree, wanted, converted.rows, progress or Progress())
        except BranchMovedError:
            if attempt == ATTEMPTS:
                raise
            time.sleep(random.uniform(0, 0.2 * attempt))  # noqa: S311 - so that two do not meet again
    raise AssertionError


def _require_parts(given: Mapping[str, Path], batch: int | None) -> None:
    alone = given.keys() == {"labels"}
    if not alone and not {"inputs", "predictions"} <= given.keys():
        raise UsageError(
            "there is not enough to record",
            f"expected inputs and predictions, or labels alone, found {', '.join(given) or 'nothing'}",
            "saigen monitor record ENV --inputs FILE --predictions FILE --model TAG",
        )
    if batch is not None and not alone:
        raise UsageError(
            "a new batch gets its number by itself", "expected --batch with --labels alone", "leave out --batch"
        )


def _require_place(converted: Batch, batch: int | None) -> None:
    alone = converted.files.keys() == {"labels"}
    if alone and batch is None and not converted.key:
        raise UsageError(
            "it is not known whose labels these are",
            "expected a key that inputs and predictions have too, or the number of a batch",
            "--key COLUMN, or --batch NUMBER    (saigen monitor list shows them)",
        )


def _facts(converted: Batch, model: ReleasedModel, batch: int | None, id_: str) -> Facts:
    parts = tuple(part for part in PARTS if part in converted.files)
    key = converted.key if batch is None else ()
    return Facts(model.tag, parts, converted.rows[parts[0]], key, batch, id_)


def _onto(tree: BranchTree, wanted: _Wanted, rows: Mapping[str, int], progress: Progress) -> Recorded:
    """Add a batch to the branch as it is now. Raises BranchMovedError where that was too late."""
    records = read_records(tree.repository, wanted.environment)
    if before := _recorded_before(wanted.facts, records):
        return Recorded(before.tag, before.commit, tree.branch, rows, again=True)
    if wanted.facts.labels_of is not None:
        _require_batch(wanted, records)
    record = successor(MonitoringRecord(wanted.environment, wanted.model, 1), tree.repository.tags())
    name = file_of(wanted.model, wanted.facts.labels_of or record.number)
    project = DvcProject.containing(tree.repository.root)
    outputs = project.outputs()
    places = {part: require_place(tree.repository, folder_of(part), outputs) for part in wanted.content}
    entries = read_entries(tree.repository, filter(None, places.values()))
    paths, sent = [], 0
    for part, one in wanted.content.items():
        folder = folder_of(part)
        output = _extended(project, places[part], entries.get(folder, ()), folder, {name: one})
        paths += write_pointer(tree.repository, output)
        sent += _send(tree.repository, project, output, {name: one}, progress)
    return replace(_publish(tree, record, paths, wanted), rows=rows, sent=sent)


def _recorded_before(facts: Facts, records: Sequence[Record]) -> Record | None:
    return next((one for one in records if facts.batch and one.facts.batch == facts.batch), None)


def _require_batch(wanted: _Wanted, records: Sequence[Record]) -> None:
    """That the batch is there whose labels these are, has as many rows, and no labels yet."""
    of_model = [one for one in records if one.record.model == wanted.model]
    number, rows = wanted.facts.labels_of, wanted.facts.rows
    batch = next((one for one in of_model if one.number == number and "inputs" in one.facts.parts), None)
    if batch is None:
        known = ", ".join(str(one.number) for one in of_model if "inputs" in one.facts.parts) or "none"
        raise UsageError(
            f"there is no batch {number} of {wanted.model.tag}", f"expected one of {known}", "saigen monitor list"
        )
    if batch.facts.rows != rows:
        raise SaigenError(
            f"these are not the labels of batch {number}",
            f"expected {batch.facts.rows:,} rows in the order of its predictions, found {rows:,}",
            "complete the file, or use a key",
        )
    labelled = (one for one in of_model if number in (one.facts.labels_of, one.number) and "labels" in one.facts.parts)
    if (other := next(labelled, None)) is not None:
        raise SaigenError(
            f"batch {number} of {wanted.model.tag} has labels already",
            f"they came with {other.tag}",
            "saigen monitor list",
        )


def _extended(
    project: DvcProject, before: Output | None, listed: Sequence[Entry], path: str, added: Mapping[str, Admitted]
) -> Output:
    """A directory with further files, given the list of what it holds. The new list is in the cache afterwards."""
    entries = {entry.path: entry for entry in listed} | {name: Entry(name, one.md5) for name, one in added.items()}
    list_ = admit_bytes(render_directory(entries.values()), project.cache, directory=True)
    size = before.size if before else 0
    total = None if size is None else size + sum(one.size for one in added.values())
    return Output(path, f"{path}.dvc", list_.md5, total, len(entries), before.remote if before else None)


def _send(
    repository: Repository, project: DvcProject, output: Output, added: Mapping[str, Admitted], progress: Progress
) -> int:
    """Push what is new of a directory. What was there before was published after it had been pushed."""
    placed, left_out = place([output], project.remotes)
    if left_out:  # another kind of storage than S3, which DVC knows
        dvc(repository, "push", output.pointer)
        return len(added)
    files = {one.md5: f"{output.path}/{name}" for name, one in added.items()}
    need = Need(placed[0].remote, legacy=False, files=files)
    need.lists[placed[0].md5] = output.path
    need.members[placed[0].md5] = list(files)
    return push_needs([need], project.cache, progress=progress).sent


def _publish(tree: BranchTree, record: MonitoringRecord, paths: Sequence[str], wanted: _Wanted) -> Recorded:
    """Commit, tag, and push both in one step. The tag is gone again where that fails."""
    what = ", ".join(wanted.facts.parts)
    subject = wanted.message.strip() or f"Record {wanted.facts.rows:,} rows of {wanted.model.tag}: {what}"
    text = subject + "\n\n" + "\n".join(wanted.facts.trailers()) + "\n"
    tree.repository.run("add", "--force", "--", *paths)
    tree.repository.run("commit", "--quiet", "--file=-", "--", *paths, given=text.encode())
    tree.repository.run("tag", "--annotate", "--message", subject, record.tag, "HEAD")
    try:
        commit = publish(tree, record.tag)
    except BaseException:
        tree.repository.ask("tag", "--delete", record.tag)
        raise
    return Recorded(record.tag, commit, tree.branch, {})
