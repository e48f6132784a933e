"""How one remote is reached: endpoint, region, keys and certificate authority, from its configuration or around it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from saigen.data.remote import Remote
from saigen.errors import BlockedError

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
USUAL_REGION = "us-east-1"


@dataclass(frozen=True)
class Keys:
    """Credentials of S3."""

    id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Access:
    """What it takes to reach a remote.

    Attributes:
        endpoint: URL; None for Amazon's own. ca: file of a certificate authority; None for the machine's own list.
        verify: whether certificates are checked.
    """

    endpoint: str | None
    region: str | None
    keys: Keys | None
    ca: str | None = None
    verify: bool = True


def access(remote: Remote) -> Access:
    """How to reach a remote: as it is configured, else as the environment says, else as AWS's own files say.

    Raises:
        BlockedError: there are no credentials for it.
    """
    verify = (remote.ssl_verify or "true").lower()
    found = Access(
        endpoint=remote.endpoint or _first(_ENDPOINTS),
        region=remote.region or _first(_REGIONS),
        keys=_keys(remote.access_key, remote.secret_key, remote.session_token)
        or (None if remote.profile else _keys(*(os.environ.get(name) for name in _KEYS))),
        ca=remote.ssl_verify if verify not in {"true", "false"} else _first(("AWS_CA_BUNDLE",)),
        verify=verify != "false",
    )
    return found if found.endpoint and found.keys else _completed(found, remote)


def _first(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


def _keys(key: str | None, secret: str | None, token: str | None) -> Keys | None:
    return Keys(key, secret, token or None) if key and secret else None


def _completed(found: Access, remote: Remote) -> Access:
    """What AWS's own files say beside (profiles, single sign-on, roles): they are read by the AWS library itself."""
    from botocore.configprovider import ConfiguredEndpointProvider
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    session = Session(profile=remote.profile)
    try:
        credentials = session.get_credentials()
        keys = found.keys or (_keys(*credentials.get_frozen_credentials()[:3]) if credentials else None)
        endpoint = ConfiguredEndpointProvider(session.full_config, session.get_scoped_config(), "s3").provide()
        region, ca = session.get_config_variable("region"), session.get_config_variable("ca_bundle")
    except BotoCoreError as error:
        raise BlockedError("AWS's configuration cannot be used", str(error), "saigen login URL") from error
    if keys is None:
        raise BlockedError(
            f"there are no credentials for {remote.url}",
            "expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or an AWS profile, found neither",
            "saigen login URL",
        )
    return replace(
        found, keys=keys, endpoint=found.endpoint or endpoint, region=found.region or region, ca=found.ca or ca
    )
