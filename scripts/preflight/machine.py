"""What is known about a machine, as plain values that a test can write down."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1024**3


@dataclass(frozen=True)
class Docker:
    """What stands behind the `docker` command; versions are None where nothing could be read."""

    client: bool
    engine: str | None  # version of the dockerd on this machine, running or not
    server: str | None  # version of the daemon that answers
    compose: str | None
    refusal: str = ""  # what the client said when no daemon answered
    remote: str = ""  # DOCKER_HOST


@dataclass(frozen=True)
class Port:
    """One port that the gateway is to publish, and what is known of it: free, ours, taken or elsewhere."""

    setting: str
    number: int
    state: str


@dataclass(frozen=True)
class Machine:
    """The facts that the rules look at. Sizes are bytes.

    missing_images: None where it is not known, since Docker is installed and does not run yet.
    """

    kernel: str
    architecture: str
    processors: int
    memory: int
    disk: str  # the folder where Docker keeps images and volumes
    free_disk: int
    user: str
    root: bool
    apt: bool  # Debian or Ubuntu: what is missing can be installed
    docker: Docker
    missing_images: tuple[str, ...] | None = ()
    ports: tuple[Port, ...] = ()
    team_file: bool = True
    missing_tls_files: tuple[str, ...] = ()
    private: tuple[str, ...] = ()  # words for a shell: what is mounted, and others than its owner cannot read

    @property
    def can_install(self) -> bool:
        """Whether the step install-docker can put Docker here."""
        return self.root and self.apt
