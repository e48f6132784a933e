"""What happens to a repository as a whole: nothing that the forge does by itself breaks on kept tags, or loses one."""

from __future__ import annotations

import pytest

from tests.integration.git.forge import ORGANISATION, Account, Clone, Forge, git
from tests.integration.git.pages import Browser
from tests.shipped import docker

TAG = "refs/tags/flights_v1"


def in_repository(forge: Forge, repository: str, *command: str, check: bool = True) -> str:
    """Run Git on the server as the forge does: the same settings, so the same hooks."""
    path = f"/data/repositories/{ORGANISATION}/{repository}.git"
    home = ["--env", "HOME=/data/forge/home", "--env", "GIT_CONFIG_NOSYSTEM=1"]
    return docker("exec", *home, forge.container.name, "git", "-C", path, *command, check=check).output


@pytest.mark.usefixtures("released")
def test_gc_packs_and_keeps_tags(forge: Forge, repository: str, clone: Clone) -> None:
    snapshot = clone.id_of("HEAD")
    clone.git("push", "origin", f"HEAD:refs/saigen/in/{snapshot}", "HEAD:refs/tags/v1.2.3", "HEAD:refs/heads/dev")
    before = forge.refs(repository)
    in_repository(forge, repository, "gc", "--prune=now")
    assert forge.refs(repository) == before
    assert not in_repository(forge, repository, "fsck", "--no-dangling").strip()


def test_packed_tags_are_kept_as_well(
    forge: Forge, repository: str, author: Account, clone: Clone, released: str
) -> None:
    in_repository(forge, repository, "pack-refs", "--all")
    moved = clone.git("push", "--force", "origin", f"HEAD:{TAG}", check=False)
    forge.api("DELETE", f"/repos/{ORGANISATION}/{repository}/tags/flights_v1", author)
    assert "cannot be moved" in moved.stderr
    assert forge.refs(repository)[TAG] == released


@pytest.mark.parametrize("packed", [False, True])
def test_no_git_command_of_the_forge_moves_or_deletes_a_tag(
    forge: Forge, repository: str, clone: Clone, released: str, packed: bool
) -> None:
    other = clone.id_of("HEAD")
    clone.git("push", "origin", "HEAD:refs/heads/dev")
    if packed:
        in_repository(forge, repository, "pack-refs", "--all")
    for command in (
        ["tag", "--delete", "flights_v1"],
        ["tag", "--force", "flights_v1", other],
        ["update-ref", TAG, other],
        ["update-ref", TAG, other, released],
        ["update-ref", "-d", TAG],
        ["update-ref", "-d", TAG, released],
        ["update-ref", "--no-deref", "-d", TAG, released],
    ):
        assert "cannot be" in in_repository(forge, repository, *command, check=False), command
    assert forge.refs(repository)[TAG] == released


def test_many_packed_tags_are_packed_again(forge: Forge, repository: str, clone: Clone) -> None:
    for number in range(1, 61):
        clone.git("tag", f"flights_v{number}")
    clone.git("push", "--quiet", "origin", "--tags")
    before = forge.refs(repository)
    in_repository(forge, repository, "pack-refs", "--all")
    in_repository(forge, repository, "pack-refs", "--all")
    assert forge.refs(repository) == before


def test_a_renamed_repository_keeps_its_rules(forge: Forge, repository: str, clone: Clone, released: str) -> None:
    forge.administer("PATCH", f"/repos/{ORGANISATION}/{repository}", {"name": f"{repository}y"})
    address = forge.address(f"{repository}y", forge.platform)
    assert "cannot be moved" in clone.git("push", "--force", address, f"HEAD:{TAG}", check=False).stderr
    assert forge.refs(f"{repository}y")[TAG] == released


def test_a_wiki_keeps_its_tags_as_well(forge: Forge, repository: str, author: Account, clone: Clone) -> None:
    page = {"title": "Home", "content_base64": "SGVsbG8="}
    assert forge.api("POST", f"/repos/{ORGANISATION}/{repository}/wiki/new", author, json=page).status_code == 201
    wiki = forge.address(f"{repository}.wiki", author)
    clone.git("fetch", "--quiet", wiki, "HEAD")
    clone.git("push", wiki, "FETCH_HEAD:refs/tags/flights_v1")
    assert "cannot be deleted" in clone.git("push", wiki, ":refs/tags/flights_v1", check=False).stderr


@pytest.mark.parametrize("who", ["author", "maintainer"])
def test_nobody_but_the_platform_deletes_a_repository(
    request: pytest.FixtureRequest, forge: Forge, repository: str, who: str
) -> None:
    account: Account = request.getfixturevalue(who)
    assert forge.api("DELETE", f"/repos/{ORGANISATION}/{repository}", account).status_code == 403
    assert forge.refs(repository)


def test_a_maintainer_does_not_delete_a_repository_that_they_made(forge: Forge, maintainer: Account) -> None:
    made = forge.api("POST", f"/orgs/{ORGANISATION}/repos", maintainer, json={"name": "made-here", "auto_init": True})
    assert made.status_code == 201
    assert forge.api("DELETE", f"/repos/{ORGANISATION}/made-here", maintainer).status_code == 403
    page = {"action": "delete", "repo_name": "made-here"}
    Browser.signed_in(forge, maintainer).post(f"/{ORGANISATION}/made-here/settings", page)
    assert forge.refs("made-here")


