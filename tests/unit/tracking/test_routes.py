"""Every route of the real app is in the table, and the table finds it again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from saigen_tracking.routes import MAINTAINER, OFF, PUBLIC, READ, RouteTable, load_routes
from saigen_tracking.rules import KINDS

ROUTES = load_routes()
TABLE = RouteTable(ROUTES)


@pytest.fixture(scope="module")
def real_routes(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Method and template of every route that MLflow's app has, Flask's and FastAPI's."""
    database = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("_MLFLOW_SERVER_FILE_STORE", f"sqlite:///{database}")
        from mlflow.server import app as flask_app
        from mlflow.server.fastapi_app import create_fastapi_app

    fastapi = {route for included in create_fastapi_app().routes for route in fastapi_routes(included)}
    flask = {(method, rule.rule) for rule in flask_app.url_map.iter_rules() for method in rule.methods or ()}
    return {(method, template) for method, template in fastapi | flask if method not in ("HEAD", "OPTIONS")}


def fastapi_routes(included: object) -> Iterator[tuple[str, str]]:
    """The routes of one included router, with path parameters written as Flask writes them."""
    contexts = getattr(included, "effective_route_contexts", None)
    if contexts is None:
        assert getattr(included, "path", None) == "", f"neither a router nor the mounted Flask app: {included!r}"
        return
    for context in contexts():
        template = re.sub(r"\{(\w+):path\}", r"<path:\1>", context.path)
        for method in context.original_route.methods:
            yield method, re.sub(r"\{(\w+)\}", r"<\1>", template)


def sample(template: str) -> str:
    """A path that this template stands for."""
    return re.sub(r"<\w+>", "one", re.sub(r"<path:\w+>", "two/levels", template))


def test_every_route_of_mlflow_is_classified(real_routes: set[tuple[str, str]]) -> None:
    assert real_routes - {(route.method, route.template) for route in ROUTES} == set()


def test_every_line_of_the_table_is_a_route_of_mlflow(real_routes: set[tuple[str, str]]) -> None:
    assert {(route.method, route.template) for route in ROUTES} - real_routes == set()


def test_no_route_is_classified_twice() -> None:
    assert [key for key, times in Counter((r.method, r.template) for r in ROUTES).items() if times > 1] == []


def test_every_class_of_the_table_has_a_rule_and_a_reason() -> None:
    assert {route.kind for route in ROUTES} <= KINDS
    assert all(route.why for route in ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_the_table_finds_a_request_where_mlflow_would_route_it(route: object) -> None:
    found = TABLE.find(route.method, sample(route.template)).route  # type: ignore[attr-defined]

    assert found == route


def test_only_health_answers_without_credentials() -> None:
    assert [route.template for route in ROUTES if route.kind == PUBLIC] == ["/health"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/new-route"),
        ("POST", "/api/2.0/mlflow/runs/create/"),
        ("POST", "//api/2.0/mlflow/runs/create"),
        ("POST", "/API/2.0/mlflow/runs/create"),
        ("DELETE", "/api/2.0/mlflow/runs/create"),
        ("POST", "/api/2.0/mlflow/../mlflow/runs/search"),
        ("PROPFIND", "/"),
        ("PUT", "/health"),
        ("GET", "/health/"),
        ("POST", "/api/4.0/mlflow/runs/search"),
    ],
)
def test_what_the_table_does_not_know_is_for_maintainers(method: str, path: str) -> None:
    assert TABLE.find(method, path).route.kind == MAINTAINER


def test_head_is_get_and_options_reads() -> None:
    assert TABLE.find("HEAD", "/api/2.0/mlflow/runs/get").route.kind == READ
    assert TABLE.find("OPTIONS", "/api/2.0/mlflow/runs/create").route.kind == READ


def test_a_path_gives_its_values() -> None:
    assert TABLE.find("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/a/b c").values == {"artifact_path": "1/a/b c"}
    assert TABLE.find("DELETE", "/api/2.0/mlflow/logged-models/m-1/tags/k").values == {
        "model_id": "m-1",
        "tag_key": "k",
    }


@pytest.mark.parametrize("part", ["assistant", "/gateway/secrets/create", "/jobs", "webhooks", "/invoke"])
def test_what_would_run_or_call_out_is_off(part: str) -> None:
    assert {route.kind for route in ROUTES if part in route.template} == {OFF}


def test_nothing_is_sent_to_language_models() -> None:
    assert TABLE.find("POST", "/ajax-api/2.0/mlflow/gateway-proxy").route.kind == OFF


def test_no_route_that_only_reads_by_its_method_changes_anything() -> None:
    """Every GET is read, public or off; a new GET in another class would need a body rule of its own."""
    assert {route.kind for route in ROUTES if route.method == "GET"} <= {READ, PUBLIC, OFF}
