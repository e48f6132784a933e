"""What is: a line's stable branch, what it could take, its releases, and what of them is not complete."""

from __future__ import annotations

from dataclasses import dataclass

from saigen.branches.kinds import RESULTS
from saigen.branches.tips import HEADS
from saigen.branches.worktree import BranchTree
from saigen.data.remote_tags import read_tags
from saigen.git.repository import Repository
from saigen.project import Project
from saigen.release.manifest import FILE, Manifest, parse_manifest
from saigen.release.registry import Registry
from saigen.release.rules import default_branch
from saigen.tags import ReleasedModel, parse_tag
from saigen.track.results import ID, parsed


@dataclass(frozen=True)
class Source:
    """A branch that a stable branch takes from. `behind`: commits of it that the stable branch does not have."""

    role: str  # "code" or "data"
    branch: str
    commit: str
    behind: int


@dataclass(frozen=True)
class Facts:
    """Everything that a plan depends on.

    Attributes:
        tip: the commit of the stable branch, or the one where it would begin. new: whether there is no such branch yet.
        tags: all tags, here and on the remote. last: the newest release of the line. at_tip: whether the tip is it.
        abandoned: tags of the line that a release left here when it was cut off. No remote has them.
        unfinished: releases that are published and lack something, with what.
    """

    line: str
    branch: str
    tip: str
    new: bool
    sources: tuple[Source, ...] = ()
    tags: frozenset[str] = frozenset()
    last: str | None = None
    at_tip: bool = False
    abandoned: tuple[str, ...] = ()
    unfinished: tuple[tuple[str, tuple[str, ...]], ...] = ()


def read_facts(tree: BranchTree, project: Project, line: str, registry: Registry) -> Facts:
    """Read them. Raises UnreachableError or NotPermittedError where the remote or tracking do not answer."""
    repository = tree.main
    tags = read_tags(repository, tree.remote) if tree.remote else None
    here = frozenset(repository.tags())
    published = frozenset(tags.there) if tags else here
    releases = releases_of(line, published)
    last = releases[-1].tag if releases else None
    return Facts(
        line=line,
        branch=tree.branch,
        tip=tree.start,
        new=tree.new,
        sources=tuple(_sources(tree, project, line)),
        tags=here | published,
        last=last,
        at_tip=last is not None and repository.commit(f"refs/tags/{last}") == tree.start,
        abandoned=tuple(one.tag for one in releases_of(line, here - published) if _is_ours(repository, one.tag)),
        unfinished=tuple(_unfinished(repository, [one.tag for one in releases], registry)),
    )


def releases_of(line: str | None, tags: frozenset[str]) -> list[ReleasedModel]:
    """The releases of a line (of all where None) among these tags, in order of their numbers."""
    found = [one for one in map(parse_tag, tags) if isinstance(one, ReleasedModel) and line in {None, one.line}]
    return sorted(found, key=lambda one: (one.line, one.number))


def manifests_of(repository: Repository, tags: list[str]) -> dict[str, Manifest]:
    """The manifest by tag of those that `saigen release` made."""
    found = repository.objects([f"refs/tags/{tag}:{FILE}" for tag in tags])
    return {tag: parse_manifest(found[name], tag) for tag in tags if (name := f"refs/tags/{tag}:{FILE}") in found}


def _sources(tree: BranchTree, project: Project, line: str) -> list[Source]:
    rules = project.branches
    code = [rules.branch("dev", line), project.release.code]
    data = [rules.branch("split", line), rules.branch("split", None)]
    found = (_first(tree, role, names) for role, names in (("code", code), ("data", data)))
    return [one for one in found if one]


def _first(tree: BranchTree, role: str, names: list[str | None]) -> Source | None:
    """The first of these branches that there is."""
    for name in names:
        if name and (commit := commit_of(tree, name)):
            behind = int(tree.main.run("rev-list", "--count", f"{tree.start}..{commit}"))
            return Source(role, name, commit, behind)
    return None


def commit_of(tree: BranchTree, branch: str) -> str | None:
    """The commit that a branch is at: on the remote, or here where there is none."""
    ref = f"refs/remotes/{tree.remote}/{branch}" if tree.remote else HEADS + branch
    return tree.main.commit(ref)


def _is_ours(repository: Repository, tag: str) -> bool:
    subject = repository.ask("for-each-ref", "--format=%(objecttype) %(contents:subject)", f"refs/tags/{tag}")
    return subject == f"tag Release {tag}"


def _unfinished(repository: Repository, tags: list[str], registry: Registry) -> list[tuple[str, tuple[str, ...]]]:
    manifests = manifests_of(repository, tags)
    if not manifests:
        return []
    registered = registry.releases(next(iter(manifests.values())))
    listed = _listed(repository, default_branch(repository) or "HEAD")
    found = []
    for tag, manifest in manifests.items():
        lacks = [] if tag in registered else ["registry"]
        lacks += [] if listed.issuperset(manifest.runs) else ["results"]
        if lacks:
            found.append((tag, tuple(lacks)))
    return found


def _listed(repository: Repository, revision: str) -> set[str]:
    """Ids of the runs that the results of a commit list."""
    content = repository.file(revision, RESULTS)
    return {str(one[ID]) for one in parsed(content.decode()) if ID in one} if content else set()
