"""The environment by which plain mlflow, dvc, boto3, s5cmd and git reach the platform. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import REGION, Urls

# Git asks a helper; ours answers from the two variables that mlflow reads: the secret is said once and is in no file.
_HELPER = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" '
    '"$MLFLOW_TRACKING_USERNAME" "$MLFLOW_TRACKING_PASSWORD"; }; f'
)


@dataclass(frozen=True)
class Account:
    """Someone with a name, a secret and an address for commits."""

    name: str
    secret: str
    email: str
    full_name: str = ""


def person_environment(account: Account, organisation: str, urls: Urls) -> dict[str, str]:
    """Variable to value. Nothing of it is written to a file by the tools that read it."""
    return {
        "MLFLOW_TRACKING_URI": urls.tracking,
        "MLFLOW_TRACKING_USERNAME": account.name,
        "MLFLOW_TRACKING_PASSWORD": account.secret,
        "AWS_ACCESS_KEY_ID": account.name,
        "AWS_SECRET_ACCESS_KEY": account.secret,
        "AWS_ENDPOINT_URL_S3": urls.storage,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        "SAIGEN_GIT_URL": f"{urls.git}/{organisation}",
        **git_configuration(account, urls.git),
    }


def git_configuration(account: Account, url: str) -> dict[str, str]:
    """Git settings of one shell: who commits, and for this forge no helper but ours (others would keep the secret)."""
    settings = [
        (f"credential.{url}.helper", ""),
        (f"credential.{url}.helper", _HELPER),
        ("user.name", account.full_name or account.name),
        ("user.email", account.email),
    ]
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for index, (key, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return variables
