"""The file that says what was installed where a run was made: written by record, read by reproduce and audit. Pure.

It is a requirements file, so that plain `uv pip install -r` makes the same again. What no index has is a comment, in a
form that is read again: whoever installs the rest must not believe that it is everything.
"""

from __future__ import annotations

import re

PATH = ".saigen/environment.lock"  # in the commit of what ran
ARTIFACT = "saigen/environment.lock"  # of a run whose commit could not take it: an image holds no repository
_HEADER = (
    "# What was installed when a run of this commit was made. `uv pip install -r .saigen/environment.lock`, in the\n"
    "# repository's root, installs it again.\n"
)
_OUTSIDE = re.compile(
    r"# ([a-z0-9._-]+)==(\S*): (an editable install|installed from a folder) outside of the repository"
)
_USUAL = re.compile(
    r"[a-z0-9][a-z0-9._-]*==[^\s@:/]+(  # from conda)?|(-e )?\$\{PROJECT_ROOT\}(/(?!\.\.?(/|$))[^\s/]+)*"
)
_CONDA = re.compile(r"([a-z0-9._-]+)==(\S+)  # from conda")


def render(lines: tuple[str, ...]) -> bytes:
    """The file with these lines. The same packages give the same bytes."""
    return (_HEADER + "".join(f"{line}\n" for line in lines)).encode()


def of_conda(name: str, version: str) -> str:
    """The line of a package that conda installed: an index may have its version, built otherwise."""
    return f"{name}=={version}  # from conda"


def outside(name: str, version: str, *, editable: bool) -> str:
    """The line of a package that was installed from a folder which no commit of the repository holds."""
    kind = "an editable install" if editable else "installed from a folder"
    return f"# {name}=={version}: {kind} outside of the repository"


def own(name: str, version: str) -> str:
    """The line of Saigen itself."""
    return f"# {name}=={version}: made the recording, and is not needed to run it again"


def unusual(text: str) -> tuple[str, ...]:
    """Lines that would fetch something by an address or an option of their own. A lock that only a run holds, and no
    commit that people look at, has none.
    """
    return tuple(line for line in text.splitlines() if line and not line.startswith("#") and not _USUAL.fullmatch(line))


def lacking(text: str) -> tuple[str, ...]:
    """What nobody can install from the file: `numpy 2.1.0 comes from conda`."""
    found = []
    for line in text.splitlines():
        if match := _CONDA.fullmatch(line):
            found.append(f"{match[1]} {match[2]} comes from conda")
        elif match := _OUTSIDE.fullmatch(line):
            found.append(f"{match[1]} {match[2]} is {match[3]} outside of the repository")
    return tuple(found)
