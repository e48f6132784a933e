"""CSV, JSON and lines as people write them: what is kept byte for byte, and what is a reason not to merge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.merge.delimited import merge_csv
from saigen.merge.json_lists import merge_json, merge_json_lines
from saigen.merge.lines import merge_lines
from saigen.merge.outcome import Result, UnmergeableError
from saigen.project.branches import MergeRule

DATA = MergeRule("*", "data")
Merge = Callable[[str, bytes, bytes, bytes, MergeRule], Result]


def merged(merge: Merge, base: str, current: str, incoming: str, rule: MergeRule = DATA) -> str:
    content = merge("a file", base.encode(), current.encode(), incoming.encode(), rule).content
    assert isinstance(content, bytes)
    return content.decode()


def marked(merge: Merge, base: str, current: str, incoming: str) -> str:
    found = merge("a file", base.encode(), current.encode(), incoming.encode(), DATA)
    assert found.is_conflict
    return (found.marked or b"").decode()


def reason(merge: Merge, base: str, current: str, incoming: str) -> str:
    with pytest.raises(UnmergeableError) as refused:
        merge("a file", base.encode(), current.encode(), incoming.encode(), DATA)
    return f"{refused.value.what} {refused.value.why}"


def test_columns_in_another_order_are_the_same_columns() -> None:
    found = merged(merge_csv, "id,x\n1,a\n", "id,x\n1,a\n2,b\n", "x,id\na,1\nc,3\n")
    assert found == "id,x\n1,a\n2,b\n3,c\n"


def test_a_row_in_other_quotes_is_the_same_row() -> None:
    found = merged(merge_csv, 'id,x\n1,"a"\n', 'id,x\n1,"a"\n2,b\n', 'id,x\n"1",a\n3,"c,d"\n')
    assert found == 'id,x\n1,"a"\n2,b\n3,"c,d"\n'


def test_a_value_of_several_lines_is_one() -> None:
    found = merged(merge_csv, "id,x\n", 'id,x\n1,"a\nb"\n', 'id,x\n2,"c\n\nd"\n')
    assert found == 'id,x\n1,"a\nb"\n2,"c\n\nd"\n'


def test_line_ends_of_windows_stay() -> None:
    assert merged(merge_csv, "id,x\r\n", "id,x\r\n1,a\r\n", "id,x\r\n2,b\r\n") == "id,x\r\n1,a\r\n2,b\r\n"


def test_a_byte_order_mark_is_no_part_of_a_column() -> None:
    assert merged(merge_csv, "id,x\n", "\ufeffid,x\n1,a\n", "id,x\n2,b\n") == "\ufeffid,x\n1,a\n2,b\n"


def test_bytes_that_are_not_utf_8_come_through() -> None:
    found = merge_csv("a file", b"id,x\n", b"id,x\n1,\xe9\n", b"id,x\n2,\xff\n", DATA)
    assert found.content == b"id,x\n1,\xe9\n2,\xff\n"


def test_other_columns_are_a_reason() -> None:
    assert "other columns" in reason(merge_csv, "id,x\n1,a\n", "id,x\n1,a\n2,b\n", "id,y\n1,a\n")


def test_a_ragged_row_is_a_reason_that_names_it() -> None:
    assert "row 2" in reason(merge_csv, "id,x\n", "id,x\n1,a\n", "id,x\n1,b\n2\n")


def test_quotes_that_do_not_end_are_a_reason() -> None:
    assert "does not end" in reason(merge_csv, "id,x\n", 'id,x\n1,"a\n', "id,x\n2,b\n")


def test_markers_stand_around_the_row_that_clashes() -> None:
    found = marked(merge_csv, "id,x\n1,a\n", "id,x\n1,b\n2,c\n", "id,x\n1,d\n3,e\n")
    assert found == "id,x\n<<<<<<< current\n1,b\n=======\n1,d\n>>>>>>> incoming\n2,c\n3,e\n"


def test_a_row_that_one_side_deleted_and_the_other_changed_clashes() -> None:
    found = marked(merge_csv, "id,x\n1,a\n2,b\n", "id,x\n2,b\n", "id,x\n1,c\n2,b\n")
    assert found == "id,x\n2,b\n<<<<<<< current\n=======\n1,c\n>>>>>>> incoming\n"


def test_a_deleted_row_stays_deleted() -> None:
    assert merged(merge_csv, "id,x\n1,a\n2,b\n", "id,x\n2,b\n", "id,x\n1,a\n2,b\n3,c\n") == "id,x\n2,b\n3,c\n"


def test_measurements_are_no_key() -> None:
    found = merged(merge_csv, "x,y\n0.5,1.5\n", "x,y\n0.5,1.5\n0.7,2.5\n", "x,y\n0.5,1.5\n0.7,3.5\n")
    assert found == "x,y\n0.5,1.5\n0.7,2.5\n0.7,3.5\n"


def test_the_rules_key_may_be_several_columns() -> None:
    rule = MergeRule("*", "data", key=("day", "bird"))
    found = merged(merge_csv, "day,bird,n\n", "day,bird,n\n1,tit,3\n", "day,bird,n\n1,owl,3\n2,tit,3\n", rule)
    assert found == "day,bird,n\n1,tit,3\n1,owl,3\n2,tit,3\n"


def test_a_list_keeps_the_text_of_its_elements_and_its_layout() -> None:
    base = '[\n  {"id": 1, "x": 1.10}\n]\n'
    current = '[\n  {"id": 1, "x": 1.10},\n  {"id": 2, "x": 2e3}\n]\n'
    incoming = '[\n  {"id": 1, "x": 1.10},\n  {"x": 3, "id": 3}\n]\n'
    expected = '[\n  {"id": 1, "x": 1.10},\n  {"id": 2, "x": 2e3},\n  {"x": 3, "id": 3}\n]\n'
    assert merged(merge_json, base, current, incoming) == expected


def test_fields_in_another_order_are_the_same_record() -> None:
    found = merged(merge_json_lines, '{"id": 1, "x": 2}\n', '{"x": 2, "id": 1}\n', '{"id": 1, "x": 2}\n{"id": 4}\n')
    assert found == '{"x": 2, "id": 1}\n{"id": 4}\n'


def test_records_of_runs_are_recognised_by_their_id() -> None:
    found = marked(merge_json, "[]", '[{"run_id": "a", "x": 1}]', '[{"run_id": "a", "x": 2}, {"run_id": "b", "x": 1}]')
    assert found.count("run_id") == 3
    assert "<<<<<<< current" in found


def test_documents_are_merged_field_by_field() -> None:
    found = merged(merge_json, '{"a": 1, "b": [1]}', '{"a": 2, "b": [1, 2]}', '{"a": 1, "b": [1, 3], "c": {}}')
    assert found == '{"a": 2, "b": [1, 2, 3], "c": {}}'


def test_a_number_that_would_be_rounded_is_a_reason() -> None:
    exact = "0.1000000000000000055511151231257827"
    assert "rounded" in reason(merge_json, '{"a": 1}', f'{{"a": {exact}}}', '{"a": 1, "b": 2}')


def test_what_is_no_json_is_a_reason_that_names_the_line() -> None:
    assert "line 2" in reason(merge_json_lines, "1\n", "1\n2\n", "1\n{\n")


def test_lines_are_a_union_and_their_file_stays_open_ended() -> None:
    assert merged(merge_lines, "a", "a\nb", "a\nc") == "a\nb\nc"
    assert merged(merge_lines, "a\n", "a\nb\n", "c\n") == "b\nc\n"


@given(st.lists(st.text("ab\r", max_size=2), max_size=4), st.lists(st.text("ab\r", max_size=2), max_size=4))
def test_no_line_is_lost(current: list[str], incoming: list[str]) -> None:
    texts = ["".join(f"{line}\n" for line in lines) for lines in (["x", *current], ["y", *incoming])]
    found = merged(merge_lines, "", *texts).replace("\r", "").split("\n")[:-1]
    assert sorted(found) == sorted(line.replace("\r", "") for line in ["x", *current, "y", *incoming])
