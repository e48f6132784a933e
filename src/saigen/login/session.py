"""`saigen login`: one name and one secret, put where each plain client looks for its own. `saigen logout` undoes it.

~/.mlflow/credentials              MLflow's own file
~/.aws/config, ~/.aws/credentials  the profile `saigen`
the global Git configuration       `saigen git-credential` answers for the platform's forge, and for nothing else
platform.json                      where the platform is; nothing secret
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from saigen.errors import BlockedError, NotPermittedError, UnreachableError
from saigen.git.repository import GitError, Repository
from saigen.login import profile as profiles
from saigen.login.profile import Profile, configuration_folder, save, saved
from saigen.login.sections import values_of, with_section, without_section
from saigen.platform import Platform, discover

AWS_PROFILE = "saigen"
REGION = "us-east-1"
_MLFLOW = "mlflow"
_CA = "ca.crt"
_OTHER_CA = ("AWS_CA_BUNDLE", "GIT_SSL_CAINFO")


def login(url: str, name: str, secret: str, ca: Path | None = None) -> Profile:
    """Log in to a platform: check name and secret there, then set up the plain clients of this person.

    Args:
        url: the tracking URL. ca: PEM file of the certificate authority to trust.

    Raises:
        UsageError, UnreachableError, BlockedError: see `saigen.platform.discover`.
        NotPermittedError: the platform does not know this name, or not with this secret.
    """
    platform = discover(url, ca)
    _check(platform, name, secret, ca)
    profile = Profile(
        name, platform.tracking, platform.storage, platform.git, _organisation(platform, name, secret, ca)
    )
    set_up(profile, platform.storage, platform.git, secret, ca)
    return profile


def set_up(profile: Profile, storage: str, git: str, secret: str, ca: Path | None = None) -> None:
    """Let the plain clients of this person use a platform under the name of `profile`; nothing is asked there.

    Args:
        storage, git: the URLs of the profile.
    """
    name = profile.name or ""
    kept = _keep_ca(ca)
    _edit(mlflow_file(), _MLFLOW, {"mlflow_tracking_username": name, "mlflow_tracking_password": secret})
    _edit(aws_file("credentials"), AWS_PROFILE, {"aws_access_key_id": name, "aws_secret_access_key": secret})
    settings = {
        "endpoint_url": storage,
        "region": REGION,
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        **({"ca_bundle": str(kept)} if kept else {}),
    }
    _edit(aws_file("config"), f"profile {AWS_PROFILE}", settings)
    _set_up_git(git, kept)
    save(profile)


def logout() -> Profile | None:
    """Take away what `login` set up; returns whom it was for, None where nobody was logged in."""
    profile = saved()
    if profile is None:
        return None
    if values_of(_read(mlflow_file()), _MLFLOW).get("mlflow_tracking_username") == profile.name:
        _write(mlflow_file(), without_section(_read(mlflow_file()), _MLFLOW))
    _write(aws_file("credentials"), without_section(_read(aws_file("credentials")), AWS_PROFILE))
    _write(aws_file("config"), without_section(_read(aws_file("config")), f"profile {AWS_PROFILE}"))
    if profile.git:
        for section in (f"credential.{_base(profile.git)}", f"http.{_base(profile.git)}/"):
            _git("--remove-section", section)
    (configuration_folder() / profiles.FILE).unlink(missing_ok=True)
    (configuration_folder() / _CA).unlink(missing_ok=True)
    return profile


def exports(profile: Profile) -> dict[str, str]:
    """Variables with which plain clients find the platform. Nothing secret is among them."""
    values = {
        "MLFLOW_TRACKING_URI": profile.tracking,
        "AWS_PROFILE": AWS_PROFILE,
        "SAIGEN_GIT_URL": f"{profile.git}/{profile.organisation}" if profile.git and profile.organisation else None,
        "MLFLOW_TRACKING_SERVER_CERT_PATH": str(ca) if (ca := kept_ca()) else None,
    }
    return {key: value for key, value in values.items() if value}


def kept_ca() -> Path | None:
    """The certificate authority that one logged in with; None where there was none."""
    kept = configuration_folder() / _CA
    return kept if kept.exists() else None


def overruling(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Variables that plain clients obey before the certificate authority that one logged in with."""
    return tuple(name for name in _OTHER_CA if environment.get(name)) if kept_ca() else ()


