"""`saigen data push` and `pull` by who may not, and without a storage."""

from __future__ import annotations

from tests.integration.client.transfer.places import Place, write
from tests.integration.person import Person
from tests.integration.stack import free_ports


def test_a_viewer_may_pull_and_not_push(pushed: Place, watcher: Person) -> None:
    other = pushed.colleague(watcher)
    other.saigen("pull")
    write(other.root, {"mine.txt": b"mine"})
    other.run("dvc", "add", "--quiet", "mine.txt")
    refused = other.run("saigen", "data", "push", check=False)
    assert refused.returncode == 5, refused.stderr


def test_who_is_not_in_the_project_may_not_pull(pushed: Place, outsider: Person) -> None:
    refused = pushed.colleague(outsider).run("saigen", "data", "pull", check=False)
    assert refused.returncode == 5, refused.stderr


def test_a_storage_that_is_away_is_said(pushed: Place, author: Person) -> None:
    (port,) = free_ports(1)
    away = Person(author.name, author.home, {**author.exports, "AWS_ENDPOINT_URL_S3": f"http://localhost:{port}"}, {})
    refused = away.run("saigen", "data", "push", cwd=pushed.root, check=False)
    assert refused.returncode == 4, refused.stderr
