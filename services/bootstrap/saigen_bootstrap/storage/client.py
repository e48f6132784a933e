"""Talks to MinIO: its S3 side for buckets, its admin side for accounts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import urllib3
from minio import Minio, MinioAdmin
from minio.commonconfig import ENABLED, Filter
from minio.credentials import StaticProvider
from minio.error import MinioAdminException, MinioException, S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule
from minio.sseconfig import Rule as EncryptionRule
from minio.sseconfig import SSEConfig
from minio.versioningconfig import VersioningConfig

from ..errors import UP, SilentServiceError, UnreachableError
from ..settings import INNER, REGION
from .policies import Document, canonical
from .state import EXPIRE, KEPT, Bucket, Group, StorageState, User

NONCURRENT_DAYS = 90  # as EXPIRE says
_UNSET = {
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchLifecycleConfiguration",
    "NoSuchBucketPolicy",
}
_SECRET_REFUSED = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccountDisabled"}


@contextmanager
def _ours(what: str) -> Iterator[None]:
    """Turn MinIO's errors into ours; no message of ours holds a secret."""
    try:
        yield
    except urllib3.exceptions.HTTPError as error:
        raise SilentServiceError("storage", type(error).__name__) from error
    except (MinioException, MinioAdminException) as error:
        why = str(error).strip()[:400]
        raise UnreachableError(f"storage: {what} failed", why, f"docker compose logs storage, then {UP}") from error


