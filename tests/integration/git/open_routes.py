"""The routes of the forge that answer without credentials: what the login page and the health check need, nothing else.

`OPEN_ROUTES` is the whole list of the platform: everything that is not in it refuses whoever is not signed in (401,
403, 404, or the way to the login page). tests/integration/test_open_routes.py holds the gateway to it, route by route;
test_anonymous.py the forge behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WEB_ROUTES = Path(__file__).with_name("web_routes.txt")
PARAMETER = re.compile(r"\{(?:[^{}]|\{[^{}]*\})+\}|<[^>]*>|\*")


@dataclass(frozen=True, order=True)
class Route:
    """A method and a path, as a pattern with {parameters} or with them filled in."""

    method: str
    path: str


OPEN_ROUTES: dict[Route, str] = {
    Route("GET", "/api/healthz"): "health: whether the forge and its database answer",
    Route("GET", "/user/login"): "the login page",
    Route("POST", "/user/login"): "its form",
    Route("GET", "/assets/*"): "its styles, scripts and pictures; the same for every installation",
    Route("GET", "/assets/site-manifest.json"): "its name and icons",
    Route("GET", "/favicon.ico"): "the way to its icon below /assets/",
    Route("GET", "/apple-touch-icon.png"): "the same",
    Route("GET", "/apple-touch-icon-precomposed.png"): "the same",
}

# Pages that the forge itself shows to anybody. The gateway closes them (infra/gateway/git.caddy): to everybody where
# they belong to something that is switched off, else to whoever is not signed in.
CLOSED_BY_THE_GATEWAY = {
    Route(*line.split(" ", 1))
    for line in (
        "GET /-/web-theme/list",
        "POST /-/web-theme/apply",
        "POST /-/web-banner/dismiss",
        "GET /.well-known/change-password",
        "GET /.well-known/passkey-endpoints",
        "GET /api/swagger",
        "GET /swagger.v1.json",
        "GET /openapi3.v1.json",
        "GET /avatar/{hash}",
        "GET /avatars/*",
        "GET /repo-avatars/*",
        "GET /user/avatar/{username}/{size}",
        "GET /user/logout",
        "GET /ssh_info",
        "GET /user/sign_up",
        "GET /user/forgot_password",
        "GET /user/recover_account",
        "POST /user/recover_account",
        "POST /user/activate",
        "GET /user/two_factor",
        "POST /user/two_factor",
        "GET /user/two_factor/scratch",
        "POST /user/two_factor/scratch",
        "GET /user/webauthn",
        "GET /user/webauthn/assertion",
        "POST /user/webauthn/assertion",
        "POST /user/link_account_signin",
        "POST /user/link_account_signup",
        "HEAD /",
    )
}


def filled(template: str) -> str:
    """The path with something in the place of each parameter."""
    return PARAMETER.sub("1", template)


def web_routes() -> Iterator[Route]:
    """Every route of the forge's pages, of Git over HTTP and of its inner API."""
    for line in WEB_ROUTES.read_text().splitlines():
        if line and not line.startswith("#"):
            yield Route(*line.split(" ", 1))


def api_routes(description: dict[str, dict[str, dict[str, object]]]) -> Iterator[Route]:
    """Every route of the API, from its own description (/swagger.v1.json)."""
    for path, methods in description["paths"].items():
        for method in methods:
            yield Route(method.upper(), f"/api/v1{path}")
