"""What the models of two runs predict for the same rows, asked in the environment of the run. Never their bytes.

One process does that for an execution. It begins while the training runs, so that it has loaded what it needs when that
ends; it is the last in line for the processor, and sees no graphics card.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Timer
from typing import IO

from saigen.reproduce.compare import Predictions
from saigen.reproduce.observe import labels
from saigen.text import printable
from saigen.tracking import LoggedModel

_PROGRAM = Path(__file__).with_name("predict.py")
_LONGEST = 600  # seconds for one model


@contextmanager
def predictor(python: Path, code: Path, environment: Mapping[str, str]) -> Iterator[Predictor]:
    """Who compares models.

    Args:
        code: folder with the code of the run, for models that are made of it.
        environment: variables; its TMPDIR is where models are put meanwhile.
    """
    with contextlib.ExitStack() as stack:

        def start() -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [str(python), "-I", str(_PROGRAM), str(code)],
                env={**environment, "CUDA_VISIBLE_DEVICES": ""},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
            stack.callback(_end, process)
            return process

        yield Predictor(start)


class Predictor:
    """Asks the process, which begins with the first question."""

    def __init__(self, start: Callable[[], subprocess.Popen[str]]) -> None:
        self._start = start

    @cached_property
    def _process(self) -> subprocess.Popen[str]:
        return self._start()

    def prepare(self, originals: Sequence[LoggedModel]) -> None:
        """Let it load the first of these models, and what all of them need."""
        for model in originals[:1]:
            self._send({"original": model.uri})

    def compare(self, originals: Sequence[LoggedModel], made: Sequence[LoggedModel]) -> list[Predictions]:
        """Compare each model of one run with the one of the same name of the other."""
        names = labels(made)
        theirs = {names[model.id]: model for model in made}
        found = []
        for model in originals:
            name = labels(originals)[model.id]
            found.append(self._compare(name, model, theirs[name]) if name in theirs else _not_logged(name))
        return found

    def _compare(self, name: str, original: LoggedModel, made: LoggedModel) -> Predictions:
        late = Timer(_LONGEST, self._process.kill)
        late.start()
        self._send({"original": original.uri, "made": made.uri})
        line = _open(self._process.stdout).readline()
        late.cancel()
        if not line:
            return Predictions(name, reason=f"not compared: loading it failed, or took longer than {_LONGEST} s")
        said = json.loads(line)
        if isinstance(said.get("difference"), float | int):
            return Predictions(name, float(said["difference"]))
        return Predictions(name, reason=f"not compared: {printable(str(said.get('reason')))}")

    def _send(self, request: Mapping[str, str]) -> None:
        # A process that is gone is found out when its answer is read.
        with contextlib.suppress(OSError):
            pipe = _open(self._process.stdin)
            pipe.write(json.dumps(request) + "\n")
            pipe.flush()


def _not_logged(name: str) -> Predictions:
    return Predictions(name, float("inf"))


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            _open(pipe).close()


def _open(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None  # noqa: S101 - every pipe was asked for
    return pipe
