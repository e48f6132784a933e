"""Type checkers see each verb of the module with its own signature, though it is loaded when it is first used."""

from __future__ import annotations

import ast
from pathlib import Path

import saigen


def test_what_type_checkers_see_is_what_is_loaded() -> None:
    module = ast.parse(Path(saigen.__file__).read_text(encoding="utf-8"))
    blocks = [node for node in module.body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    seen = {name.asname or name.name: one.module for one in imports for name in one.names if one.module != "typing"}
    assert seen == saigen._VERBS


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(saigen.__file__).with_name("py.typed").exists()
