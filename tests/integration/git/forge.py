"""A forge to use or to attack: where it is, who has an account, and how one talks to it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import string
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.shipped import Container, health_check, network, started, volume
from tests.waiting import eventually

PLATFORM = "saigen-platform"
ORGANISATION = "team"
ROLES = {"author": "member", "keeper": "maintainer"}  # of the accounts that the tests make, as bootstrap writes them
UNITS = {
    "repo.code": "write",
    "repo.releases": "write",
    "repo.issues": "write",
    "repo.pulls": "write",
    "repo.wiki": "write",
}


def random_secret() -> str:
    """40 letters and digits, as `init` writes them."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))


@dataclass(frozen=True)
class Account:
    """A name and its one secret."""

    name: str
    secret: str


@dataclass(frozen=True)
class Forge:
    """A running forge with its database."""

    url: str
    container: Container
    database: Container
    platform: Account

    def request(self, method: str, path: str, account: Account | None = None, **options: Any) -> requests.Response:
        """One request, without following redirects; anonymous unless an account is given."""
        credentials = (account.name, account.secret) if account else None
        return requests.request(method, self.url + path, auth=credentials, allow_redirects=False, timeout=30, **options)

    def api(self, method: str, path: str, account: Account | None = None, **options: Any) -> requests.Response:
        """One request to the API."""
        return self.request(method, f"/api/v1{path}", account, **options)

    def administer(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One request of the platform's account that must succeed; its answer, decoded."""
        answer = self.api(method, path, self.platform, json=body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def new_account(self, name: str) -> Account:
        """A person, as bootstrap makes one."""
        account = Account(name, random_secret())
        body = {
            "username": name,
            "email": f"{name}@example.org",
            "password": account.secret,
            "must_change_password": False,
        }
        self.administer("POST", "/admin/users", body)
        return account

    def new_team(self, name: str, *members: Account, creates_repositories: bool = False) -> None:
        """A team of the organisation that writes to all repositories, made as bootstrap makes teams: by its units."""
        body = {
            "name": name,
            "permission": "none",
            "includes_all_repositories": True,
            "can_create_org_repo": creates_repositories,
            "units_map": UNITS,
        }
        team = self.administer("POST", f"/orgs/{ORGANISATION}/teams", body)
        for member in members:
            self.administer("PUT", f"/teams/{team['id']}/members/{member.name}")

    def new_repository(self, name: str, **settings: Any) -> None:
        """A repository of the organisation with one commit on main."""
        self.administer("POST", f"/orgs/{ORGANISATION}/repos", {"name": name, "auto_init": True, **settings})

    def new_commit(self, repository: str) -> None:
        """One more commit on main, made on the server."""
        body = {"content": "", "message": "Add a file", "branch": "main"}
        self.administer("POST", f"/repos/{ORGANISATION}/{repository}/contents/{random_secret()}", body)

    def address(self, repository: str, account: Account | None = None) -> str:
        """The clone URL, with credentials where an account is given."""
        login = f"{account.name}:{account.secret}@" if account else ""
        return f"{self.url.replace('://', f'://{login}')}/{ORGANISATION}/{repository}.git"

    def refs(self, repository: str) -> dict[str, str]:
        """All refs of a repository and their objects, read on the server itself."""
        path = f"/data/repositories/{ORGANISATION}/{repository}.git"
        lines = self.container.execute("git", "-C", path, "for-each-ref", "--format=%(refname) %(objectname)").stdout
        return dict(line.split(" ", 1) for line in lines.splitlines())


@dataclass(frozen=True)
class Clone:
    """A person's clone of a repository."""

    path: Path

    def git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Git in the clone."""
        return git("-C", str(self.path), *arguments, check=check)

    def commit(self, message: str) -> str:
        """One more commit on what is checked out; its id."""
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.id_of("HEAD")

    def id_of(self, name: str) -> str:
        """The id of a commit, tag or tree."""
        return self.git("rev-parse", name).stdout.strip()


def git(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run Git as somebody who has no settings of their own."""
    identity = {
        f"GIT_{who}_{what}": f"tester{at}"
        for who in ("AUTHOR", "COMMITTER")
        for what, at in (("NAME", ""), ("EMAIL", "@example.org"))
    }
    environment = {
        **{key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ},
        **identity,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    done = subprocess.run(
        ["git", *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0 or not check, f"git {arguments}: {done.stderr}"
    return done


def git_secrets(database_secret: str) -> dict[str, str]:
    """What `init` writes for the forge: file name to content."""
    return {
        "pgpass": f"postgres:5432:git:git:{database_secret}",
        "secret-key": random_secret(),
        "internal-token": random_secret(),
        "jwt-secret": urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("="),
        "admin-password": random_secret(),
        "gate-credentials": f"[default]\naws_access_key_id = gate\naws_secret_access_key = {random_secret()}\n",
    }


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def watched(service: str, *options: str) -> Iterator[Container]:
    """A service with its health check, which Docker starts again when it ends."""
    with started(service, "--restart=unless-stopped", "--volume=/data", *health_check(service), *options) as container:
        yield container


@contextmanager
def running_database(net: str, secret: str) -> Iterator[Container]:
    """PostgreSQL with the forge's database."""
    files = {"git-password": secret, "mlflow-password": random_secret(), "bootstrap-password": random_secret()}
    with (
        volume("postgres", files) as mount,
        watched("postgres", mount, f"--network={net}", "--network-alias=postgres") as database,
    ):
        eventually(lambda: database.health == "healthy", say=database.logs)
        yield database


@contextmanager
def running_forge(*options: str) -> Iterator[Forge]:
    """The forge as the compose file runs it, healthy, with a database of its own."""
    database_secret = random_secret()
    files = git_secrets(database_secret)
    roles = {"roles.json": json.dumps({"version": 1, "roles": {PLATFORM: "maintainer", **ROLES}})}
    port = free_port()
    publish = [f"--publish=127.0.0.1:{port}:3000", f"--env=SAIGEN_GIT_PORT={port}"]
    with (
        network() as net,
        running_database(net, database_secret) as database,
        volume("git", files) as mount,
        volume("git", roles, target="/gate") as gate,
        watched("git", mount, gate, f"--network={net}", *publish, *options) as container,
    ):
        eventually(lambda: container.health == "healthy", say=container.logs)
        platform = Account(PLATFORM, files["admin-password"])
        yield Forge(f"http://localhost:{port}", container, database, platform)
