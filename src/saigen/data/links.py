"""How content gets from the cache into the workspace: reflink, hardlink, symlink or copy, by DVC's `cache.type`."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Sequence

from saigen.errors import BlockedError

DRAFT = ".saigen-draft"
_FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file
_MODE = 0o666
_UNSUPPORTED = frozenset(
    {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY, errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EPERM, errno.EMLINK}
)


class Linker:
    """Places files. A kind of link that the file system does not know is tried once, and not again.

    Args:
        links: kinds, in order of preference.
    """

    def __init__(self, links: Sequence[str]) -> None:
        self._kinds = [kind for kind in links if kind in _KINDS]
        mask = os.umask(0)
        os.umask(mask)
        self._mode = _MODE & ~mask

    def place(self, source: str, target: str, *, executable: bool = False) -> None:
        """Make `target` hold the content of `source`, at once: nobody sees half a file. What was there is replaced.

        Raises:
            BlockedError: none of the kinds works here. OSError: the target cannot be written.
        """
        folder, name = os.path.split(target)
        draft = f"{folder}/.{name[:100]}.{secrets.token_hex(6)}{DRAFT}"
        try:
            kind = self._make(source, draft)
            if kind in {"reflink", "copy"}:
                mode = self._mode | (stat.S_IXUSR if executable else 0)
                os.chmod(draft, mode)  # noqa: PTH101 - called for every file
            os.replace(draft, target)  # noqa: PTH105
        except BaseException:
            if os.path.lexists(draft):
                os.unlink(draft)  # noqa: PTH108
            raise

    def _make(self, source: str, draft: str) -> str:
        while self._kinds:
            kind = self._kinds[0]
            try:
                _KINDS[kind](source, draft)
            except OSError as error:
                if len(self._kinds) == 1 or error.errno not in _UNSUPPORTED:
                    raise
                self._kinds.pop(0)
            else:
                return kind
        raise BlockedError(
            "content cannot be linked into the workspace",
            "expected cache.type to name reflink, hardlink, symlink or copy, found none of them",
            "dvc config cache.type reflink,copy",
        )


def _reflink(source: str, target: str) -> None:
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, "reflinks are made on Linux only", target)
    import fcntl

    with open(source, "rb", buffering=0) as old:  # noqa: PTH123
        new = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        try:
            fcntl.ioctl(new, _FICLONE, old.fileno())
        except OSError:
            os.unlink(target)  # noqa: PTH108
            raise
        finally:
            os.close(new)


def _copy(source: str, target: str) -> None:
    old = os.open(source, os.O_RDONLY)
    try:
        new = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        try:
            _copy_range(old, new, source, target)
        finally:
            os.close(new)
    finally:
        os.close(old)


def _copy_range(old: int, new: int, source: str, target: str) -> None:
    left = os.fstat(old).st_size
    try:
        while left > 0:
            done = os.copy_file_range(old, new, left)
            if done == 0:
                break
            left -= done
    except (OSError, AttributeError):  # another file system, or a system without it
        shutil.copyfile(source, target)


_KINDS: dict[str, Callable[[str, str], None]] = {
    "reflink": _reflink,
    "hardlink": os.link,
    "symlink": os.symlink,
    "copy": _copy,
}
