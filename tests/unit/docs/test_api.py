"""The page about Python describes every verb, with the signature that the code has and an example that is Python."""

from __future__ import annotations

import ast
import textwrap
import typing

import pytest

import saigen
from docs import api

PAGE = api.PAGE.read_text(encoding="utf-8")
SECTIONS = api.sections(PAGE)


def test_every_verb_has_a_section_and_no_other() -> None:
    assert sorted(SECTIONS) == api.verbs()


def test_signatures_are_those_of_the_code() -> None:
    assert api.updated(PAGE) == PAGE, "run: python docs/api.py"


@pytest.mark.parametrize("verb", api.verbs())
def test_a_verb_is_typed_and_says_what_it_raises_or_returns(verb: str) -> None:
    function = getattr(saigen, verb)
    hints = typing.get_type_hints(function)
    assert "return" in hints
    assert len(hints) == function.__code__.co_argcount + function.__code__.co_kwonlyargcount + 1
    assert function.__doc__


@pytest.mark.parametrize("verb", api.verbs())
def test_a_verb_has_an_example_that_calls_it(verb: str) -> None:
    lines = [line for line in SECTIONS[verb].splitlines() if line.startswith("    ") and "```" not in line]
    prose = api.BLOCK.sub("", SECTIONS[verb])
    example = textwrap.dedent("\n".join(line for line in lines if line in prose))
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(example))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert verb in called


def test_check_tells_when_a_signature_is_old(tmp_path, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    old = tmp_path / "api.md"
    old.write_text("## saigen.audit\n\n```python\nold\n```\n")
    monkeypatch.setattr(api, "PAGE", old)
    assert api.main(["--check"]) == 1
    assert "next: python docs/api.py" in capsys.readouterr().err
    assert api.main([]) == 0
    assert api.main(["--check"]) == 0


def test_a_verb_stays_one_when_the_package_of_its_name_is_loaded() -> None:
    import saigen.audit.judge

    assert callable(saigen.audit)
