"""A person's clone of a project of the team, and commands in it: what the desks of several projects have in common."""

from __future__ import annotations

import json
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.integration.person import Person


@dataclass(frozen=True)
class Clone:
    """A person's clone of a project. `root`: its folder."""

    person: Person
    root: Path
    project: str

    @classmethod
    def fresh(cls, person: Person, project: str) -> Self:
        """A new clone, beside others that the person has."""
        root = person.home / f"{project}-{uuid.uuid4().hex[:8]}"
        person.run("git", "clone", "--quiet", f"{person.exports['SAIGEN_GIT_URL']}/{project}.git", str(root))
        return cls(person, root, project)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command in the clone."""
        return self.person.run(*command, cwd=self.root, check=check)

    def git(self, *arguments: str) -> str:
        """What Git prints."""
        return self.run("git", *arguments).stdout.strip()

    def saigen(self, *arguments: str, exit_code: int = 0) -> Any:
        """A command of the client, with the exit code that is expected; its JSON, or the words of a refusal."""
        done = self.run("saigen", *arguments, "--json", check=False)
        assert done.returncode == exit_code, f"saigen {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout or exit_code == 0 else {"said": done.stderr}
