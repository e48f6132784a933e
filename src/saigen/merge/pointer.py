"""`.dvc` files: the content behind three pointers is merged, and the merge gets a pointer of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from saigen.data.pointer import Output, parse_pointer
from saigen.merge.lists import Lists
from saigen.merge.outcome import Result, unmergeable
from saigen.merge.pointed import Pointed
from saigen.project.branches import MergeRule

_CONTENT = ("md5", "size", "nfiles", "hash")  # what a pointer says of its content


@dataclass(frozen=True)
class Pointer:
    """One version of a pointer. `document`: the file; `output`: the one that it points to."""

    document: dict[str, Any]
    output: Output

    @property
    def rest(self) -> dict[str, Any]:
        """What the file says beside its content."""
        out = {name: value for name, value in self.document["outs"][0].items() if name not in _CONTENT}
        return {**self.document, "outs": [out]}


def merge_pointers(
    path: str,
    contents: Sequence[bytes],
    rule: Callable[[str], MergeRule],
    lists: Lists,
) -> Result:
    """The merge of three versions of a pointer (base, current, incoming; an empty one is not there).

    Args:
        path: of the pointer. rule: how data merges, by its path. lists: where lists, and in a `Store` files, are.

    Raises:
        SaigenError: a pointer is broken, or content is not to be had.
    """
    base, current, incoming = (read_pointer(path, content) for content in contents)
    if current is None or incoming is None:
        raise unmergeable(f"{path} cannot be merged", "expected a pointer on both sides, found an empty file")
    rest = _rest(path, base, current, incoming)
    was = base.output.md5 if base else None
    if incoming.output.md5 in (was, current.output.md5):
        return Result(_render(rest, current))
    if current.output.md5 == was:
        return Result(_render(rest, incoming))
    _check_forms(path, base, current, incoming)
    pointed = Pointed(base.output if base else None, current.output, incoming.output, rule, lists)
    found = pointed.folders() if current.output.is_directory else pointed.files()
    if isinstance(found, Result):
        return found
    said = {"md5": found.md5, "size": found.size, "nfiles": found.files}
    return Result(_render(rest, current, **said), found.notes)


def read_pointer(path: str, content: bytes) -> Pointer | None:
    """A pointer with one output; None for an empty file. Raises BlockedError, UnmergeableError where it is another."""
    import yaml

    if not content.strip():
        return None
    outputs = parse_pointer(path, content)
    if len(outputs) != 1:
        raise unmergeable(f"{path} cannot be merged", f"expected one output, found {len(outputs)}")
    return Pointer(yaml.safe_load(content), outputs[0])


def _rest(path: str, base: Pointer | None, current: Pointer, incoming: Pointer) -> dict[str, Any]:
    if incoming.rest in (current.rest, base.rest if base else None):
        return current.rest
    if base and current.rest == base.rest:
        return incoming.rest
    raise unmergeable(
        f"{path} was changed on both sides beside its content",
        f"expected the same fields, found {current.rest} and {incoming.rest}",
        f"git checkout --ours -- {path}    (or --theirs)",
    )


def _render(rest: dict[str, Any], content: Pointer, **said: Any) -> bytes:
    """A pointer's text in DVC's order. `said`: md5, size and nfiles of the content, by default those of a pointer."""
    import yaml

    found = {**content.document["outs"][0], **said}
    first = {name: found[name] for name in _CONTENT if found.get(name) is not None}
    document = {**rest, "outs": [{**first, **rest["outs"][0]}]}
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)
    return text.encode()


def _check_forms(path: str, base: Pointer | None, current: Pointer, incoming: Pointer) -> None:
    present = [one.output for one in (base, current, incoming) if one]
    if any(one.legacy for one in present):
        raise unmergeable(
            f"{path} cannot be merged by content",
            "expected pointers of DVC 3, found one of DVC 2",
            "dvc cache migrate --dvc-files    (on both branches)",
        )
    if any(one.elsewhere for one in present):
        raise unmergeable(
            f"{path} cannot be merged by content", next(one.elsewhere for one in present if one.elsewhere)
        )
    if current.output.is_directory != incoming.output.is_directory or None in (current.output.md5, incoming.output.md5):
        raise unmergeable(f"{path} cannot be merged", "expected files or directories, found one of each, or no content")
