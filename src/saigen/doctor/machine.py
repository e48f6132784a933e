"""Probes of this machine: what is installed, and which credentials are set."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from saigen.doctor.checks import Check, bad, good, judge_version, note
from saigen.errors import BlockedError
from saigen.git.repository import NAME_THE_AUTHOR, GitError, Repository
from saigen.login.profile import Profile
from saigen.tracking.rest import login


def versions() -> Iterator[Check]:
    """Python, the libraries and the programs that the client uses."""
    yield judge_version("python", platform.python_version())
    yield judge_version("mlflow", _library("mlflow") or _library("mlflow-skinny"))
    yield judge_version("dvc", _library("dvc") or _program("dvc", "--version"))
    yield judge_version("git", _program("git", "--version"))
    yield judge_version("uv", _program("uv", "--version"))
    yield judge_version("obstore", _library("obstore"))


def _library(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _program(*command: str) -> str | None:
    """The first line that a program says of its version, or None without it."""
    path = shutil.which(command[0], path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if path is None:
        return None
    done = subprocess.run([path, *command[1:]], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    said = (done.stdout or done.stderr).strip().splitlines()
    return said[0] if said else None


def credentials(profile: Profile | None) -> Iterator[Check]:
    """Whether a platform, a name and keys are set. Secrets are never shown."""
    if profile is None or not profile.tracking:
        yield bad("platform", "expected a platform, found neither a login nor MLFLOW_TRACKING_URI", "saigen login URL")
    else:
        yield good("platform", profile.tracking)
    name, password = login()
    if name and password:
        yield good("tracking credentials", f"set for {name}")
    else:
        lacks = "password" if name else "name"
        yield note("tracking credentials", f"no {lacks} is set; a server that asks for one refuses", "saigen login URL")
    yield _storage_keys()


def author(folder: Path) -> Check:
    """Whom Git names as the author of a commit."""
    try:
        said = Repository(folder).run("var", "GIT_AUTHOR_IDENT")
    except GitError:
        said = "expected a name and an address, found none: git will not commit"
        return note("git author", said, NAME_THE_AUTHOR)
    except BlockedError as error:
        return note("git author", error.what)
    return good("git author", said.rpartition(">")[0] + ">")


def _storage_keys() -> Check:
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        keys = boto3.Session().get_credentials()
    except BotoCoreError as error:
        return bad("storage credentials", str(error), "saigen login URL    (or unset AWS_PROFILE)")
    if keys is None:
        return bad("storage credentials", "expected an S3 key, found none", "saigen login URL")
    profile = os.environ.get("AWS_PROFILE")
    return good("storage credentials", f"{keys.access_key}, from {f'profile {profile}' if profile else keys.method}")
