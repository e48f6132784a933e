"""Data states that belong together, and what runs say about them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from saigen.data.families import DataState, families
from saigen.data.variants import states_of, without_bystanders
from saigen.recording import DATA_VERSION
from saigen.tracking import Run

LISTS = {"l1": frozenset("abcd"), "l2": frozenset("abxy"), "l3": frozenset("xy"), "l4": frozenset("q")}


def state(path: str = "", md5: str = "", *, repository: str = "team/x", dataset: str = "", id: str = "") -> DataState:
    return DataState(repository, path, dataset, md5, id)


def run(id: str, data_version: str) -> Run:
    tags = {DATA_VERSION: data_version} if data_version else {}
    return Run(id, "0", "", "FINISHED", "author", 0, 0, "", tags=tags)


def test_states_at_one_path_are_one_family_in_one_repository_only() -> None:
    one, other, elsewhere = state("d", "1"), state("d", "2"), state("d", "3", repository="team/y")
    assert families([one, other, elsewhere], {}) == [[one, other], [elsewhere]]


def test_the_same_content_is_one_family_wherever_it_is() -> None:
    one, other = state("d", "1"), state("e", "1", repository="team/y")
    assert families([one, other], {}) == [[one, other]]


def test_directories_that_share_half_of_the_smaller_ones_files_are_one_family() -> None:
    states = [state(str(number), md5) for number, md5 in enumerate(LISTS)]
    assert [len(family) for family in families(states, LISTS)] == [3, 1]


def test_ids_of_one_dataset_are_one_family() -> None:
    one, other = state(dataset="x", id="x_v1"), state(dataset="x", id="x_v2")
    assert families([one, other], {}) == [[one, other]]


@given(
    st.lists(
        st.builds(state, st.sampled_from(["", "p", "q", "r"]), st.sampled_from(["", *LISTS])), unique=True, max_size=8
    )
)
def test_every_state_is_in_exactly_one_family(states: list[DataState]) -> None:
    grouped = families(states, LISTS)

    assert sorted(one for family in grouped for one in family) == sorted(states)


def test_an_unnamed_id_belongs_to_the_path_with_its_hash() -> None:
    data = {"data/a": "1a2b3c4" + "0" * 25, "data/b": "f" * 32}
    found = states_of("team/x", data, "a_v3+1a2b3c4,b_v1")
    assert [(one.path, one.id) for one in found] == [("data/a", "a_v3+1a2b3c4"), ("data/b", "")]


def test_a_run_that_says_only_an_id_is_known_by_it() -> None:
    assert states_of("", {}, "flights_v2") == [DataState("", "", "flights", "", "flights_v2")]


def test_a_run_that_says_nothing_used_nothing_that_is_known() -> None:
    assert states_of("", {}, "") == []


def test_data_that_was_only_there_has_no_run_where_the_run_names_what_it_used() -> None:
    flights, penguins = state("f", "f" * 32, dataset="flights"), state("p", "a" * 32, dataset="penguins")
    said = run("1", "flights_v2"), run("2", ""), run("3", "harvest_v1")
    used = without_bystanders({flights: said, penguins: said})
    assert [one.id for one in used[flights]] == ["1", "2", "3"]
    assert [one.id for one in used[penguins]] == ["2", "3"]
