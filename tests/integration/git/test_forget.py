"""What a maintainer wants forgotten leaves the forge: refs, folds, objects, pages; and nobody else can ask for it."""

from __future__ import annotations

import uuid

import pytest

from tests.integration.git.forge import ORGANISATION, Account, Clone, Forge, git
from tests.integration.git.pages import Browser
from tests.integration.git.test_fold import fold, on_server

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@pytest.fixture
def snapshot(clone: Clone) -> str:
    """The id of a pushed snapshot that is on no branch."""
    base = clone.id_of("HEAD")
    made = clone.commit("What a run ran")
    clone.git("reset", "--quiet", "--hard", base)
    clone.git("push", "--quiet", "origin", f"{made}:refs/saigen/in/{made}")
    return made


def ask(forge: Forge, repository: str, clone: Clone, account: Account, commit: str) -> str:
    """Ask for it as an account, as the client does; what Git said where it was refused, else nothing."""
    wish = clone.git("commit-tree", EMPTY_TREE, "-m", f"Forget {commit}").stdout.strip()
    pushed = clone.git(
        "push", "--quiet", forge.address(repository, account), f"{wish}:refs/saigen/forget/{commit}", check=False
    )
    return pushed.stderr if pushed.returncode else ""


def served(forge: Forge, repository: str, account: Account, clone: Clone, commit: str) -> tuple[bool, bool]:
    """Whether the forge gives a commit to whoever knows its id: by Git, and on a page."""
    place = clone.path.parent / uuid.uuid4().hex  # one that has fetched it has it
    git("init", "--quiet", str(place))
    fetched = git("-C", str(place), "fetch", "--quiet", forge.address(repository, account), commit, check=False)
    page = Browser.signed_in(forge, account).get(f"/{ORGANISATION}/{repository}/commit/{commit}")
    return fetched.returncode == 0, page.status_code == 200


@pytest.mark.parametrize("folded", [False, True])
def test_a_snapshot_is_gone_for_everybody(
    forge: Forge, repository: str, clone: Clone, author: Account, maintainer: Account, snapshot: str, folded: bool
) -> None:
    if folded:
        fold(forge)
    assert served(forge, repository, author, clone, snapshot) == (True, True)
    assert ask(forge, repository, clone, maintainer, snapshot) == ""

    assert f"purge team/{repository}: {snapshot} is taken away" in fold(forge, fewest=100)

    assert served(forge, repository, author, clone, snapshot) == (False, False)
    code, said = on_server(forge, repository, "git fsck --strict --connectivity-only && git gc --quiet --prune=now")
    assert (code, "missing" in said) == (0, False)
    again = clone.git("push", "origin", f"{snapshot}:refs/saigen/in/{snapshot}", check=False)
    assert "a maintainer had it taken away" in again.stderr


def test_a_member_has_nothing_forgotten(
    forge: Forge, repository: str, clone: Clone, author: Account, snapshot: str
) -> None:
    assert "by a maintainer only" in ask(forge, repository, clone, author, snapshot)
    fold(forge)
    assert served(forge, repository, author, clone, snapshot) == (True, True)


def test_a_branch_is_not_forgotten(forge: Forge, repository: str, clone: Clone, maintainer: Account) -> None:
    assert "found it below refs/heads/main" in ask(forge, repository, clone, maintainer, clone.id_of("HEAD"))


def test_plain_git_may_ask_but_not_keep_what_is_to_go(
    forge: Forge, repository: str, clone: Clone, maintainer: Account, snapshot: str
) -> None:
    ref = f"refs/saigen/forget/{snapshot}"
    pushed = clone.git("push", forge.address(repository, maintainer), f"{snapshot}:{ref}", check=False)
    assert "expected a commit without files and parents" in pushed.stderr


def test_the_jobs_of_the_forge_are_judged_as_well(forge: Forge, repository: str, snapshot: str) -> None:
    """They run as a process of their own, with the forge's settings of Git: so with its hooks."""
    script = "GIT_TRACE=/run/git/trace saigen-git fold 1; cat /run/git/trace; rm /run/git/trace"
    said = forge.container.execute("bash", "-c", script).output
    assert f"fold team/{repository}: 1 snapshots folded" in said, snapshot
    assert "/opt/saigen/hooks/reference-transaction" in said


def test_nobody_makes_git_show_one_commit_for_another(
    forge: Forge, repository: str, clone: Clone, author: Account
) -> None:
    head = clone.id_of("HEAD")
    other = clone.commit("Another")
    pushed = clone.git("push", forge.address(repository, author), f"{other}:refs/replace/{head}", check=False)
    assert "cannot be pushed" in pushed.stderr
    assert f"refs/replace/{head}" not in forge.refs(repository)


def test_who_asked_stays_known(forge: Forge, repository: str, clone: Clone, maintainer: Account, snapshot: str) -> None:
    ask(forge, repository, clone, maintainer, snapshot)
    ref = f"refs/saigen/forget/{snapshot}"
    address = forge.address(repository, maintainer)
    assert "cannot be deleted" in clone.git("push", address, f":{ref}", check=False).stderr
    assert ref in forge.refs(repository)


@pytest.mark.parametrize(
    "change", ["delete refs/saigen/in/{0}", "create refs/saigen/keep/{1} {1}\ndelete refs/saigen/in/{0}"]
)
def test_even_the_purge_loses_only_what_was_asked_for(
    forge: Forge, repository: str, clone: Clone, maintainer: Account, snapshot: str, change: str
) -> None:
    ask(forge, repository, clone, maintainer, clone.commit("Another"))
    lines = change.format(snapshot, clone.id_of("HEAD~1")).replace("\n", "\\n")
    script = f"printf 'start\\n{lines}\\nprepare\\ncommit\\n' | git update-ref --stdin"
    code, said = on_server(forge, repository, script, SAIGEN_PLATFORM="purge")
    assert (code != 0, "a job of the platform was stopped" in said) == (True, True)
