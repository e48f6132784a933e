"""The program `dvc`, for what only DVC may do: write pointers and its cache."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from saigen.errors import BlockedError, NotPermittedError, UnreachableError
from saigen.git.repository import Repository
from saigen.installing import to_install


def dvc(repository: Repository, *arguments: str) -> None:
    """Run DVC in a checkout. Not with --quiet: with that it keeps the reason of a failure to itself.

    Raises:
        BlockedError: it is not installed, or it failed. UnreachableError, NotPermittedError: its remote does not
            answer, or refuses.
    """
    done = subprocess.run(
        [dvc_path(), *arguments],
        cwd=repository.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    said = [line.removeprefix("ERROR:").strip() for line in done.stderr.splitlines() if line.startswith("ERROR")]
    reason = "; ".join(said) or (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
    command = f"dvc {' '.join(arguments)}"
    lower = f"{done.stdout}\n{done.stderr}".lower()
    if any(words in lower for words in ("forbidden", "denied", "credentials", "not authorized", "(401)", "(403)")):
        raise NotPermittedError("the data's remote refuses", f"{command}: {reason}", "saigen doctor")
    if any(words in lower for words in ("connect", "timed out", "resolve", "unreachable")):
        raise UnreachableError("the data's remote does not answer", f"{command}: {reason}", "saigen doctor")
    raise BlockedError("DVC failed", f"{command}: {reason}", f"{command} --verbose")


def dvc_path() -> str:
    """Where the program is: beside the interpreter, as in a project's environment, else on PATH."""
    beside = Path(sys.executable).parent / "dvc"
    found = str(beside) if beside.exists() else shutil.which("dvc")
    if not found:
        raise BlockedError(
            "dvc is not installed here",
            f"expected it beside {sys.executable} or on PATH, found none",
            to_install("dvc[s3]"),
        )
    return found
