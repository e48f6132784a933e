"""A push as its hook sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from saigen_gate.request import override_of, parse_request

from saigen.branches.push import RefChange

OLD, NEW, NONE = "1" * 40, "2" * 40, "0" * 40
FORGE = {"GITEA_REPO_NAME": "flights", "GITEA_PUSHER_NAME": "author"}
HERE = Path("/repositories/team/flights.git")


def test_a_push_says_who_where_and_what() -> None:
    request = parse_request(f"{OLD} {NEW} refs/heads/dev/x\n{NONE} {NEW} refs/tags/a b\n", FORGE, HERE)
    assert (request.name, request.pusher, request.merging, request.override) == ("flights", "author", False, None)
    assert request.changes == (RefChange("refs/heads/dev/x", OLD, NEW), RefChange("refs/tags/a b", None, NEW))


def test_a_deleted_ref_names_nothing() -> None:
    assert parse_request(f"{OLD} {NONE} refs/heads/x\n", FORGE, HERE).changes == (RefChange("refs/heads/x", OLD, None),)


@pytest.mark.parametrize(("trigger", "merging"), [("pr-merge-to-base", True), ("pr-update-with-base", False)])
def test_a_merged_pull_request_is_known(trigger: str, merging: bool) -> None:
    assert parse_request("", {**FORGE, "GITEA_PUSH_TRIGGER": trigger}, HERE).merging is merging


@pytest.mark.parametrize("missing", FORGE)
def test_a_push_of_nobody_knows_is_none(missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        parse_request("", {name: value for name, value in FORGE.items() if name != missing}, HERE)


def test_options_come_by_their_numbers() -> None:
    options = {
        "GIT_PUSH_OPTION_COUNT": "2",
        "GIT_PUSH_OPTION_0": "ci.skip",
        "GIT_PUSH_OPTION_1": "saigen-override=late at night",
    }
    assert parse_request("", {**FORGE, **options}, HERE).override == "late at night"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], None),
        (["saigen-overrides=x"], None),
        (["saigen-override"], ""),
        (["saigen-override=  "], ""),
        (["saigen-override=a = b"], "a = b"),
        (["saigen-override=first", "saigen-override=second"], "second"),
        (["saigen-override=two\nlines\tof \x1b[31mit"], "two lines of ?[31mit"),
        (["saigen-override=" + "x" * 9000], "x" * 500 + "..."),
    ],
)
def test_a_reason_is_one_printable_line(options: list[str], reason: str | None) -> None:
    assert override_of(options) == reason
