"""An audit as a whole: its exit code, its summary, and how it is said."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from saigen.audit.audit import Audit, evidence_of, report_kind, summaries
from saigen.audit.facts import Evidence, Lack, Reason
from saigen.audit.judge import Finding, Outcome
from saigen.audit.report import as_json, conclusion, lines, table
from saigen.recording import Verdict
from tests.unit.client.audit.examples import a_run

LOST = Reason(Lack.DATA_OBJECT, "data/flights.csv: s3://dvc/demo/files/md5/aa/a")


def found(outcome: Outcome, *reasons: Reason, experiment: str = "delays", run: str = "r1") -> Finding:
    return Finding(run, "brave-run", experiment, "author", outcome, reasons)


def test_all_reproducible_is_0() -> None:
    assert Audit((found(Outcome.REPRODUCIBLE), found(Outcome.BY_COMMIT), found(Outcome.NO_RESULT))).exit_code == 0


def test_one_that_is_not_is_1_whatever_else() -> None:
    assert Audit((found(Outcome.UNDECIDED), found(Outcome.MISSING, LOST))).exit_code == 1


def test_one_that_could_not_be_decided_is_3() -> None:
    assert Audit((found(Outcome.REPRODUCIBLE), found(Outcome.UNDECIDED))).exit_code == 3


def test_no_run_is_0_and_said() -> None:
    assert Audit(()).exit_code == 0
    assert conclusion(Audit(())) == "no run to audit"


def test_evidence_belongs_to_the_run_that_was_repeated() -> None:
    runs = [a_run(), a_run(**{"saigen.reproduces": "r1", "saigen.verdict": "diverged"})]
    assert evidence_of(runs) == {"r1": (Evidence("r" * 32, "author", Verdict.DIVERGED),)}


def test_an_unfinished_reproduction_has_no_verdict() -> None:
    assert evidence_of([a_run(**{"saigen.reproduces": "r1"})])["r1"][0].verdict is None


def test_a_summary_counts_runs_and_each_lack_once_a_run() -> None:
    again = Reason(Lack.DATA_OBJECT, "data/photos")
    audit = (found(Outcome.MISSING, LOST, again), found(Outcome.REPRODUCIBLE), found(Outcome.MISSING, experiment="a"))
    first, second = summaries(audit)
    assert (first.experiment, second.experiment) == ("a", "delays")
    assert second.outcomes == {Outcome.MISSING: 1, Outcome.REPRODUCIBLE: 1}
    assert second.lacks == {Lack.DATA_OBJECT: 1}
    assert second.runs == 2


def test_lines_name_the_run_and_what_it_lacks() -> None:
    assert lines(Audit((found(Outcome.REPRODUCIBLE), found(Outcome.MISSING, LOST)))) == [
        "r1  brave-run  (delays, author): not reproducible",
        "    data missing in the storage: data/flights.csv: s3://dvc/demo/files/md5/aa/a",
    ]


def test_many_runs_that_lack_the_same_are_counted() -> None:
    said = lines(Audit(tuple(found(Outcome.MISSING, LOST) for _ in range(5))), shown=2)
    assert said[4:6] == ["and 3 more; what they lack:", f"    3 x {LOST.lack.value}: {LOST.what}"]


def test_the_conclusion_says_what_was_not_recorded_and_what_was_repeated() -> None:
    repeated = Finding("r2", "", "delays", "author", Outcome.BY_COMMIT, (), (Evidence("e", "reviewer", None),))
    said = conclusion(
        Audit(
            (found(Outcome.REPRODUCIBLE), repeated, found(Outcome.NO_RESULT), found(Outcome.UNDECIDED)),
            {"reproductions": 2, "checks": 1, "analyses": 0},
        )
    )
    assert said == (
        "2 of 4 runs can be reproduced now; 1 of them by commit, command not recorded; 1 could not be decided from "
        "here; 1 have no result (failed, still running, or without a metric); 1 has been repeated; left out, since "
        "they are no results of their own: reproductions 2, checks 1"
    )


def test_an_experiment_of_nothing_but_reports_says_what_it_has() -> None:
    assert conclusion(Audit((), {"reproductions": 0, "checks": 3, "analyses": 0})) == (
        "no run to audit; left out, since they are no results of their own: checks 3"
    )


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({}, None),
        ({"saigen.reproduces": "r1"}, "reproductions"),
        ({"saigen.reproduces": "r1", "saigen.record": "x"}, "reproductions"),
        ({"monitor.model": "delay-1"}, "checks"),
        ({"saigen.analysis": "forward"}, "analyses"),
        pytest.param({"monitor.model": "val_loss", "saigen.record": "x"}, None, id="a training with a tag like that"),
    ],
)
def test_what_is_no_result_of_its_own(tags: dict[str, str], kind: str | None) -> None:
    assert report_kind(tags) == kind


def test_json_holds_every_run_and_reason() -> None:
    value = json.loads(json.dumps(as_json(Audit((found(Outcome.MISSING, LOST),), {"reproductions": 2}))))
    assert value["reproducible"] is False
    assert value["experiments"][0]["reasons"] == {"data missing in the storage": 1}
    assert value["runs"][0]["reasons"] == [{"reason": LOST.lack.value, "what": LOST.what}]
    assert value["left_out"] == {"reproductions": 2}


def test_the_table_has_a_column_for_each_outcome_that_occurs() -> None:
    console = Console(width=120, record=True)
    console.print(table(summaries([found(Outcome.MISSING, LOST), found(Outcome.REPRODUCIBLE)])))
    text = console.export_text()
    assert "not reproducible" in text
    assert "undecided" not in text
    assert "data missing in the storage (1)" in text


def test_what_others_wrote_neither_moves_nor_colours_the_terminal() -> None:
    told = Finding("r1", "\x1b[2Jrun", "[red]a[/]\x1b[1m", "eve", Outcome.MISSING, (Reason(Lack.CODE, "\x1b]0;x"),))
    console = Console(width=120, record=True)
    console.print(table(summaries([told])))
    said = console.export_text() + "".join(lines(Audit((told,)))) + "".join(lines(Audit((told,)), shown=0))
    assert "\x1b" not in said
    assert "[red]a[/]?[1m" in said
