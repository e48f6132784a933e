"""What running a run again means: which commit, which command, with what. Pure.

Everything here comes from tags, and tags can be written by others. What has not the expected form is refused, with the
reason; nothing is repaired and nothing is guessed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from saigen.data.pointer import is_inside
from saigen.errors import BlockedError, NotPermittedError
from saigen.recording import Code, Command, Data, Environment
from saigen.reproduce.variables import split_environment
from saigen.text import printable
from saigen.tracking import Run

PYTHON = re.compile(r"python(?:3(?:\.\d{1,2}t?)?)?")
_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_MASKED = re.compile(r"\*{3,}")
# Python's own options that take the next word with them.
_WITH_VALUE = frozenset({"-X", "-W", "--check-hash-based-pycs"})
_LAUNCHERS = ("ipykernel_launcher", "ipykernel", "colab_kernel_launcher", "pytest", "<console>", "<stdin>", "-c")


# Where nothing is run.
NO_COMMAND = Command(())


@dataclass(frozen=True)
class Plan:
    """What would be done to run one run again.

    Attributes:
        run, author: the run, and who made it.
        repository, commit: where its code is. `tag`: the data version that stands for a commit that is not recorded.
        command: with only those environment variables that may be taken over.
        usual: it runs a file or module of the commit. Anything else is asked about each time.
        environment: what it ran in, where that is recorded.
        notes: what the person should know before they believe the verdict.
    """

    run: str
    author: str
    repository: str
    commit: str
    command: Command
    usual: bool
    environment: Environment | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Origin:
    """Where the code of a run is: a commit, or, where none is recorded, a tag that names its data version."""

    repository: str
    commit: str | None
    tag: str | None


def require_comparable(run: Run) -> None:
    """Refuse a run that nothing could be compared with.

    Raises:
        BlockedError: it has not finished, or it did not succeed.
    """
    if run.status == "FINISHED":
        return
    states = {"RUNNING": "it is still running", "SCHEDULED": "it has not begun"}
    raise BlockedError(
        f"run {run.id} cannot be reproduced",
        f"expected a run that finished, found that {states.get(run.status, f'it ended as {run.status}')}",
        "choose another run",
    )


def origin_of(run: Run) -> Origin:
    """Where a run's code is.

    Raises:
        BlockedError: its tags do not say, or say that its data was never what its commit points to.
    """
    recording = run.recording
    state = recording.state
    if state and state.data is Data.MODIFIED:
        changed = "; ".join(state.notes) or ", ".join(recording.data) or "its data"
        raise BlockedError(
            f"run {run.id} used data that nobody else can get",
            f"expected what its commit points to, found modified: {printable(changed)}",
            "dvc commit && saigen data push, then train again    (whoever ran it)",
        )
    if not recording.repository:
        raise BlockedError(
            f"run {run.id} does not say where its code is",
            "expected the tag saigen.repository or mlflow.source.git.repoURL, found neither",
            "record runs: install saigen beside mlflow, or run inside a clone",
        )
    tag = None if recording.commit else _named_version(run)
    if not recording.commit and not tag:
        raise BlockedError(
            f"run {run.id} does not say which code it ran",
            "expected a full commit id in saigen.commit or mlflow.source.git.commit, or a named data_version",
            "choose a recorded run",
        )
    return Origin(recording.repository, recording.commit, tag)


def plan_of(run: Run, origin: Origin, commit: str, files: Collection[str], recorded: Command | None = None) -> Plan:
    """The plan for a run.

    Args:
        commit: the commit that `origin` leads to.
        files: paths of all files in that commit.
        recorded: its command, where that is too long for a tag.

    Raises:
        BlockedError: there is no command to run. NotPermittedError: the command is none that may be run.
    """
    recording = run.recording
    notes: list[str] = []
    command = recorded or recording.command
    if command is None:
        command = _guessed_command(run, files)
        notes.append(f"the command was not recorded: {' '.join(command.arguments)} is what MLflow says of it")
    usual = check_command(command, files)
    environment, left_out = split_environment(command.environment)
    if left_out:
        notes.append(f"not taken over from the recording: {printable(', '.join(left_out))}")
    needs = tuple(name for name in command.needs if split_environment({name: ""})[0])
    notes.extend(_doubts(run))
    return Plan(
        run=run.id,
        author=run.user or "unknown",
        repository=origin.repository,
        commit=commit,
        command=Command(command.arguments, command.directory, environment, needs),
        usual=usual,
        environment=recording.environment,
        notes=tuple(notes),
    )


def check_command(command: Command, files: Collection[str]) -> bool:
    """Whether a command runs a file or module of the commit; False for any other program of the environment.

    Raises:
        NotPermittedError: it would run something that is neither. BlockedError: part of it is not recorded.
    """
    first, *words = command.arguments
    if command.directory and not is_inside(command.directory):
        raise _refused(command, f"it starts outside of the repository, in {command.directory!r}")
    if any("\0" in word for word in command.arguments):
        raise _refused(command, "a word of it holds a null byte")
    if masked := next((word for word in words if _MASKED.search(word)), None):
        raise BlockedError(
            "the command holds a secret that was not recorded",
            f"expected every word, found {printable(masked)}",
            "give secrets by environment variable: reproduce asks for those by name",
        )
    if PYTHON.fullmatch(first):
        return _check_python(command, words, files)
    if not _PROGRAM.fullmatch(first):
        raise _refused(command, f"{first!r} is neither `python` nor a program of the run's own environment")
    return False


def entry_of(arguments: Collection[str]) -> tuple[str, str]:
    """What an interpreter is told to run: ("file", path), ("module", name), ("code", text) or ("nothing", "")."""
    words = iter(list(arguments)[1:])
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif word.startswith("-m") and not word.startswith("--"):
            return "module", word[2:] or next(words, "")
        elif word.startswith("-c") and not word.startswith("--"):
            return "code", word[2:] or next(words, "")
        elif word == "-" or not word.startswith("-"):
            return ("nothing", "") if word == "-" else ("file", word)
    return "nothing", ""


def program_of(command: Command) -> str:
    """The program that does the work: `dvc` for `dvc repro` and for `python -m dvc repro` alike."""
    kind, name = entry_of(command.arguments) if command.arguments else ("nothing", "")
    python = bool(command.arguments) and PYTHON.fullmatch(command.arguments[0]) is not None
    return name if python and kind == "module" else next(iter(command.arguments), "")


def _check_python(command: Command, words: list[str], files: Collection[str]) -> bool:
    kind, name = entry_of(["python", *words])
    if kind == "nothing":
        raise BlockedError(
            "the run was typed into an interpreter",
            "expected a script or a module, found neither",
            "choose another run",
        )
    if kind == "code":
        return False
    if kind == "module":
        return _module_in(name, command.directory, files)
    path = posixpath.normpath(posixpath.join(command.directory, name))
    if not is_inside(path) or not (path in files or posixpath.join(path, "__main__.py") in files):
        raise _refused(command, f"{printable(name)} is not a file of the commit")
    return True


def _module_in(name: str, directory: str, files: Collection[str]) -> bool:
    path = name.replace(".", "/")
    places = (posixpath.normpath(posixpath.join(place, path)) for place in (directory or ".", "src"))
    return any(f"{place}.py" in files or f"{place}/__main__.py" in files for place in places)


def _guessed_command(run: Run, files: Collection[str]) -> Command:
    """`python FILE`, where MLflow recorded the file that was run and exactly one file of the commit is it."""
    source = run.tags.get("mlflow.source.name", "")
    found = _matching(source, files)
    if posixpath.basename(source).removesuffix(".py") in _LAUNCHERS or found is None:
        raise BlockedError(
            f"run {run.id} does not say which command made it",
            f"expected saigen.command, or a script of the commit in mlflow.source.name; found {printable(source)!r}",
            "saigen reproduce RUN --no-run    (code and data; then run it by hand)",
        )
    return Command(("python", found))


def _matching(source: str, files: Collection[str]) -> str | None:
    """The longest end of a path, relative or of another machine, that is a file of the commit; None without one."""
    path = posixpath.normpath(source.replace("\\", "/"))
    if not path.endswith(".py"):
        return None
    if path in files:
        return path
    ends = path.lstrip("/").split("/")
    for start in range(len(ends)):
        suffix = "/".join(ends[start:])
        if suffix in files:
            return suffix
    return None


def _named_version(run: Run) -> str | None:
    version = run.recording.data_version or ""
    return version if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*_v[1-9]\d{0,17}", version) else None


def _doubts(run: Run) -> list[str]:
    recording, notes = run.recording, []
    state = recording.state
    if state and state.code is Code.PARTIAL:
        notes.append(f"something that ran is not in the commit: {printable('; '.join(state.notes)) or 'not said what'}")
    if recording.unrecorded:
        notes.append(f"it read files that nobody tracks: {printable(recording.unrecorded)}")
    if run.tags.get("uncommitted_changes") == "yes":
        notes.append("its author says that it ran with uncommitted changes")
    if recording.environment is None:
        notes.append("its environment was not recorded: the lock file of its commit is installed")
    return notes


def _refused(command: Command, reason: str) -> NotPermittedError:
    return NotPermittedError(
        "the command of this run is not run",
        f"{reason}: {printable(' '.join(command.arguments))}",
        "look at the run: who wrote its tag saigen.command?",
    )


def same_data(recorded: Mapping[str, str], pointed: Mapping[str, str | None]) -> list[str]:
    """Paths whose recorded hash is not the one that the commit's pointer names."""
    return sorted(path for path, md5 in recorded.items() if pointed.get(path) != md5)
