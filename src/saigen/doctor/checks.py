"""What a diagnosis is made of, and the rules that judge what the probes found."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from saigen.installing import to_install, to_install_uv

CLOCK_NOTED, CLOCK_REFUSED = 60.0, 900.0  # seconds; S3 refuses signatures that are 15 minutes off
# Days before a certificate expires, and the part of its life: some are made for a week, and renewed within it.
CERTIFICATE_NOTED, CERTIFICATE_PART = 14.0, 0.2
# The oldest versions with everything that is used: git 2.29 has --no-auto-maintenance.
OLDEST: Mapping[str, tuple[int, ...]] = {"python": (3, 10), "git": (2, 29), "mlflow": (2, 22), "dvc": (3, 0)}
OPTIONAL = frozenset({"dvc", "uv"})


class Level(str, Enum):
    """How a check ended."""

    GOOD = "good"
    NOTE = "note"  # works, or is not needed for everything
    SKIPPED = "skipped"  # nothing to check here
    BAD = "bad"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        found: what was found, in one line. fix: what to do about it, empty where there is nothing to do.
        code: exit code of a failure: 3 missing, 4 unreachable, 5 not permitted; 0 for all others.
    """

    name: str
    level: Level
    found: str
    fix: str = ""
    code: int = 0


def good(name: str, found: str) -> Check:
    """A check that passed."""
    return Check(name, Level.GOOD, found)


def note(name: str, found: str, fix: str = "") -> Check:
    """Something to know that stops nobody."""
    return Check(name, Level.NOTE, found, fix)


def skipped(name: str, found: str) -> Check:
    """A check for which there is no occasion here."""
    return Check(name, Level.SKIPPED, found)


def bad(name: str, found: str, fix: str, code: int = 3) -> Check:
    """A check that failed."""
    return Check(name, Level.BAD, found, fix, code)


def exit_code(checks: Iterable[Check]) -> int:
    """The worst code: 0, 3, 4 or 5."""
    return max((check.code for check in checks), default=0)


def judge_version(name: str, text: str | None) -> Check:
    """Whether a program or library is there and new enough. `text` is what it says of its version, None without it."""
    lacking = note if name in OPTIONAL else bad
    if text is None:
        return lacking(name, "expected it to be installed, found none", _how_to_install(name))
    oldest = OLDEST.get(name)
    found = version_of(text)
    if oldest and found and found < oldest:
        wanted = ".".join(map(str, oldest))
        return lacking(name, f"expected {wanted} or newer, found {text}", _how_to_install(name))
    return good(name, text)


def _how_to_install(name: str) -> str:
    return {
        "python": "install Python 3.10 or newer",
        "mlflow": to_install("mlflow-skinny>=2.22"),
        "dvc": f"{to_install('dvc[s3]')}    (saigen data push and pull work without it)",
        "git": "install git 2.29 or newer",
        "uv": f"{to_install_uv()}    (saigen reproduce makes environments with it)",
        "obstore": to_install("obstore"),
    }[name]


def judge_client(here: str, platform: str, wheel: str) -> Check:
    """Whether this client is the one that the platform gives out. `wheel`: URL of that one."""
    if here == platform:
        return good("client", f"{here}, as the platform's")
    if version_of(here) > version_of(platform):
        return note("client", f"{here}, newer than the platform's {platform}", "tell the platform's administrator")
    return note("client", f"{here}, the platform's is {platform}", to_install(wheel, upgrade=True))


def version_of(text: str) -> tuple[int, ...]:
    """The numbers of the first version in a text: `git version 2.39.5` is (2, 39, 5)."""
    match = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def judge_shell(added: Mapping[str, str]) -> Iterator[Check]:
    """Whether plain programs find the platform too. `added`: variables of the login that the shell does not have."""
    if added:
        fix = "export " + " ".join(f"{name}={shlex.quote(value)}" for name, value in added.items())
        lacking = ", ".join(added)
        yield note("shell", f"{lacking} not set: only saigen finds the platform, not mlflow or your code", fix)


def judge_clock(ahead: float) -> Check:
    """Whether this machine's clock agrees with the server's. `ahead`: seconds by which it is ahead."""
    off = abs(ahead)
    said = f"{off:.0f} s {'ahead of' if ahead > 0 else 'behind'} the server"
    fix = "set the clock: timedatectl set-ntp true"
    if off >= CLOCK_REFUSED:
        return bad(
            "clock", f"{said}; the storage refuses signatures that are {CLOCK_REFUSED / 60:.0f} minutes off", fix
        )
    if off >= CLOCK_NOTED:
        return note("clock", said, fix)
    return good("clock", f"agrees with the server within {max(1, round(off))} s")


def how_to_trust(variable: str | None) -> str:
    """What lets a client trust the platform's certificate. `variable`: the one that names its authorities, if any."""
    if variable:
        return f"add the platform's certificate authority to the file in {variable} (docs: TLS)"
    return "saigen login URL --ca FILE, with the platform's certificate authority (docs: TLS)"


def judge_certificate(host: str, days: float, life: float) -> Check:
    """Whether a certificate that was verified lasts. `days` until it expires, of the `life` that it was made for."""
    if days < min(CERTIFICATE_NOTED, CERTIFICATE_PART * life):
        return note(f"TLS {host}", f"trusted, but expires in {days:.0f} days", "tell the platform's administrator")
    return good(f"TLS {host}", f"trusted, {days:.0f} days left")


def judge_status(name: str, status: int, who: str, message: str) -> Check:
    """What an HTTP status of a service says about who asks."""
    said = f"{status} {message}".strip()[:200]
    if status == 401:
        fix = "saigen login URL    (or set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD)"
        return bad(name, f"it does not know {who}: name or password is wrong, or no longer valid", fix, 5)
    if status == 403:
        return bad(name, f"it refuses {who}: {said}", "ask a maintainer for a role in infra/team.yaml", 5)
    if status == 429 or status >= 500:
        return bad(name, f"it is there but cannot serve: {said}", "try again in a moment; docker compose ps", 4)
    if status >= 400:
        return bad(
            name, f"expected an MLflow server, found {said}", "check MLFLOW_TRACKING_URI: saigen platform URL", 3
        )
    return good(name, f"answers {who}")
