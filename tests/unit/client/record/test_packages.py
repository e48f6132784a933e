"""What is installed, as a file that installs it again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saigen.record.packages import Installed, installed, is_locked, locked_by_uv

UV_LOCK = """version = 1

[[package]]
name = "project"
version = "0"
source = { virtual = "." }
default-groups = ["train"]
dependencies = [
    { name = "numpy" },
    { name = "dvc", extra = ["s3"], marker = "python_full_version >= '3.11'" },
]

[package.optional-dependencies]
gpu = [
    { name = "torch" },
]

[package.dev-dependencies]
dev = [
    { name = "pytest" },
]
train = [
    { name = "mlflow-skinny" },
]

[package.metadata]
requires-dist = [
    { name = "ruff" },
]

[[package]]
name = "numpy"
version = "2.1.0"

[[package]]
name = "dvc"
version = "3.0"
dependencies = [
    { name = "pyyaml" },
]

[package.optional-dependencies]
s3 = [
    { name = "boto3" },
]

[[package]]
name = "pyyaml"
version = "6.0"

[[package]]
name = "boto3"
version = "1.40"

[[package]]
name = "torch"
version = "2.9"

[[package]]
name = "pytest"
version = "8.0"

[[package]]
name = "mlflow-skinny"
version = "3.0"

[[package]]
name = "ruff"
version = "0.1"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that packages are in."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr("sys.path", [str(folder)])
    return folder


def install(site: Path, name: str, version: str, origin: dict[str, object] | None = None) -> None:
    """Put a package's metadata into a folder, as an installer does."""
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if origin:
        (folder / "direct_url.json").write_text(json.dumps(origin))


def test_packages_of_an_index_are_pinned_and_sorted(site: Path) -> None:
    install(site, "Zlib_Thing", "1.0")
    install(site, "numpy", "2.1.0")
    assert installed().lines == ("numpy==2.1.0", "zlib-thing==1.0")


def test_an_installation_is_noticed(site: Path) -> None:
    install(site, "numpy", "2.1.0")
    assert len(installed().lines) == 1
    install(site, "pandas", "3.0")
    assert len(installed().lines) == 2


def test_a_package_from_git_keeps_its_commit_and_loses_its_password(site: Path) -> None:
    vcs = {"vcs": "git", "commit_id": "a" * 40}
    install(site, "tool", "1", {"url": "https://ann:secret@example.org/tool.git", "vcs_info": vcs})
    assert installed().lines == (f"tool @ git+https://example.org/tool.git@{'a' * 40}",)


def test_a_package_from_an_archive_keeps_its_digest(site: Path) -> None:
    archive = {"hashes": {"sha256": "b" * 64}}
    install(site, "tool", "1", {"url": "https://example.org/tool.whl", "archive_info": archive})
    assert installed().lines == (f"tool @ https://example.org/tool.whl#sha256={'b' * 64}",)


def test_the_repositorys_own_package_is_installed_from_its_folder(site: Path, tmp_path: Path) -> None:
    origin = {"url": f"file://{tmp_path}/work/pkg", "dir_info": {"editable": True}}
    install(site, "mine", "1", origin)
    found = installed(tmp_path / "work")
    assert found.lines == ("-e ${PROJECT_ROOT}/pkg",)
    assert found.lacking == ()


def test_what_a_build_left_in_the_repository_is_not_taken_for_a_package_of_the_index(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "work"
    left = root / "src" / "mine.egg-info"
    left.mkdir(parents=True)
    (left / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 0.1\n")
    monkeypatch.setattr("sys.path", [str(root / "src"), str(site)])
    assert installed(root).lines == ()
    (root / "pyproject.toml").touch()
    (root / "src").touch()
    assert installed(root).lines == ("-e ${PROJECT_ROOT}",)
    install(site, "mine", "0.2", {"url": f"file://{root}", "dir_info": {"editable": False}})
    assert installed(root) == Installed({"mine": "0.2"}, ("${PROJECT_ROOT}",))


def test_what_is_installed_into_a_folder_of_the_repository_is_pinned(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "work"
    vendor = root / "vendor"
    vendor.mkdir(parents=True)
    (root / "pyproject.toml").touch()
    install(vendor, "six", "1.16.0")
    install(vendor, "attrs", "23.1.0")
    monkeypatch.setattr("sys.path", [str(vendor), str(site)])
    assert installed(root).lines == ("attrs==23.1.0", "six==1.16.0")


def test_an_editable_install_from_elsewhere_is_said_and_not_pretended(site: Path, tmp_path: Path) -> None:
    install(site, "other", "1", {"url": f"file://{tmp_path}/elsewhere", "dir_info": {"editable": True}})
    found = installed(tmp_path / "work")
    assert found.lines[0].startswith("#")
    assert found.lacking == ("other 1 is an editable install outside of the repository",)


def test_a_package_of_conda_is_pinned_and_said_to_be_conda_s(site: Path) -> None:
    install(site, "numpy", "2.1.0")
    (site / "numpy-2.1.0.dist-info" / "INSTALLER").write_text("conda\n")
    assert installed().lines == ("numpy==2.1.0  # from conda",)
    assert installed().lacking == ("numpy 2.1.0 comes from conda",)


def test_a_uv_lock_does_not_say_what_came_from_conda(site: Path) -> None:
    install(site, "numpy", "2.1.0")
    assert is_locked(installed(), UV_LOCK)
    (site / "numpy-2.1.0.dist-info" / "INSTALLER").write_text("conda\n")
    install(site, "pyyaml", "6.0")  # which is what tells that something was installed
    assert not is_locked(installed(), UV_LOCK)


def test_the_client_itself_is_not_needed_to_run_it_again(site: Path) -> None:
    install(site, "saigen", "0.1.0", {"url": "http://platform.example.org/saigen.whl", "archive_info": {}})
    assert "platform.example.org" not in installed().lock.decode()


def test_a_lock_of_uv_counts_what_its_project_needs() -> None:
    assert set(locked_by_uv(UV_LOCK)) == {"project", "numpy", "dvc", "pyyaml", "boto3", "mlflow-skinny"}


def versions(**found: str) -> Installed:
    return Installed({name.replace("_", "-"): version for name, version in found.items()}, ())


def test_the_same_versions_match_the_lock() -> None:
    assert is_locked(versions(numpy="2.1.0", boto3="1.40", mlflow_skinny="3.0", saigen="9", pip="25"), UV_LOCK)


def test_another_version_and_a_package_that_is_not_asked_for_do_not() -> None:
    assert not is_locked(versions(numpy="2.2.0"), UV_LOCK)
    assert not is_locked(versions(numpy="2.1.0", torch="2.9"), UV_LOCK)
    assert not is_locked(versions(numpy="2.1.0", pytest="8.0"), UV_LOCK)
