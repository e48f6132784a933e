"""What DVC's files say about data: `*.dvc` pointers and `dvc.lock`. Pure, and the only reader of that format.

Read directly and not through DVC: importing it takes a quarter of a second, and it takes the repository's lock.
Formats: DVC 3 (`hash: md5`), and DVC 2, which differs by its layout in the remote.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from saigen.errors import BlockedError

LOCK = "dvc.lock"
STAGES = "dvc.yaml"
OURS = frozenset({".git", ".dvc"})
_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Output:
    """One file or directory that DVC tracks.

    Attributes:
        path: relative to the repository's root, with `/`.
        pointer: path of the `.dvc` file or `dvc.lock` that says so.
        md5: hash of the content as DVC writes it (`.dir` at the end for a directory); None where none is recorded.
        size: bytes, for a directory the sum. files: number of files in a directory. None where not recorded.
        remote: name of the remote it goes to; None for the project's default.
        legacy: True for DVC 2's layout in the remote (no `files/md5/`).
        elsewhere: why its content is not in one of this project's remotes by hash; None where it is.
        executable: True where the pointer says so of a file (`isexec`).
    """

    path: str
    pointer: str
    md5: str | None
    size: int | None = None
    files: int | None = None
    remote: str | None = None
    legacy: bool = False
    elsewhere: str | None = None
    executable: bool = False

    @property
    def is_directory(self) -> bool:
        """Whether the content is a directory."""
        return self.md5 is not None and self.md5.endswith(".dir")

    @property
    def short(self) -> str:
        """The first seven characters of the hash, as in `flights_v3+1a2b3c4`; empty where none is recorded."""
        return (self.md5 or "")[:7]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a directory: path relative to the directory, with `/`, and the md5 of its content."""

    path: str
    md5: str


def is_pointer(path: str) -> bool:
    """Whether a file's path is one that DVC keeps pointers in. `.dvc/` is DVC's own folder."""
    name = posixpath.basename(path)
    return (name == LOCK or (name.endswith(".dvc") and name != ".dvc")) and "/.dvc/" not in f"/{path}"


def read_outputs(files: Mapping[str, bytes]) -> list[Output]:
    """All outputs that these files declare, by path.

    Args:
        files: content by path relative to the root: pointers and `dvc.lock`, and each lock's `dvc.yaml` beside it.

    Raises:
        BlockedError: a file is not what DVC writes (a merge conflict, for example).
    """
    found: list[Output] = []
    for path, content in files.items():
        if posixpath.basename(path) == LOCK:
            stages = files.get(posixpath.join(posixpath.dirname(path), STAGES), b"")
            found.extend(parse_lock(path, content, stages))
        elif is_pointer(path):
            found.extend(parse_pointer(path, content))
    return sorted(found, key=lambda output: output.path)


def parse_pointer(path: str, content: bytes) -> list[Output]:
    """The outputs of one `.dvc` file. Raises BlockedError where it is not one."""
    document = _load(path, content)
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), str(document.get("wdir") or ".")))
    imported = _imported(_listed(path, document.get("deps")))
    return [_output(path, folder, entry, imported) for entry in _entries(path, document.get("outs"))]


def parse_lock(path: str, content: bytes, stages: bytes = b"") -> list[Output]:
    """The outputs of all stages in a `dvc.lock`. Raises BlockedError where it is not one.

    Args:
        stages: the `dvc.yaml` beside it, which alone says of an output that it is not cached or not pushed.
    """
    folder = posixpath.dirname(path) or "."
    options = _stage_options(posixpath.join(posixpath.dirname(path), STAGES), stages) if stages else {}
    locked = _table(path, _load(path, content).get("stages"))
    found = []
    for stage in locked.values():
        for entry in _entries(path, _table(path, stage).get("outs")):
            found.append(_output(path, folder, {**options.get(str(entry["path"]), {}), **entry}, None))
    return found


def parse_directory(content: bytes, source: str = "a directory's list") -> list[Entry]:
    """The files of a directory, from its `.dir` object: a JSON list of `{"md5", "relpath"}`.

    Raises:
        BlockedError: it is something else, or a path in it leaves the directory.
    """
    import json

    try:
        listed = [Entry(str(item["relpath"]), str(item["md5"])) for item in json.loads(content)]
    except (ValueError, TypeError, KeyError) as error:
        raise _broken(source, "it is not a list of md5 and relpath") from error
    for entry in listed:
        if not _MD5.fullmatch(entry.md5) or not is_inside(entry.path):
            raise _broken(source, f"the entry {entry.path!r} is not a file inside the directory")
    return listed


def render_directory(entries: Iterable[Entry]) -> bytes:
    """The bytes of a `.dir` object, exactly as DVC writes them: its md5 is the directory's hash."""
    import json

    listed = [{"md5": entry.md5, "relpath": entry.path} for entry in sorted(entries, key=lambda e: e.path)]
    return json.dumps(listed).encode()


