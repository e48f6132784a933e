"""`saigen doctor`: every probe, in the order in which one thing depends on another."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from saigen.doctor import machine, network, project
from saigen.doctor.checks import Check, exit_code, judge_shell
from saigen.git.repository import Repository
from saigen.login.profile import Profile, current
from saigen.login.session import kept_ca


@dataclass(frozen=True)
class Diagnosis:
    """All checks, in order."""

    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """The worst of them: 0 all well, 3 something is missing, 4 a service is unreachable, 5 not permitted."""
        return exit_code(self.checks)


def doctor(folder: Path | None = None, added: Mapping[str, str] | None = None) -> Diagnosis:
    """Check this machine, the way to the platform, each service, and the project that one is in.

    What fails is in the result, not raised. The first time in a project, one object of 92 bytes is written to its data.

    Args:
        folder: where the project is; the current folder by default.
        added: variables of the login that this process had to add, since the shell does not have them.
    """
    return Diagnosis(tuple(_checks(folder or Path.cwd(), current(), added or {})))


def _checks(folder: Path, profile: Profile | None, added: Mapping[str, str]) -> Iterator[Check]:
    repository = Repository.containing(folder)
    yield from machine.versions()
    yield from machine.credentials(profile)
    yield from judge_shell(added)
    yield machine.author(folder)
    storage = (profile.storage if profile else None) or os.environ.get("AWS_ENDPOINT_URL_S3")
    urls = {
        "tracking": profile.tracking if profile else None,
        "storage": storage,
        "git": profile.git if profile else None,
    }
    seen: set[Check] = set()
    ca = kept_ca()
    for service, url in urls.items():
        for check in network.way_to(service, url, ca):
            if check not in seen:
                seen.add(check)
                yield check
    yield from network.tracking(urls["tracking"])
    yield network.client(urls["tracking"], ca)
    yield project.forge(repository)
    yield from project.storage(repository, profile)
