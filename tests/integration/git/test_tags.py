"""A tag of the contract can be made, and then neither moves nor goes: by push, by API, by the pages."""

from __future__ import annotations

import subprocess

import pytest

from tests.integration.git.forge import ORGANISATION, Account, Clone, Forge
from tests.integration.git.pages import Browser

TAG = "refs/tags/flights_v1"


def assert_refused(pushed: subprocess.CompletedProcess[str], *said: str) -> None:
    assert pushed.returncode != 0
    for words in said:
        assert words in pushed.stderr


@pytest.fixture
def tags_url(repository: str) -> str:
    return f"/repos/{ORGANISATION}/{repository}/tags"


@pytest.fixture
def releases_url(repository: str) -> str:
    return f"/repos/{ORGANISATION}/{repository}/releases"


# -- by push -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["flights_v1", "dataset-A_v1", "acme-7", "release-2024", "monitor/prod/acme-7/1"])
def test_a_tag_is_made_by_push(forge: Forge, repository: str, clone: Clone, tag: str) -> None:
    clone.git("push", "origin", f"HEAD:refs/tags/{tag}")
    assert forge.refs(repository)[f"refs/tags/{tag}"] == clone.id_of("HEAD")


@pytest.mark.parametrize("tag", ["flights_v1", "acme-7", "monitor/prod/acme-7/1"])
def test_a_moved_tag_is_refused(forge: Forge, repository: str, clone: Clone, tag: str) -> None:
    first = clone.id_of("HEAD")
    clone.git("push", "origin", f"HEAD:refs/tags/{tag}")
    clone.commit("Another")
    pushed = clone.git("push", "--force", "origin", f"HEAD:refs/tags/{tag}", check=False)
    assert_refused(pushed, f"tag {tag} cannot be moved", "immutable", "next: ")
    assert forge.refs(repository)[f"refs/tags/{tag}"] == first


def test_a_deleted_tag_is_refused(forge: Forge, repository: str, clone: Clone, released: str) -> None:
    pushed = clone.git("push", "origin", ":flights_v1", check=False)
    assert_refused(pushed, "tag flights_v1 cannot be deleted")
    assert forge.refs(repository)[TAG] == released


def test_the_refusal_names_the_next_free_tag(clone: Clone, released: str) -> None:
    clone.git("push", "origin", f"{released}:refs/tags/flights_v4")
    pushed = clone.git("push", "--force", "origin", f"HEAD:{TAG}", check=False)
    assert_refused(pushed, "git tag flights_v5 && git push origin flights_v5")


@pytest.mark.usefixtures("released")
def test_a_refused_tag_takes_the_whole_push_with_it(forge: Forge, repository: str, clone: Clone) -> None:
    pushed = clone.git("push", "--force", "origin", "HEAD:refs/heads/dev", f"HEAD:{TAG}", check=False)
    assert_refused(pushed, "tag flights_v1 cannot be moved")
    assert "refs/heads/dev" not in forge.refs(repository)


@pytest.mark.usefixtures("released")
def test_the_platforms_own_account_moves_no_tag(forge: Forge, repository: str, clone: Clone) -> None:
    address = forge.address(repository, forge.platform)
    assert_refused(clone.git("push", "--force", address, f"HEAD:{TAG}", check=False), "cannot be moved")


def test_an_annotation_is_a_move(clone: Clone, released: str) -> None:
    clone.git("tag", "--force", "--annotate", "--message", "the same commit", "flights_v1", released)
    assert_refused(clone.git("push", "--force", "origin", TAG, check=False), "cannot be moved")


def test_an_annotated_tag_is_kept_as_well(clone: Clone) -> None:
    clone.git("tag", "--annotate", "--message", "first", "planes_v1")
    clone.git("push", "origin", "planes_v1")
    clone.git("tag", "--force", "--annotate", "--message", "second", "planes_v1")
    assert_refused(clone.git("push", "--force", "origin", "refs/tags/planes_v1", check=False), "cannot be moved")


def test_the_same_tag_is_pushed_again(clone: Clone, released: str) -> None:
    clone.git("push", "--force", "origin", f"{released}:{TAG}")


def test_a_free_tag_moves_and_goes(forge: Forge, repository: str, clone: Clone) -> None:
    clone.git("push", "origin", "HEAD:refs/tags/v1.2.3")
    clone.commit("Another")
    clone.git("push", "--force", "origin", "HEAD:refs/tags/v1.2.3")
    assert forge.refs(repository)["refs/tags/v1.2.3"] == clone.id_of("HEAD")
    clone.git("push", "origin", ":refs/tags/v1.2.3")
    assert "refs/tags/v1.2.3" not in forge.refs(repository)


