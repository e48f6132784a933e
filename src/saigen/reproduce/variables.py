"""Which environment variables a command gets when it runs again, and where from. Pure.

A recording cannot say where programs, credentials and servers are: those come from the person who runs it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from saigen.data.pointer import is_inside

# Variables that decide which code runs, which server is asked, or as whom. A recording's are not taken over.
_OURS = re.compile(
    r"(AWS|MLFLOW|GIT|SAIGEN|DVC|UV|PIP|CONDA|XDG|SSH|LD|DYLD|SSL|PYTHON|DATABRICKS|GOOGLE|AZURE)(_.*)?"
    r"|PYTHON.*|(?i:(HTTP|HTTPS|ALL|NO|FTP)_PROXY)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|VIRTUAL_ENV"
    r"|PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TEMP|TMP|PWD|OLDPWD|IFS|ENV|BASH_.*|PROMPT_COMMAND|EDITOR|PAGER|BROWSER"
    r"|(NODE|RUBY|PERL5|JAVA_TOOL|_JAVA)_?(OPTIONS|OPT|LIB)|GCONV_PATH|KUBECONFIG|NETRC"
)
# Of those, the ones that only say how something is done.
_HARMLESS = re.compile(
    r"MLFLOW_(EXPERIMENT_NAME|EXPERIMENT_ID|RUN_NAME|ENABLE_SYSTEM_METRICS_LOGGING)"
    r"|SAIGEN_(PHASE|RELEASE)"
    r"|PYTHON(HASHSEED|UTF8|OPTIMIZE|UNBUFFERED|DONTWRITEBYTECODE|WARNINGS|INTMAXSTRDIGITS)"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What a command gets from the person's own shell: how to reach the network, the language, the machine's devices.
_KEPT = re.compile(
    r"LANG|LC_.*|TZ|TERM|TMPDIR|USER|LOGNAME|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|(?i:(HTTP|HTTPS|ALL|NO)_PROXY)|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|CUDA_(HOME|PATH|VISIBLE_DEVICES)"
    r"|NVIDIA_.*|ROCR_VISIBLE_DEVICES|HIP_VISIBLE_DEVICES|SYSTEMROOT|SAIGEN_GIT_URL"
)
_TRACKING = re.compile(r"MLFLOW_TRACKING_.*|MLFLOW_HTTP_REQUEST_.*")
_STORAGE = re.compile(r"AWS_.*|MLFLOW_S3_.*")
# What installs an environment needs no key to storage or tracking, and nothing of the caller's own environment.
_NOT_FOR_UV = re.compile(
    r"AWS_.*|MLFLOW_.*|VIRTUAL_ENV|CONDA_.*|PYTHON(PATH|HOME)|UV_PROJECT.*|GIT_(DIR|WORK_TREE|INDEX_FILE)"
)


def split_environment(recorded: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The recorded variables that may be taken over, and the names of those that may not."""
    kept, left_out = {}, []
    for name, value in sorted(recorded.items()):
        if _NAME.fullmatch(name) and "\0" not in value and _may_be_taken(name, value):
            kept[name] = value
        else:
            left_out.append(name)
    return kept, left_out


def inherited(shell: Mapping[str, str], *, storage: bool = False) -> dict[str, str]:
    """What of a person's shell a command gets: no secret but the one for tracking, and with `storage` those for S3."""
    patterns = [_KEPT, _TRACKING, *([_STORAGE] if storage else [])]
    return {name: value for name, value in shell.items() if any(pattern.fullmatch(name) for pattern in patterns)}


def for_installing(shell: Mapping[str, str]) -> dict[str, str]:
    """What of a person's shell the installation of an environment gets."""
    return {name: value for name, value in shell.items() if not _NOT_FOR_UV.fullmatch(name)}


def _may_be_taken(name: str, value: str) -> bool:
    if name == "PYTHONPATH":
        return all(part in {"", "."} or is_inside(part) for part in value.split(":"))
    return _HARMLESS.fullmatch(name) is not None or _OURS.fullmatch(name) is None
