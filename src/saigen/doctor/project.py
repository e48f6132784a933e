"""Probes of the project that one is in: its repository, its storage, and that data can be written and read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from saigen.audit.commits import CONFIGURATION, personal_configuration
from saigen.audit.facts import remotes_of
from saigen.data.bucket import Bucket
from saigen.data.remote import Remote, key
from saigen.doctor.checks import Check, bad, good, note, skipped
from saigen.errors import NotPermittedError, SaigenError
from saigen.git.address import without_credentials
from saigen.git.mirror import refusal_of
from saigen.git.repository import GitError, Repository
from saigen.login.profile import Profile

# Written at most once a project, below its own prefix, under its own hash: harmless, and known to `saigen data gc`.
PROBE = b"saigen doctor: this object shows that data can be written here and read again. It may stay.\n"
PROBE_MD5 = hashlib.md5(PROBE, usedforsecurity=False).hexdigest()


def failed(name: str, error: SaigenError) -> Check:
    """A probe that ended in one of our errors."""
    return bad(name, f"{error.what}: {error.why}", error.next, max(3, error.exit_code))


def forge(repository: Repository | None) -> Check:
    """The repository's remote, asked for its branches as the person at this machine."""
    if repository is None:
        return skipped("git", "not inside a repository: its remote was not asked")
    url = repository.remote_url()
    if url is None:
        return note("git", "the repository has no remote `origin`", "git remote add origin URL")
    shown = without_credentials(url)
    try:
        branches = repository.run("ls-remote", "--heads", "origin").splitlines()
    except GitError as error:
        return failed("git", refusal_of(shown, error))
    except SaigenError as error:
        return failed("git", error)
    return good("git", f"{shown} can be read, branches: {len(branches)}")


def storage(repository: Repository | None, profile: Profile | None) -> Iterator[Check]:
    """The storage: the project's prefix and a round trip of one object; outside of a project, the keys alone."""
    remote = None
    if repository is not None:
        try:
            remote = project_remote(repository.root)
        except SaigenError as error:
            yield failed("storage", error)
            return
    if remote is None:
        yield _keys(profile)
        yield skipped("round trip", "not inside a project with an S3 remote of DVC's")
        return
    bucket = Bucket(remote)
    try:
        first = next(iter(bucket.list(f"{remote.prefix}/" if remote.prefix else "")), None)
    except SaigenError as error:
        yield failed("storage", error)
        return
    yield good("storage", f"{remote.url} can be read" + ("" if first else ", and is empty"))
    yield _round_trip(bucket, remote)


def project_remote(root: Path) -> Remote | None:
    """The project's default remote where it is an S3 one, as DVC reads its configuration here; else None.

    Raises:
        UsageError: the configuration cannot be read.
    """
    files = [root / CONFIGURATION, root / f"{CONFIGURATION}.local"]
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    remotes = remotes_of(personal_configuration(), *texts)
    found = remotes.by_name.get(remotes.default or "")
    return found if found is not None and found.elsewhere is None else None


def _keys(profile: Profile | None) -> Check:
    from botocore.exceptions import BotoCoreError, ClientError

    endpoint = profile.storage if profile else None
    bucket = Bucket(Remote(name="", url=endpoint or "", endpoint=endpoint))
    if bucket.endpoint is None:
        return skipped("storage", "no endpoint is known, and no project is here that names a bucket")
    try:
        bucket.client.list_buckets()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "AccessDenied":
            return bad("storage", f"{bucket.endpoint}: {error}", "saigen login URL", 5)
    except SaigenError as error:
        return failed("storage", error)
    except BotoCoreError as error:
        return bad("storage", f"{bucket.endpoint} does not answer: {error}", "docker compose ps    (on its machine)", 4)
    return good("storage", f"{bucket.endpoint} knows these keys")


def _round_trip(bucket: Bucket, remote: Remote) -> Check:
    place = key(remote, PROBE_MD5)
    name, where = "round trip", f"s3://{remote.bucket}/{place}"
    try:
        if bucket.size(place) is None:
            bucket.write(place, PROBE)
        found = bucket.read(place)
    except NotPermittedError:
        fix = "nothing if you are a viewer; else ask a maintainer for the project in infra/team.yaml"
        return note(name, f"data of {remote.url} can be read, not written", fix)
    except SaigenError as error:
        return failed(name, error)
    if found != PROBE:
        return bad(name, f"{where} came back with other content", "tell the platform's administrator", 3)
    return good(name, f"{where} was written and read")
