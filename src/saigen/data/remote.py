"""Where an output's content is: ONE resolver from a pointer to a bucket and key, or "not ours". Pure.

DVC's layout in an S3 remote `s3://BUCKET/PREFIX`, for content with the md5 `ab12...`:
`PREFIX/files/md5/ab/12...` (DVC 3), `PREFIX/ab/12...` (DVC 2); a directory's list has the same key with `.dir` behind.
"""

from __future__ import annotations

import configparser
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from saigen.data.pointer import Output
from saigen.errors import UsageError


@dataclass(frozen=True)
class Remote:
    """One remote of `.dvc/config`.

    Attributes:
        bucket, prefix: of an S3 remote; prefix without slashes around it.
        endpoint, profile, region: as configured; None leaves them to the environment, which is how a project on the
            platform says no address.
        access_key, secret_key, session_token: from a person's own `.dvc/config.local`; else None.
        ssl_verify: "false", or the file of a certificate authority; None for the usual ones.
        elsewhere: why its objects are not found by hash in S3 (another kind of storage, version_aware); else None.
    """

    name: str
    url: str
    bucket: str = ""
    prefix: str = ""
    endpoint: str | None = None
    profile: str | None = None
    region: str | None = None
    elsewhere: str | None = None
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    ssl_verify: str | None = None


@dataclass(frozen=True)
class Remotes:
    """All remotes of a project, and the name of the default one."""

    by_name: Mapping[str, Remote]
    default: str | None

    def of(self, output: Output) -> Remote | None:
        """The remote that an output's content goes to; None where the project names none."""
        return self.by_name.get(output.remote or self.default or "")


@dataclass(frozen=True)
class Place:
    """Where the content with an md5 is."""

    remote: Remote
    key: str


@dataclass(frozen=True)
class NotOurs:
    """Content that is not to be found in one of the project's S3 remotes by its hash, and why."""

    reason: str


def resolve(output: Output, remotes: Remotes) -> Place | NotOurs:
    """Where an output's own object is: the file, or the list of a directory."""
    if output.elsewhere:
        return NotOurs(output.elsewhere)
    if output.md5 is None:
        return NotOurs("its pointer records no content")
    remote = remotes.of(output)
    if remote is None:
        return NotOurs(f"no remote is configured for it ({output.remote or 'no default'})")
    if remote.elsewhere:
        return NotOurs(remote.elsewhere)
    return Place(remote, key(remote, output.md5, legacy=output.legacy))


def key(remote: Remote, md5: str, *, legacy: bool = False) -> str:
    """Key of the object with this md5 (`.dir` at its end for a directory's list) in a remote's bucket."""
    return posixpath.join(remote.prefix, "" if legacy else "files/md5", md5[:2], md5[2:]).lstrip("/")


def location(remote: Remote, *, legacy: bool = False) -> str:
    """URL below which a remote's objects are, by the two-character folders of their md5s; it ends in `/`."""
    folder = posixpath.dirname(posixpath.dirname(key(remote, "0" * 32, legacy=legacy)))
    return f"s3://{remote.bucket}/{folder}/" if folder else f"s3://{remote.bucket}/"


def read_remotes(configurations: Iterable[str]) -> Remotes:
    """The remotes that these texts of DVC configuration files define, the later ones overriding the earlier.

    DVC's order: the system's, the person's (`~/.config/dvc/config`), `.dvc/config`, `.dvc/config.local`.

    Raises:
        UsageError: a text is not one of DVC's.
    """
    settings: dict[str, dict[str, str]] = {}
    for text in configurations:
        for section, options in read_settings(text).items():
            settings.setdefault(section, {}).update(options)
    remotes = [
        _remote(section.removeprefix('remote "').removesuffix('"'), options)
        for section, options in settings.items()
        if section.startswith('remote "')
    ]
    return Remotes({remote.name: remote for remote in remotes}, settings.get("core", {}).get("remote"))


def read_settings(configuration: str) -> dict[str, dict[str, str]]:
    """The options by section (`core`, `cache`, `remote "storage"`) of one text of DVC's configuration.

    Raises:
        UsageError: the text is not one of DVC's.
    """
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(configuration)
    except configparser.Error as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            "DVC's configuration cannot be read", f"expected sections as DVC writes them: {reason}", "dvc config -l"
        ) from error
    return {section.strip("'"): dict(parser.items(section)) for section in parser.sections()}


def _remote(name: str, options: Mapping[str, str]) -> Remote:
    url = options.get("url", "")
    parts = urlsplit(url)
    elsewhere = None
    if parts.scheme != "s3":
        elsewhere = f"its remote {name!r} is not S3 ({parts.scheme or 'a folder'})"
    elif options.get("version_aware", "false").lower() == "true" or options.get("worktree", "false").lower() == "true":
        elsewhere = f"its remote {name!r} keeps versions by path (version_aware)"
    return Remote(
        name=name,
        url=url,
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=options.get("endpointurl"),
        profile=options.get("profile"),
        region=options.get("region"),
        elsewhere=elsewhere,
        access_key=options.get("access_key_id"),
        secret_key=options.get("secret_access_key"),
        session_token=options.get("session_token"),
        ssl_verify=options.get("ssl_verify"),
    )
