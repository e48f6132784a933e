"""Nobody is anonymous: every route that the forge has, asked without credentials, refuses, unless it is in the list."""

from __future__ import annotations

import re

import pytest
import requests

from tests.integration.git.forge import ORGANISATION, Account, Clone, Forge, git
from tests.integration.git.open_routes import CLOSED_BY_THE_GATEWAY, OPEN_ROUTES, Route, api_routes, web_routes
from tests.integration.git.pages import Browser

PARAMETER = re.compile(r"\{(?P<name>\w+)(?::(?P<form>(?:[^{}]|\{[^{}]*\})+))?\}|<[^>]*>|\*")
REFUSALS = {401, 403, 404, 405}


@pytest.fixture
def real(author: Account, repository: str, clone: Clone) -> dict[str, str]:
    """What exists, by the names of the routes' parameters: a refusal must not come from a wrong guess."""
    commit = clone.id_of("HEAD")
    return {
        "username": ORGANISATION, "org": ORGANISATION, "owner": ORGANISATION, "reponame": repository,
        "repo": repository, "branch": "main", "sha": commit, "ref": "main", "tag": "v1", "filepath": "README.md",
        "treepath": "README.md", "team": "members", "user": author.name, "hash": commit[2:], "head": commit[:2],
    }  # fmt: skip


def filled(route: Route, real: dict[str, str]) -> Route:
    """The route with every parameter filled in: with what exists where something does, else with 1."""

    def value(match: re.Match[str]) -> str:
        name, form = match["name"], match["form"] or ""
        if name in {"sha", "hash", "head"}:
            return real[name]
        if name is None:
            return "img/gitea.svg" if route.path.startswith("/assets/") else "branch/main/README.md"
        if form.startswith("["):
            return "a" * 40
        return real.get(name, form.split("|")[0] or "1")

    return Route(route.method, PARAMETER.sub(value, route.path))


def answers(forge: Forge, route: Route) -> str:
    """What an anonymous caller gets: "" for a refusal, else the status."""
    answer = forge.request(route.method, route.path, headers={"Accept": "*/*"})
    location = answer.headers.get("Location", "")
    if answer.status_code in REFUSALS or (answer.is_redirect and "/user/login" in location):
        return ""
    return f"{answer.status_code} {location}".strip()


def answering(forge: Forge, routes: list[Route], real: dict[str, str]) -> dict[Route, str]:
    """Those of the routes that do not refuse, and what they say."""
    found = {route: answers(forge, filled(route, real)) for route in routes}
    return {route: said for route, said in found.items() if said and route not in OPEN_ROUTES}


def test_every_page_refuses_but_those_that_the_gateway_closes(forge: Forge, real: dict[str, str]) -> None:
    routes = list(web_routes())
    assert len(routes) > 700
    assert set(answering(forge, routes, real)) == CLOSED_BY_THE_GATEWAY


def test_every_route_of_the_api_refuses(forge: Forge, author: Account, real: dict[str, str]) -> None:
    routes = list(api_routes(Browser.signed_in(forge, author).get("/swagger.v1.json").json()))
    assert len(routes) > 400
    assert answering(forge, routes, real) == {}


@pytest.mark.parametrize("route", sorted(OPEN_ROUTES), ids=lambda route: f"{route.method} {route.path}")
def test_the_list_names_only_what_answers(forge: Forge, real: dict[str, str], route: Route) -> None:
    assert answers(forge, filled(route, real)) != ""


def test_nobody_clones_or_pushes_without_a_name(forge: Forge, repository: str, clone: Clone) -> None:
    address = forge.address(repository)
    assert "could not read Username" in git("ls-remote", address, check=False).stderr
    assert "could not read Username" in clone.git("push", address, "HEAD:main", check=False).stderr


@pytest.mark.parametrize(
    "headers",
    [
        {"X-WEBAUTH-USER": "saigen-platform"},
        {"X-Forwarded-User": "saigen-platform", "X-Remote-User": "saigen-platform"},
        {"X-Gitea-Internal-Auth": "Bearer "},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic Og=="},
        {"Cookie": "i_like_gitea=0000000000000000; gitea_incredible=1:1"},
        {"Sudo": "saigen-platform"},
    ],
    ids=lambda headers: next(iter(headers)),
)
@pytest.mark.parametrize("path", ["/api/v1/user", "/api/v1/admin/users", "/api/internal/manager/processes", "/-/admin"])
def test_no_header_makes_somebody_of_nobody(forge: Forge, headers: dict[str, str], path: str) -> None:
    answer = forge.request("GET", path, headers=headers)
    assert answer.status_code in REFUSALS or "/user/login" in answer.headers.get("Location", "")


def test_a_refused_page_says_nothing_of_what_is_there(forge: Forge, repository: str) -> None:
    there = forge.request("GET", f"/{ORGANISATION}/{repository}")
    nowhere = forge.request("GET", f"/{ORGANISATION}/{'x' * len(repository)}")
    assert (there.status_code, len(there.text)) == (nowhere.status_code, len(nowhere.text))


def test_a_page_of_another_host_is_not_served_across(forge: Forge, author: Account) -> None:
    answer = requests.get(
        f"{forge.url}/api/v1/user", auth=(author.name, author.secret), headers={"Origin": "http://evil"}, timeout=30
    )
    assert "Access-Control-Allow-Origin" not in answer.headers
