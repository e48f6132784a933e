"""The graph of what led to what, and its two trees from any node. Pure.

An edge points from cause to effect: data -> run -> model -> registered version. Walking against it answers "where did
this come from", walking along it "what came of this".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property


class Kind(str, Enum):
    """What a node is."""

    FILE = "file"
    DATA = "data"
    COMMIT = "commit"
    RUN = "run"
    MODEL = "model"
    VERSION = "model version"
    REGISTERED = "registered model"


@dataclass(frozen=True)
class Node:
    """One thing. `id` is unique in the graph; `label` is what people read."""

    kind: Kind
    id: str
    label: str


@dataclass(frozen=True)
class Edge:
    """`cause` led to `effect`; `how` is the verb between them: `was used by`, `logged`, `became`."""

    cause: str
    effect: str
    how: str


@dataclass(frozen=True)
class Branch:
    """A node in a tree, how it is joined to the one above, and what is below. `again`: it is written out elsewhere."""

    node: Node
    how: str
    branches: tuple[Branch, ...] = ()
    again: bool = False


@dataclass(frozen=True)
class Graph:
    """Nodes by id, and edges between them."""

    nodes: Mapping[str, Node]
    edges: Sequence[Edge]

    def upstream(self, id: str) -> tuple[Branch, ...]:
        """What led to a node."""
        return _grow(self, id, self._into, lambda edge: edge.cause, {id})

    def downstream(self, id: str) -> tuple[Branch, ...]:
        """What a node led to."""
        return _grow(self, id, self._out_of, lambda edge: edge.effect, {id})

    def around(self, ids: Iterable[str]) -> Graph:
        """The part of the graph that leads to these nodes, or comes of them."""
        wanted = list(ids)
        kept = {*_reached(wanted, self._into, lambda edge: edge.cause), *wanted}
        kept |= _reached(wanted, self._out_of, lambda edge: edge.effect)
        return Graph(
            {id: node for id, node in self.nodes.items() if id in kept},
            [edge for edge in self.edges if edge.cause in kept and edge.effect in kept],
        )

    @cached_property
    def _into(self) -> Mapping[str, list[Edge]]:
        found: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            found[edge.effect].append(edge)
        return found

    @cached_property
    def _out_of(self) -> Mapping[str, list[Edge]]:
        found: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            found[edge.cause].append(edge)
        return found


Far = Callable[[Edge], str]


def _grow(graph: Graph, id: str, edges: Mapping[str, list[Edge]], far: Far, seen: set[str]) -> tuple[Branch, ...]:
    found = []
    for edge in sorted(edges.get(id, ()), key=lambda edge: (graph.nodes[far(edge)].kind.value, far(edge))):
        node = graph.nodes[far(edge)]
        again = node.id in seen
        seen.add(node.id)
        found.append(Branch(node, edge.how, () if again else _grow(graph, node.id, edges, far, seen), again))
    return tuple(found)


def _reached(start: Sequence[str], edges: Mapping[str, list[Edge]], far: Far) -> set[str]:
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        for edge in edges.get(waiting.pop(), ()):
            if far(edge) not in reached:
                reached.add(far(edge))
                waiting.append(far(edge))
    return reached


def to_dot(graph: Graph, focus: Iterable[str]) -> str:
    """The graph in Graphviz's language, causes on the left."""
    shapes = {Kind.DATA: "cylinder", Kind.FILE: "note", Kind.RUN: "box", Kind.COMMIT: "ellipse"}
    bold = set(focus)
    lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=component];"]
    for node in graph.nodes.values():
        style = ", style=bold" if node.id in bold else ""
        shape = f", shape={shapes[node.kind]}" if node.kind in shapes else ""
        lines.append(f"  {_quoted(node.id)} [label={_quoted(f'{node.kind.value} {node.label}')}{shape}{style}];")
    lines += [f"  {_quoted(edge.cause)} -> {_quoted(edge.effect)} [label={_quoted(edge.how)}];" for edge in graph.edges]
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
