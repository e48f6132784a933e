"""Git's merge driver: the rule of a path says how its three versions merge. See gitattributes(5), `merge`.

In a clone it reads data. In a forge (`parse=False`) it reads none: a model's incoming version stays, directories are
united where their lists are given, and what else both sides changed is a conflict that names the command to run.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from saigen.data.pointer import LOCK, is_pointer
from saigen.errors import SaigenError
from saigen.git.repository import Repository
from saigen.merge.lists import Lists
from saigen.merge.outcome import Result, unmergeable
from saigen.merge.plan import CURRENT
from saigen.merge.versions import Versions
from saigen.project import FILE, parse_project
from saigen.project.branches import BranchRules, MergeRule

HERE = "git fetch && git merge origin/<target branch>    (in a clone where `saigen init` ran; then push)"


def merge(
    path: str,
    versions: Versions,
    rules: BranchRules,
    target: Path,
    lists: Callable[[], Lists] | None = None,
    *,
    parse: bool = True,
) -> Result:
    """The merge of three versions of a file.

    Args:
        path: in the repository. rules: what saigen.toml says. target: a path that is free, for a merged file.
        lists: opens what holds the content behind pointers, where that is needed; None: nothing does.
        parse: whether data may be read. The lists of directories are read wherever they are given.

    Raises:
        SaigenError: it cannot be done: a conflict, for this reason.
    """
    rule = rules.merge_rule(path)
    if path.rpartition("/")[2] == LOCK:
        return _locks(path, versions) if parse else _as_git_does(versions)
    if rule.way == "model":
        return _overwritten(path, versions, rule)
    if rule.way == "data" and is_pointer(path):
        if lists is None:
            raise unmergeable(f"{path} was changed on both sides", "data is not merged here", HERE)
        from saigen.merge.pointer import merge_pointers

        contents = versions.read()
        return merge_pointers(path, contents, rules.merge_rule, lists())
    if rule.way == "data" and parse:
        from saigen.merge.content import merge_content

        if found := merge_content(path, versions, rule, target):
            return found
    return _text(path, versions, rule)


def rules_of(repository: Repository, *, committed: bool = False) -> BranchRules:
    """The rules that hold in a checkout: its saigen.toml, or that of HEAD where it is being merged itself.

    Args:
        committed: only HEAD's, as in a forge.
    """
    texts = [] if committed else [_read(repository.root / FILE)]
    for text in (*texts, repository.file("HEAD", FILE)):
        try:
            if text is not None:
                return parse_project(text.decode("utf-8")).branches
        except (SaigenError, UnicodeDecodeError):
            continue
    return BranchRules()


def write(content: bytes | Path, target: Path) -> None:
    """Put the merge in the place of the current version, at once. Raises OSError."""
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=".saigen-merge-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.read_bytes())
        Path(draft).chmod(target.stat().st_mode & 0o777)
        Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)


def _locks(path: str, versions: Versions) -> Result:
    from saigen.merge.lock import merge_locks

    return merge_locks(path, versions.read())


def _overwritten(path: str, versions: Versions, rule: MergeRule) -> Result:
    if rule.prefer == CURRENT:
        return Result(versions.current, (f"{path} is a model: the current one stays, as its rule says",))
    return Result(versions.incoming, (f"{path} is a model: the incoming one overwrites the current one",))


def _text(path: str, versions: Versions, rule: MergeRule) -> Result:
    """As Git does; where that is a conflict, the side that the rule prefers."""
    found = _as_git_does(versions)
    if not found.is_conflict or rule.prefer is None or rule.way != "data":
        return found
    chosen = versions.current if rule.prefer == CURRENT else versions.incoming
    return Result(chosen, (f"{path} was changed on both sides: the {rule.prefer} one stays, as its rule says",))


def _as_git_does(versions: Versions) -> Result:
    """Git's own merge of texts; a conflict without markers where one is no text."""
    names = [option for name in ("current", "base", "incoming") for option in ("-L", name)]
    files = [str(one) for one in (versions.current, versions.base, versions.incoming)]
    done = subprocess.run(
        ["git", "merge-file", "--stdout", *names, *files], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode == 0:
        return Result(done.stdout)
    return Result(None, marked=done.stdout if 0 < done.returncode < 128 else None)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
