"""Images come from the mirror that the machine itself uses, in whatever form apt was told about it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.scripts.machines import ROOT

ONE_LINE = """\
# deb http://old.example.org/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.example.com/debian/ bookworm main contrib
deb http://security.example.com/debian-security bookworm-security main
"""
DEB822 = """\
Types: deb deb-src
URIs: http://security.example.com/debian-security
Suites: trixie-security
Components: main

Types: deb
URIs: https://packages.example.com/repository/apt-debian
Suites: trixie trixie-updates
Components: main
"""
SWITCHED_OFF = DEB822.replace("Types: deb\n", "Enabled: no\nTypes: deb\n")
UBUNTU = "deb http://archive.example.com/ubuntu noble main universe\n"
VENDOR = "deb https://download.example.com/linux/debian bookworm stable\n"


def mirror_of(folder: Path, name: str, sources: str) -> str:
    """What debian-mirror prints on a machine whose apt has one file of sources."""
    (folder / "sources.list.d").mkdir()
    (folder / "sources.list.d" / name).write_text(sources)
    configuration = folder / "apt.conf"
    configuration.write_text(f'Dir::Etc "{folder}";\nDir::State "{folder}/state";\nDir::Cache "{folder}/cache";\n')
    done = subprocess.run(
        [ROOT / "scripts" / "steps" / "debian-mirror"],
        env={**os.environ, "APT_CONFIG": str(configuration)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("name", "sources", "mirror"),
    [
        ("debian.list", ONE_LINE, "http://mirror.example.com/debian"),
        ("debian.sources", DEB822, "https://packages.example.com/repository/apt-debian"),
        ("debian.sources", SWITCHED_OFF, "http://deb.debian.org/debian"),
        ("ubuntu.list", UBUNTU, "http://deb.debian.org/debian"),
        ("vendor.list", VENDOR, "http://deb.debian.org/debian"),
    ],
)
def test_the_mirror_is_the_one_that_apt_uses(tmp_path: Path, name: str, sources: str, mirror: str) -> None:
    assert mirror_of(tmp_path, name, sources) == mirror
