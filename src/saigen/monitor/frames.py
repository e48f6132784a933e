"""The tables of a check as pandas DataFrames: reference, inputs, predictions and labels, joined where they belong."""

# ruff: noqa: S608 - names and texts in SQL are quoted by `engine.quoted` and `engine.text`
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saigen.data.compare.engine import Engine, engine
from saigen.data.compare.kinds import load_table
from saigen.data.content import Contents, entry_output
from saigen.data.pointer import Entry, Output
from saigen.data.version import output_of, outputs_at
from saigen.errors import BlockedError
from saigen.git.repository import Repository
from saigen.monitor.batch import value_column
from saigen.monitor.layout import Record, file_of, folder_of
from saigen.monitor.reference import files_of, find_reference
from saigen.monitor.selection import Selection
from saigen.project import MonitorRules

if TYPE_CHECKING:
    import pandas as pd

BEFORE = 5  # earlier batches whose predictions new ones are compared with


@dataclass(frozen=True)
class Frames:
    """What a check looks at. Rows of inputs and outcomes have the same order.

    Attributes:
        reference: the training split. inputs: without the key.
        outcomes: columns `prediction`, `label` (missing where none is known), `probability` where the model gave one.
        before: predictions of earlier batches, or the target in the reference; None where neither is known.
        labels: number of labels. key: columns that were left out of the inputs. source: where the reference is.
    """

    reference: pd.DataFrame
    inputs: pd.DataFrame
    outcomes: pd.DataFrame
    before: pd.Series | None
    labels: int
    key: tuple[str, ...]
    source: str


class Reader:
    """Reads the tables of one check."""

    def __init__(self, repository: Repository, branch_commit: str, rules: MonitorRules) -> None:
        self.repository = repository
        self.contents = Contents(repository)
        self.rules = rules
        self._outputs = outputs_at(repository, branch_commit)
        self._entries: dict[str, Mapping[str, Entry]] = {}

    def read(self, selection: Selection) -> Frames:
        """The tables of a selection.

        Raises:
            BlockedError: content is nowhere. UsageError: a column is not there. UnreachableError, NotPermittedError:
                the storage does not answer, or refuses.
        """
        import pandas as pd

        with engine() as database:
            reference, source = self._reference(database, selection)
            pairs = [self._batch(database, one) for one in selection.batches]
            inputs = pd.concat([one for one, _ in pairs], ignore_index=True)
            outcomes = pd.concat([one for _, one in pairs], ignore_index=True)
            key = tuple(dict.fromkeys(name for one in selection.batches for name in one.facts.key))
            self._label(database, selection, outcomes)
            before = self._before(database, selection, reference)
        return Frames(
            reference=reference,
            inputs=inputs.drop(columns=[name for name in key if name in inputs]),
            outcomes=outcomes,
            before=before,
            labels=int(outcomes["label"].notna().sum()),
            key=key,
            source=source,
        )

    def _reference(self, database: Engine, selection: Selection) -> tuple[pd.DataFrame, str]:
        import pandas as pd

        tag = selection.model.tag
        found = find_reference(self.repository, self.contents, tag, self.rules.reference)
        with files_of(self.repository, self.contents, tag, found) as files:
            frames = [self._frame(database, name, path) for name, path in files]
        names = ", ".join(one.path for one in found)
        return pd.concat(frames, ignore_index=True), f"{names} at {tag}"

    def _batch(self, database: Engine, record: Record) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Inputs and outcomes of a batch, in the same order. The key stays in both; a place is `(batch, row)`."""
        import pandas as pd

        inputs = self._part(database, "inputs", record)
        predictions = self._part(database, "predictions", record)
        key = list(record.facts.key)
        if key:
            place = {one: number for number, one in enumerate(_keys(predictions, key))}
            predictions = predictions.iloc[[place[one] for one in _keys(inputs, key)]].reset_index(drop=True)
        value = value_column(
            "predictions", list(predictions.columns), _others(predictions, key, self.rules), self.rules
        )
        outcomes = pd.DataFrame({"prediction": predictions[value], "label": None})
        if self.rules.probability in predictions and self.rules.probability != value:
            outcomes["probability"] = predictions[self.rules.probability]
        outcomes["batch"], outcomes["row"] = record.number, range(len(outcomes))
        outcomes["key"] = _keys(predictions, key) if key else None
        return inputs, outcomes

    def _label(self, database: Engine, selection: Selection, outcomes: pd.DataFrame) -> None:
        """Fill in what came true. A later label holds against an earlier one."""
        for record in selection.by_place:
            labels, value = self._labels(database, record, ())
            rows = outcomes["batch"] == (record.facts.labels_of or record.number)
            if len(labels) != rows.sum():
                raise BlockedError(
                    f"the labels of {record.tag} do not fit",
                    f"expected {rows.sum():,} rows, found {len(labels):,}",
                    f"git show {record.tag}",
                )
            outcomes.loc[rows, "label"] = labels[value].to_numpy()
        for record in selection.by_key:
            labels, value = self._labels(database, record, record.facts.key)
            known = dict(zip(_keys(labels, list(record.facts.key)), labels[value], strict=True))
            found = outcomes["key"].map(known)
            outcomes["label"] = found.where(found.notna(), outcomes["label"])
        outcomes["label"] = outcomes["label"].infer_objects()

    def _labels(self, database: Engine, record: Record, key: Sequence[str]) -> tuple[pd.DataFrame, str]:
        labels = self._part(database, "labels", record)
        return labels, value_column("labels", list(labels.columns), key, self.rules)

    def _before(self, database: Engine, selection: Selection, reference: pd.DataFrame) -> pd.Series | None:
        import pandas as pd

        earlier = [self._batch(database, one)[1]["prediction"] for one in selection.before[-BEFORE:]]
        if earlier:
            return pd.concat(earlier, ignore_index=True)
        target = self.rules.target or self.rules.label
        return reference.get(target)

    def _part(self, database: Engine, part: str, record: Record) -> pd.DataFrame:
        number = record.facts.labels_of or record.number
        name = file_of(record.record.model, number)
        output = output_of(self._outputs, folder_of(part))
        entry = self._files(part, output).get(name) if output else None
        if output is None or entry is None:
            raise BlockedError(
                f"the {part} of {record.tag} are not there",
                f"expected {folder_of(part)}/{name} on the branch, found none",
                f"git show --stat {record.tag}",
            )
        return self._frame(database, f"{part}.parquet", self.contents.file(entry_output(output, entry)))

    def _files(self, part: str, output: Output) -> Mapping[str, Entry]:
        if part not in self._entries:
            self._entries[part] = {entry.path: entry for entry in self.contents.entries(output)}
        return self._entries[part]

    def _frame(self, database: Engine, name: str, path: Path) -> pd.DataFrame:
        return database.frame(f"SELECT * FROM {load_table(database, name, path).sql}")


def _others(predictions: pd.DataFrame, key: Iterable[str], rules: MonitorRules) -> list[str]:
    """Columns that are not the prediction: the key, and the probability where there is something beside it."""
    left = [name for name in predictions.columns if name not in set(key)]
    return [*key, *([rules.probability] if len(left) > 1 and rules.prediction != rules.probability else [])]


def _keys(frame: pd.DataFrame, key: Sequence[str]) -> Any:
    return list(frame[key].astype(str).itertuples(index=False, name=None))