def use(environment: dict[str, str] | os._Environ[str]) -> dict[str, str]:
    """Let this process use what was logged in to, as far as its own variables do not say anything else.

    Returns what it had to add: what the shell that started it does not have.
    """
    profile = saved()
    if profile is None or environment.get("MLFLOW_TRACKING_URI", profile.tracking) != profile.tracking:
        return {}
    values = exports(profile)
    if "AWS_ACCESS_KEY_ID" in environment:
        values.pop("AWS_PROFILE")
    added = {key: value for key, value in values.items() if key not in environment}
    environment.update(added)
    return added


def git_credential(asked: Mapping[str, str]) -> dict[str, str]:
    """Name and secret for Git, where it asks for the platform's own forge; nothing for any other place."""
    profile = saved()
    if profile is None or profile.git is None:
        return {}
    forge = urlsplit(profile.git)
    if (asked.get("protocol"), asked.get("host")) != (forge.scheme, forge.netloc):
        return {}
    found = values_of(_read(mlflow_file()), _MLFLOW)
    name, secret = found.get("mlflow_tracking_username"), found.get("mlflow_tracking_password")
    return {"username": name, "password": secret} if name and secret and name == profile.name else {}


def mlflow_file() -> Path:
    """MLflow's file of credentials."""
    return Path.home() / ".mlflow" / "credentials"


def aws_file(kind: str) -> Path:
    """The AWS clients' file: `config` or `credentials`."""
    variable = {"config": "AWS_CONFIG_FILE", "credentials": "AWS_SHARED_CREDENTIALS_FILE"}[kind]
    return Path(os.environ.get(variable) or Path.home() / ".aws" / kind)


def _check(platform: Platform, name: str, secret: str, ca: Path | None) -> None:
    url = f"{platform.tracking.rstrip('/')}/api/2.0/mlflow/experiments/search?max_results=1"
    try:
        _ask(url, name, secret, ca)
    except urllib.error.HTTPError as error:
        if error.code in {401, 403}:
            raise NotPermittedError(
                "the platform does not know you",
                f"expected the name and secret of somebody on the team, found {name!r} with another secret",
                "ask the platform's administrator for your credentials",
            ) from error
        raise UnreachableError("the platform does not answer", f"{url}: {error.code}", "saigen doctor") from error
    except OSError as error:
        raise UnreachableError("the platform does not answer", f"{url}: {error}", "saigen doctor") from error


def _organisation(platform: Platform, name: str, secret: str, ca: Path | None) -> str | None:
    """The team on the forge: what SAIGEN_GIT_URL says, else the one that a Gitea names; None where neither does."""
    said = os.environ.get("SAIGEN_GIT_URL", "").rstrip("/")
    base = platform.git.rstrip("/")
    if said.startswith(base + "/"):
        return said.removeprefix(base + "/")
    try:
        found = json.loads(_ask(f"{base}/api/v1/user/orgs", name, secret, ca))
        return str(found[0]["username"]) if len(found) == 1 else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _ask(url: str, name: str, secret: str, ca: Path | None) -> bytes:
    import ssl

    token = base64.b64encode(f"{name}:{secret}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {token}"})  # noqa: S310 - from the platform
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    with urllib.request.urlopen(request, timeout=10, context=context) as answer:  # noqa: S310
        content: bytes = answer.read(1 << 20)
    return content


def _keep_ca(ca: Path | None) -> Path | None:
    if ca is None:
        return None
    kept = configuration_folder() / _CA
    kept.parent.mkdir(parents=True, exist_ok=True)
    if ca.resolve() != kept.resolve():
        shutil.copyfile(ca, kept)
    return kept


def _set_up_git(url: str, ca: Path | None) -> None:
    key = f"credential.{_base(url)}.helper"
    _git("--unset-all", key)
    _git("--add", key, "")  # forget the helpers of every place: they would keep the secret as well
    _git("--add", key, f'!"{sys.executable}" -m saigen git-credential')
    if ca is not None:
        _git("--replace-all", f"http.{_base(url)}/.sslCAInfo", str(ca))
    if not _git("--get-all", key):
        raise BlockedError(
            "git could not be set up", f"expected {key} in the global configuration", "git config --global -l"
        )


def _git(*arguments: str) -> str | None:
    try:
        return Repository(Path.home()).run("config", "--global", *arguments)
    except GitError:
        return None


def _base(url: str) -> str:
    return url.rstrip("/")


def _edit(file: Path, section: str, values: Mapping[str, str]) -> None:
    _write(file, with_section(_read(file), section, values))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _write(file: Path, text: str) -> None:
    """Replace a file of secrets; only its owner can read it, at every moment."""
    if not text and not file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = file.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(target)
