"""Every route of the running server, with no, with wrong and with another's credentials; and people who come and go."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

import pytest
import requests
from saigen_tracking.routes import MAINTAINER, OFF, PUBLIC, READ, Route, load_routes

from tests.integration.tracking.stack import PEOPLE, TrackingStack

ROUTES = load_routes()
CLOSED = [route for route in ROUTES if route.kind != PUBLIC]
UNKNOWN = [Route("GET", "/no-such-route", MAINTAINER), Route("POST", "/api/2.0/mlflow/new/route", MAINTAINER)]


def path_of(route: Route) -> str:
    """A path of this route, with ids that exist nowhere."""
    return re.sub(r"<(path:)?\w+>", "none", route.template)


def ask(session: requests.Session, stack: TrackingStack, route: Route) -> requests.Response:
    """The route with an empty JSON body."""
    body = {} if route.method in ("POST", "PUT", "PATCH", "DELETE") else None
    return session.request(route.method, stack.url + path_of(route), json=body, timeout=60, allow_redirects=False)


def session_of(*credentials: str) -> requests.Session:
    """A session that sends this name and secret, or none."""
    session = requests.Session()
    session.auth = credentials if credentials else None  # type: ignore[assignment]
    session.trust_env = False
    return session


@pytest.mark.parametrize("who", ["nobody", "wrong secret", "another's secret", "unknown name", "empty secret"])
def test_no_route_answers_without_the_right_name_and_secret(tracking: TrackingStack, who: str) -> None:
    credentials = {
        "nobody": (),
        "wrong secret": ("author", "x" * 40),
        "another's secret": ("author", tracking.secrets["captain"]),
        "unknown name": ("saigen-root", tracking.secrets["captain"]),
        "empty secret": ("captain", ""),
    }[who]
    session = session_of(*credentials)

    answers = {f"{r.method} {r.template}": ask(session, tracking, r).status_code for r in CLOSED + UNKNOWN}

    assert {route: status for route, status in answers.items() if status != 401} == {}


def test_only_health_and_readiness_answer_without_credentials(tracking: TrackingStack) -> None:
    assert tracking.call(None, "GET", "/health").text == "OK"
    assert set(tracking.call(None, "GET", "/ready").json()) == {"postgres", "artifacts"}


def test_a_viewer_is_refused_on_every_route_that_is_not_reading(tracking: TrackingStack) -> None:
    session = session_of("watcher", tracking.secrets["watcher"])

    allowed = [f"{r.method} {r.template}" for r in CLOSED + UNKNOWN if ask(session, tracking, r).status_code != 403]

    assert allowed == [f"{r.method} {r.template}" for r in CLOSED if r.kind == READ]


def test_a_member_is_refused_on_every_route_of_maintainers_and_every_one_that_is_off(tracking: TrackingStack) -> None:
    session = session_of("author", tracking.secrets["author"])
    closed = [route for route in CLOSED + UNKNOWN if route.kind in (MAINTAINER, OFF)]

    answers = {f"{r.method} {r.template}": ask(session, tracking, r).status_code for r in closed}

    assert {route: status for route, status in answers.items() if status != 403} == {}


def test_what_is_off_is_off_for_maintainers_too(tracking: TrackingStack) -> None:
    session = session_of("captain", tracking.secrets["captain"])

    answers = {r.template: ask(session, tracking, r).status_code for r in ROUTES if r.kind == OFF}

    assert set(answers.values()) == {403}


def test_the_page_of_runs_is_told_of_no_language_models(tracking: TrackingStack) -> None:
    question = "/ajax-api/2.0/mlflow/gateway-proxy?gateway_path=api/2.0/endpoints/"
    assert tracking.call("watcher", "GET", question).json() == {"endpoints": []}


def test_a_websocket_is_refused(tracking: TrackingStack) -> None:
    place = urlsplit(tracking.url)
    request = (
        f"GET /ws HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
        connection.sendall(request.encode())
        status = connection.recv(100).split(b" ")[1]

    assert status in (b"401", b"403")


def test_a_removed_person_is_refused_on_the_next_request_in_every_worker(tracking: TrackingStack) -> None:
    assert tracking.call("reviewer", "GET", "/version").status_code == 200
    remaining = {name: role for name, role in PEOPLE.items() if name != "reviewer"}

    tracking.set_people(remaining)
    answers = [tracking.call("reviewer", "GET", "/version").status_code for _ in range(20)]
    tracking.set_people(PEOPLE)

    assert set(answers) == {401}
    assert tracking.call("reviewer", "GET", "/version").status_code == 200


def test_a_changed_role_holds_on_the_next_request(tracking: TrackingStack) -> None:
    tracking.set_people({**PEOPLE, "author": "viewer"})
    answers = {tracking.api("author", "runs/create", {"experiment_id": "0"}).status_code for _ in range(10)}
    tracking.set_people(PEOPLE)

    assert answers == {403}
