"""The tag contract: what a tag means, which refs never change, and what is said to whoever tries."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.errors import NotPermittedError, UsageError
from saigen.tags import (
    DataVersion,
    KeptSnapshots,
    MonitoringRecord,
    ReleasedModel,
    Snapshot,
    is_immutable,
    is_name,
    next_data_version,
    next_release,
    parse_ref,
    parse_tag,
    refusal,
    successor,
)

ONE, OTHER = "1" * 40, "2" * 40

names = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=20).filter(is_name)
numbers = st.integers(min_value=1, max_value=10**18 - 1)
releases = st.builds(ReleasedModel, names, numbers)
tags = st.one_of(
    st.builds(DataVersion, names, numbers), releases, st.builds(MonitoringRecord, names, releases, numbers)
)
commits = st.text("0123456789abcdef", min_size=40, max_size=40)


@pytest.mark.parametrize(
    ("tag", "meaning"),
    [
        ("flights_v3", DataVersion("flights", 3)),
        ("dataset-A_v1", DataVersion("dataset-A", 1)),
        ("acme-7", ReleasedModel("acme", 7)),
        ("delay-2", ReleasedModel("delay", 2)),
        ("late-flights-12", ReleasedModel("late-flights", 12)),
        ("release-2024", ReleasedModel("release", 2024)),
        ("2024-11", ReleasedModel("2024", 11)),
        ("monitor/prod/acme-7/12", MonitoringRecord("prod", ReleasedModel("acme", 7), 12)),
    ],
)
def test_a_tag_of_the_contract_has_its_meaning(tag, meaning):
    assert parse_tag(tag) == meaning


@pytest.mark.parametrize(
    "tag",
    [
        "v1.2.3",
        "v1",
        "baseline",
        "2024-11-02",  # the line would be 2024-11
        "flights-2_v1",  # the data would be flights-2, which reads as a released model
        "my_data_v1",
        "flights_V3",
        "flights_v0",
        "flights_v03",
        "flights_v3 ",
        "flights_v3\n",
        "flights_v٣",
        "acme-0",
        "acme-007",
        "-x_v1",
        "-7",
        "_v1",
        "acme-7/1",
        "monitor/prod/acme/12",
        "monitor/prod/flights_v3/12",
        "monitor/prod/acme-7",
        "monitor/prod/acme-7/12/3",
        "Monitor/prod/acme-7/12",
        "acme-" + "9" * 19,
        "",
    ],
)
def test_any_other_tag_is_free(tag):
    assert parse_tag(tag) is None
    assert not is_immutable(f"refs/tags/{tag}")


@given(tags)
def test_a_tag_reads_back_as_what_it_was_written_for(record):
    assert parse_tag(record.tag) == record
    assert is_immutable(f"refs/tags/{record.tag}")


@given(st.text(max_size=30))
def test_a_tag_has_one_spelling(text):
    record = parse_tag(text)
    assert record is None or record.tag == text


@given(names, names)
def test_a_name_never_makes_a_dataset_read_as_a_released_model(dataset, line):
    assert isinstance(parse_tag(f"{dataset}_v1"), DataVersion)
    assert isinstance(parse_tag(f"{line}-1"), ReleasedModel)


@pytest.mark.parametrize("name", ["flights", "dataset-A", "2024", "a-", "x-1-y"])
def test_letters_digits_and_hyphens_make_a_name(name):
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "-flights", "flights-2", "a-1-2", "my_data", "flüge", "a b", "a/b", "a\n"])
def test_anything_else_is_not_a_name(name):
    assert not is_name(name)


@pytest.mark.parametrize(
    ("ref", "meaning"),
    [
        ("refs/tags/flights_v3", DataVersion("flights", 3)),
        (f"refs/saigen/in/{ONE}", Snapshot(ONE)),
        (f"refs/saigen/in/{'a' * 64}", Snapshot("a" * 64)),
        ("refs/saigen/keep/2026/11", KeptSnapshots("2026/11")),
        ("refs/heads/flights_v3", None),
        ("refs/heads/refs/tags/flights_v3", None),
        ("refs/TAGS/flights_v3", None),
        ("refs/saigen/in/abc", None),
        (f"refs/saigen/in/{'A' * 40}", None),
        ("refs/saigen/keep/", None),
        ("flights_v3", None),
    ],
)
def test_a_ref_has_its_meaning(ref, meaning):
    assert parse_ref(ref) == meaning
    assert is_immutable(ref) is (meaning is not None)


@given(tags, commits)
def test_a_tag_can_be_made(record, commit):
    assert refusal(f"refs/tags/{record.tag}", None, commit) is None


@given(tags, commits)
def test_a_tag_can_be_pushed_again_as_it_is(record, commit):
    assert refusal(f"refs/tags/{record.tag}", commit, commit) is None


@given(tags)
def test_a_moved_tag_is_refused(record):
    reason = refusal(f"refs/tags/{record.tag}", ONE, OTHER)
    assert isinstance(reason, NotPermittedError)
    assert reason.what == f"tag {record.tag} cannot be moved"
    assert record.meaning in reason.why


@given(tags)
def test_a_deleted_tag_is_refused(record):
    reason = refusal(f"refs/tags/{record.tag}", ONE, None)
    assert isinstance(reason, NotPermittedError)
    assert reason.what == f"tag {record.tag} cannot be deleted"


@given(tags)
def test_a_refusal_never_looks_like_a_missing_tag_to_the_forge(record):
    """Gitea takes 'not found' in Git's message for a tag that is gone, and forgets it."""
    assert "not found" not in str(refusal(f"refs/tags/{record.tag}", ONE, None))


