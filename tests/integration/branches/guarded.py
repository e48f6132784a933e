"""A project whose branches have rules, and what people do in it."""

from __future__ import annotations

import random
import string
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from tests.integration.declared import project_of_the_team
from tests.integration.desk import Clone
from tests.integration.person import Person
from tests.integration.stack import Stack

PROJECT = "guarded"
RULES = "\n[branches]\n" + "".join(
    f"{kind} = {{}}\n" for kind in ("main", "raw", "clean", "split", "dev", "stable", "monitor", "analysis")
)


@contextmanager
def guarded_project(platform: Stack, captain: Person) -> Iterator[None]:
    """The project, with author and reviewer as members, and rules that a maintainer pushed to its default branch."""
    with project_of_the_team(platform, PROJECT):
        desk = Desk.of(captain)
        if RULES not in (desk.root / "saigen.toml").read_text():  # the project stays when a file of tests ends
            desk.append("saigen.toml", RULES)
            desk.append(".gitattributes", "*.dvc merge=saigen\n")
            desk.commit("Say what branches mean")
            desk.accepted("main")
        yield


@dataclass(frozen=True)
class Desk(Clone):
    """A person's clone of the project."""

    @classmethod
    def of(cls, person: Person) -> Desk:
        """A fresh clone."""
        return cls.fresh(person, PROJECT)

    def write(self, path: str, content: str | bytes) -> None:
        """A file with this content."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def append(self, path: str, text: str) -> None:
        """More at the end of a file."""
        self.write(path, (self.root / path).read_text() + text)

    def branch(self, name: str, start: str = "origin/main") -> None:
        """A new branch, checked out."""
        self.git("fetch", "--quiet", "origin")
        self.git("checkout", "--quiet", "--no-track", "-B", name, start)

    def commit(self, message: str, *trailers: str) -> str:
        """Everything as one commit; its id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message, *(f"--trailer={one}" for one in trailers))
        return self.git("rev-parse", "HEAD")

    def data(self, path: str) -> None:
        """A directory of three small files that nobody else has, under DVC."""
        for number in range(3):
            self.write(f"{path}/{number}.csv", f"x\n{uuid.uuid4()}\n")
        self.run("dvc", "add", "--quiet", path)

    def branch_with_data(self, branch: str, path: str, *, sent: bool = True) -> None:
        """A new branch, checked out, with a directory of data as one commit; its data is pushed, and the branch not."""
        self.branch(branch)
        self.data(path)
        self.commit("Add data")
        if sent:
            self.run("dvc", "push", "--quiet")

    def push(self, branch: str, *options: str, value: str = "HEAD") -> subprocess.CompletedProcess[str]:
        """`git push`, whatever comes of it."""
        ref = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
        return self.run("git", "push", *options, "origin", f"{value}:{ref}", check=False)

    def accepted(self, branch: str, *options: str, value: str = "HEAD") -> str:
        """Push, and it is let in; what was said."""
        done = self.push(branch, *options, value=value)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def refused(self, branch: str, *said: str, options: tuple[str, ...] = (), value: str = "HEAD") -> str:
        """Push, and it is refused with a reason and the next command; what was said."""
        done = self.push(branch, *options, value=value)
        assert_refused(done.stderr, *said)
        assert done.returncode != 0
        return done.stderr

    def api(self, method: str, path: str, **body: Any) -> requests.Response:
        """A call of the forge's API in this repository."""
        return self.person.request(method, "git", f"/api/v1/repos/team/{PROJECT}{path}", json=body)

    def tip(self, branch: str) -> str | None:
        """Where a branch of the server is."""
        return self.git("ls-remote", "origin", f"refs/heads/{branch}")[:40] or None


def a_token() -> str:
    """Looks as GitHub's tokens do; made here, so that no file of ours holds one."""
    return "gh" + "p_" + "".join(random.choices(string.ascii_letters + string.digits, k=36))


def assert_refused(text: str, *said: str) -> None:
    """A refusal says what, why and what next, and these words."""
    text = text.replace("remote: ", "")
    assert [words for words in ("refused: ", "why: ", "next: ", *said) if words not in text] == [], text
