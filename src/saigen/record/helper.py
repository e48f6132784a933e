"""The process that outlives a training. Small on purpose: one waits beside each training, on the standard library
alone. The work itself is done by `saigen.record.finish`, in a process that ends when it is done.

    python -I -S helper.py MODE FOLDER PID STARTED PROCESS      MODE: wait (for the process's end as well), once
                                                                FOLDER: of the recording, in the spool
                                                                PROCESS: the file to hold until the process has ended
"""

import fcntl
import os
import select
import subprocess
import sys
import time

_TURNS = 2  # processes that do the work at once, however many trainings one person has: each takes 50 MB
FINISH = "import sys; sys.path.pop(0); from saigen.record.finish import main; sys.exit(main(sys.argv[1:]))"


def main() -> None:
    """Let go of the training, finish its first recording, wait for its end, finish what is left."""
    mode, folder, pid, started = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    if os.fork():
        os._exit(0)
    os.nice(10)
    if mode == "wait" and len(sys.argv) > 5:  # a training that began before this client was installed names no file
        hold(sys.argv[5])
    finish(folder, "begun", os.path.basename(folder))  # noqa: PTH119 - see below
    if mode == "wait":
        wait(pid, started)
        finish(folder, "ended", str(pid), started)


def hold(file: str) -> None:
    """Hold a file until this process ends, so that others who cannot see the training know that it runs."""
    try:
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120 - see below
        fcntl.flock(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return  # a full disk, or one without locks: others see the training when they are on its machine


def finish(folder: str, stage: str, *arguments: str) -> None:
    """Do the work in a process of its own, in turn. That process does others' work as well, so little may be left."""
    turn = os.open(f"{folder}/../../turn-{os.getpid() % _TURNS}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if os.path.exists(f"{folder}/entry.json") and not os.path.exists(f"{folder}/{stage}"):  # noqa: PTH110
            subprocess.run([sys.executable, "-c", FINISH, stage, *arguments], check=False)
    finally:
        os.close(turn)


def wait(pid: int, started: str) -> None:
    """Return when a process has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        descriptor = None
    if not is_running(pid, started):
        return
    if descriptor is not None:
        select.select([descriptor], [], [])
        return
    while is_running(pid, started):
        time.sleep(2)


def is_running(pid: int, started: str) -> bool:
    """Whether the process is there, and is no later one with the same id."""
    if not os.path.isdir("/proc"):  # noqa: PTH112 - pathlib alone would double what this process imports
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[19] == started and fields[0] != "Z"


if __name__ == "__main__":
    main()
