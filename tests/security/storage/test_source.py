"""Patches 6 and 7 come with Go tests of their own, which the Dockerfile runs on the patched source."""

from __future__ import annotations

import os
import subprocess

from tests.shipped import ROOT


def test_patched_packages_pass_their_own_tests() -> None:
    base = os.environ.get("BASE_IMAGE", "debian:trixie-slim")
    build = ["docker", "build", "--target", "verify", "--output", "type=cacheonly", "--build-arg", f"BASE_IMAGE={base}"]
    done = subprocess.run(
        [*build, "--file", "services/storage/Dockerfile", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
