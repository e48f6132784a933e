"""What follows once a release is published: the registry, and the results on main. Each may be done again."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from saigen.errors import BlockedError, SaigenError
from saigen.git.repository import Repository
from saigen.project import Project
from saigen.recording import RECORD, STATE, Code, Data, State
from saigen.release.facts import manifests_of
from saigen.release.manifest import Manifest
from saigen.release.phases import ATTEMPT
from saigen.release.registry import Registry
from saigen.track.export import track_export

Say = Callable[[str], None]


class _Where(NamedTuple):
    repository: Repository
    project: Project
    registry: Registry


def finish(repository: Repository, project: Project, tag: str, registry: Registry, say: Say) -> None:
    """Complete a published release, as far as it is not.

    Raises:
        SaigenError: something could not be done; the same command again goes on from there.
    """
    manifest = manifests_of(repository, [tag]).get(tag)
    commit = repository.commit(f"refs/tags/{tag}")
    if manifest is None or commit is None:
        raise BlockedError(f"{tag} is not a release", "expected a tag that holds one", "saigen release list")
    try:
        _complete(_Where(repository, project, registry), manifest, commit, say)
    except SaigenError as error:
        error.next = f"saigen release train {manifest.line}    (it goes on from there). First: {error.next}"
        error.what = f"{tag} is published, but not complete: {error.what}"
        raise


def _complete(where: _Where, manifest: Manifest, commit: str, say: Say) -> None:
    registry, tracking = where.registry, where.registry.tracking
    if manifest.tag not in registry.releases(manifest):
        say(f"register {manifest.tag}")
        registry.register(manifest, commit)
    for run_id in manifest.runs:
        run = tracking.run(run_id)
        if RECORD not in run.tags and run.recording.state and run.recording.state.code is not Code.PUSHED:
            tracking.set_tag(run.id, STATE, str(State(Code.PUSHED, Data.PUSHED)))
    track_export(
        filter=f"tags.`{ATTEMPT}` = '{manifest.attempt}'",
        branch=where.project.branches.branch("main", None) or "main",
        repository=where.repository,
        tracking=tracking,
        say=say,
    )
