"""The gate on the platform: for each rule a push that it refuses, and then its fix, which it accepts."""

from __future__ import annotations

import base64
import json

from tests.integration.branches.guarded import Desk, a_token, assert_refused
from tests.integration.declared import assert_applied, by_hand
from tests.integration.pulls import merge_pull
from tests.integration.stack import Stack
from tests.waiting import eventually

# -- branches ---------------------------------------------------------------------------------------------------------


def test_code_comes_to_stable_by_merging_only(desk: Desk) -> None:
    desk.branch("stable/delay")
    desk.write("src/model.py", "print('by hand')\n")
    desk.commit("Write code where none is written")
    desk.refused("stable/delay", "changes src/model.py", "stable/delay (stable)")
    desk.branch("dev/model")
    desk.write("src/model.py", "print('by dev')\n")
    desk.commit("Write code where code is written")
    desk.accepted("dev/model")
    desk.branch("stable/delay")
    desk.git("merge", "--quiet", "--no-ff", "-m", "Take the model", "dev/model")
    desk.accepted("stable/delay")


def test_raw_data_says_where_it_came_from_and_clean_what_it_was_made_of(desk: Desk) -> None:
    desk.branch("data/raw/one")
    desk.data("data/one")
    desk.run("dvc", "push", "--quiet")
    desk.commit("Upload")
    desk.refused("data/raw/one", "without saying where it came from", "Source")
    desk.git("commit", "--quiet", "--amend", "-m", "Upload", "--trailer=Source: sensors of hall 1")
    raw = desk.git("rev-parse", "HEAD")
    desk.accepted("data/raw/one")
    desk.branch("data/clean/one", raw)
    desk.data("data/clean")
    desk.run("dvc", "push", "--quiet")
    desk.commit("Clean", f"Derived-from: {'1' * 40}")
    desk.refused("data/clean/one", "Derived-from")
    desk.git("reset", "--quiet", "--soft", raw)
    desk.commit("Clean", f"Derived-from: {raw}")
    desk.accepted("data/clean/one")


def test_a_member_appends_results_to_main_and_nothing_else(desk: Desk, bridge: Desk) -> None:
    desk.branch("main")
    desk.append("saigen.toml", "# not yours\n")
    desk.commit("Change the rules")
    desk.refused("main", "saigen.toml on main is changed by somebody who is not a maintainer")
    desk.branch("main")
    desk.write("tracking/runs.json", json.dumps([{"run_id": "1"}]))
    desk.commit("Report a run")
    desk.accepted("main")
    desk.write("tracking/runs.json", json.dumps([{"run_id": "2"}]))
    desk.commit("Report another run in its place")
    desk.refused("main", "does more than append to tracking/runs.json")
    bridge.branch("main")
    bridge.append("saigen.toml", "# mine\n")
    bridge.commit("Change the rules")
    bridge.accepted("main")


def test_rules_come_from_the_default_branch_and_not_from_the_push(desk: Desk) -> None:
    desk.branch("stable/other")
    settings = (desk.root / "saigen.toml").read_text().partition("[branches]")[0]
    desk.write("saigen.toml", settings + "\n[gate]\nlargest_file = '1 GB'\nallow = ['*']\n")
    desk.write("src/keys.py", f"KEY = '{a_token()}'\n")
    desk.commit("Write my own rules")
    desk.refused("stable/other", "looks like a secret", "changes saigen.toml")


# -- not by git push --------------------------------------------------------------------------------------------------


def test_an_edit_by_the_api(desk: Desk) -> None:
    content = base64.b64encode(b"print('by API')\n").decode()
    before = desk.tip("main")
    answer = desk.api("POST", "/contents/src/api.py", content=content, branch="main", message="Edit")
    assert answer.status_code >= 400
    assert desk.tip("main") == before
    answer = desk.api("POST", "/contents/src/api.py", content=content, branch="main", new_branch="dev/api", message="E")
    assert answer.status_code == 201, answer.text


def test_a_pull_request_is_merged_where_its_rules_allow(desk: Desk, bridge: Desk) -> None:
    desk.branch("dev/request")
    desk.write("src/request.py", "print('request')\n")
    desk.commit("Write code")
    desk.accepted("dev/request")
    desk.accepted("stable/request", value="origin/main")
    to_stable = desk.api("POST", "/pulls", head="dev/request", base="stable/request", title="Take it").json()
    to_main = desk.api("POST", "/pulls", head="dev/request", base="main", title="Take it").json()

    assert merged(desk, to_stable["number"])
    assert not merged(desk, to_main["number"])
    assert merged(bridge, to_main["number"])


def merged(who: Desk, number: int) -> bool:
    """Whether a pull request that can be merged is, when this person asks for it."""
    merge_pull(who.api, number)
    return bool(who.api("GET", f"/pulls/{number}").json()["merged"])


