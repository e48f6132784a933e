"""Which run is meant: by its id, by the registered model that came from it, or by a tag in Git."""

from __future__ import annotations

import re
from collections.abc import Iterable

from saigen.errors import BlockedError, UsageError
from saigen.recording import COMMIT, DATA_VERSION, GIT_COMMIT
from saigen.tags import DataVersion, ReleasedModel, parse_tag
from saigen.tracking import Run, Tracking

_RUN = re.compile(r"[0-9a-f]{32}")
_MODEL = re.compile(r"(?:models:/)?(?P<name>[^/@'\"\\]+)(?:/(?P<version>[1-9]\d*)|@(?P<alias>[^/@'\"\\]+))?")
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")


def resolve(tracking: Tracking, target: str) -> Run:
    """The run that a person means.

    Args:
        target: a run's id; MODEL (its newest version), MODEL/VERSION or MODEL@ALIAS; or a tag: of a release, of a data
            version on which one run was trained, or, inside a clone, of the commit that one run ran.

    Raises:
        UsageError: it has no such form, or means several runs. BlockedError: there is no such run.
    """
    if _RUN.fullmatch(target):
        return tracking.run(target)
    model = _MODEL.fullmatch(target)
    if model:
        run_id = tracking.run_of_model(model["name"], model["version"], model["alias"])
        if run_id:
            return tracking.run(run_id)
    if not _TAG.fullmatch(target):
        raise UsageError(
            f"{target!r} names no run", "expected a run id, MODEL, MODEL/VERSION, or a tag", "saigen reproduce --help"
        )
    return _only(target, [run for run in _of_tag(tracking, target) if not run.recording.reproduces])


def _of_tag(tracking: Tracking, tag: str) -> Iterable[Run]:
    experiments = list(tracking.experiments())
    if isinstance(parse_tag(tag), DataVersion):
        return tracking.search(experiments, f"tags.`{DATA_VERSION}` = '{tag}'", limit=50)
    commit = _commit_here(tag)
    if isinstance(parse_tag(tag), ReleasedModel) and (runs := _of_release(tracking, tag, commit)):
        return runs
    if commit is None:
        raise BlockedError(
            f"{tag} names no run",
            "expected a registered model, a release, a data version, or a tag of the clone that you are in",
            f"git fetch --tags && saigen reproduce {tag}    (inside a clone of its project)",
        )
    found = {
        run.id: run
        for key in (COMMIT, GIT_COMMIT)
        for run in tracking.search(experiments, f"tags.`{key}` = '{commit}'", limit=50)
    }
    return found.values()


def _of_release(tracking: Tracking, tag: str, commit: str | None) -> list[Run]:
    """The runs whose models were released under a tag; inside a clone that has the tag, by that very commit."""
    from saigen.release.registry import Registry

    found = [one for one in Registry(tracking).find(tag) if commit in {None, one.commit}]
    return [tracking.run(run_id) for run_id in sorted({one.run for one in found if one.run})]


def _commit_here(tag: str) -> str | None:
    from pathlib import Path

    from saigen.git.repository import Repository

    repository = Repository.containing(Path.cwd())
    return repository.commit(f"refs/tags/{tag}") if repository else None


def _only(target: str, runs: list[Run]) -> Run:
    if len(runs) == 1:
        return runs[0]
    if not runs:
        raise BlockedError(f"no run belongs to {target}", "expected one, found none", "give the run's id")
    listed = "\n  ".join(f"{run.id}  {run.name}  {run.user}" for run in runs[:10])
    raise UsageError(f"{len(runs)} runs belong to {target}", f"expected one, found\n  {listed}", "give the run's id")
