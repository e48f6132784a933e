"""What answers without credentials, asked of every route that the three services have, through the gateway.

The whole list: health, discovery with the client's wheel and the certificate, and what the forge's login page needs.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import requests
from saigen_tracking.routes import load_routes

from tests.integration.git.open_routes import OPEN_ROUTES, Route, api_routes, filled, web_routes
from tests.integration.person import Person
from tests.integration.stack import Stack

REFUSALS = {400, 401, 403, 404, 405, 421}
STRANGERS = {"nobody": None, "a wrong secret": ("author", "w" * 40), "an unknown name": ("nobody", "w" * 40)}

OPEN_ON_TRACKING = {"/health"}
OPEN_ON_EVERY_PORT = ["/.well-known/saigen/health"]
DISCOVERY = {"tracking": "/.well-known/saigen", "storage": "/.well-known/saigen/storage"}


def ask(platform: Stack, service: str, route: Route, login: tuple[str, str] | None) -> requests.Response:
    """One request through the gateway, without following redirects."""
    address = platform.urls[service] + filled(route.path)
    return requests.request(route.method, address, auth=login, allow_redirects=False, timeout=30)


def refuses(platform: Stack, service: str, route: Route, login: tuple[str, str] | None) -> bool:
    """Whether the route says no, or shows the way to the login page."""
    answer = ask(platform, service, route, login)
    location = answer.headers.get("Location", "")
    return answer.status_code in REFUSALS or (answer.is_redirect and "/user/login" in location)


def answering(platform: Stack, service: str, routes: Iterable[Route], login: tuple[str, str] | None) -> set[Route]:
    """Those of the routes that do not refuse."""
    return {route for route in routes if not refuses(platform, service, route, login)}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_every_route_of_tracking_asks_who_calls(platform: Stack, stranger: str) -> None:
    routes = [Route(route.method, route.template) for route in load_routes()]
    assert len(routes) > 400
    found = {route for route in routes if ask(platform, "tracking", route, STRANGERS[stranger]).status_code != 401}
    assert {route.path for route in found} == OPEN_ON_TRACKING


@pytest.mark.parametrize("stranger", STRANGERS)
def test_every_page_of_the_forge_asks_who_calls(platform: Stack, stranger: str) -> None:
    routes = [route for route in web_routes() if route not in OPEN_ROUTES]
    assert len(routes) > 700
    assert answering(platform, "git", routes, STRANGERS[stranger]) == set()


@pytest.mark.parametrize("stranger", STRANGERS)
def test_every_route_of_the_forges_api_asks_who_calls(platform: Stack, author: Person, stranger: str) -> None:
    with requests.Session() as session:
        signed_in = session.post(
            platform.urls["git"] + "/user/login",
            data={"user_name": author.login[0], "password": author.login[1]},
            headers={"Origin": platform.urls["git"], "Sec-Fetch-Site": "same-origin"},
            timeout=30,
        )
        assert signed_in.ok
        description = session.get(platform.urls["git"] + "/swagger.v1.json", timeout=30).json()
    routes = list(api_routes(description))
    assert len(routes) > 400
    assert answering(platform, "git", routes, STRANGERS[stranger]) == set()


@pytest.mark.parametrize("path", ["/swagger.v1.json", "/avatars/0123456789abcdef0123456789abcdef", "/user/sign_up"])
def test_a_strangers_session_is_not_a_login(platform: Stack, path: str) -> None:
    with requests.Session() as session:
        session.get(platform.urls["git"] + "/user/login", timeout=30)
        assert session.cookies
        answer = session.get(platform.urls["git"] + path, allow_redirects=False, timeout=30)
    assert answer.status_code == 404 or "/user/login" in answer.headers.get("Location", "")


@pytest.mark.parametrize("service", ["tracking", "storage", "git"])
def test_health_of_the_gateway_is_open(platform: Stack, service: str) -> None:
    for path in OPEN_ON_EVERY_PORT:
        assert requests.get(platform.urls[service] + path, timeout=10).status_code == 200


@pytest.mark.parametrize("service", DISCOVERY)
def test_discovery_is_open(platform: Stack, service: str) -> None:
    assert requests.get(platform.urls[service] + DISCOVERY[service], timeout=10).status_code == 200


@pytest.mark.parametrize("service", ["tracking", "storage", "git"])
def test_foreign_host_is_refused(platform: Stack, service: str) -> None:
    answer = requests.get(platform.urls[service], headers={"Host": "10.evil.example"}, timeout=10)
    assert answer.status_code in {403, 421}


@pytest.mark.parametrize("service", ["tracking", "git"])
def test_foreign_origin_is_refused_even_with_a_secret(author: Person, service: str) -> None:
    answer = author.request("GET", service, "/", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
