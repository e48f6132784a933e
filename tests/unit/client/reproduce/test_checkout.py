"""A clean checkout of a repository that somebody hostile may have made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from saigen.errors import BlockedError, NotPermittedError, UsageError
from saigen.git.mirror import Mirror
from saigen.git.repository import Repository
from saigen.login.profile import Profile
from saigen.login.trust import trust
from saigen.reproduce.checkout import bring, check_out, subject_of
from saigen.reproduce.plan import Origin

WHO = {
    "GIT_AUTHOR_NAME": "author",
    "GIT_AUTHOR_EMAIL": "author@team.invalid",
    "GIT_COMMITTER_NAME": "author",
    "GIT_COMMITTER_EMAIL": "author@team.invalid",
    "GIT_AUTHOR_DATE": "2026-11-02T10:00:00Z",
    "GIT_COMMITTER_DATE": "2026-11-02T10:00:00Z",
}
URL = "http://forge/team/flights.git"


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "HOME").mkdir()


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    """A mirror with a repository of one commit in it."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    Repository(folder).run("init", "--bare", "--quiet", ".")
    return Mirror("team/flights", URL, folder)


def commit(mirror: Mirror, tmp_path: Path, files: dict[str, str], links: dict[str, str] | None = None) -> str:
    """Commit files and links to the mirror's main branch; returns the commit."""
    tree = tmp_path / "tree"
    tree.mkdir()
    source = Repository(tree)
    source.run("init", "--quiet", "--initial-branch", "main", ".")
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    for path, target in (links or {}).items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).symlink_to(target)
    source.run("add", "--all", "--force")
    source.run("commit", "--quiet", "-m", "Add the \x1b[31mflights", environment=WHO)
    source.run("tag", "flights_v1")
    source.run("push", "--quiet", str(mirror.repository.root), "main", "flights_v1")
    return source.run("rev-parse", "HEAD")


def test_checkout_is_the_commit_with_tags_and_the_address_it_came_from(mirror: Mirror, tmp_path: Path) -> None:
    id_ = commit(mirror, tmp_path, {"src/train.py": "print(1)\n", "run.sh": "exit\n"})
    folder = tmp_path / "checkout"

    assert check_out(mirror, id_, folder) == []

    made = Repository(folder)
    assert (folder / "src" / "train.py").read_text() == "print(1)\n"
    assert made.run("rev-parse", "HEAD") == id_
    assert made.branch() is None
    assert made.tags() == ["flights_v1"]
    assert made.remote_url() == URL
    assert made.run("status", "--porcelain") == ""


