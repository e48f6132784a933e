"""Where artifacts may live, and whose a path is."""

from __future__ import annotations

import pytest
from saigen_tracking import places
from saigen_tracking.errors import Refusal
from saigen_tracking.places import Place

RUN = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (f"1/{RUN}/artifacts/model/MLmodel", Place("run", RUN)),
        (f"1/{RUN}/artifacts", Place("run", RUN)),
        (f"12/{RUN}/artifacts/with space/100%.txt", Place("run", RUN)),
        (f"12/{RUN}/artifacts/ü/x#y", Place("run", RUN)),
        (f"12/{RUN}/artifacts/a%20b.txt", Place("run", RUN)),
        (f"1/models/m-{RUN}/artifacts/MLmodel", Place("model", f"m-{RUN}")),
        ("1/traces/tr-1a/artifacts/traces.json", Place("trace", "tr-1a")),
    ],
)
def test_a_path_says_whose_it_is(path: str, place: Place) -> None:
    assert places.owner_of(path) == place


@pytest.mark.parametrize(
    "path",
    [
        f"1/{RUN}/artifacts/../../{OTHER}/artifacts/x",
        f"1/{RUN}/artifacts/%2e%2e/%2e%2e/{OTHER}/artifacts/x",
        f"1/{RUN}/artifacts/%252e%252e%252f{OTHER}/x",
        f"1/{RUN}/artifacts/a%2f..%2f..%2f..%2f{OTHER}/artifacts/x",
        f"1/%66{OTHER[1:]}/artifacts/x",
        f"1%2f{OTHER}%2fartifacts/{RUN}/artifacts/x",
        f"1/{RUN}/artifacts//x",
        f"/1/{RUN}/artifacts/x",
        f"1/{RUN}/artifacts/./x",
        f"1/{RUN}/artifacts/x/",
        f"1/{RUN}/artifacts/..\\..\\x",
        f"1/{RUN}/artifacts/a\x00b",
        f"1/{RUN}/artifacts/a%0ab",
        f"1/{RUN}/artifacts/%" + "25" * 12 + "2e",
    ],
)
def test_a_path_that_could_mean_another_is_refused(path: str) -> None:
    with pytest.raises(Refusal) as refusal:
        places.owner_of(path)
    assert refusal.value.status in (400, 403)


@pytest.mark.parametrize(
    "path",
    ["x", f"1/{RUN}/x", f"1/{RUN[:-1]}/artifacts/x", f"a/{RUN}/artifacts/x", "1/models/x/artifacts/y", f"1/{RUN}"],
)
def test_what_is_nobodys_place_is_refused(path: str) -> None:
    with pytest.raises(Refusal) as refusal:
        places.owner_of(path)
    assert refusal.value.status == 403


def test_artifacts_live_where_the_platform_puts_them() -> None:
    places.require_own_store(None, "artifact_location")
    places.require_own_store("", "artifact_location")


@pytest.mark.parametrize(
    "location", ["file:///etc", "s3://other/x", "mlflow-artifacts:/7", "/srv/x", "saigen://mlflow/1", " ", ["x"], 0]
)
def test_a_place_that_the_client_chose_is_refused(location: object) -> None:
    with pytest.raises(Refusal):
        places.require_own_store(location, "artifact_location")


@pytest.mark.parametrize(
    "source", ["runs:/abc/model", f"models:/m-{RUN}", "mlflow-artifacts:/1/x/artifacts/m", "models:/a/1"]
)
def test_a_version_may_come_from_the_platforms_store(source: str) -> None:
    places.require_source(source, prompt=False)


@pytest.mark.parametrize(
    "source",
    [
        "file:///secrets",
        "/secrets",
        "s3://dvc/demo",
        "saigen://mlflow/1/x",
        "http://storage:9000/mlflow/x",
        "mlflow-artifacts://evil.example/1/x",
        "runs://evil/x",
        "models://evil/x",
        "dummy-source",
        "RUNS:/x",
        "",
    ],
)
def test_a_version_from_elsewhere_is_refused(source: str) -> None:
    with pytest.raises(Refusal):
        places.require_source(source, prompt=False)


def test_a_prompt_has_no_files_and_says_so() -> None:
    places.require_source("dummy-source", prompt=True)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil", "x"])
def test_a_link_that_a_browser_would_run_is_refused(link: str) -> None:
    with pytest.raises(Refusal):
        places.require_web_link(link)
