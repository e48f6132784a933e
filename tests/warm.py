"""Python programs that start warm: one process imports what they need, and forks for each of them.

To import MLflow or DVC takes seconds, many times what the programs of these tests do then. Each of them still is a
process of its own, with its own arguments, folder, variables, streams and exit code.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import marshal
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

# What DVC and MLflow import while they work, as far as it takes time: those of `sys.modules` after, and not before.
DVC = (
    *("dvc.cli.parser", "dvc.repo", "dvc.repo.graph", "dvc.repo.index", "dvc.repo.push", "dvc.repo.worktree"),
    *("dvc.cachemgr", "dvc.daemon", "dvc.data_cloud", "dvc.dirs", "dvc.lock", "dvc.output", "dvc.rwlock", "dvc.scm"),
    *("dvc.dependency", "dvc.stage.cache", "dvc.utils.strictyaml", "dvc_data.hashfile.db.local", "dvc_render"),
    *("dvc_data.index.checkout", "dvc_data.index.fetch", "dvc_data.index.push", "dulwich.repo", "networkx", "rich"),
)
# And what it imports for a remote in S3.
S3 = ("aiobotocore.session", "aiohttp", "botocore.signers", "dvc_s3", "s3fs")
MLFLOW = (
    *("mlflow.pyfunc", "mlflow.models.display_utils", "mlflow.store.tracking.sqlalchemy_workspace_store", "git"),
    *("mlflow.store.tracking.sqlalchemy_store", "mlflow.store.model_registry.sqlalchemy_store"),
)
_LENGTH = 4  # bytes that say how long a request is
_BLOCK = 1 << 16

# Started for each program in its place, so it imports next to nothing.
_STARTER = """\
#!{python} -IS
import marshal, os, socket, sys
request = marshal.dumps(({words!r} + sys.argv[1:], os.getcwd(), dict(os.environ)))
with socket.socket(socket.AF_UNIX) as warm:
    warm.connect({address!r})
    socket.send_fds(warm, [len(request).to_bytes({length}, "big")], [0, 1, 2])
    warm.sendall(request)
    code = warm.recv(1)
sys.exit(code[0] if code else 1)
"""


@contextlib.contextmanager
def program(folder: Path, name: str, modules: Sequence[str], *words: str) -> Iterator[Path]:
    """An executable file that runs a Python script in a fork of a process that has imported these modules.

    Args:
        folder: where the file is made. words: the script and what always follows; without any, the first argument is
            the script, as for `python`.
    """
    starter, address = folder / name, str(folder / f"{name}.socket")
    starter.write_text(
        _STARTER.format(python=sys.executable, words=list(words), address=address, length=_LENGTH), encoding="utf-8"
    )
    starter.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)  # whoever comes before the modules are imported waits
        environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
        command = [sys.executable, __file__, str(listener.fileno()), *modules]
        warm = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[listener.fileno()], env=environment)
    with warm:  # it ends when its standard input does, so also with a test run that is killed
        yield starter


def _serve(listener: socket.socket) -> socket.socket:
    """Fork for everybody who connects; returns in the fork. Ends with standard input."""
    while True:
        if sys.stdin in select.select([listener, sys.stdin], [], [])[0]:
            sys.exit()
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return connection
        connection.close()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _read(connection: socket.socket) -> tuple[list[int], list[str], str, dict[str, str]]:
    """The request: streams, words, folder, variables."""
    length, streams, _, _ = socket.recv_fds(connection, _LENGTH, 3)
    request = b""
    while len(request) < int.from_bytes(length, "big"):
        request += connection.recv(_BLOCK)
    words, folder, variables = marshal.loads(request)  # noqa: S302 - from our own starter
    return streams, words, folder, variables


def _wait_for(child: int, connection: socket.socket) -> NoReturn:
    """Tell the starter how its program ended; end the program where the starter is gone."""
    ended = os.pidfd_open(child)
    if ended not in select.select([connection, ended], [], [])[0]:
        os.kill(child, signal.SIGTERM)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(BrokenPipeError):
        connection.send(bytes([code % 256]))
    os._exit(0)


def _become(streams: Sequence[int], words: list[str], folder: str, variables: dict[str, str]) -> None:
    """Be what Python is when it starts a script."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    os.chdir(folder)
    sys.argv[:] = words
    sys.orig_argv[:] = [sys.executable, *words]
    sys.path[0] = str(Path(words[0]).resolve().parent)


def _run(script: str) -> NoReturn:
    """Run a script and end as Python does, but for taking all modules apart, which takes longer than most scripts."""
    code: int | str | None = None
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def main() -> None:
    """`python warm.py FILE-DESCRIPTOR MODULE...`"""
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        for module in sys.argv[2:]:
            importlib.import_module(module)
        gc.freeze()  # so that no fork copies all of it, only to look for garbage
        connection = _serve(listener)
    streams, words, folder, variables = _read(connection)
    if child := os.fork():
        _wait_for(child, connection)
    connection.close()
    _become(streams, words, folder, variables)
    _run(words[0])


if __name__ == "__main__":
    main()
