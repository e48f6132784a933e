"""Policies: least privilege, every action written out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from saigen_bootstrap.errors import UsageError
from saigen_bootstrap.storage.policies import canonical, read_policies, render_policies

TEXTS = read_policies(Path(__file__).resolve().parents[3] / "infra" / "policies")
POLICIES: dict[str, Any] = dict(render_policies(TEXTS, ["demo", "flights"]))
FORBIDDEN = {
    "s3:DeleteObjectVersion", "s3:ReplicateObject", "s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:DeleteBucket",
    "s3:PutLifecycleConfiguration", "s3:PutEncryptionConfiguration", "s3:CreateBucket", "s3:ForceDeleteBucket",
}  # fmt: skip


def allowed(policy: str) -> set[str]:
    statements = POLICIES[policy]["Statement"]
    return {action for each in statements if each["Effect"] == "Allow" for action in each["Action"]}


def resources(policy: str) -> set[str]:
    return {resource for each in POLICIES[policy]["Statement"] for resource in each.get("Resource", [])}


def test_there_is_a_policy_for_each_project_and_role() -> None:
    assert set(POLICIES) == {
        "dvc-demo-read", "dvc-demo-write", "dvc-flights-read", "dvc-flights-write",
        "dvc-maintainers", "gate", "person", "tracking",
    }  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES)
def test_every_action_is_written_out(policy: str) -> None:
    assert not [action for action in allowed(policy) if "*" in action]


@pytest.mark.parametrize("policy", POLICIES)
def test_nobody_may_change_a_bucket_or_destroy_a_version(policy: str) -> None:
    assert not allowed(policy) & FORBIDDEN


@pytest.mark.parametrize("policy", [name for name in POLICIES if name.startswith("dvc-")])
def test_people_delete_nothing(policy: str) -> None:
    assert not [action for action in allowed(policy) if "Delete" in action]


def test_the_gate_reads_data_and_adds_nothing_but_lists_of_directories() -> None:
    assert allowed("gate") == {
        "s3:GetBucketLocation",
        "s3:ListBucket",
        "s3:ListenBucketNotification",
        "s3:GetObject",
        "s3:PutObject",
    }
    (adding,) = [each for each in POLICIES["gate"]["Statement"] if "s3:PutObject" in each["Action"]]
    assert (adding["Action"], adding["Resource"]) == (["s3:PutObject"], ["arn:aws:s3:::dvc/*/files/md5/*.dir"])


def test_policy_of_a_project_names_no_other_prefix() -> None:
    assert resources("dvc-demo-write") == {"arn:aws:s3:::dvc", "arn:aws:s3:::dvc/demo/*"}


def test_listing_is_bound_to_the_project_s_prefix() -> None:
    (listing,) = [each for each in POLICIES["dvc-demo-read"]["Statement"] if "s3:ListBucket" in each["Action"]]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["demo/*"]}}


def test_viewers_only_read() -> None:
    assert allowed("dvc-demo-read") == {"s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"}


def test_tracking_reaches_only_its_own_bucket() -> None:
    assert resources("tracking") == {"arn:aws:s3:::mlflow", "arn:aws:s3:::mlflow/*"}


def test_nobody_makes_keys_beside_the_one_secret() -> None:
    (statement,) = POLICIES["person"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert "admin:CreateServiceAccount" in statement["Action"]


@pytest.mark.parametrize("action", ["s3:*", "s3:Get*", "*", "s3:GetObjec?"])
def test_wildcard_in_an_action_is_refused(action: str) -> None:
    text = json.dumps({"Statement": [{"Effect": "Allow", "Action": [action], "Resource": ["arn:aws:s3:::dvc/*"]}]})
    with pytest.raises(UsageError, match="enumerated actions"):
        render_policies({**TEXTS, "person.json": text}, [])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Statement": 1}', '{"Statement": [{"Effect": "Allow"}]}'])
def test_file_that_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="tracking"):
        render_policies({**TEXTS, "tracking.json": text}, [])


def test_placeholder_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="project-read"):
        render_policies({**TEXTS, "project-read.json": '{"Statement": [{"Action": ["${user}"]}]}'}, ["demo"])


def test_missing_policy_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_policies(tmp_path)


def test_order_in_which_storage_returns_actions_does_not_matter() -> None:
    assert canonical({"b": ["y", "x"], "a": [{"d": 1, "c": ["2", "1"]}]}) == {
        "a": [{"c": ["1", "2"], "d": 1}],
        "b": ["x", "y"],
    }
