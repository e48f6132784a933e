"""From YAML text to plain values that remember on which line they stood."""

from __future__ import annotations

from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where in the file, where in its structure, and what."""

    line: int
    path: str
    message: str

    def render(self, file: str) -> str:
        """As `infra/team.yaml:12: people[2].role: expected ..., found ...`."""
        place = f"{self.path}: " if self.path else ""
        return f"{file}:{self.line}: {place}{self.message}"


@dataclass
class Document:
    """A parsed file: its value, the line of every value, and what was wrong with the YAML itself."""

    value: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of the value at `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at `path`, with its line looked up."""
        return Problem(self.line(path), dotted(path), message)


def dotted(path: Path) -> str:
    """A path as people write it: people[2].role."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def parse(text: str) -> Document:
    """Parse YAML 1.2. Whatever is wrong with it ends in `problems`; nothing is raised."""
    document = Document()
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        document.problems.append(Problem(line, "", f"expected YAML; its parser says: {error.problem or error.context}"))
        return document
    if node is not None:
        document.value = _value(node, (), document)
    return document


def _value(node: Node, path: Path, document: Document) -> object:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if node.anchor:
        document.problems.append(document.problem(path, f"expected a plain value, found the anchor &{node.anchor}"))
        return None
    if isinstance(node, MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, index), document) for index, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: MappingNode, path: Path, document: Document) -> dict[str, object]:
    values: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            document.problems.append(Problem(line, dotted(path), "expected a name as a key, found a list or mapping"))
            continue
        key = str(key_node.value)
        place: Path = (*path, key)
        if key in values:
            message = f"expected each key once, found it again (first on line {document.lines[place]})"
            document.problems.append(Problem(line, dotted(place), message))
            continue
        document.lines[place] = line
        values[key] = _value(value_node, place, document)
    return values


def _scalar(node: Node) -> object:
    kind, text = str(node.tag).rsplit(":", 1)[-1], str(node.value)
    if kind == "bool":
        return text.lower() == "true"
    if kind == "null":
        return None
    if kind == "int" and text.lstrip("+-").isdecimal():
        return int(text)
    return float(text) if kind == "float" and text.lstrip("+-").replace(".", "", 1).isdecimal() else text
