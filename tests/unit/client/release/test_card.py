"""The model card says where a model comes from, what it was measured to be, and what its figures are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml

from saigen.project import ReleaseRules
from saigen.release.card import card, metrics
from saigen.release.manifest import Manifest, Model, Origin, Phase, parse_manifest

MANIFEST = Manifest(
    tag="acme-2",
    line="acme",
    project="flights",
    repository="team/flights",
    attempt="0" * 32,
    built_from="b" * 40,
    code=Origin("dev/main", "c" * 40),
    split=Origin("data/split", "d" * 40),
    versions="flights_v3",
    data={"data/split": "e" * 32 + ".dir"},
    phases=(
        Phase("evaluate", "1" * 32, ("1" * 32,), {"rmse": 11.5, "mae": 7.25}),
        Phase("final", "2" * 32, ("2" * 32,), {"rows": 900}),
    ),
    ships="final",
    model=Model("model", "models:/m-1", "models/model"),
    thresholds=("rmse <= 12",),
    test_uses=3,
)
RULES = ReleaseRules(task="tabular-regression", license="apache-2.0")


def head(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


def test_the_metadata_is_what_the_hub_reads() -> None:
    found = head(card(MANIFEST, RULES))
    assert (found["license"], found["pipeline_tag"], found["library_name"]) == (
        "apache-2.0", "tabular-regression", "mlflow",
    )  # fmt: skip
    result = found["model-index"][0]["results"][0]
    assert result["dataset"] == {"type": "flights", "name": "flights_v3", "split": "test"}
    assert result["metrics"] == [{"type": "mae", "value": 7.25}, {"type": "rmse", "value": 11.5}]


def test_it_says_which_model_ships_and_that_it_was_not_measured_itself() -> None:
    text = card(MANIFEST, RULES)
    shipped = [line for line in text.splitlines() if "this model ships" in line]
    assert len(shipped) == 1
    assert shipped[0].startswith("| final ")
    assert "no data is left to measure it on" in text
    assert "no data is left" not in card(replace(MANIFEST, ships="evaluate"), RULES)


def test_it_says_how_often_the_line_has_looked_at_its_test_set() -> None:
    assert "has looked at it 3 times" in card(MANIFEST, RULES)
    once = card(replace(MANIFEST, test_uses=1), RULES)
    assert "has looked at it once" in once
    assert "was looked at before" not in once


def test_the_projects_own_words_about_use_and_limits_are_in_it() -> None:
    assert "Not for cargo." in card(MANIFEST, RULES, "Not for cargo.\n")
    assert "was not written down" in card(MANIFEST, RULES)


def test_the_metrics_file_has_each_phase() -> None:
    assert yaml.safe_load(metrics(MANIFEST)) == {"evaluate": {"mae": 7.25, "rmse": 11.5}, "final": {"rows": 900}}


def test_a_manifest_comes_back_as_it_was() -> None:
    assert parse_manifest(MANIFEST.to_json().encode(), "acme-2") == MANIFEST
