"""How one remote is reached by s5cmd: its options and its environment, which alone carries secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from saigen.data.remote import Remote
from saigen.errors import BlockedError

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_USUAL_REGION = "us-east-1"


@dataclass(frozen=True)
class Access:
    """Options of s5cmd, and environment variables for it."""

    options: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


def access(remote: Remote) -> Access:
    """How to reach a remote: what it is configured with, else the environment, else AWS's own files.

    Raises:
        BlockedError: there are no credentials for it.
    """
    endpoint = remote.endpoint or next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None)
    region = remote.region or next((os.environ[name] for name in _REGIONS if os.environ.get(name)), None)
    keys = _configured(remote) or (_from_environment() if remote.profile is None else None)
    if keys is None or endpoint is None:
        found = _from_files(remote)
        keys, endpoint, region = keys or found[0], endpoint or found[1], region or found[2]
    options = ["--endpoint-url", endpoint] if endpoint else []
    environment = {**keys}
    if region or endpoint:
        environment["AWS_REGION"] = region or _USUAL_REGION
    if remote.ssl_verify and remote.ssl_verify.lower() == "false":
        options.append("--no-verify-ssl")
    elif remote.ssl_verify and remote.ssl_verify.lower() != "true":
        environment["AWS_CA_BUNDLE"] = remote.ssl_verify
    return Access(tuple(options), environment)


def _configured(remote: Remote) -> dict[str, str] | None:
    return _keys(remote.access_key, remote.secret_key, remote.session_token)


def _from_environment() -> dict[str, str] | None:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return _keys(*(os.environ.get(name) for name in names))


def _keys(key: str | None, secret: str | None, token: str | None) -> dict[str, str] | None:
    if not key or not secret:
        return None
    # An empty token is no token: one that is left over in the environment belongs to other keys.
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token or ""}


def _from_files(remote: Remote) -> tuple[dict[str, str], str | None, str | None]:
    """Keys, endpoint and region as AWS's own files say (profiles, single sign-on, roles): by the AWS library itself."""
    from botocore.configprovider import ConfiguredEndpointProvider
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    session = Session(profile=remote.profile)
    try:
        credentials = session.get_credentials()
        frozen = credentials.get_frozen_credentials() if credentials else None
        endpoint = ConfiguredEndpointProvider(session.full_config, session.get_scoped_config(), "s3").provide()
        region = session.get_config_variable("region")
    except BotoCoreError as error:
        raise BlockedError("AWS's configuration cannot be used", str(error), "saigen login URL") from error
    keys = _configured(remote) or _keys(*frozen[:3] if frozen else (None, None, None))
    if keys is None:
        raise BlockedError(
            f"there are no credentials for {remote.url}",
            "expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or an AWS profile, found neither",
            "saigen login URL",
        )
    return keys, endpoint, region
