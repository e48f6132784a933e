"""Accounts are declared, not made: nobody registers, changes who they are, or takes a repository home."""

from __future__ import annotations

import pytest

from tests.integration.git.forge import ORGANISATION, Account, Forge, git
from tests.integration.git.pages import Browser


def test_nobody_registers(forge: Forge) -> None:
    form = {"user_name": "newcomer", "email": "n@example.org", "password": "x" * 40, "retype": "x" * 40}
    answer = Browser.anonymous(forge).post("/user/sign_up", form)
    assert answer.status_code == 403
    assert forge.api("GET", "/users/newcomer", forge.platform).status_code == 404


def test_the_login_page_offers_no_registration(forge: Forge) -> None:
    page = Browser.anonymous(forge).get("/user/login")
    assert page.status_code == 200
    assert "sign_up" not in page.text


def test_a_person_signs_in_on_the_page(forge: Forge, author: Account) -> None:
    assert Browser.signed_in(forge, author).get("/user/settings").status_code == 200


@pytest.mark.parametrize("secret", ["", "wrong", "x" * 40])
def test_a_wrong_secret_is_refused(forge: Forge, author: Account, repository: str, secret: str) -> None:
    wrong = Account(author.name, secret)
    assert forge.api("GET", "/user", wrong).status_code == 401
    assert git("ls-remote", forge.address(repository, wrong), check=False).returncode != 0


def test_one_persons_secret_does_not_open_anothers_account(forge: Forge, author: Account, outsider: Account) -> None:
    assert forge.api("GET", "/user", Account(author.name, outsider.secret)).status_code == 401


@pytest.mark.parametrize("parameter", ["token", "access_token", "private_token"])
def test_a_token_in_the_query_is_refused(forge: Forge, outsider: Account, parameter: str) -> None:
    made = forge.api("POST", f"/users/{outsider.name}/tokens", outsider, json={"name": parameter, "scopes": ["all"]})
    token = made.json()["sha1"]
    assert forge.api("GET", "/user", headers={"Authorization": f"token {token}"}).status_code == 200
    assert forge.api("GET", f"/user?{parameter}={token}").status_code == forge.api("GET", "/user").status_code == 403


def test_nobody_has_repositories_of_their_own(forge: Forge, author: Account) -> None:
    assert not forge.api("POST", "/user/repos", author, json={"name": "mine"}).ok


def test_nobody_makes_an_organisation(forge: Forge, author: Account) -> None:
    assert forge.api("POST", "/orgs", author, json={"username": "ours"}).status_code == 403


def test_nobody_forks_a_private_repository_home(forge: Forge, author: Account, repository: str) -> None:
    assert not forge.api("POST", f"/repos/{ORGANISATION}/{repository}/forks", author, json={}).ok
    assert forge.api("GET", f"/repos/{author.name}/{repository}", author).status_code == 404


def test_nobody_makes_a_repository_by_pushing(forge: Forge, author: Account, repository: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    git("clone", "--quiet", forge.address(repository, author), str(tmp_path / "clone"))
    for address in (
        forge.address("pushed", author),
        forge.address("x", author).replace(f"/{ORGANISATION}/x", f"/{author.name}/x"),
    ):
        assert git("-C", str(tmp_path / "clone"), "push", address, "HEAD:main", check=False).returncode != 0


def test_nobody_brings_a_repository_in_from_elsewhere(forge: Forge, maintainer: Account) -> None:
    body = {"clone_addr": "https://example.org/x.git", "repo_name": "x", "repo_owner": ORGANISATION}
    assert forge.api("POST", "/repos/migrate", maintainer, json=body).status_code == 403


def test_a_repository_cannot_be_opened_to_everybody(forge: Forge, maintainer: Account, repository: str) -> None:
    forge.api("PATCH", f"/repos/{ORGANISATION}/{repository}", maintainer, json={"private": False})
    assert forge.administer("GET", f"/repos/{ORGANISATION}/{repository}")["private"] is True


def test_a_project_is_not_seen_from_outside(forge: Forge, outsider: Account, repository: str) -> None:
    assert forge.api("GET", f"/repos/{ORGANISATION}/{repository}", outsider).status_code == 404
    assert "not found" in git("ls-remote", forge.address(repository, outsider), check=False).stderr.lower()


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("/user/settings/account", {"old_password": "{secret}", "password": "y" * 40, "retype": "y" * 40}),
        ("/user/settings/keys", {"type": "ssh", "title": "key", "content": "ssh-ed25519 AAAA"}),
        ("/user/settings/account/delete", {"password": "{secret}"}),
    ],
)
def test_a_person_changes_nothing_of_their_account(
    forge: Forge, outsider: Account, page: str, form: dict[str, str]
) -> None:
    filled = {key: value.replace("{secret}", outsider.secret) for key, value in form.items()}
    assert Browser.signed_in(forge, outsider).post(page, filled).status_code in {403, 404}
    assert forge.api("GET", "/user", outsider).status_code == 200


def test_a_person_does_not_change_their_name(forge: Forge, outsider: Account) -> None:
    Browser.signed_in(forge, outsider).post("/user/settings", {"name": "other", "full_name": "Other"})
    assert forge.api("GET", "/user", outsider).json()["login"] == outsider.name


def test_a_removed_person_is_refused_at_once(forge: Forge, repository: str) -> None:
    leaver = forge.new_account("leaver")
    forge.new_team("leavers", leaver)
    browser = Browser.signed_in(forge, leaver)
    assert "README.md" in browser.get(f"/{ORGANISATION}/{repository}").text
    assert git("ls-remote", forge.address(repository, leaver)).returncode == 0
    forge.administer(
        "PATCH", f"/admin/users/{leaver.name}", {"login_name": leaver.name, "source_id": 0, "prohibit_login": True}
    )
    assert forge.api("GET", "/user", leaver).status_code in {401, 403}
    assert git("ls-remote", forge.address(repository, leaver), check=False).returncode != 0
    assert "README.md" not in browser.get(f"/{ORGANISATION}/{repository}").text


def test_the_cookie_is_for_scripts_and_strangers_not_to_read(forge: Forge, author: Account) -> None:
    cookies = Browser.signed_in(forge, author).session.cookies
    session = next(cookie for cookie in cookies if cookie.name == "i_like_gitea")
    assert "HttpOnly" in session._rest
    assert session.secure is False
