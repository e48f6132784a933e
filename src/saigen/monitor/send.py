"""`saigen monitor send`: what services have spooled becomes records."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from saigen.data.transfer.progress import Progress
from saigen.errors import SaigenError, UsageError
from saigen.git.repository import Repository, repository_here
from saigen.monitor.record import monitor_record
from saigen.monitor.spool import BATCH, Header, finish_abandoned, read_batch, reject

DEFAULT_KEY = "key"  # name of the column where a service names none


@dataclass(frozen=True)
class Sent:
    """What became of one spooled file. `tag`: None where it held nothing whole, or was put aside for `reason`."""

    id: str
    rows: int
    tag: str | None
    reason: str | None = None


def monitor_send(
    folders: Sequence[str | Path],
    *,
    repository: Repository | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Sent]:
    """Record every finished batch in these folders, each once, and remove it. What a killed service left is taken too.

    It may be cut off at any time and run again: a batch whose record is there is not recorded a second time. One that
    does not fit (rows of the same key, no such column) is put aside into `rejected/`, so that it does not stop others.

    Raises:
        UsageError: a folder is not there. BlockedError: there is no such model, or DVC, Git or its remote is not ready.
            UnreachableError, NotPermittedError: a remote does not answer, or refuses. What was not sent stays.
    """
    where = repository or repository_here()
    sent = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}", "expected the folder of a Logger", "ls")
        finish_abandoned(folder)
        for path in sorted(folder.glob(f"*{BATCH}")):
            say(f"send {path.name}")
            sent.append(_send(path, where, progress))
    return sent


def _send(path: Path, repository: Repository, progress: Progress | None) -> Sent:
    header, records = read_batch(path)
    if header is None or not records:
        path.unlink()
        return Sent(path.stem, 0, None, "it holds no whole record")
    key, inputs, predictions = tables(header, records)
    with tempfile.TemporaryDirectory(prefix="saigen-send-") as name:
        files = {part: Path(name) / f"{part}.jsonl" for part in ("inputs", "predictions")}
        for part, rows in (("inputs", inputs), ("predictions", predictions)):
            files[part].write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        try:
            done = monitor_record(
                header.environment,
                header.model,
                inputs=files["inputs"],
                predictions=files["predictions"],
                key=[key] if key else [],
                spooled=path.stem,
                repository=repository,
                progress=progress,
            )
        except SaigenError as error:
            if error.exit_code not in {1, 2}:
                raise
            reject(path, str(error))
            return Sent(path.stem, len(inputs), None, f"{error.what}: {error.why}")
    path.unlink()
    return Sent(path.stem, len(inputs), done.tag)


def tables(
    header: Header, records: Iterable[Mapping[str, Any]]
) -> tuple[str | None, list[dict[str, Any]], list[dict[str, Any]]]:
    """The key's column, and the rows of inputs and predictions. Pure.

    Where every record has a key, of those with the same one the last holds; else rows belong together by their place.
    """
    rows = list(records)
    name = header.key or DEFAULT_KEY
    keys = [one.get("key") if one.get("key") is not None else one.get("inputs", {}).get(name) for one in rows]
    keyed = bool(rows) and all(value is not None for value in keys)
    if keyed:
        last = {json.dumps(value): place for place, value in enumerate(keys)}
        rows, keys = [rows[place] for place in last.values()], [keys[place] for place in last.values()]
    own = [{name: value} if keyed else {} for value in keys]
    inputs = [{**key, **one.get("inputs", {}), **key} for key, one in zip(own, rows, strict=True)]
    predictions = [{**key, **_prediction(one), "time": _time(one)} for key, one in zip(own, rows, strict=True)]
    return (name if keyed else None), inputs, predictions


def _prediction(record: Mapping[str, Any]) -> dict[str, Any]:
    value = record.get("prediction")
    return dict(value) if isinstance(value, dict) else {"prediction": value}


def _time(record: Mapping[str, Any]) -> str:
    return datetime.fromtimestamp(float(record.get("time") or 0), timezone.utc).isoformat()
