"""The one place that runs Git. Its errors become ours; arguments are lists, never a shell's."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.errors import BlockedError

# Whatever a person has set up (hooks, prompts, a pager, another language) must not change what a command means.
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1"}


NAME_THE_AUTHOR = 'git config --global user.name "YOUR NAME" && git config --global user.email YOU@EXAMPLE.ORG'
# What Git says where it refuses to commit for want of a name or an address.
_NO_AUTHOR = ("unable to auto-detect", "Please tell me who you are", "empty ident name", "no email was given")


class GitError(BlockedError):
    """Git refused. `output` is what it said."""

    def __init__(self, arguments: tuple[str, ...], output: str) -> None:
        said = output.strip().splitlines()
        self.output = output
        if any(sign in output for sign in _NO_AUTHOR):
            super().__init__("git does not know who commits", said[-1], NAME_THE_AUTHOR)
            return
        super().__init__(
            f"git {arguments[0] if arguments else ''} failed",
            said[-1] if said else "it said nothing",
            "git " + " ".join(arguments),
        )


@dataclass(frozen=True)
class Repository:
    """A checkout, or a bare repository."""

    root: Path

    @classmethod
    def containing(cls, folder: Path) -> Repository | None:
        """The repository whose working tree `folder` is in; None outside of any, or where Git is missing."""
        try:
            done = _git(folder, ("rev-parse", "--show-toplevel"), {}, None)
        except OSError:
            return None
        return cls(Path(done.stdout.decode().rstrip("\n"))) if done.returncode == 0 else None

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None, given: bytes | None = None) -> str:
        """What a command prints, as text without the last line end.

        Args:
            environment: variables for this command beside the process's own.
            given: bytes for its standard input.

        Raises:
            GitError: Git refused. BlockedError: there is no Git.
        """
        return self.run_bytes(*arguments, environment=environment, given=given).decode(errors="replace").rstrip("\n")

    def run_bytes(
        self, *arguments: str, environment: Mapping[str, str] | None = None, given: bytes | None = None
    ) -> bytes:
        """What a command prints. Raises as `run` does."""
        try:
            done = _git(self.root, arguments, environment or {}, given)
        except FileNotFoundError as error:
            raise BlockedError("git is not installed", "expected `git` on PATH, found none", "install git") from error
        if done.returncode != 0:
            raise GitError(arguments, done.stderr.decode(errors="replace"))
        return done.stdout

    def lines(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
        """What a command prints, line by line, however much that is. Raises as `run` does, at the end."""
        with (
            tempfile.TemporaryFile() as said,
            subprocess.Popen(
                _words(self.root, arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                env={**os.environ, **_QUIET, **(environment or {})},
            ) as process,
        ):
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            for line in process.stdout:
                yield line.decode(errors="replace").rstrip("\n")
            if process.wait() != 0:
                said.seek(0)
                raise GitError(arguments, said.read().decode(errors="replace"))

    def ask(self, *arguments: str) -> str | None:
        """What a command prints, or None where Git has no answer, as for a file that a commit does not hold."""
        try:
            return self.run(*arguments)
        except GitError:
            return None

    def commit(self, revision: str) -> str | None:
        """Full id of the commit that a revision names, or None."""
        return self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")

    def branch(self) -> str | None:
        """Name of the branch that is checked out; None on a detached HEAD."""
        return self.ask("symbolic-ref", "--quiet", "--short", "HEAD")

    def remote_url(self, name: str = "origin") -> str | None:
        """URL of a remote as it is used (after `insteadOf`), with whatever credentials it holds."""
        return self.ask("remote", "get-url", name)

    def tags(self, *where: str) -> list[str]:
        """Names of tags: all, or those that `where` (`--merged HEAD`, `--points-at X`) selects."""
        return self.run("tag", "--list", *where).splitlines()

    def file(self, revision: str, path: str) -> bytes | None:
        """Content of a file in a commit, or None where it has none."""
        try:
            return self.run_bytes("cat-file", "blob", f"{revision}:{path}")
        except GitError:
            return None

    def contents(self, revision: str, paths: Sequence[str]) -> dict[str, bytes]:
        """Content by path of several files of a commit, by one Git process. Files that it has not are left out."""
        found = self.objects([f"{revision}:{path}" for path in paths])
        return {path: found[name] for path in paths if (name := f"{revision}:{path}") in found}

    def objects(self, names: Sequence[str]) -> dict[str, bytes]:
        """Content by name (`<revision>:<path>`) of files of any commits, by one Git process; those that are there."""
        if not names:
            return {}
        answer = self.run_bytes("cat-file", "--batch", given=b"".join(os.fsencode(name) + b"\n" for name in names))
        found: dict[str, bytes] = {}
        start = 0
        for name in names:
            end = answer.index(b"\n", start)
            head, start = answer[start:end], end + 1
            if head.endswith((b" missing", b" ambiguous")):
                continue
            size = int(head.rpartition(b" ")[2])
            found[name] = answer[start : start + size]
            start += size + 1
        return found

    def files(self, revision: str) -> list[str]:
        """Paths of all files in a commit, relative to the root."""
        listed = self.run_bytes("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision)
        return [os.fsdecode(path) for path in listed.split(b"\0") if path]

    def modes(self, revision: str) -> dict[str, str]:
        """Git's mode of everything in a commit, by path: `120000` for a link, `160000` for a submodule."""
        return parse_modes(self.run_bytes("ls-tree", "-r", "-z", "--full-tree", revision))


def parse_modes(listed: bytes) -> dict[str, str]:
    """Mode by path from what `git ls-tree -r -z` prints."""
    entries = (entry.partition(b"\t") for entry in listed.split(b"\0") if entry)
    return {os.fsdecode(path): head[:6].decode() for head, _, path in entries}


def repository_here(folder: Path | None = None) -> Repository:
    """The repository around a folder, by default the working directory. Raises BlockedError outside of any."""
    place = folder or Path.cwd()
    found = Repository.containing(place)
    if found is None:
        raise BlockedError("there is no repository here", f"expected a checkout around {place}", "cd into a checkout")
    return found


def _words(folder: Path, arguments: tuple[str, ...]) -> list[str]:
    return ["git", "-C", str(folder), *arguments]


def _git(
    folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str], given: bytes | None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        _words(folder, arguments),
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        env={**os.environ, **_QUIET, **environment},
        check=False,
    )
