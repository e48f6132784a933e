"""Releases in MLflow's registry of models: a version for each, which says where its tag is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saigen.recording import COMMIT, DATA_VERSION, RELEASE, REPOSITORY
from saigen.release.manifest import Manifest, registered_name
from saigen.tags import ReleasedModel, is_commit, parse_tag
from saigen.tracking import Tracking


@dataclass(frozen=True)
class Version:
    """A registered release. `name`, `number`: of the model's version. `commit`: that its tag names."""

    name: str
    number: str
    release: ReleasedModel
    repository: str
    commit: str
    run: str

    @classmethod
    def of(cls, name: str, number: object, run: str | None, tags: Mapping[str, str]) -> Version | None:
        """A version of MLflow's; None for one that is no release. Anybody may have written its tags."""
        release, commit = parse_tag(tags.get(RELEASE, "")), tags.get(COMMIT, "")
        if not isinstance(release, ReleasedModel) or not is_commit(commit):
            return None
        return cls(name, str(number), release, tags.get(REPOSITORY, ""), commit, run or "")


@dataclass(frozen=True)
class Registry:
    """The registry of a tracking server."""

    tracking: Tracking

    def releases(self, of: Manifest) -> set[str]:
        """Tags of the line that are registered."""
        name = registered_name(of.project, of.line)
        return {one.release.tag for one in self._search(f"name = '{name}'") if one.repository == of.repository}

    def find(self, tag: str) -> list[Version]:
        """The versions for a tag, in all projects of the platform."""
        return self._search(f"tags.`{RELEASE}` = '{tag}'")

    def of_line(self, line: str) -> list[Version]:
        """Every release of a line, in all projects of the platform."""
        found = self._search(f"tags.`{RELEASE}` LIKE '{line}-%'")
        return [one for one in found if one.release.line == line]

    def register(self, manifest: Manifest, commit: str) -> None:
        """Add the version of a release. All of its tags are there from the first moment."""
        name = registered_name(manifest.project, manifest.line)
        tags = {
            RELEASE: manifest.tag,
            COMMIT: commit,
            REPOSITORY: manifest.repository,
            **({DATA_VERSION: manifest.versions} if manifest.versions else {}),
        }
        self.tracking.register(name, manifest.model.uri, manifest.shipped.run, tags)

    def _search(self, filter: str) -> list[Version]:
        found = (
            Version.of(one.name, one.version, one.run_id, dict(one.tags)) for one in self.tracking.versions(filter)
        )
        return [one for one in found if one]
