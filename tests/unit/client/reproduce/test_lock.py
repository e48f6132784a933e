"""From which lock an environment is made, and when it cannot be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from saigen.errors import BlockedError
from saigen.recording import Environment
from saigen.reproduce.lock import RECORDED, Lock, choose

HERE = ("Linux", "x86_64")
UV = b'version = 1\n\n[[package]]\nname = "numpy"\n'
PINS = b"numpy==2.3.1\n"


def chosen(
    files: Mapping[str, bytes], environment: Environment | None = None, directory: str = "", *, allow: bool = False
) -> tuple[Lock, list[str]]:
    return choose(environment, directory, set(files), files.get, HERE, allow_platform=allow)


def ran_in(content: bytes, path: str = "uv.lock", system: str = "Linux", python: str = "3.11.9") -> Environment:
    return Environment(hashlib.sha256(content).hexdigest(), path, python, system, "x86_64")


def test_recorded_lock_and_python_are_used() -> None:
    lock, notes = chosen({"uv.lock": UV}, ran_in(UV))

    assert (lock.kind, lock.path, lock.python, lock.own_packages) == ("uv", "uv.lock", "3.11.9", False)
    assert notes == []


def test_recorded_list_of_pins_is_used() -> None:
    assert chosen({RECORDED: PINS, "uv.lock": UV}, ran_in(PINS, RECORDED))[0].kind == "pins"


def test_lock_that_is_not_the_recorded_one_is_refused() -> None:
    with pytest.raises(BlockedError, match="not in its commit"):
        chosen({"uv.lock": UV + b"#"}, ran_in(UV))
    with pytest.raises(BlockedError, match="not in its commit"):
        chosen({}, ran_in(UV))


def test_other_platform_is_blocked_unless_allowed() -> None:
    with pytest.raises(BlockedError, match="another platform"):
        chosen({"uv.lock": UV}, ran_in(UV, system="Darwin"))

    lock, notes = chosen({"uv.lock": UV}, ran_in(UV, system="Darwin"), allow=True)
    assert lock.kind == "uv"
    assert notes == ["it ran on Darwin x86_64, this is Linux x86_64"]


def test_environment_without_a_lock_is_blocked_unless_allowed() -> None:
    conda = Environment(None, None, "3.11.9", *HERE)

    with pytest.raises(BlockedError, match="not locked"):
        chosen({"uv.lock": UV}, conda)
    assert chosen({"uv.lock": UV}, conda, allow=True)[0].kind == "none"


def test_without_a_recording_the_nearest_lock_of_the_commit_is_used() -> None:
    files = {"uv.lock": UV, "models/a/uv.lock": UV}

    assert chosen(files)[0].path == "uv.lock"
    assert chosen(files, directory="models/a")[0].path == "models/a/uv.lock"
    assert chosen(files, directory="models/b/c")[0].path == "uv.lock"


def test_requirements_count_only_where_every_line_is_a_pin() -> None:
    pinned = b"# ours\nnumpy==2.3.1  # fast\n--hash=sha256:1\nscipy[all] == 1.16.0 ; python_version > '3'\n\nx @ https://e/x.whl\n"

    assert chosen({"requirements.txt": pinned})[0].kind == "requirements"
    for loose in (b"numpy>=2\n", b"numpy\n", b"", b"# nothing\n"):
        with pytest.raises(BlockedError, match="no lock"):
            chosen({"requirements.txt": loose})


def test_conda_is_named() -> None:
    with pytest.raises(BlockedError, match=r"environment\.yml, which is conda's"):
        chosen({"environment.yml": b"name: x"})


@pytest.mark.parametrize("source", ['{ editable = "." }', '{ directory = "lib" }'])
def test_environment_with_the_commits_own_packages_is_made_for_this_commit_only(source: str) -> None:
    assert chosen({"uv.lock": UV + f"source = {source}\n".encode()})[0].own_packages


def test_project_that_is_no_package_shares_its_environment() -> None:
    assert not chosen({"uv.lock": UV + b'source = { virtual = "." }\n'})[0].own_packages


@pytest.mark.parametrize("line", [b"-e ${PROJECT_ROOT}", b"${PROJECT_ROOT}/lib", b"./lib"])
def test_pins_with_the_commits_own_packages_are_for_this_commit_only(line: bytes) -> None:
    content = PINS + line + b"\n"

    assert chosen({RECORDED: content}, ran_in(content, RECORDED))[0].own_packages


def test_python_without_a_number_counts_as_not_recorded() -> None:
    assert chosen({"uv.lock": UV}, ran_in(UV, python="PyPy"))[0].python is None
