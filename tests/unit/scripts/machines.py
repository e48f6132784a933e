"""A machine and settings on which everything is as it should be, to change in one place each."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from preflight import rules
from preflight.failure import Failure
from preflight.machine import GIB, Docker, Machine, Port
from preflight.settings import Settings, declared

ROOT = Path(__file__).resolve().parents[3]

DOCKER = Docker(client=True, engine="26.1.5+dfsg1", server="26.1.5+dfsg1", compose="2.26.1-4")
NO_DOCKER = Docker(client=False, engine=None, server=None, compose=None)
PORTS = (
    Port("SAIGEN_TRACKING_PORT", 5000, "free"),
    Port("SAIGEN_STORAGE_PORT", 9000, "free"),
    Port("SAIGEN_GIT_PORT", 3000, "free"),
)
GOOD = Machine(
    kernel="Linux",
    architecture="x86_64",
    processors=2,
    memory=4 * GIB,
    disk="/var/lib/docker",
    free_disk=40 * GIB,
    user="alice",
    root=True,
    apt=True,
    docker=DOCKER,
    missing_images=("storage", "git"),
    ports=PORTS,
)


def settings(**changed: str) -> Settings:
    """The shipped defaults, but for `changed`."""
    defaults = declared((ROOT / ".env.example").read_text(encoding="utf-8"))
    return Settings({**defaults, **changed}, ROOT)


def machine(**changed: Any) -> Machine:
    """A good machine, but for `changed`."""
    return dataclasses.replace(GOOD, **changed)


def only_failure(wanted: Settings, found: Machine) -> Failure:
    """The one thing that is wrong."""
    failures = rules.failures(wanted, found)
    assert len(failures) == 1, [str(failure) for failure in failures]
    return failures[0]