def test_a_commit_that_was_never_pushed_is_taken_from_the_checkout_at_hand(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(mirror, tmp_path, {"a": "1"})
    here = Repository(tmp_path / "tree")
    here.run("commit", "--quiet", "--allow-empty", "-m", "Never pushed", environment=WHO)
    id_ = here.run("rev-parse", "HEAD")
    here.run("update-ref", f"refs/saigen/local/{id_}", id_)
    here.run("reset", "--quiet", "--hard", "HEAD~1")
    monkeypatch.setattr(mirror, "fetch", lambda: None)  # the forge answers, and has it not

    assert bring(mirror, Origin("team/flights", id_, None), here) == id_
    assert mirror.has(id_)


def test_without_such_a_checkout_a_commit_that_was_never_pushed_is_missing(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(mirror, tmp_path, {"a": "1"})
    monkeypatch.setattr(mirror, "fetch", lambda: None)
    monkeypatch.setattr(mirror, "url", "/nowhere")  # Git's refusal of that is as good as "no such commit"
    with pytest.raises(BlockedError, match="has no commit"):
        bring(mirror, Origin("team/flights", "a" * 40, None), Repository(tmp_path / "tree"))


def test_checkout_never_writes_over_something(mirror: Mirror, tmp_path: Path) -> None:
    id_ = commit(mirror, tmp_path, {"a": "1"})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("precious")

    with pytest.raises(UsageError, match="not empty"):
        check_out(mirror, id_, tmp_path / "mine")
    assert (tmp_path / "mine" / "file").read_text() == "precious"


def test_nothing_that_the_repository_or_the_person_set_up_is_run(mirror: Mirror, tmp_path: Path) -> None:
    trap = f"sh -c 'touch {tmp_path}/sprung; cat'"
    id_ = commit(
        mirror, tmp_path, {"a.txt": "1", ".gitattributes": "*.txt filter=trap\n", ".gitmodules": "[submodule]\n"}
    )
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "HOME" / ".gitconfig").write_text(
        f'[core]\n\thooksPath = {hooks}\n\tfsmonitor = "{trap}"\n[init]\n\ttemplateDir = {tmp_path}\n'
        f'[filter "trap"]\n\tsmudge = {trap}\n\tprocess = {trap}\n'
    )

    check_out(mirror, id_, tmp_path / "checkout")

    assert (tmp_path / "checkout" / "a.txt").read_text() == "1"
    assert not (tmp_path / "sprung").exists()
    assert not (tmp_path / "checkout" / ".git" / "hooks").exists()


@pytest.mark.parametrize(
    "links",
    [
        {"out": "/etc"},
        {"out": "../outside"},
        {"a/out": "../../outside"},
        {"out": ".git/hooks"},
        {"p/q/up": "../..", "out": "p/q/up/../secret"},
    ],
)
def test_link_that_leads_out_is_taken_away_and_named(mirror: Mirror, tmp_path: Path, links: dict[str, str]) -> None:
    id_ = commit(mirror, tmp_path, {"kept.txt": "1"}, {**links, "inside": "kept.txt"})
    folder = tmp_path / "checkout"

    notes = check_out(mirror, id_, folder)

    assert len(notes) == 1
    assert "leads out of the checkout" in notes[0]
    assert not os.path.lexists(folder / ("a/out" if "a/out" in links else "out"))
    assert (folder / "inside").read_text() == "1"
    assert Repository(folder).run("status", "--porcelain") == ""


def with_submodule(mirror: Mirror, tmp_path: Path, commit_of_it: str, url: str) -> str:
    """Add a submodule at vendor/lib to the mirror's main branch; returns the commit."""
    commit(mirror, tmp_path, {"a": "1", ".gitmodules": f'[submodule "lib"]\n\tpath = vendor/lib\n\turl = {url}\n'})
    source = Repository(tmp_path / "tree")
    source.run("update-index", "--add", "--cacheinfo", f"160000,{commit_of_it},vendor/lib")
    source.run("commit", "--quiet", "-m", "Vendor", environment=WHO)
    source.run("push", "--quiet", str(mirror.repository.root), "main")
    return source.run("rev-parse", "HEAD")


def test_files_in_lfs_are_named_not_fetched(mirror: Mirror, tmp_path: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 5\n"
    id_ = commit(mirror, tmp_path, {"data/a.bin": pointer, "data/.gitattributes": "*.bin filter=lfs\n"})

    assert check_out(mirror, id_, tmp_path / "checkout") == ["files that are kept in Git LFS are not fetched"]


def test_an_attribute_for_files_in_lfs_that_nobody_has_is_nothing_to_name(mirror: Mirror, tmp_path: Path) -> None:
    id_ = commit(mirror, tmp_path, {"a": "1", ".gitattributes": "*.bin filter=lfs\n"})

    assert check_out(mirror, id_, tmp_path / "checkout") == []


def test_a_submodule_of_a_trusted_host_is_checked_out_where_it_belongs(mirror: Mirror, tmp_path: Path) -> None:
    trust("forge.invalid")
    lib = Mirror.of("http://forge.invalid/team/lib.git", None)  # fetched before: the forge does not answer now
    (tmp_path / "lib").mkdir()
    inside = commit(lib, tmp_path / "lib", {"lib.py": "x = 1\n"})
    mirror.url = "http://forge.invalid/team/flights.git"
    id_ = with_submodule(mirror, tmp_path, inside, "../lib.git")
    folder = tmp_path / "checkout"

    assert check_out(mirror, id_, folder) == []

    assert (folder / "vendor/lib/lib.py").read_text() == "x = 1\n"
    assert Repository(folder / "vendor/lib").run("rev-parse", "HEAD") == inside
    assert Repository(folder).run("status", "--porcelain") == ""


@pytest.mark.parametrize("url", ["http://evil/lib.git", "ext::sh -c evil", "../../../../etc", "/etc", ""])
def test_a_submodule_of_anybody_else_is_named_not_fetched(mirror: Mirror, tmp_path: Path, url: str) -> None:
    id_ = with_submodule(mirror, tmp_path, "a" * 40, url)
    folder = tmp_path / "checkout"

    (note,) = check_out(mirror, id_, folder)

    assert note.startswith("a submodule is not fetched: vendor/lib (")
    assert list((folder / "vendor/lib").iterdir()) == []


def test_subject_is_fit_for_a_terminal(mirror: Mirror, tmp_path: Path) -> None:
    assert subject_of(mirror, commit(mirror, tmp_path, {"a": "1"})) == "author, 2026-11-02: Add the ?[31mflights"


@pytest.mark.parametrize(
    "repository",
    [
        "http://evil/team/flights.git",
        "ext::sh -c evil",
        "file:///etc",
        "/etc",
        "../flights",
        "git@evil:team/flights.git",
        "ssh://-oProxyCommand=evil/x",
        "http://forge@evil/team/flights.git",
        "http://forge.evil/x",
    ],
)
def test_only_the_platforms_forge_is_asked(repository: str) -> None:
    with pytest.raises((NotPermittedError, BlockedError)):
        Mirror.of(repository, Profile("me", "http://tracking", None, "http://forge"))
