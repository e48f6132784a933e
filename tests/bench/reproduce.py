"""`saigen reproduce` of the demo's run, its environment cached, against typing the same training by hand."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import bootstrap

from tests.bench.ratio import Row, alternate, seconds
from tests.integration.client.trainings import with_shared_packages
from tests.integration.person import Person

ROUNDS = 7
BAR = 5.0  # seconds


def demo_run(person: Person) -> str:
    """The id of the demo's own run."""
    found = person.api("GET", "experiments/get-by-name", params={"experiment_name": "demo"}).json()["experiment"]
    runs = person.api("POST", "runs/search", json={"experiment_ids": [found["experiment_id"]]}).json()["runs"]
    return str(runs[-1]["info"]["run_id"])


def reproduce(person: Person, run_id: str) -> dict[str, Any]:
    """Reproduce a run; returns what it printed."""
    answer: dict[str, Any] = json.loads(person.run("saigen", "reproduce", run_id, "--yes", "--json").stdout)
    if answer["verdict"] != "reproduced":
        raise AssertionError(f"expected the demo to be reproduced, found {answer['reason']}")
    return answer


def difference(ours: Sequence[float], reference: Sequence[float]) -> tuple[float, float, float]:
    """Median of ours[i] - reference[i] with its 95 % bounds (percentile bootstrap, seeded), in seconds."""
    differences = np.asarray(ours) - np.asarray(reference)
    found = bootstrap((differences,), np.median, method="percentile", rng=np.random.default_rng(0), vectorized=True)
    low, high = found.confidence_interval
    return float(np.median(differences)), float(low), float(high)


def measure(reviewer: Person, folder: Path) -> list[Row]:
    """Whole commands, in alternation: `saigen reproduce RUN`, and `python src/train.py` in a checkout with its data."""
    person = with_shared_packages(reviewer)
    run_id = demo_run(person)
    reproduce(person, run_id)
    checkout = folder / "by-hand"
    person.run("saigen", "reproduce", run_id, "--no-run", "--keep", str(checkout))
    python = next((person.home / ".cache" / "saigen" / "environments").glob("*/bin/python"))
    steps: list[dict[str, float]] = []
    ours, by_hand = alternate(
        lambda: seconds(lambda: steps.append(reproduce(person, run_id)["seconds"])),
        lambda: seconds(lambda: person.run(str(python), "src/train.py", cwd=checkout)),
        ROUNDS,
    )
    value, low, high = difference(ours, by_hand)
    rows = [
        Row(
            "reproduce the demo, environment cached: time beyond the training by hand",
            value,
            low,
            high,
            "s",
            ROUNDS,
            f"<= {BAR:g} s",
            value <= BAR,
        )
    ]
    # "total" and "command" are sums of the others.
    for name in (name for name in steps[0] if name not in {"total", "command"}):
        median = statistics.median(one.get(name, 0.0) for one in steps)
        rows.append(Row(f"  of that: {name}", median, median, median, "s", ROUNDS, "", None))
    return rows
