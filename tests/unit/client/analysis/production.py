"""A project whose models are in production, recorded as `saigen monitor record` does; Git and pointers, no services."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from tests.unit.client.data_versions.project import Checkout

Table = Mapping[str, Sequence[Any]]


class Production:
    """Records of models, each a commit with one batch more and a tag."""

    def __init__(self, root: Path, environment: str = "prod") -> None:
        self.checkout = Checkout(root)
        self.environment = environment
        self.held: dict[str, dict[str, bytes]] = {}
        self.numbers: dict[str, int] = {}
        self.checkout.write(".gitignore", "/.dvc/cache\n/monitoring/*/\n")
        self.checkout.commit("First", "delay-1", "delay-2")

    def record(self, model: str, *, key: str = "", of: int | None = None, **parts: Table) -> str:
        """Record `inputs=`, `predictions=` and `labels=` of a model; its tag. `of`: the batch that labels are of."""
        self.checkout.git("switch", "--quiet", *self._branch())
        number = self.numbers[model] = self.numbers.get(model, 0) + 1
        for part, table in parts.items():
            self.held.setdefault(part, {})[f"{model}/{of or number}.parquet"] = parquet(table)
            self.checkout.add(f"monitoring/{part}", self.held[part])
        tag = f"monitor/{self.environment}/{model}/{number}"
        said = f"\nKey: {key}" if key else ""
        self.checkout.commit(f"Record {model}\n\nModel: {model}{said}", tag)
        self.checkout.git("switch", "--quiet", "main")
        return tag

    def _branch(self) -> list[str]:
        name = f"monitor/{self.environment}"
        return [name] if self.checkout.repository.commit(name) else ["-c", name]


def parquet(table: Table) -> bytes:
    """A table as a Parquet file."""
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(dict(table)), file)
    return file.getvalue()