@pytest.mark.parametrize("who", ["author", "maintainer"])
def test_nobody_but_the_platform_gives_a_repository_away(
    request: pytest.FixtureRequest, forge: Forge, repository: str, who: str
) -> None:
    account: Account = request.getfixturevalue(who)
    answer = forge.api(
        "POST", f"/repos/{ORGANISATION}/{repository}/transfer", account, json={"new_owner": account.name}
    )
    assert not answer.ok
    assert forge.refs(repository)


@pytest.mark.usefixtures("released")
def test_the_platform_deletes_a_repository_with_its_tags(forge: Forge, repository: str) -> None:
    forge.administer("DELETE", f"/repos/{ORGANISATION}/{repository}")
    assert forge.api("GET", f"/repos/{ORGANISATION}/{repository}", forge.platform).status_code == 404


def test_a_repository_is_made_from_a_template(forge: Forge, clone: Clone, repository: str) -> None:
    clone.git("push", "origin", "HEAD:refs/tags/flights_v1")
    forge.administer("PATCH", f"/repos/{ORGANISATION}/{repository}", {"template": True})
    body = {"owner": ORGANISATION, "name": f"{repository}z", "git_content": True, "private": True}
    forge.administer("POST", f"/repos/{ORGANISATION}/{repository}/generate", body)
    assert "refs/heads/main" in forge.refs(f"{repository}z")


def test_a_pull_request_is_merged(forge: Forge, repository: str, author: Account, clone: Clone) -> None:
    clone.git("checkout", "--quiet", "-b", "dev")
    (clone.path / "train.py").write_text("print()\n")
    clone.git("add", "train.py")
    head = clone.commit("Train")
    clone.git("push", "--quiet", "origin", "dev")
    body = {"head": "dev", "base": "main", "title": "Train"}
    pull = forge.api("POST", f"/repos/{ORGANISATION}/{repository}/pulls", author, json=body).json()
    url = f"/repos/{ORGANISATION}/{repository}/pulls/{pull['number']}/merge"
    merged = forge.api("POST", url, author, json={"Do": "merge", "delete_branch_after_merge": True})
    assert merged.status_code == 200, merged.text
    clone.git("fetch", "--quiet", "origin", "main")
    assert clone.git("merge-base", "--is-ancestor", head, "FETCH_HEAD", check=False).returncode == 0
    assert "refs/heads/dev" not in forge.refs(repository)


def test_a_file_is_edited_in_the_browser(forge: Forge, repository: str, author: Account) -> None:
    body = {"content": "SGVsbG8=", "message": "Say hello", "branch": "main"}
    url = f"/repos/{ORGANISATION}/{repository}/contents/hello.txt"
    assert forge.api("POST", url, author, json=body).status_code == 201


def test_a_protected_branch_is_still_protected(forge: Forge, repository: str, clone: Clone) -> None:
    rule = {"rule_name": "main", "enable_push": False}
    forge.administer("POST", f"/repos/{ORGANISATION}/{repository}/branch_protections", rule)
    clone.commit("Around the rule")
    pushed = clone.git("push", "origin", "HEAD:main", check=False)
    assert pushed.returncode != 0
    assert "protected branch" in pushed.stderr


def test_a_repository_without_its_own_hooks_is_closed(forge: Forge, repository: str, clone: Clone) -> None:
    hook = f"/data/repositories/{ORGANISATION}/{repository}.git/hooks/pre-receive"
    forge.container.execute("rm", hook)
    clone.commit("Unprotected")
    pushed = clone.git("push", "origin", "HEAD:main", check=False)
    assert pushed.returncode != 0
    assert "takes no changes" in pushed.stderr


def test_pushed_options_reach_the_forge(forge: Forge, repository: str, author: Account, clone: Clone) -> None:
    """`refs/for` is served by the repository's own proc-receive hook, over the hook's standard streams."""
    clone.commit("For review")
    pushed = clone.git("push", "-o", "topic=review", "-o", "title=Review", "origin", "HEAD:refs/for/main", check=False)
    assert pushed.returncode == 0, pushed.stderr
    pulls = forge.api("GET", f"/repos/{ORGANISATION}/{repository}/pulls", author).json()
    assert [pull["title"] for pull in pulls] == ["Review"]


def test_a_whole_history_is_pushed_into_a_new_repository(
    forge: Forge, repository: str, clone: Clone, released: str
) -> None:
    mirror = clone.path.parent / "mirror"
    git("clone", "--quiet", "--mirror", forge.address(repository, forge.platform), str(mirror))
    forge.administer("POST", f"/orgs/{ORGANISATION}/repos", {"name": f"{repository}w"})
    git("-C", str(mirror), "push", "--quiet", "--mirror", forge.address(f"{repository}w", forge.platform))
    assert forge.refs(f"{repository}w")[TAG] == released
