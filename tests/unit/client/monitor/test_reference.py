"""Which columns are compared, where only the model's own parameters say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saigen.git.repository import Repository
from saigen.monitor.reference import completed
from saigen.project import MonitorRules
from tests.unit.client.monitor.conftest import MODEL, git

TEMPLATE = "target: species\ndrop: [island, year]\n"


def release(checkout: Repository, params: str) -> None:
    (checkout.root / "params.yaml").write_text(params)
    git(checkout.root, "add", "params.yaml")
    git(checkout.root, "commit", "--quiet", "-m", "Train")
    git(checkout.root, "tag", "--force", MODEL)


def test_target_and_columns_that_the_model_never_saw_come_from_its_own_parameters(checkout: Repository) -> None:
    release(checkout, TEMPLATE)
    rules = completed(MonitorRules(), checkout, MODEL)
    assert (rules.target, rules.ignore) == ("species", ("island", "year"))


def test_what_the_project_says_counts_before_that(checkout: Repository) -> None:
    release(checkout, TEMPLATE)
    said = MonitorRules(target="kind", ignore=("id",))
    assert completed(said, checkout, MODEL) == said
    assert completed(replace(said, ignore=()), checkout, MODEL).ignore == ("island", "year")


@pytest.mark.parametrize("params", ["", "- a list\n", "target: {a: 1}\ndrop: all\n", "{broken\n"])
def test_parameters_of_another_kind_say_nothing(checkout: Repository, params: str) -> None:
    release(checkout, params)
    assert completed(MonitorRules(), checkout, MODEL) == MonitorRules()


def test_a_release_without_parameters_says_nothing(checkout: Repository) -> None:
    assert completed(MonitorRules(), checkout, MODEL) == MonitorRules()
