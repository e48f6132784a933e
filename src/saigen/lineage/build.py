"""From runs, what they used and the models they made to the graph. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from saigen.audit.history import History, repository_name
from saigen.data.version import output_of, parse_states
from saigen.lineage.graph import Edge, Graph, Kind, Node
from saigen.recording import TEST_SET
from saigen.tracking import Run

RECORDED, POSSIBLE, TESTED = "was used by", "was there for", "was the test set of"
Join = Callable[[Node, Node, str], None]


@dataclass(frozen=True)
class Used:
    """A state of data that a run used.

    Attributes:
        md5: hash of the content, None where only a name is known. name: what people call it.
        how: RECORDED, POSSIBLE where the run said nothing and its commit tracks this, or TESTED.
    """

    repository: str
    path: str
    md5: str | None
    name: str
    how: str = RECORDED

    @property
    def node(self) -> Node:
        """The state as a node: one content at one path of a repository is one state."""
        return Node(Kind.DATA, f"data:{self.repository}:{self.path}:{self.md5 or self.name}", self.label)

    @property
    def label(self) -> str:
        """`flights_v3 (data/flights.csv in team/flights, md5 1a2b3c4)`."""
        content = f", md5 {self.md5[:7]}" if self.md5 else ""
        where = f"{self.path} in " if self.path else ""
        return f"{self.name} ({where}{self.repository or 'an unknown repository'}{content})"


@dataclass(frozen=True)
class Model:
    """A model that a run logged."""

    id: str
    name: str
    run: str


@dataclass(frozen=True)
class Version:
    """A version of a registered model. `model` is the id of the logged model that it is, or None."""

    name: str
    number: str
    run: str | None
    model: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its node's id."""
        return f"version:{self.name}/{self.number}"


@dataclass(frozen=True)
class Records:
    """Everything that a graph is built from. `inside`: (md5 of a file, its path, state of data that holds it)."""

    runs: tuple[Run, ...]
    forge: str | None = None
    used: Mapping[str, tuple[Used, ...]] = field(default_factory=dict)
    models: tuple[Model, ...] = ()
    versions: tuple[Version, ...] = ()
    inside: tuple[tuple[str, str, Used], ...] = ()


def build(records: Records) -> Graph:
    """The graph of these records."""
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}

    def join(cause: Node, effect: Node, how: str) -> None:
        nodes.setdefault(cause.id, cause)
        nodes.setdefault(effect.id, effect)
        edges[Edge(cause.id, effect.id, how)] = None

    runs = {run.id: run_node(run) for run in records.runs}
    nodes.update({node.id: node for node in runs.values()})
    models = {model.id: model_node(model) for model in records.models}
    nodes.update({node.id: node for node in models.values()})
    for run in records.runs:
        _join_run(run, runs, records, join)
    for model in records.models:
        if model.run in runs:
            join(runs[model.run], models[model.id], "logged")
    for version in records.versions:
        node = version_node(version)
        join(node, Node(Kind.REGISTERED, f"registered:{version.name}", version.name), "is a version of")
        if version.model in models:
            join(models[str(version.model)], node, "became")
        elif version.run in runs:
            join(runs[str(version.run)], node, "became")
    for md5, path, state in records.inside:
        join(file_node(md5), state.node, f"is {path} in" if path else "is")
    return Graph(nodes, tuple(edges))


def _join_run(run: Run, runs: Mapping[str, Node], records: Records, join: Join) -> None:
    node = runs[run.id]
    if commit := run.recording.commit:
        join(commit_node(commit, repository_name(run, records.forge)), node, "was run by")
    for state in records.used.get(run.id, ()):
        join(state.node, node, state.how)
    if run.parent in runs:
        join(runs[str(run.parent)], node, "started")
    original = run.recording.reproduces
    if original in runs:
        verdict = run.recording.verdict
        join(runs[str(original)], node, f"was repeated by{f' ({verdict.value})' if verdict else ''}")


def run_node(run: Run) -> Node:
    """A run."""
    return Node(Kind.RUN, f"run:{run.id}", f"{run.id} ({run.name or 'unnamed'}, {run.user or 'unknown'})")


def commit_node(commit: str, repository: str | None) -> Node:
    """A commit."""
    return Node(Kind.COMMIT, f"commit:{commit}", f"{commit[:12]} of {repository or 'an unknown repository'}")


def model_node(model: Model) -> Node:
    """A logged model."""
    return Node(Kind.MODEL, f"model:{model.id}", f"{model.name} ({model.id})")


def version_node(version: Version) -> Node:
    """A version of a registered model."""
    aliases = f" @{' @'.join(version.aliases)}" if version.aliases else ""
    return Node(Kind.VERSION, version.id, f"{version.name}/{version.number}{aliases}")


def file_node(md5: str) -> Node:
    """A file, by its content."""
    return Node(Kind.FILE, f"file:{md5}", f"md5 {md5}")


def used_of(history: History, run: Run) -> tuple[Used, ...]:
    """The states of data that a run used, as far as it said so or its commit tells."""
    repository = repository_name(run, history.forge) or ""
    return measured_on(_used_of(history, run, repository), repository, run.tags.get(TEST_SET))


def measured_on(found: tuple[Used, ...], repository: str, test_set: str | None) -> tuple[Used, ...]:
    """The states of data that a run used, with the one that it measured on. `test_set`: its hash, if it did."""
    if not test_set:
        return found
    if any(one.md5 == test_set for one in found):
        return tuple(replace(one, how=TESTED) if one.md5 == test_set else one for one in found)
    return (*found, Used(repository, "", test_set, f"test set {test_set[:7]}", TESTED))


def _used_of(history: History, run: Run, repository: str) -> tuple[Used, ...]:
    recorded = history.used_by(run)
    if recorded:
        pairs = sorted(recorded.items())
        return opened([Used(repository, path, md5, name_of(history, run, path, md5)) for path, md5 in pairs], run)
    states = parse_states(run.recording.data_version or "")
    needs = history.needs_of(run)
    if needs is not None and needs.needs:
        how = RECORDED if states else POSSIBLE
        outputs = [need.output for need in needs.needs]
        return tuple(
            Used(repository, one.path, one.md5, name_of(history, run, one.path, one.md5 or ""), how) for one in outputs
        )
    return tuple(Used(repository, "", None, str(state)) for state in states)


def opened(recorded: list[Used], run: Run) -> tuple[Used, ...]:
    """All data that was there for a run; `data_version` names what of it was used, where it names any of it."""
    states = parse_states(run.recording.data_version or "")
    named = {str(state) for state in states}
    shorts = {state.short for state in states if state.short}
    used = [one for one in recorded if one.name in named or (one.md5 or "")[:7] in shorts]
    return tuple(one if one in used or not used else replace(one, how=POSSIBLE) for one in recorded)


def name_of(history: History, run: Run, path: str, md5: str) -> str:
    """What people call a state: its version where it is named, else what the run called it, else path and hash."""
    repository = history.repository_of(run)
    tags = repository.tags if repository else {}
    for tag, facts in sorted(tags.items()):
        for state in parse_states(tag):
            found = output_of(facts.outputs, facts.datasets.get(state.dataset, path))
            if found is not None and found.md5 == md5:
                return tag
    called = parse_states(run.recording.data_version or "")
    unnamed = next((str(state) for state in called if state.short and md5.startswith(state.short)), None)
    return unnamed or f"{path}@{md5[:7]}"
