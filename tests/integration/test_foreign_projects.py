"""What a member of another project, or a wrong secret, may do, by every route of storage and forge: nothing.

(Tracking has no walls between projects: who may write to whose runs is asked route by route in tracking/.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import botocore.session
import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.integration.git.open_routes import Route, api_routes, filled, web_routes
from tests.integration.person import Person
from tests.integration.stack import Stack

KEY = "flights/foreign/object"
CONTENT = b"of the project flights"
# What everybody with a name may ask: it says nothing of any project. (The two lists are one request.)
OPEN_IN_STORAGE = {"ListBuckets", "ListDirectoryBuckets", "GetBucketLocation"}
# Requests that need more words than their route to be what they are called; without them they are another one's.
WORDS = {
    "AbortMultipartUpload": "?uploadId=1",
    "CompleteMultipartUpload": "?uploadId=1",
    "ListParts": "?uploadId=1",
    "UploadPart": "?partNumber=1&uploadId=1",
    "UploadPartCopy": "?partNumber=1&uploadId=1",
}
COPIED = {"CopyObject", "UploadPartCopy"}
REPOSITORY = re.compile(r"/(?:repos/\{owner\}/\{repo\}|\{username\}/\{reponame\})")


def storage_requests() -> Iterator[tuple[str, str, str]]:
    """Name, method and path of every operation of S3, as its own description says them, on data of flights."""
    model = botocore.session.get_session().get_service_model("s3")
    for name in model.operation_names:
        said = model.operation_model(name).http
        path = said["requestUri"].replace("{Bucket}", "dvc").replace("{Key+}", KEY)
        yield name, said["method"], path + WORDS.get(name, "")


def signed(method: str, url: str, keys: tuple[str, str], headers: dict[str, str]) -> requests.Response:
    """One request to the storage, signed as botocore does it."""
    asked = AWSRequest(method, url, headers=headers, data=b"")
    S3SigV4Auth(Credentials(*keys), "s3", "us-east-1").add_auth(asked)
    return requests.request(method, url, headers=dict(asked.headers), data=b"", timeout=30)


@pytest.fixture
def kept(author: Person) -> Iterator[str]:
    """An object of the project flights, which is still there and the same afterwards."""
    author.s3().put_object(Bucket="dvc", Key=KEY, Body=CONTENT)
    yield KEY
    assert author.s3().get_object(Bucket="dvc", Key=KEY)["Body"].read() == CONTENT


@pytest.mark.parametrize(
    ("secret", "allowed"), [(None, OPEN_IN_STORAGE), ("w" * 40, set())], ids=["another project's", "wrong"]
)
def test_every_operation_of_the_storage_refuses(
    platform: Stack, outsider: Person, kept: str, secret: str | None, allowed: set[str]
) -> None:
    keys = (outsider.exports["AWS_ACCESS_KEY_ID"], secret or outsider.exports["AWS_SECRET_ACCESS_KEY"])
    done = set()
    for name, method, path in storage_requests():
        headers = {"x-amz-copy-source": f"/dvc/{kept}"} if name in COPIED else {}
        answer = signed(method, platform.urls["storage"] + path, keys, headers)
        if answer.ok:
            done.add(name)
        assert CONTENT not in answer.content, name
    assert done == allowed


def repository_routes(routes: Iterator[Route]) -> list[Route]:
    """Those of one repository, filled in with that of flights."""
    return [
        Route(route.method, filled(path))
        for route in routes
        if (path := REPOSITORY.sub(_flights, route.path)) != route.path
    ]


def _flights(found: re.Match[str]) -> str:
    return "/repos/team/flights" if found[0].startswith("/repos/") else "/team/flights"


def refused(ask: Callable[[Route], requests.Response], routes: list[Route]) -> dict[Route, int]:
    """Status by route of those that do not refuse."""
    answers = {route: ask(route).status_code for route in routes}
    return {route: status for route, status in answers.items() if status not in {401, 403, 404, 405}}


def test_every_route_of_a_foreign_repository_refuses(platform: Stack, outsider: Person) -> None:
    with requests.Session() as session:
        session.headers.update({"Origin": platform.urls["git"], "Sec-Fetch-Site": "same-origin"})
        form = dict(zip(("user_name", "password"), outsider.login, strict=True))
        assert session.post(f"{platform.urls['git']}/user/login", data=form, timeout=30).ok
        description = session.get(f"{platform.urls['git']}/swagger.v1.json", timeout=30).json()

        def as_page(route: Route) -> requests.Response:
            url = platform.urls["git"] + route.path
            return session.request(route.method, url, allow_redirects=False, timeout=30)

        def by_api(route: Route) -> requests.Response:
            return outsider.request(route.method, "git", route.path, json={}, allow_redirects=False)

        pages, calls = repository_routes(web_routes()), repository_routes(api_routes(description))
        assert (len(pages) > 300, len(calls) > 200) == (True, True), (len(pages), len(calls))
        assert refused(as_page, pages) == {}
        assert refused(by_api, calls) == {}
