"""From which lock an environment is made, and when it cannot be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import pytest

from saigen.errors import BlockedError, NotPermittedError
from saigen.pins import PATH as RECORDED
from saigen.pins import of_conda, outside, own, render
from saigen.recording import Environment
from saigen.reproduce.lock import Lock, choose

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
    unlocked = Environment(None, None, "3.11.9", *HERE)

    with pytest.raises(BlockedError, match="not locked"):
        chosen({"uv.lock": UV}, unlocked)
    assert chosen({"uv.lock": UV}, unlocked, allow=True)[0].kind == "none"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (of_conda("numpy", "2.3.1"), "numpy 2.3.1 comes from conda"),
        (outside("mine", "1.0", editable=True), "mine 1.0 is an editable install outside of the repository"),
        (outside("mine", "1.0", editable=False), "mine 1.0 is installed from a folder outside of the repository"),
    ],
)
def test_what_nobody_else_can_install_blocks_unless_allowed(line: str, said: str) -> None:
    content = render((line, "scipy==1.16.0"))
    with pytest.raises(BlockedError, match="not all of") as refused:
        chosen({RECORDED: content}, ran_in(content, RECORDED))
    assert refused.value.why == said

    lock, notes = chosen({RECORDED: content}, ran_in(content, RECORDED), allow=True)
    assert (lock.kind, notes) == ("pins", [said])


def test_the_lock_of_an_image_is_an_artifact_of_the_run() -> None:
    content = render(("numpy==2.3.1", own("saigen", "0.1.0")))
    ran = replace(ran_in(content), lock_path=None)
    lock, notes = choose(ran, "", [], {}.get, HERE, stored=lambda: content)
    assert (lock.kind, lock.path, lock.content, lock.python, notes) == ("pins", "", content, "3.11.9", [])


@pytest.mark.parametrize(
    "line",
    [
        "--extra-index-url https://evil.example.org",
        "-r other.txt",
        "numpy @ https://evil.example.org/numpy.whl",
        "numpy @ git+https://evil.example.org/numpy@0123",
        "-e ${PROJECT_ROOT}/../../tmp/evil",
        "-e /tmp/evil",
        "./evil",
        "numpy==1.0 --hash=x",
    ],
)
def test_a_lock_that_no_commit_vouches_for_fetches_by_no_address_of_its_own(line: str) -> None:
    content = render(("scipy==1.16.0", "-e ${PROJECT_ROOT}", "${PROJECT_ROOT}/lib/.hidden", line))
    ran = replace(ran_in(content), lock_path=None)
    with pytest.raises(NotPermittedError) as refused:
        choose(ran, "", [], {}.get, HERE, stored=lambda: content)
    assert line in refused.value.why
    allowed, _ = choose(ran, "", [], {}.get, HERE, stored=lambda: content, allow_platform=True)
    assert allowed.kind == "none"


@pytest.mark.parametrize("stored", [None, b"other==1\n"])
def test_another_artifact_than_the_recorded_one_is_refused(stored: bytes | None) -> None:
    ran = replace(ran_in(PINS), lock_path=None)
    with pytest.raises(BlockedError, match="not among its artifacts"):
        choose(ran, "", ["uv.lock"], {"uv.lock": UV}.get, HERE, stored=lambda: stored)


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
