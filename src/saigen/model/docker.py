"""The one place of the client that runs Docker."""

from __future__ import annotations

import subprocess

from saigen.errors import BlockedError


def docker(*arguments: str, errors: bool = False) -> str:
    """What a command prints, without the last line end; with `errors` also what it prints on standard error.

    Raises:
        BlockedError: Docker is not installed, does not run, or refuses.
    """
    try:
        done = subprocess.run(
            ["docker", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise BlockedError(
            "docker is not installed", "expected `docker` on PATH, found none", "install Docker, or image = false"
        ) from error
    if done.returncode != 0:
        said = " ".join(line.strip() for line in done.stderr.strip().splitlines()[-3:]) or "it said nothing"
        raise BlockedError(f"docker {arguments[0]} failed", said, "docker info")
    return (done.stdout + (done.stderr if errors else "")).strip()
