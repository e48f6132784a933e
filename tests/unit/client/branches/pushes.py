"""A clone with a remote, whose pushes are judged as the server judges them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from saigen.branches.push import Pusher, RefChange, Refusal, judge_push, tips_of
from saigen.git.repository import Repository
from saigen.project import Project, parse_project

RULES = '[project]\nname = "birds"\n[branches]\n' + "".join(
    f"{kind} = {{}}\n" for kind in ("main", "raw", "clean", "split", "dev", "stable", "monitor", "analysis")
)
MEMBER = Pusher("ada")
MAINTAINER = Pusher("cleo", "maintainer")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@dataclass(frozen=True)
class Clone:
    """A clone of a remote. `push` asks the rules first, and only then pushes."""

    root: Path
    remote: Path
    project: Project

    def write(self, path: str, content: str = "1\n") -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(content)

    def commit(self, *paths: str, message: str = "Change", content: str = "1\n") -> str:
        """Write the same content to these paths, and commit everything. Its id."""
        for path in paths:
            self.write(path, content)
        git(self.root, "add", "--all", "--force")
        git(self.root, "commit", "--quiet", "--allow-empty", "-m", message)
        return git(self.root, "rev-parse", "HEAD")

    def switch(self, branch: str, start: str = "main") -> None:
        """Go to a branch; a new one begins at `start`."""
        if git(self.root, "branch", "--list", branch):
            git(self.root, "switch", "--quiet", branch)
        else:
            git(self.root, "switch", "--quiet", "--create", branch, start)

    def judge(self, *branches: str, who: Pusher = MEMBER) -> list[Refusal]:
        """What the server says of pushing these branches."""
        here, there = Repository(self.root), Repository(self.remote)
        for branch in branches:  # the objects alone, as they wait on the server while the hook decides
            git(self.root, "push", "--quiet", "--force", "origin", f"{branch}:refs/waiting/{branch}")
        changes = [
            RefChange(f"refs/heads/{branch}", there.commit(f"refs/heads/{branch}"), here.commit(branch))
            for branch in branches
        ]
        return judge_push(there, self.project, changes, who, tips=tips_of(there))

    def follow(self, refusal: Refusal, **given: str) -> None:
        """Run what a refusal says is next, without what stands behind it in brackets."""
        command = refusal.next.partition("    (")[0]
        for word, value in given.items():
            assert word in command
            command = command.replace(word, value)
        subprocess.run(["bash", "-ec", command], cwd=self.root, check=True, capture_output=True)

    def push(self, *branches: str, who: Pusher = MEMBER) -> None:
        """Push what the rules allow. Fails where they do not."""
        refusals = self.judge(*branches, who=who)
        assert refusals == [], refusals
        git(self.root, "push", "--quiet", "origin", *branches)


def clone_of_new(folder: Path, rules: str = RULES) -> Clone:
    """A clone on main of a remote that has one commit."""
    git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git")
    git(folder, "clone", "--quiet", "remote.git", "here")
    root = folder / "here"
    for key, value in (("user.name", "ada"), ("user.email", "a@b.c"), ("commit.gpgSign", "false")):
        git(root, "config", key, value)
    git(root, "switch", "--quiet", "--create", "main")
    clone = Clone(root, folder / "remote.git", parse_project(rules))
    clone.commit("saigen.toml", content=rules, message="First")
    git(root, "push", "--quiet", "origin", "main")
    git(root, "remote", "set-head", "origin", "main")
    return clone