def render_pointer(output: Output, before: bytes | None = None) -> bytes:
    """The bytes of a `.dvc` file with one output, as `dvc add` writes them; for data of DVC 2 as that did.

    Args:
        before: the file that it replaces: what people wrote into it (`desc`, `meta`) stays.

    Raises:
        BlockedError: `before` is no pointer to one output.
    """
    document = _load(output.pointer, before) if before else {"outs": [{}]}
    outs = document.get("outs")
    if not isinstance(outs, list) or len(outs) != 1 or not isinstance(outs[0], dict):
        raise _broken(output.pointer, "it does not have exactly one output")
    said = {
        "md5": output.md5,
        "size": output.size,
        "nfiles": output.files,
        "isexec": output.executable or None,
        "hash": None if output.legacy else "md5",
        "path": posixpath.basename(output.path),
        "remote": output.remote,
    }
    kept = {key: value for key, value in outs[0].items() if key not in said}
    outs[0] = {**{key: value for key, value in said.items() if value is not None}, **kept}
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return text.encode()


def is_inside(path: str) -> bool:
    """Whether a relative path stays inside its folder, on every system."""
    return (
        bool(path)
        and not path.startswith("/")
        and "\\" not in path
        and ".." not in path.split("/")
        and "\0" not in path
    )


def is_ours(path: str) -> bool:
    """Whether a path lies in a folder of Git's or DVC's own, on every system."""
    return not OURS.isdisjoint(path.lower().split("/"))


def _output(pointer: str, folder: str, entry: Mapping[str, Any], imported: str | None) -> Output:
    path = posixpath.normpath(posixpath.join(folder, str(entry["path"])))
    md5 = entry.get("md5")
    if md5 is not None and not _MD5.fullmatch(str(md5)):
        raise _broken(pointer, f"{path}: {md5!r} is not an md5")
    outside = "://" in str(entry["path"]) or not is_inside(path)
    return Output(
        path=path,
        pointer=pointer,
        md5=str(md5) if md5 is not None else None,
        size=_number(entry.get("size")),
        files=_number(entry.get("nfiles")),
        remote=entry.get("remote"),
        legacy=entry.get("hash") is None,
        elsewhere=_elsewhere(entry, imported, outside),
        executable=entry.get("isexec") is True,
    )


def _elsewhere(entry: Mapping[str, Any], imported: str | None, outside: bool) -> str | None:
    if imported:
        return imported
    if outside:
        return "it lies outside of the repository"
    if entry.get("cache") is False:
        return "it is not cached (cache: false)"
    if entry.get("push") is False:
        return "it is not pushed (push: false)"
    if entry.get("cloud") or entry.get("files") or entry.get("version_id"):
        return "its remote keeps versions by path (version_aware)"
    return None


def _imported(dependencies: Iterable[Any]) -> str | None:
    for dependency in dependencies:
        repository = dependency.get("repo") if isinstance(dependency, dict) else None
        if isinstance(repository, dict):
            return f"it is imported from {repository.get('url')} at {repository.get('rev_lock')}"
        if isinstance(dependency, dict) and dependency.get("db"):
            return "it is imported from a database"
    return None


def _entries(path: str, outs: Any) -> Iterator[Mapping[str, Any]]:
    for entry in _listed(path, outs):
        if not isinstance(entry, dict) or "path" not in entry:
            raise _broken(path, "an output has no path")
        yield entry


def _stage_options(path: str, content: bytes) -> dict[str, Mapping[str, Any]]:
    """What `dvc.yaml` says beside the name of an output, by the path as the lock writes it."""
    options: dict[str, Mapping[str, Any]] = {}
    for stage in _table(path, _load(path, content).get("stages")).values():
        body = _table(path, stage)
        body = _table(path, body.get("do", body))
        for kind in ("outs", "metrics", "plots"):
            for entry in _listed(path, body.get(kind)):
                if isinstance(entry, dict):
                    options.update({str(name): said for name, said in entry.items() if isinstance(said, dict)})
    return options


def _load(path: str, content: bytes) -> dict[str, Any]:
    try:
        document = yaml.load(content, Loader=_LOADER)  # noqa: S506 - both loaders are safe ones
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _broken(path, "it is not YAML (an unfinished merge?)") from error
    if not isinstance(document, dict):
        raise _broken(path, "it is not a table")
    return document


def _table(path: str, value: Any) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise _broken(path, f"a table was expected instead of {value!r:.40}")
    return value or {}


def _listed(path: str, value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise _broken(path, f"a list was expected instead of {value!r:.40}")
    return value or []


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _broken(path: str, found: str) -> BlockedError:
    return BlockedError(f"{path} cannot be read", f"expected a file of DVC's, found that {found}", f"git log -- {path}")
