"""Which texts look like secrets, so that a recording takes none along. Pure.

A short list of key formats that their issuers document, and of file names that hold nothing else. No guarantee: it
catches what people leave in a working tree most often. No library is used for it, since it runs inside the training,
within milliseconds: a plain substring is looked for first, and a pattern only where that occurs.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

LARGEST = 5_000_000  # bytes of one file that are looked at
MASK = "***"


class Rule(NamedTuple):
    """What a kind of secret looks like.

    `marks`: at least one of these occurs in each that `pattern` finds, which is compiled only when one does.
    """

    name: str
    marks: tuple[bytes, ...]
    pattern: bytes


_VALUE = rb"(?![\w.]*(?:example|placeholder|changeme|your[_-]|xxxx|\*\*\*))"
RULES = (
    # RFC 7468
    Rule("private key", (b"PRIVATE KEY",), rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    # AWS: identifiers of access keys begin with AKIA (long-lived) or ASIA (temporary)
    Rule("AWS access key", (b"AKIA", b"ASIA"), rb"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    Rule(
        "secret access key",
        (b"secret_access_key", b"SECRET_ACCESS_KEY", b"SecretAccessKey"),
        rb"(?i:secret_?access_?key)[\"']?\s*[=:]\s*[\"']?" + _VALUE + rb"[A-Za-z0-9/+=]{32,}",
    ),
    # GitHub: "GitHub's token formats"
    Rule(
        "GitHub token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})",
    ),
    Rule("GitLab token", (b"glpat-", b"gldt-", b"glrt-"), rb"\bgl(?:pat|dt|rt)-[A-Za-z0-9_-]{20,}"),
    Rule("Hugging Face token", (b"hf_",), rb"\bhf_[A-Za-z0-9]{30,}\b"),
    Rule("OpenAI or Anthropic key", (b"sk-",), rb"\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{32,}"),
    Rule("Google key", (b"AIza",), rb"\bAIza[A-Za-z0-9_-]{35}\b"),
    Rule("Slack token", (b"xox",), rb"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    Rule("Stripe key", (b"sk_live_", b"rk_live_"), rb"\b[sr]k_live_[A-Za-z0-9]{20,}"),
    Rule("PyPI token", (b"pypi-AgE",), rb"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    # RFC 7519: three parts in base64url, the first two of which begin a JSON object
    Rule("signed token", (b"eyJ",), rb"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    Rule(
        "password in a URL",
        (b"://",),
        rb"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'{}$<]+:" + _VALUE + rb"[^\s/:@\"'{}$<*]{6,}@[A-Za-z0-9.-]",
    ),
    Rule(
        "password of MLflow",
        (b"MLFLOW_TRACKING_PASSWORD", b"MLFLOW_TRACKING_TOKEN"),
        (
            rb"MLFLOW_TRACKING_(?:PASSWORD|TOKEN)[\"'\] ]*[=:,]\s*[\"']?"
            + _VALUE
            + rb"(?=[A-Za-z0-9_./+-]*[0-9])[A-Za-z0-9_/+-]{12,}"
        ),
    ),
)
_FILES = re.compile(
    r"\.env(?:\.(?!example$|sample$|template$|dist$).*)?|\.netrc|_netrc|\.pgpass|\.pypirc|\.git-credentials|\.s3cfg|\.boto"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:pem|p12|pfx|keystore|jks|kdbx|ppk)|kaggle\.json|service[_-]account.*\.json",
    re.IGNORECASE,
)
_FOLDERS = frozenset({".aws", ".ssh", ".gnupg", ".kube", ".docker"})
_NAME = re.compile(
    r"(?:.*[-_.])?(?:token|pwd|pass|pw|auth|cookie|dsn)"
    # These say it at the end of any word, as in PGPASSWORD and awsSecretKey,
    r"|.*(?:password|passwd|passphrase|secret|credentials?|(?:api|access|private|secret)[-_]*key)"
    # and these behind what they are for: a bypass is none.
    r"|.*(?:db|pg|sql|smtp|mail|ftp|ssh|user|root|admin|ldap|redis|mongo|rabbit)(?:pass|pwd|pw)"
    r"|.*(?:auth|access|bearer|refresh|session|api|hf|git|hub)token"
    # With whose or where it is behind it, as in DB_PASSWORD_PROD, but not what is only about it.
    r"|(?:.*[-_.])?(?:password|passwd|passphrase|secret|credentials?|api[-_]?key)(?:\d+|[-_.](?!"
    r"(?:files?|paths?|names?|ids?|dirs?|urls?|envs?|vars?|length|size|count|type|policy|store|manager|arn)\b).+)"
    r"|(?:.*[-_.])?token[-_.](?:[a-z]|\d+|prod|dev|test|staging|live)"
    r"|.*[-_.]pat|(?:.*[-_.])?(?:openai|anthropic|mistral|cohere|gemini|wandb|comet|neptune|kaggle)[-_.]?key",
    re.IGNORECASE,
)
# What language models call tokens is none of these.
_NO_SECRET = re.compile(r"(?:.*[-_.])?(?:pad|eos|bos|unk|mask|sep|cls|stop|special)[-_.]?token", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^\s/@]*:[^\s/@]+@", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?", re.IGNORECASE)


def found_in(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Each secret in a file's content: the name of its rule, and the text itself."""
    looked_at = content[:LARGEST]
    for rule in RULES:
        for mark in rule.marks:
            if mark in looked_at:
                yield from ((rule.name, match[0]) for match in re.finditer(rule.pattern, looked_at))
                break


def kind_of(content: bytes) -> str | None:
    """The kind of the first secret in a file's content, or None."""
    return next((name for name, _ in found_in(content)), None)


def is_secret_file(path: str) -> bool:
    """Whether a file's name says that it holds secrets. `.env.example` does not."""
    return _FILES.fullmatch(posixpath.basename(path)) is not None or bool(_FOLDERS & set(path.split("/")[:-1]))


def is_secret_name(name: str) -> bool:
    """Whether an option or a variable of this name holds a secret: `--hf-token`, `DB_PASSWORD`; not `--max-tokens`."""
    bare = name.lstrip("-")
    return _NAME.fullmatch(bare) is not None and _NO_SECRET.fullmatch(bare) is None


def masked(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """A command's words with MASK in place of secrets: behind `--token`, in `password=...`, in a URL, or by format."""
    result: list[str] = []
    hidden = False
    for word in arguments:
        if hidden and not word.startswith("-"):
            result.append(word if _NUMBER.fullmatch(word) else MASK)
            hidden = False
            continue
        name, equals, value = word.partition("=")
        hidden = not equals and word.startswith("-") and is_secret_name(word)
        if equals and value and is_secret_name(name) and not _NUMBER.fullmatch(value):
            result.append(f"{name}={MASK}")
        else:
            result.append(masked_text(word))
    return tuple(result)


def masked_text(text: str) -> str:
    """A text without passwords in URLs and without anything that has a secret's format."""
    shown = _URL_PASSWORD.sub(lambda match: f"{match['scheme']}{MASK}@", text)
    for _, secret in found_in(shown.encode("utf-8", "surrogateescape")):
        shown = shown.replace(secret.decode("utf-8", "surrogateescape"), MASK)
    return shown
