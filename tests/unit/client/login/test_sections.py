"""One section of somebody's file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from saigen.login.sections import values_of, with_section, without_section

THEIRS = "# mine, by hand\n[default]\nregion = eu\n\n[profile work]\nsso = yes ; keep\n"
words = st.text("abcdef_", min_size=1, max_size=5)
sections = st.dictionaries(words, st.dictionaries(words, words, min_size=1, max_size=3), max_size=4)


def test_a_new_section_leaves_the_rest_as_it_was() -> None:
    text = with_section(THEIRS, "profile saigen", {"region": "us-east-1"})
    assert text == THEIRS + "\n[profile saigen]\nregion = us-east-1\n"


def test_values_are_changed_where_they_are() -> None:
    text = with_section(THEIRS, "default", {"region": "us", "output": "json"})
    assert text == THEIRS.replace("region = eu\n", "region = us\noutput = json\n")


def test_a_section_is_removed_alone() -> None:
    text = with_section(THEIRS, "profile saigen", {"a": "b"})
    assert without_section(text, "profile saigen").rstrip("\n") == THEIRS.rstrip("\n")
    assert without_section(THEIRS, "nobody") == THEIRS


def test_a_secret_may_hold_any_character() -> None:
    text = with_section(with_section("", "s", {"k": "old"}), "s", {"k": r"a\1=b\g<0>"})
    assert values_of(text, "s") == {"k": r"a\1=b\g<0>"}


@given(before=sections, name=words, values=st.dictionaries(words, words, min_size=1, max_size=3))
def test_what_is_written_is_read_and_all_else_stays(
    before: dict[str, dict[str, str]], name: str, values: dict[str, str]
) -> None:
    text = ""
    for section, content in before.items():
        text = with_section(text, section, content)
    text = with_section(text, name, values)
    assert values_of(text, name) == {**before.get(name, {}), **values}
    assert all(values_of(text, other) == content for other, content in before.items() if other != name)
    assert with_section(text, name, values) == text