def test_a_capital_v_is_another_tag_and_free(forge: Forge, repository: str, clone: Clone, released: str) -> None:
    clone.git("push", "origin", "HEAD:refs/tags/flights_V1")
    clone.git("push", "origin", ":refs/tags/flights_V1")
    assert forge.refs(repository)[TAG] == released


def test_branches_are_forced_and_deleted_as_ever(forge: Forge, repository: str, clone: Clone) -> None:
    clone.git("push", "origin", "HEAD:refs/heads/flights_v1")
    clone.git("commit", "--quiet", "--allow-empty", "--amend", "--message", "Rewritten")
    clone.git("push", "--force", "origin", "HEAD:refs/heads/flights_v1")
    clone.git("push", "origin", ":refs/heads/flights_v1")
    assert "refs/heads/flights_v1" not in forge.refs(repository)


# -- by API ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def made(forge: Forge, repository: str, author: Account, tags_url: str) -> str:
    """The commit that the tag flights_v1 names, which was made by the API; main has one more commit."""
    answer = forge.api("POST", tags_url, author, json={"tag_name": "flights_v1", "target": "main"})
    assert answer.status_code == 201
    forge.new_commit(repository)
    return forge.refs(repository)[TAG]


def test_a_tag_is_made_by_the_api(forge: Forge, repository: str, made: str) -> None:
    assert forge.refs(repository)[TAG] == made != forge.refs(repository)["refs/heads/main"]


@pytest.mark.parametrize("who", ["author", "maintainer", "platform"])
def test_a_tag_stays_when_deleted_by_the_api(
    request: pytest.FixtureRequest, forge: Forge, repository: str, made: str, tags_url: str, who: str
) -> None:
    account = forge.platform if who == "platform" else request.getfixturevalue(who)
    assert forge.api("DELETE", f"{tags_url}/flights_v1", account).status_code == 500
    assert forge.refs(repository)[TAG] == made
    assert [tag["name"] for tag in forge.api("GET", tags_url, account).json()] == ["flights_v1"]


def test_a_free_tag_goes_when_deleted_by_the_api(forge: Forge, repository: str, author: Account, tags_url: str) -> None:
    forge.api("POST", tags_url, author, json={"tag_name": "v1.2.3", "target": "main"})
    assert forge.api("DELETE", f"{tags_url}/v1.2.3", author).status_code == 204
    assert "refs/tags/v1.2.3" not in forge.refs(repository)


def test_a_tag_is_not_made_over_another_by_the_api(
    forge: Forge, repository: str, author: Account, made: str, tags_url: str
) -> None:
    assert forge.api("POST", tags_url, author, json={"tag_name": "flights_v1", "target": "main"}).status_code == 409
    assert forge.refs(repository)[TAG] == made


@pytest.mark.parametrize("by", ["id", "tag"])
def test_a_deleted_release_leaves_its_tag(
    forge: Forge, repository: str, author: Account, releases_url: str, by: str
) -> None:
    body = {"tag_name": "acme-7", "target_commitish": "main"}
    release = forge.api("POST", releases_url, author, json=body).json()
    forge.api("DELETE", f"{releases_url}/{release['id'] if by == 'id' else 'tags/acme-7'}", author)
    assert "refs/tags/acme-7" in forge.refs(repository)


def test_a_release_that_is_changed_moves_no_tag(
    forge: Forge, repository: str, author: Account, made: str, releases_url: str
) -> None:
    body = {"tag_name": "flights_v1", "target_commitish": "main"}
    release = forge.api("POST", releases_url, author, json=body).json()
    forge.api("PATCH", f"{releases_url}/{release['id']}", author, json=body)
    assert forge.refs(repository)[TAG] == made


# -- by the pages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["tags", "releases"])
def test_a_tag_stays_when_deleted_on_a_page(
    forge: Forge, repository: str, author: Account, made: str, releases_url: str, page: str
) -> None:
    release = forge.api("POST", releases_url, author, json={"tag_name": "flights_v1"}).json()
    form = {"id": str(release["id"])}
    answer = Browser.signed_in(forge, author).post(f"/{ORGANISATION}/{repository}/{page}/delete", form)
    assert answer.status_code == 200
    assert forge.refs(repository)[TAG] == made
