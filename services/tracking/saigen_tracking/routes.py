"""The table of routes (routes.toml) and finding a request in it. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.resources import files

import tomllib

PUBLIC, READ, MAINTAINER, OFF = "public", "read", "maintainer", "off"
_PREFIXES = ("/api", "/ajax-api")
_PARAMETER = re.compile(r"<(?:(path):)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One method and path template, and the class that says who may use it."""

    method: str
    template: str
    kind: str
    why: str = ""


@dataclass(frozen=True)
class Match:
    """The route that a request is for, and what stands in its path."""

    route: Route
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Pattern:
    regex: re.Pattern[str]
    route: Route


class RouteTable:
    """Finds the class of a request."""

    def __init__(self, routes: list[Route]) -> None:
        self.routes = routes
        self._exact: dict[tuple[str, str], Match] = {}
        self._patterns: dict[str, list[_Pattern]] = defaultdict(list)
        for route in routes:
            if _PARAMETER.search(route.template):
                self._patterns[route.method].append(_Pattern(_regex(route.template), route))
            else:
                self._exact[route.method, route.template] = Match(route)
        for patterns in self._patterns.values():
            patterns.sort(key=lambda pattern: _literal_characters(pattern.route.template), reverse=True)

    def find(self, method: str, path: str) -> Match:
        """The route of a request; one that the table does not know belongs to maintainers."""
        if method == "HEAD":
            method = "GET"
        if exact := self._exact.get((method, path)):
            return exact
        for pattern in self._patterns.get(method, ()):
            if found := pattern.regex.fullmatch(path):
                return Match(pattern.route, found.groupdict())
        return Match(Route(method, path, READ if method == "OPTIONS" else MAINTAINER))


def load_routes(text: str | None = None) -> list[Route]:
    """The routes of the shipped table, or of `text` in its format."""
    document = tomllib.loads(
        text if text is not None else files(__package__).joinpath("routes.toml").read_text("utf-8")
    )
    return [
        Route(method, template, group["class"], group["why"])
        for group in document["group"]
        for line in group["routes"].strip().splitlines()
        for method, template in _expand(*line.split())
    ]


def _expand(method: str, template: str) -> list[tuple[str, str]]:
    if template.startswith("~"):
        return [(method, prefix + template[1:]) for prefix in _PREFIXES]
    return [(method, template)]


def _regex(template: str) -> re.Pattern[str]:
    parts, position = [], 0
    for parameter in _PARAMETER.finditer(template):
        parts.append(re.escape(template[position : parameter.start()]))
        parts.append(f"(?P<{parameter[2]}>{'.+' if parameter[1] else '[^/]+'})")
        position = parameter.end()
    return re.compile("".join(parts) + re.escape(template[position:]), re.DOTALL)


def _literal_characters(template: str) -> int:
    return len(_PARAMETER.sub("", template))
