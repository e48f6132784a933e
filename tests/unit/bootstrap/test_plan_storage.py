"""Storage: what is compared, and what a difference leads to."""

from __future__ import annotations

from dataclasses import replace

from saigen_bootstrap.plan import Plan
from saigen_bootstrap.storage.compare import compare_storage
from saigen_bootstrap.storage.policies import Document
from saigen_bootstrap.storage.state import EXPIRE, Bucket, Group, StorageState, User, wanted_storage

from tests.unit.bootstrap.team_examples import TEAM, WITHOUT_AUTHOR, WITHOUT_DEMO

POLICIES: dict[str, Document] = {
    name: {"Version": name}
    for name in ("dvc-demo-read", "dvc-demo-write", "dvc-maintainers", "gate", "person", "tracking")
}  # fmt: skip
WANTED = wanted_storage(TEAM, POLICIES)


def plan(actual: StorageState, wanted: StorageState = WANTED) -> Plan:
    return Plan(compare_storage(wanted, actual))


def done(actual: StorageState, wanted: StorageState = WANTED) -> list[str]:
    return [f"{change.noun}: {change.render()}" for change in plan(actual, wanted).changes("storage")]


def with_user(name: str, user: User) -> StorageState:
    return replace(WANTED, users={**WANTED.users, name: user})


def with_group(name: str, group: Group) -> StorageState:
    return replace(WANTED, groups={**WANTED.groups, name: group})


def test_empty_storage_gets_everything() -> None:
    assert plan(StorageState()).lines() == (
        "storage   buckets: 2 declared, 0 present -> create dvc; create mlflow",
        "storage   policies: 6 declared, 0 present -> create dvc-demo-read; create dvc-demo-write; "
        "create dvc-maintainers; create gate; create person; create tracking",
        "storage   users: 6 declared, 0 present -> create author; create captain; create ci-bot; create gate; "
        "create reviewer; create tracking",
        "storage   groups: 3 declared, 0 present -> create demo-members; create demo-viewers; create maintainers",
        "storage   memberships: 4 declared, 0 present -> create author in demo-members; "
        "create reviewer in demo-members; create ci-bot in demo-viewers; create captain in maintainers",
    )


def test_storage_as_declared_needs_nothing() -> None:
    assert plan(WANTED).total() == 0
    assert plan(WANTED).lines()[2] == "storage   users: 6 declared, 6 present, nothing to do"


def test_missing_person_is_created() -> None:
    users = {name: user for name, user in WANTED.users.items() if name != "reviewer"}
    assert plan(replace(WANTED, users=users)).lines()[2] == "storage   users: 6 declared, 5 present -> create reviewer"


def test_disabled_person_is_repaired() -> None:
    drifted = with_user("author", replace(WANTED.users["author"], enabled=False))
    assert done(drifted) == ["user: repair author (enabled)"]


def test_secret_that_does_not_log_in_is_repaired() -> None:
    drifted = with_user("author", replace(WANTED.users["author"], secret=False))
    assert done(drifted) == ["user: repair author (secret)"]


def test_policy_attached_by_hand_is_repaired() -> None:
    drifted = with_user("ci-bot", User(policies=frozenset({"person", "consoleAdmin"})))
    assert done(drifted) == ["user: repair ci-bot (policies)"]


def test_edited_policy_is_repaired() -> None:
    drifted = replace(WANTED, policies={**POLICIES, "dvc-demo-read": {"Version": "edited"}})
    assert done(drifted) == ["policy: repair dvc-demo-read (edited)"]


def test_person_put_into_a_group_by_hand_is_taken_out() -> None:
    drifted = with_group("maintainers", replace(WANTED.groups["maintainers"], members=frozenset({"captain", "author"})))
    assert done(drifted) == ["membership: remove author from maintainers"]


def test_disabled_group_is_repaired() -> None:
    drifted = with_group("demo-members", replace(WANTED.groups["demo-members"], enabled=False))
    assert done(drifted) == ["group: repair demo-members (enabled)"]


def test_bucket_open_to_everyone_is_closed() -> None:
    drifted = replace(WANTED, buckets={**WANTED.buckets, "dvc": Bucket(versioning="Suspended", anonymous="{}")})
    assert done(drifted) == ["bucket: repair dvc (versioning, anonymous)"]


def test_data_whose_older_versions_would_end_is_repaired() -> None:
    drifted = replace(WANTED, buckets={**WANTED.buckets, "dvc": Bucket(lifecycle=EXPIRE)})
    assert done(drifted) == ["bucket: repair dvc (lifecycle)"]


def test_person_who_left_is_removed_first() -> None:
    wanted = wanted_storage(WITHOUT_AUTHOR, POLICIES)
    drifted = replace(WANTED, buckets={})
    assert done(drifted, wanted)[0] == "user: remove author"


def test_account_made_by_hand_is_removed() -> None:
    assert done(with_user("mallory", User())) == ["user: remove mallory"]


def test_project_that_is_gone_keeps_its_group_with_nobody_in_it() -> None:
    people_only = {name: document for name, document in POLICIES.items() if not name.startswith("dvc-demo")}
    wanted = wanted_storage(WITHOUT_DEMO, people_only)
    assert done(WANTED, wanted) == [
        "user: remove ci-bot",
        "membership: remove author from demo-members",
        "membership: remove reviewer from demo-members",
    ]
    assert "left alone: demo-members, demo-viewers" in plan(WANTED, wanted).lines()[3]


def test_bucket_and_group_of_others_are_listed_and_left_alone() -> None:
    drifted = replace(with_group("guests", Group()), buckets={**WANTED.buckets, "mine": Bucket(versioning="Off")})
    assert plan(drifted).total() == 0
    assert plan(drifted).lines()[0].endswith("nothing to do (not declared, left alone: mine)")


def test_policies_that_minio_brings_along_are_not_mentioned() -> None:
    drifted = replace(WANTED, policies={**POLICIES, "readwrite": {}})
    assert plan(drifted).lines()[1] == "storage   policies: 6 declared, 6 present, nothing to do"
