"""`saigen model pull`: the newest release of a line, ready to run: code, model, environment, documentation.

Nothing that the repository brings along is run; the commit must be the one that the registry names, and every file of
the model is verified against its pointer.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from saigen.errors import BlockedError
from saigen.git.mirror import Mirror
from saigen.git.repository import Repository
from saigen.login.profile import cache_folder, current
from saigen.model.environment import other_python, prepare
from saigen.model.find import find_release
from saigen.project import ReleaseRules, read_project
from saigen.release.data import bring as bring_data
from saigen.release.manifest import FILE, Manifest, parse_manifest
from saigen.release.registry import Registry, Version
from saigen.reproduce.checkout import bring, check_out
from saigen.reproduce.plan import Origin
from saigen.tracking import Tracking

Say = Callable[[str], None]
EXAMPLE = "serving_input_example.json"  # what MLflow writes where a model was logged with an input example


@dataclass(frozen=True)
class PulledModel:
    """A release that is here.

    Attributes:
        folder: the checkout of its tag. model: the model's folder, relative to that, in MLflow's format.
        python: the interpreter of its environment; None where none was asked for. versions: of the data it was made of.
        notes: what the checkout lacks, and where its Python is not the model's.
    """

    tag: str
    repository: str
    commit: str
    folder: Path
    model: str
    python: Path | None
    versions: str
    notes: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What to type for predictions, in its folder: of the model's own example, where it has one.

        Of JSON: MLflow reads that by the types of the model. In a CSV file, whole numbers would be refused where the
        model asks for any; a server (`saigen model serve`) reads them.
        """
        example = f"{self.model}/{EXAMPLE}"
        given = example if (self.folder / example).is_file() else "INPUT.json"
        words = ["models", "predict", "--model-uri", self.model, "--env-manager", "local", "--content-type", "json"]
        return f"cd {shlex.quote(str(self.folder))} && .venv/bin/python -m mlflow {shlex.join([*words, '-i', given])}"


def pull_model(
    target: str,
    *,
    into: Path | None = None,
    project: str | None = None,
    environment: bool = True,
    tracking: Tracking | None = None,
    say: Say = lambda _: None,
) -> PulledModel:
    """Bring a release here. A login that may read is enough.

    Args:
        target: LINE (its newest release) or LINE-N. into: folder for it, by default one named like the tag, here.
        project: which project's, where several have such a line. environment: False leaves that out.

    Raises:
        UsageError: it is not clear which is meant, or the folder holds something else. BlockedError: there is none, or
            it is not what the registry says. UnreachableError, NotPermittedError: a service says no.
    """
    version = find_release(Registry(tracking or Tracking()), target, project)
    return bring_release(version, into or Path(version.release.tag), environment=environment, say=say)


def bring_release(version: Version, folder: Path, *, environment: bool, say: Say) -> PulledModel:
    """Bring a registered release into a folder. Goes on from what is there of it. Raises as `pull_model` does."""
    tag, place = version.release.tag, folder.absolute()
    notes: list[str] = []
    if Repository(place).commit("HEAD") != version.commit or not (place / ".git").is_dir():
        say(f"check out {tag} of {version.repository}")
        notes = _check_out(version, place)
    manifest = parse_manifest(Repository(place).file("HEAD", FILE), tag)
    say(f"bring {manifest.model.path}")
    bring_data(place, [manifest.model.path, *_rules(place).serving])
    python = None
    if environment:
        say("prepare the environment")
        python = prepare(place, manifest.model.path)
        notes += [said] if (said := other_python(place, manifest.model.path)) else []
    return PulledModel(
        tag, version.repository, version.commit, folder, manifest.model.path, python, manifest.versions, tuple(notes)
    )


def kept_folder(version: Version) -> Path:
    """Where a release is kept for serving, unless it lies in the current folder under the name of its tag."""
    here = Path(version.release.tag)
    if (here / ".git").is_dir() and Repository(here).commit("HEAD") == version.commit:
        return here
    return cache_folder() / "models" / version.name / f"{version.release.tag}-{version.commit[:12]}"


def manifest_of(folder: Path, tag: str) -> Manifest:
    """What a release in a folder says of itself."""
    return parse_manifest(Repository(folder).file("HEAD", FILE), tag)


def _rules(folder: Path) -> ReleaseRules:
    project = read_project(folder)
    return project.release if project else ReleaseRules()


def _check_out(version: Version, folder: Path) -> list[str]:
    mirror = Mirror.of(version.repository, current())
    commit = bring(mirror, Origin(version.repository, None, version.release.tag))
    if commit != version.commit:
        raise BlockedError(
            f"the tag {version.release.tag} is not what was registered",
            f"expected commit {version.commit}, found {commit}",
            "ask a maintainer: such a tag never moves",
        )
    return check_out(mirror, commit, folder)