@pytest.mark.parametrize("new", [OTHER, None])
@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/tags/v1.2.3", "refs/pull/1/head", "refs/notes/commits"])
def test_a_free_ref_moves_and_goes(ref, new):
    assert refusal(ref, ONE, new) is None


def test_a_refusal_names_the_next_free_tag():
    reason = refusal("refs/tags/flights_v2", ONE, OTHER, tags=["flights_v2", "flights_v7", "planes_v9", "v1"])
    assert reason is not None
    assert "git tag flights_v8 && git push origin flights_v8" in reason.next


def test_a_snapshot_is_made_under_its_own_name():
    assert refusal(f"refs/saigen/in/{ONE}", None, ONE) is None


@pytest.mark.parametrize(
    ("ref", "old", "new"),
    [
        (f"refs/saigen/in/{ONE}", None, OTHER),
        (f"refs/saigen/in/{ONE}", ONE, OTHER),
        (f"refs/saigen/in/{ONE}", ONE, None),
        ("refs/saigen/in/abc", None, ONE),
        ("refs/saigen/in", None, ONE),
        ("refs/saigen", None, ONE),
        ("refs/saigen/keep/1", None, ONE),
        ("refs/saigen/keep/1", ONE, OTHER),
        ("refs/saigen/keep/1", ONE, None),
        ("refs/saigen/other", None, ONE),
        ("refs/saigen/other", ONE, None),
    ],
)
def test_nothing_else_happens_to_the_platforms_own_refs(ref, old, new):
    assert isinstance(refusal(ref, old, new), NotPermittedError)


def test_a_snapshot_is_a_commit():
    assert isinstance(refusal(f"refs/saigen/in/{ONE}", None, ONE, kind="tree"), NotPermittedError)


def test_a_wish_to_forget_is_made_and_stays():
    ref = f"refs/saigen/forget/{ONE}"
    assert refusal(ref, None, OTHER) is None
    assert isinstance(refusal(ref, None, OTHER, kind="tree"), NotPermittedError)
    for new in (ONE, None):
        assert isinstance(refusal(ref, OTHER, new), NotPermittedError)
    assert isinstance(refusal("refs/saigen/forget/abc", None, ONE), NotPermittedError)


def test_nobody_makes_git_show_one_commit_for_another():
    assert isinstance(refusal(f"refs/replace/{ONE}", None, OTHER), NotPermittedError)
    assert refusal(f"refs/replace/{ONE}", OTHER, None) is None


def test_a_name_that_only_begins_like_the_platforms_refs_is_free():
    assert refusal("refs/saigenX/a", ONE, None) is None


def test_the_first_version_of_a_dataset_is_1():
    assert next_data_version("flights", ["planes_v4", "flights-2"]).tag == "flights_v1"


def test_the_next_version_counts_on_from_the_highest():
    assert next_data_version("flights", ["flights_v10", "flights_v9", "flights_v1"]).tag == "flights_v11"


def test_the_next_release_counts_its_own_line_only():
    assert next_release("acme", ["acme-7", "acme-x-9", "acme_v12", "delay-20"]).tag == "acme-8"


def test_the_next_record_counts_its_own_model_and_environment_only():
    first = MonitoringRecord("prod", ReleasedModel("acme", 7), 1)
    present = ["monitor/prod/acme-7/3", "monitor/dev/acme-7/8", "monitor/prod/acme-6/9"]
    assert successor(first, present).tag == "monitor/prod/acme-7/4"


@given(tags, st.lists(tags, max_size=8))
def test_a_successor_is_never_there_already(record, present):
    assert successor(record, [found.tag for found in present]) not in present


@pytest.mark.parametrize("name", ["", "my_data", "flights-2", "-x"])
def test_a_bad_name_is_refused_with_the_rule(name):
    with pytest.raises(UsageError, match="letters, digits and '-'"):
        next_data_version(name, [])
    with pytest.raises(UsageError, match="letters, digits and '-'"):
        next_release(name, [])