def test_a_pull_request_unites_directories_and_shows_what_it_cannot(desk: Desk) -> None:
    desk.branch("dev/shared")
    desk.data("data/shared")
    base = share(desk, "dev/shared")
    numbers = {}
    for name, files in {"dev/more": {"3.csv": "3"}, "dev/other": {"4.csv": "4", "0.csv": "x\n0\n"}}.items():
        desk.branch(name, base)
        for file, text in files.items():
            desk.write(f"data/shared/{file}", text)
        desk.run("dvc", "add", "--quiet", "data/shared")
        share(desk, name)
        numbers[name] = desk.api("POST", "/pulls", head=name, base="dev/shared", title=name).json()["number"]
        desk.run("dvc", "checkout", "--quiet", "--force", "data/shared.dvc")
    assert merged(desk, numbers["dev/more"])
    assert merged(desk, numbers["dev/other"])
    desk.git("fetch", "--quiet", "origin")
    desk.git("checkout", "--quiet", "--detach", "origin/dev/shared")
    desk.run("dvc", "pull", "--quiet", "--force")
    assert sorted(path.name for path in (desk.root / "data/shared").iterdir()) == [f"{n}.csv" for n in range(5)]
    assert (desk.root / "data/shared/0.csv").read_text() == "x\n0\n"
    desk.branch("dev/clash", base)
    desk.write("data/shared/0.csv", "x\nanother\n")
    desk.run("dvc", "add", "--quiet", "data/shared")
    share(desk, "dev/clash")
    clash = desk.api("POST", "/pulls", head="dev/clash", base="dev/shared", title="Clash").json()["number"]
    eventually(lambda: desk.api("GET", f"/pulls/{clash}").json()["mergeable"] is False)
    assert desk.api("POST", f"/pulls/{clash}/merge", Do="merge").status_code >= 400


def share(desk: Desk, branch: str) -> str:
    """Commit, push the data, push the branch; the commit's id."""
    commit = desk.commit(f"Data for {branch}")
    desk.run("dvc", "push", "--quiet")
    desk.accepted(branch)
    return commit


def test_a_branch_that_others_build_on_is_not_deleted_or_renamed_by_the_api(desk: Desk) -> None:
    desk.accepted("data/raw/kept", value="origin/main")
    desk.accepted("dev/gone", value="origin/main")
    assert desk.api("DELETE", "/branches/data%2Fraw%2Fkept").status_code >= 400
    assert desk.tip("data/raw/kept")
    assert desk.api("PATCH", "/branches/data%2Fraw%2Fkept", name="free/kept").status_code >= 400
    assert desk.tip("data/raw/kept")
    assert desk.api("DELETE", "/branches/dev%2Fgone").status_code == 204
    assert desk.tip("dev/gone") is None


# -- overrides and roles ----------------------------------------------------------------------------------------------


def test_a_maintainer_overrides_with_a_reason_that_everyone_sees(platform: Stack, desk: Desk, bridge: Desk) -> None:
    reason = ("-o", "saigen-override=the merge tool is broken today")
    for one in (desk, bridge):
        one.branch("stable/forced")
        one.write("src/forced.py", f"print('{one.person.name}')\n")
        one.commit("Write code by hand")
    desk.refused("stable/forced", "only a maintainer", options=reason)
    bridge.refused("stable/forced", "an override without a reason", options=("-o", "saigen-override="))
    assert "noted on" in bridge.accepted("stable/forced", *reason)
    desk.git("fetch", "--quiet", "origin", "stable/forced", "refs/notes/saigen/overrides:refs/notes/saigen/overrides")
    seen = desk.git("log", "-1", "--notes=saigen/overrides", bridge.git("rev-parse", "HEAD"))
    assert "Override by captain" in seen
    assert "the merge tool is broken today" in seen
    assert "Against: writes:" in seen
    assert "gate: override in guarded by captain" in platform.compose("logs", "--no-color", "git").stdout
    assert desk.push("refs/notes/saigen/overrides", value="HEAD").returncode != 0


def test_no_override_moves_a_tag(bridge: Desk) -> None:
    bridge.accepted("refs/tags/held_v1", value="origin/main")
    bridge.branch("free/tag")
    bridge.write("moved.txt", "moved")
    bridge.commit("Move on")
    done = bridge.push("refs/tags/held_v1", "--force", "-o", "saigen-override=I want it")
    assert_refused(done.stderr, "tag held_v1 cannot be moved")


def test_nothing_is_let_in_while_roles_are_not_known(platform: Stack, bridge: Desk) -> None:
    bridge.branch("free/roles")
    bridge.write("roles.txt", "roles")
    bridge.commit("Anything")
    by_hand(platform, "Path('/gate/roles.json').unlink()")
    bridge.refused("free/roles", "it is not known who may do what here", options=("-o", "saigen-override=please"))
    assert "create captain" in assert_applied(platform)
    bridge.accepted("free/roles")
