"""JSON documents: field by field, lists inside them as lists are. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from saigen.merge.json_lists import Records
from saigen.merge.keys import find, key_values
from saigen.merge.outcome import SHOWN, Difference, Result
from saigen.merge.plan import CURRENT, INCOMING, Items, merge
from saigen.project.branches import MergeRule

_NONE: Any = object()
_INDENT = re.compile(rb"^[\[{]\r?\n([ \t]+)")


def merge_documents(name: str, documents: Sequence[Any], like: bytes, rule: MergeRule) -> Result:
    """The merge of three documents, the first None where there is none. `like`: the file whose layout is kept."""
    base, current, incoming = documents
    merged = _Merge(name, rule)
    value = merged.value("", _NONE if base is None else base, current, incoming)
    notes = (
        (f"{merged.settled} fields were changed on both sides: the {rule.prefer} ones stay",) if merged.settled else ()
    )
    if merged.differences:
        return Result(None, notes, tuple(merged.differences[:SHOWN]), len(merged.differences))
    indent = _INDENT.match(like)
    step = indent[1].decode() if indent else None
    text = json.dumps(value, indent=step, ensure_ascii=like.isascii(), allow_nan=True)
    return Result(text.encode("utf-8", "surrogatepass") + (b"\n" if like.endswith(b"\n") else b""), notes)


class _Merge:
    """The merge of one document while it is made."""

    def __init__(self, name: str, rule: MergeRule) -> None:
        self._name = name
        self._rule = rule
        self.differences: list[Difference] = []
        self.settled = 0

    def value(self, place: str, base: Any, current: Any, incoming: Any) -> Any:
        """What becomes of a value that each version may have another one of, or none."""
        forms = [_form(value) for value in (base, current, incoming)]
        if forms[2] in (forms[0], forms[1]):
            return current
        if forms[1] == forms[0]:
            return incoming
        if isinstance(current, dict) and isinstance(incoming, dict):
            return self._fields(place, base if isinstance(base, dict) else {}, current, incoming)
        if isinstance(current, list) and isinstance(incoming, list) and (base is _NONE or isinstance(base, list)):
            return self._list(place, [] if base is _NONE else base, current, incoming)
        return self._clash(place or "the document", base, current, incoming)

    def _fields(self, place: str, base: dict[str, Any], current: dict[str, Any], incoming: dict[str, Any]) -> Any:
        names = [*current, *(name for name in incoming if name not in current)]
        merged = {
            name: self.value(
                f"{place}/{name}", base.get(name, _NONE), current.get(name, _NONE), incoming.get(name, _NONE)
            )
            for name in names
        }
        return {name: value for name, value in merged.items() if value is not _NONE}

    def _list(self, place: str, *lists: list[Any]) -> Any:
        versions = [Records(one) for one in lists]
        present = [version for version in versions if version.contents]
        key = find(f"{self._name}: {place}", present)
        sides = [Items(one.values, (key_values(one, key) if one.contents else ()) if key else None) for one in versions]
        plan = merge(*sides, prefer=self._rule.prefer)
        self.settled += plan.settled
        for clash in plan.clashes:
            indexes = zip(lists, (clash.base, clash.current, clash.incoming), strict=True)
            shown = [None if index is None else _form(one[index]) for one, index in indexes]
            self.differences.append(Difference(f"{place}: {', '.join(key)} = {clash.key}", *shown))
        return [lists[1][pick] if pick >= 0 else lists[2][~pick] for pick in plan.indexes]

    def _clash(self, place: str, base: Any, current: Any, incoming: Any) -> Any:
        if self._rule.prefer in (CURRENT, INCOMING):
            self.settled += 1
            return current if self._rule.prefer == CURRENT else incoming
        self.differences.append(Difference(place, *(_form(value) for value in (base, current, incoming))))
        return current


def _form(value: Any) -> str | None:
    return None if value is _NONE else json.dumps(value, sort_keys=True)