class Storage:
    """One MinIO server, as its root account."""

    def __init__(self, user: str, password: str, url: str = INNER.storage) -> None:
        """Take the root account."""
        self._host = urlsplit(url).netloc
        timeout = urllib3.Timeout(connect=5, read=30)
        self._http = urllib3.PoolManager(timeout=timeout, retries=urllib3.Retry(3, backoff_factor=0.2))
        self._s3 = self._as(user, password)
        provider = StaticProvider(user, password)
        self._admin = MinioAdmin(endpoint=self._host, credentials=provider, secure=False, http_client=self._http)

    def _as(self, user: str, secret: str) -> Minio:
        return Minio(
            endpoint=self._host, access_key=user, secret_key=secret, region=REGION, secure=False, http_client=self._http
        )

    # What is there

    def read(self, secrets: Mapping[str, str]) -> StorageState:
        """Everything of the server. `secrets` are those that we keep; whether each logs in is part of the state."""
        with _ours("reading"):
            buckets = {bucket.name: self._bucket(bucket.name) for bucket in self._s3.list_buckets()}
            documents = json.loads(self._admin.policy_list())
            listed = json.loads(self._admin.user_list())
            groups = {name: self._group(name) for name in json.loads(self._admin.group_list()) or ()}
            users = {name: self._user(name, entry, secrets.get(name)) for name, entry in listed.items()}
        policies = {name: _document(document) for name, document in documents.items()}
        return StorageState(buckets, policies, users, groups)

    def _bucket(self, name: str) -> Bucket:
        encryption = _or_none(lambda: self._s3.get_bucket_encryption(bucket_name=name))
        return Bucket(
            versioning=self._s3.get_bucket_versioning(bucket_name=name).status or "Off",
            encryption=encryption.rule.sse_algorithm if encryption is not None else "",
            lifecycle=_lifecycle_text(_or_none(lambda: self._s3.get_bucket_lifecycle(bucket_name=name))),
            anonymous=_or_none(lambda: self._s3.get_bucket_policy(bucket_name=name)) or "",
        )

    def _user(self, name: str, entry: Mapping[str, Any], secret: str | None) -> User:
        works = secret is not None and self._logs_in(name, secret)
        return User(entry.get("status") == "enabled", works, _names(entry.get("policyName")))

    def _group(self, name: str) -> Group:
        info = json.loads(self._admin.group_info(name))
        members = frozenset(info.get("members") or ())
        return Group(info.get("status") == "enabled", members, _names(info.get("policy")))

    def _logs_in(self, name: str, secret: str) -> bool:
        try:
            self._as(name, secret).list_buckets()
        except S3Error as error:
            return error.code not in _SECRET_REFUSED
        return True

    # What changes it; each can be repeated

    def set_bucket(self, name: str, wanted: Bucket) -> None:
        """Make the bucket, if it is not there, and its settings; only their lifecycles differ."""
        with _ours(f"bucket {name}"):
            if not self._s3.bucket_exists(bucket_name=name):
                self._s3.make_bucket(bucket_name=name)
            self._s3.set_bucket_versioning(bucket_name=name, config=VersioningConfig(ENABLED))
            self._s3.set_bucket_encryption(bucket_name=name, config=SSEConfig(EncryptionRule.new_sse_s3_rule()))
            if wanted.lifecycle == EXPIRE:
                self._s3.set_bucket_lifecycle(bucket_name=name, config=_lifecycle())
            else:
                _or_none(lambda: self._s3.delete_bucket_lifecycle(bucket_name=name))
            _or_none(lambda: self._s3.delete_bucket_policy(bucket_name=name))

    def set_policy(self, name: str, document: Document) -> None:
        """Write a policy's content."""
        with _ours(f"policy {name}"):
            self._admin.policy_add(name, policy=dict(document))

    def set_user(self, name: str, secret: str, policies: frozenset[str]) -> None:
        """Make the user, or set the secret of the one that is there; enabled, with exactly these policies."""
        with _ours(f"user {name}"):
            self._admin.user_add(name, secret)
            self._admin.user_enable(name)
            self._admin.policy_set(",".join(sorted(policies)), user=name)

    def remove_user(self, name: str) -> None:
        """Remove the user with every key made for it; its objects stay."""
        with _ours(f"user {name}"):
            self._admin.user_remove(name)

    def set_group(self, name: str, policies: frozenset[str]) -> None:
        """Make the group, if it is not there; enabled, with exactly these policies."""
        with _ours(f"group {name}"):
            self._change_members(name, [], remove=False)
            self._admin.group_enable(name)
            self._admin.policy_set(",".join(sorted(policies)), group=name)

    def add_member(self, name: str, group: str) -> None:
        """Put a user into a group."""
        with _ours(f"group {group}"):
            self._change_members(group, [name], remove=False)

    def remove_member(self, name: str, group: str) -> None:
        """Take a user out of a group."""
        with _ours(f"group {group}"):
            self._change_members(group, [name], remove=True)

    def _change_members(self, group: str, names: list[str], *, remove: bool) -> None:
        # The SDK's annotation says str; it sends what it gets, and the server wants a list.
        change: Callable[[str, Any], str] = self._admin.group_remove if remove else self._admin.group_add
        change(group, names)


def _or_none(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except S3Error as error:
        if error.code in _UNSET:
            return None
        raise


def _names(text: str | None) -> frozenset[str]:
    return frozenset(name for name in (text or "").split(",") if name)


def _document(document: object) -> Document:
    ordered = canonical(document)
    return ordered if isinstance(ordered, Mapping) else {}


def _lifecycle() -> LifecycleConfig:
    # Unfinished uploads are ended by a setting of the server: MinIO drops that part of a rule without a word.
    rule = Rule(
        ENABLED,
        rule_filter=Filter(prefix=""),
        rule_id="old-versions",
        expiration=Expiration(expired_object_delete_marker=True),
        noncurrent_version_expiration=NoncurrentVersionExpiration(noncurrent_days=NONCURRENT_DAYS),
    )
    return LifecycleConfig([rule])


def _lifecycle_text(config: LifecycleConfig | None) -> str:
    if config is None:
        return KEPT
    (ours,) = _lifecycle().rules
    if config.rules == [ours]:
        return EXPIRE
    return f"{len(config.rules)} other rules"
