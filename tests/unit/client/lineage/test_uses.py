"""Who looked at a test set."""

from __future__ import annotations

import pytest

from saigen.data.version import State
from saigen.errors import UsageError
from saigen.lineage import uses
from saigen.lineage.build import TESTED, Used, measured_on
from saigen.lineage.uses import of_line, of_version
from saigen.recording import DATA_VERSION, RELEASE, TEST_SET
from saigen.tracking import Run

MD5 = "0123456789abcdef0123456789abcdef.dir"


def look(id: str, *, tags: dict[str, str] | None = None, params: dict[str, str] | None = None) -> Run:
    return Run(id, "1", id, "FINISHED", "ada", 0, 1, "", params=params or {}, tags={TEST_SET: MD5, **(tags or {})})


def test_a_line_has_the_looks_of_its_releases() -> None:
    runs = [
        look("one", params={"release_tag": "acme-1"}),
        look("two", tags={RELEASE: "acme-12"}),
        look("other", params={"release_tag": "acme-west-1"}),
        look("free"),
    ]
    assert [run.id for run in of_line(runs, "acme")] == ["one", "two"]


def test_a_version_has_the_looks_at_its_content_and_those_that_name_it() -> None:
    runs = [look("content"), look("named", tags={TEST_SET: "f" * 32, DATA_VERSION: "flights_v3"})]
    assert [run.id for run in of_version(runs, State("flights", 3), MD5)] == ["content", "named"]
    assert [run.id for run in of_version(runs, State("flights", 3), None)] == ["named"]


def test_a_version_has_the_looks_from_before_it_got_its_name() -> None:
    early = {TEST_SET: "f" * 32, DATA_VERSION: f"birds_v1,flights_v2+{MD5[:7]}"}
    runs = [look("early", tags=early), look("other", tags={**early, DATA_VERSION: f"birds_v1+{MD5[:7]}"})]
    assert [run.id for run in of_version(runs, State("flights", 3), MD5)] == ["early"]


def test_a_run_without_a_test_set_did_not_look_at_a_version_that_is_not_known_here() -> None:
    run = Run("no test set", "1", "free", "FINISHED", "ada", 0, 1, "", params={}, tags={})
    assert of_version([run], State("flights", 3), None) == []


def test_what_a_run_measured_on_is_its_test_set_in_the_lineage() -> None:
    train, test = Used("team/x", "data/split/train", "a" * 32, "train"), Used("team/x", "data/split/test", MD5, "test")
    assert [one.how == TESTED for one in measured_on((train, test), "team/x", MD5)] == [False, True]
    assert measured_on((train,), "team/x", MD5)[1].md5 == MD5
    assert measured_on((train,), "team/x", None) == (train,)


def test_what_has_no_test_set_is_refused() -> None:
    with pytest.raises(UsageError, match="has no test set"):
        uses.test_uses("no such thing")
