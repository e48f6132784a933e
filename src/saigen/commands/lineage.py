"""`saigen lineage`: where something came from, and what came of it."""

from __future__ import annotations

import argparse

from saigen.commands.help import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.tree import Tree

    from saigen.lineage.graph import Branch
    from saigen.lineage.lineage import Lineage


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "lineage",
        help="which data and code a run or model came from, and what came of it",
        description=(
            "Show where a run, a model, a data version, a file or a commit came from, and which runs and models came "
            "of it. A file is found by its content, alone or inside a directory, however it is called."
        ),
        epilog=(
            "examples:\n"
            "  saigen lineage 0a1b2c3d4e5f60718293a4b5c6d7e8f9      a run\n"
            "  saigen lineage delay@champion                        a registered model (also delay, delay/3)\n"
            "  saigen lineage flights_v3                            a data version: which runs and models saw it?\n"
            "  saigen lineage photos/0001.png                       a file: which runs and models saw it?\n"
            "  saigen lineage 1a2b3c4                               a commit\n"
            "  saigen lineage model:flights_v3                      a model whose name looks like something else\n"
            "  saigen lineage delay/3 --dot | dot -Tsvg > delay.svg"
        ),
        formatter_class=Layout,
    )
    command.add_argument("target", metavar="RUN|MODEL|DATA_VERSION|FILE|COMMIT", help="what to show the lineage of")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON: nodes, edges and the nodes asked for")
    form.add_argument("--dot", action="store_true", help="print the graph for Graphviz")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Find the lineage, and print it."""
    from saigen.lineage.graph import to_dot
    from saigen.lineage.lineage import lineage

    found = lineage(arguments.target)
    if arguments.json:
        _print_json(found)
    elif arguments.dot:
        print(to_dot(found.graph, found.focus))
    else:
        _print_trees(found)
    return 0


def _print_json(found: Lineage) -> None:
    import json
    from dataclasses import asdict

    value = {
        "target": found.target,
        "focus": list(found.focus),
        "nodes": [asdict(node) for node in found.graph.nodes.values()],
        "edges": [asdict(edge) for edge in found.graph.edges],
    }
    print(json.dumps(value, indent=2))


def _print_trees(found: Lineage) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.tree import Tree

    from saigen.lineage.build import TESTED

    console = Console(width=4096, highlight=False)  # a tree is cut at the width; terminals wrap
    for id in found.focus:
        node = found.graph.nodes[id]
        tree = Tree(f"[bold]{node.kind.value} {escape(node.label)}[/]")
        before, after = found.graph.upstream(id), found.graph.downstream(id)
        _hang(tree.add("came from" if before else "came from: nothing is recorded"), before, _cause)
        _hang(tree.add("led to" if after else "led to: nothing yet"), after, _effect)
        console.print(tree)
        if looks := sum(branch.how == TESTED for branch in after):
            console.print(f"looked at as a test set by {looks} run{'' if looks == 1 else 's'}")


def _hang(tree: Tree, branches: tuple[Branch, ...], text: Callable[[Branch], str]) -> None:
    from rich.markup import escape

    for branch in branches:
        _hang(tree.add(escape(text(branch) + (" (as above)" if branch.again else ""))), branch.branches, text)


def _cause(branch: Branch) -> str:
    return f"{branch.node.kind.value} {branch.node.label}, which {branch.how} it"


def _effect(branch: Branch) -> str:
    return f"{branch.how} {branch.node.kind.value} {branch.node.label}"
