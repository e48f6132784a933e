"""The graph: what it is built from, both trees, and how it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saigen.errors import UsageError
from saigen.lineage.build import POSSIBLE, RECORDED, Model, Records, Used, Version, build, opened
from saigen.lineage.graph import Branch, Edge, Graph, Kind, Node, to_dot
from saigen.lineage.target import Asked, parse_target
from saigen.tracking import Run

COMMIT = "c" * 40
FLIGHTS = Used("team/demo", "data/flights.csv", "a" * 32, "flights_v3")


def run(id: str, **tags: str) -> Run:
    recorded = {"saigen.commit": COMMIT, "saigen.repository": "team/demo", **tags}
    return Run(id, "1", f"run-{id}", "FINISHED", "author", 0, 1, "", tags=recorded)


RECORDS = Records(
    runs=(run("one"), run("two", **{"saigen.reproduces": "one", "saigen.verdict": "reproduced"})),
    used={"one": (FLIGHTS,), "two": (FLIGHTS,)},
    models=(Model("m-1", "delay-model", "one"),),
    versions=(Version("delay", "3", "one", "m-1", ("champion",)), Version("plain", "1", "two")),
    inside=(("f" * 32, "jan.csv", FLIGHTS),),
)


def flat(branches: tuple[Branch, ...]) -> set[str]:
    return {id for branch in branches for id in (branch.node.id, *flat(branch.branches))}


def test_a_model_leads_back_to_data_and_commit() -> None:
    found = flat(build(RECORDS).upstream("version:delay/3"))
    assert {"model:m-1", "run:one", f"commit:{COMMIT}", FLIGHTS.node.id, f"file:{'f' * 32}"} == found


def test_data_leads_to_runs_models_and_versions() -> None:
    found = flat(build(RECORDS).downstream(FLIGHTS.node.id))
    assert {"run:one", "run:two", "model:m-1", "version:delay/3", "version:plain/1", "registered:delay"} <= found


def test_a_file_leads_to_the_data_that_holds_it() -> None:
    (branch,) = build(RECORDS).downstream(f"file:{'f' * 32}")
    assert (branch.node, branch.how) == (FLIGHTS.node, "is jan.csv in")


def test_aliases_are_in_the_label() -> None:
    assert build(RECORDS).nodes["version:delay/3"].label == "delay/3 @champion"


def test_a_version_without_a_logged_model_comes_from_its_run() -> None:
    assert Edge("run:two", "version:plain/1", "became") in build(RECORDS).edges


def test_a_reproduction_is_said_with_its_verdict() -> None:
    assert Edge("run:one", "run:two", "was repeated by (reproduced)") in build(RECORDS).edges


def test_a_nested_run_was_started_by_its_parent() -> None:
    child = run("child", **{"mlflow.parentRunId": "one"})
    assert Edge("run:one", "run:child", "started") in build(Records((run("one"), child))).edges


def test_data_that_a_run_may_have_used_is_said_so() -> None:
    graph = build(Records((run("one"),), used={"one": (replace(FLIGHTS, how=POSSIBLE),)}))
    assert Edge(FLIGHTS.node.id, "run:one", "was there for") in graph.edges


def test_of_all_recorded_data_the_named_one_was_used() -> None:
    other = Used("team/demo", "data/weather.csv", "b" * 32, "weather_v1")
    assert [one.how for one in opened([FLIGHTS, other], run("one", data_version="flights_v3"))] == [RECORDED, POSSIBLE]
    assert [one.how for one in opened([FLIGHTS, other], run("one", data_version="x_v0+bbbbbbb"))] == [
        POSSIBLE,
        RECORDED,
    ]
    assert [one.how for one in opened([FLIGHTS, other], run("one", data_version="mine"))] == [RECORDED, RECORDED]


def test_a_second_way_to_a_node_is_not_written_out_again() -> None:
    graph = Graph(
        {id: Node(Kind.RUN, id, id) for id in "abcd"},
        [Edge("a", "b", ""), Edge("a", "c", ""), Edge("b", "d", ""), Edge("c", "d", "")],
    )
    first, second = graph.downstream("a")
    assert (first.branches[0].again, second.branches[0].again) == (False, True)


def test_a_circle_ends() -> None:
    graph = Graph({id: Node(Kind.RUN, id, id) for id in "ab"}, [Edge("a", "b", ""), Edge("b", "a", "")])
    assert graph.downstream("a")[0].branches[0].again


def test_only_what_leads_to_it_or_comes_of_it_is_kept() -> None:
    kept = build(RECORDS).around(["model:m-1"]).nodes
    assert "run:one" in kept
    assert "run:two" not in kept


def test_quotes_in_names_stay_inside_the_dot_file() -> None:
    graph = Graph({'a"b': Node(Kind.DATA, 'a"b', 'x\\"; evil')}, [])
    assert '"a\\"b" [label="data x\\\\\\"; evil", shape=cylinder, style=bold];' in to_dot(graph, ['a"b'])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0a1b2c3d4e5f60718293a4b5c6d7e8f9", Asked.RUN),
        ("flights_v3", Asked.DATA),
        ("flights_v3+1a2b3c4", Asked.DATA),
        ("1a2b3c4", Asked.COMMIT),
        ("c" * 40, Asked.COMMIT),
        ("delay", Asked.MODEL),
        ("delay/3", Asked.MODEL),
        ("delay@champion", Asked.MODEL),
        ("m-0a1b2c3d4e5f60718293a4b5c6d7e8f9", Asked.MODEL),
    ],
)
def test_the_form_tells_the_kind(text: str, kind: Asked) -> None:
    assert parse_target(text).kind is kind


def test_a_file_that_is_there_is_a_file() -> None:
    assert parse_target("flights_v3", is_file=True).kind is Asked.FILE


def test_a_kind_in_front_removes_the_doubt() -> None:
    target = parse_target("model:flights_v3", is_file=True)
    assert (target.kind, target.name) == (Asked.MODEL, "flights_v3")


@pytest.mark.parametrize(
    ("text", "parts"),
    [("delay", ("delay", None, None)), ("delay/3", ("delay", "3", None)), ("delay@best", ("delay", None, "best"))],
)
def test_a_models_name_has_a_version_or_an_alias(text: str, parts: tuple[str | None, ...]) -> None:
    assert parse_target(text).model == parts


def test_nothing_is_wrong_usage() -> None:
    with pytest.raises(UsageError):
        parse_target("  ")
