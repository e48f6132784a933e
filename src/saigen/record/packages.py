"""What is installed, as a requirements file that installs the same again, and whether `uv.lock` already says it.

Reading the metadata of a hundred packages takes longer than everything else that a recording does at the start of a
run, so the answer is kept, and is good for as long as nothing was installed or removed: a package's metadata is a
folder inside a folder of `sys.path`, so that each change gives that one a new time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from saigen import pins
from saigen.git.address import without_credentials
from saigen.login.profile import cache_folder
from saigen.record.place import is_installed

if TYPE_CHECKING:
    from importlib.metadata import Distribution

UV_LOCK = "uv.lock"
_OWN = "saigen"
_KEPT = 16  # answers
_RULES = 2  # by which an answer was made; those by others are made anew


class Installed(NamedTuple):
    """Packages by name (as in an index: lower case, `-`) with their versions, and how each is asked for.

    lines: of the requirements file, sorted.
    """

    versions: Mapping[str, str]
    lines: tuple[str, ...]

    @property
    def lock(self) -> bytes:
        """The requirements file."""
        return pins.render(self.lines)

    @property
    def lacking(self) -> tuple[str, ...]:
        """What nobody can install from it."""
        return pins.lacking("\n".join(self.lines))


def installed(root: Path | None = None) -> Installed:
    """What this process can import. `root`: of the repository, whose own package is installed from its folder."""
    folders = [entry for entry in dict.fromkeys(sys.path) if entry and _time(entry)]
    key = hashlib.sha256(
        json.dumps([_RULES, str(root), sys.prefix, [(one, _time(one)) for one in folders]]).encode()
    ).hexdigest()
    kept = cache_folder() / "packages" / f"{key[:32]}.json"
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
        return Installed(found["versions"], tuple(found["lines"]))
    except (OSError, ValueError, KeyError, TypeError):
        answer = _read(folders, root)
        _keep(kept, json.dumps(answer._asdict()))
        return answer


def locked_by_uv(text: str) -> dict[str, set[str]]:
    """Versions by package that `uv sync` of a `uv.lock` may install: what its project needs, default groups included.

    Read by its lines, not as TOML: a lock file may have a megabyte, and uv writes it in one form only. Markers are
    left aside: what another system alone would install counts as well.
    """
    blocks = text.split("\n[[package]]\n")[1:]
    needs: dict[str, set[str]] = {}
    versions: dict[str, set[str]] = {}
    waiting: list[str] = []
    for block in blocks:
        name = _first(r'^name = "([^"]+)"', block)
        versions.setdefault(name, set()).add(_first(r'^version = "([^"]+)"', block))
        is_root = re.search(r'^source = \{ (?:virtual|editable) = "\."', block, re.MULTILINE) is not None
        needs.setdefault(name, set()).update(_dependencies(block, _default_groups(block) if is_root else None))
        if is_root:
            waiting.append(name)
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(needs.get(name, ()))
    return {name: versions.get(name, set()) for name in reached}


def is_locked_here(found: Installed, lock: bytes) -> bool:
    """`is_locked`, remembered: a lock file is read once for each environment."""
    digest = hashlib.sha256(lock + found.lock).hexdigest()
    kept = cache_folder() / "packages" / f"{digest[:32]}.uv"
    try:
        return kept.read_bytes() == b"yes"
    except OSError:
        answer = is_locked(found, lock.decode("utf-8", "replace"))
        _keep(kept, "yes" if answer else "no")
        return answer


def is_locked(found: Installed, lock: str, without: Iterable[str] = ()) -> bool:
    """Whether `uv sync` of a lock file installs every package that is installed here, in the same version and kind.

    `without`: packages that need not be in it.
    """
    if found.lacking:
        return False
    known = locked_by_uv(lock)
    passed_over = {_OWN, "pip", *without}
    return all(version in known.get(name, ()) for name, version in found.versions.items() if name not in passed_over)


def _read(folders: list[str], root: Path | None) -> Installed:
    from importlib.metadata import distributions

    found: dict[str, Distribution] = {}
    for one in distributions(path=folders):
        name = _normal(one.metadata["Name"] or "")
        # The first on sys.path is the one that is imported, but what a build left beside its source is not installed.
        known = found.get(name)
        if name and (known is None or (_left_in(known, root) and not _left_in(one, root))):
            found[name] = one
    versions = {name: one.metadata["Version"] or "" for name, one in found.items()}
    lines = (_line(found[name], name, versions[name], root) for name in sorted(found))
    return Installed(versions, tuple(dict.fromkeys(line for line in lines if line)))


def _left_in(one: Distribution, root: Path | None) -> Path | None:
    """The folder of the repository's source in which a build, or an old editable install, left this; else None.

    That leaves an `egg-info`. What was installed into a folder of the repository has a `dist-info`, with its METADATA.
    """
    folder = Path(str(one.locate_file(""))).resolve()
    if root is None or not folder.is_relative_to(root) or is_installed(folder):
        return None
    return folder if one.read_text("METADATA") is None else None


def _line(one: Distribution, name: str, version: str, root: Path | None) -> str:
    """Empty where there is nothing to install."""
    if root is not None and (folder := _left_in(one, root)):
        project = next((above for above in (folder, *folder.parents) if _is_project(above)), None)
        return _in_repository(project, root, editable=True) if project and project.is_relative_to(root) else ""
    if name == _OWN:
        return pins.own(name, version)
    if (one.read_text("INSTALLER") or "").strip() == "conda":
        return pins.of_conda(name, version)
    origin = _object(one.read_text("direct_url.json"))
    return _from_origin(name, version, origin, root) if origin else f"{name}=={version}"


def _from_origin(name: str, version: str, origin: Mapping[str, object], root: Path | None) -> str:
    """The line of a package that came from no index. See PEP 610."""
    url = without_credentials(str(origin.get("url", "")))
    vcs, archive, folder = (_table(origin.get(key)) for key in ("vcs_info", "archive_info", "dir_info"))
    if vcs:
        return f"{name} @ {vcs.get('vcs', 'git')}+{url}@{vcs.get('commit_id')}"
    parts = urlsplit(url)
    if archive is not None and parts.scheme in {"http", "https"}:
        digest = _table(archive.get("hashes")) or {}
        return f"{name} @ {url}" + (f"#sha256={digest['sha256']}" if "sha256" in digest else "")
    place = Path(unquote(parts.path)).resolve()  # as the root is
    editable = bool(folder and folder.get("editable"))
    if root is not None and place.is_relative_to(root):
        return _in_repository(place, root, editable=editable)
    return pins.outside(name, version, editable=editable)


def _in_repository(folder: Path, root: Path, *, editable: bool) -> str:
    inside = folder.relative_to(root).as_posix()
    return f"{'-e ' if editable else ''}${{PROJECT_ROOT}}" + ("" if inside == "." else f"/{inside}")


def _is_project(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file() or (folder / "setup.py").is_file()


def _dependencies(block: str, groups: set[str] | None) -> set[str]:
    """Names that a package's block in `uv.lock` depends on; `groups`, for a project's own block, are those it takes."""
    found: set[str] = set()
    for section in re.split(r"^(?=\[package\.)", block, flags=re.MULTILINE):
        kind = _first(r"^\[package\.([\w-]+)\]", section)
        for match in re.finditer(r'^"?(?P<name>[\w.-]+)"? = \[\n(?P<items>.*?)^\]', section, re.M | re.S):
            wanted = {
                "": match["name"] == "dependencies",
                "optional-dependencies": groups is None,
                "dev-dependencies": groups is not None and match["name"] in groups,
            }
            if wanted.get(kind, False):
                found.update(re.findall(r'\{ name = "([^"]+)"', match["items"]))
    return found


def _default_groups(block: str) -> set[str]:
    """The groups that uv takes when none is named: it writes them down where they are not just `dev`."""
    written = _first(r"^default-groups = \[(.*)\]$", block)
    return set(re.findall(r'"([^"]+)"', written)) or {"dev"}


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else ""


def _normal(name: str) -> str:
    """A package's name as an index compares it. See PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _object(text: str | None) -> Mapping[str, object]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _table(value: object) -> Mapping[str, object] | None:
    return value if isinstance(value, dict) else None


def _time(folder: str) -> int | None:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116 - entries of sys.path are texts, a hundred of them
    except OSError:
        return None


def _keep(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
        for old in sorted(file.parent.glob(f"*{file.suffix}"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return
