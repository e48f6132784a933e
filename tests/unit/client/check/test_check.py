"""`saigen check`: what it says of a checkout and of a push, and `saigen init` before it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from saigen.cli import main
from tests.unit.client.branches.pushes import RULES, Clone, clone_of_new, git

pytestmark = pytest.mark.usefixtures("warm_dvc")  # `saigen init` asks DVC


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    clone = clone_of_new(tmp_path)
    monkeypatch.chdir(clone.root)
    monkeypatch.setenv("SAIGEN_CONFIG", str(tmp_path / "nothing"))
    return clone


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    """Exit code and answer of `saigen check --json`."""
    capsys.readouterr()
    code = main(["check", "--json", *arguments])
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return code, found


def rules(found: dict[str, object]) -> list[str]:
    """The rules that a check found broken."""
    problems = found["problems"]
    assert isinstance(problems, list)
    return [problem["rule"] for problem in problems]


def given(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """What Git gives the hook."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


@pytest.mark.usefixtures("clone")
def test_a_clone_merges_by_kind_once_it_is_set_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert rules(checked(capsys)[1]) == ["merging", "merging"]
    main(["init"])
    assert checked(capsys)[1]["problems"] == []


def test_a_branch_says_what_may_be_done_on_it(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.switch("data/raw")
    main(["check"])
    said = capsys.readouterr().out
    assert "branch data/raw is of the kind raw" in said
    assert "a commit that changes data says: Source" in said


def test_a_line_is_named(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.switch("stable/acme")
    _, found = checked(capsys)
    assert (found["kind"], found["line"]) == ("stable", "acme")


def test_everything_wrong_in_the_file_is_said_at_once(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.write(
        "saigen.toml", "[project]\n[branches.raw]\nmerge = []\n[branch]\n[gate]\nlargest_file = 3\nallows = []\n"
    )
    code, found = checked(capsys)
    text = json.dumps(found["problems"])
    assert code == 1
    for part in ("[project] name", "[branches.raw] merge", "[branch]", "[gate] largest_file", "[gate] allows"):
        assert part in text


def test_a_file_that_is_no_toml_is_a_problem(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.write("saigen.toml", "[project\n")
    code, found = checked(capsys)
    assert (code, rules(found)) == (1, ["file"])


def test_what_a_push_would_bring_is_judged(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.switch("data/raw")
    clone.commit("src/train.py", "data/flights.csv.dvc", content="outs:\n- path: flights.csv\n", message="Both")
    code, found = checked(capsys)
    assert code == 1
    assert {"writes", "origin"} <= set(rules(found))
    assert "a push would bring 1 commit to refs/heads/data/raw" in json.dumps(found["facts"])


def test_what_was_pushed_is_not_judged_again(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.switch("data/raw")
    clone.commit("src/train.py")
    git(clone.root, "push", "--quiet", "origin", "data/raw")
    assert "writes" not in rules(checked(capsys)[1])


def test_a_branch_that_is_only_behind_has_no_problem(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.switch("data/raw")
    clone.commit("data/README.md")
    git(clone.root, "push", "--quiet", "origin", "data/raw")
    git(clone.root, "reset", "--quiet", "--hard", "HEAD~1")
    found = checked(capsys)[1]
    assert set(rules(found)) == {"merging"}  # of the clone
    assert "data/raw is behind origin" in json.dumps(found["notes"])


def test_a_role_decides(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.commit("src/train.py")
    assert "writes" in rules(checked(capsys)[1])
    assert "writes" not in rules(checked(capsys, "--role", "maintainer")[1])


def test_the_rules_are_those_of_the_default_branch(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.switch("data/raw")
    clone.commit("src/train.py")
    clone.write("saigen.toml", RULES.replace("raw = {}", 'raw = {writes = ["*"]}'))
    assert "writes" in rules(checked(capsys)[1])


def test_branches_that_git_cannot_hold_at_once_are_a_problem(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.write("saigen.toml", RULES + '[clients.acme]\nraw = "data/raw"\n[clients.birds]\n')
    assert "names" in rules(checked(capsys)[1])


def test_outside_of_a_repository_it_is_blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert main(["check"]) == 3
    assert main(["init"]) == 3


# ---- a push


def test_the_lines_of_the_hook_are_judged(
    clone: Clone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.switch("data/raw")
    commit = clone.commit("src/train.py")
    given(monkeypatch, f"refs/heads/data/raw {commit} refs/heads/data/raw {'0' * 40}")
    assert main(["check", "--push"]) == 1
    assert "refused: commit" in capsys.readouterr().err
    given(monkeypatch, f"refs/heads/data/raw {commit} refs/heads/dev/ada {'0' * 40}")
    assert main(["check", "--push"]) == 0


def test_a_hook_without_lines_has_nothing_to_say(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.commit("src/train.py")
    given(monkeypatch)
    assert main(["check", "--push"]) == 0


def test_what_runs_ran_is_left_to_the_forge(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = clone.commit(".env")
    given(monkeypatch, f"{commit} {commit} refs/saigen/in/{commit} {'0' * 40}")
    assert main(["check", "--push"]) == 0


def test_a_named_data_version_does_not_move(
    clone: Clone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = git(clone.root, "rev-parse", "HEAD"), clone.commit(message="Later")
    given(monkeypatch, f"refs/tags/flights_v1 {new} refs/tags/flights_v1 {old}")
    assert main(["check", "--push"]) == 1
    assert "flights_v2" in capsys.readouterr().err


def test_other_lines_are_wrong_usage(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, f"nonsense in {clone.root}")
    assert main(["check", "--push"]) == 2


def test_a_ci_system_names_base_and_branch(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.switch("data/raw")
    clone.commit("src/train.py")
    git(clone.root, "switch", "--quiet", "--detach")
    assert main(["check", "--push", "--base", "main"]) == 2
    assert main(["check", "--push", "--base", "nowhere", "--branch", "data/raw"]) == 2
    code, found = checked(capsys, "--push", "--base", "main", "--branch", "data/raw")
    assert (code, rules(found)) == (1, ["writes"])
    assert checked(capsys, "--push", "--base", "main", "--branch", "dev/ada")[0] == 0


def test_a_base_that_has_gone_on_is_no_forced_push(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.switch("data/raw")
    clone.commit("data/README.md")
    clone.switch("main")
    clone.commit("README.md")
    clone.switch("data/raw")
    assert checked(capsys, "--push", "--base", "main")[0] == 0


# ---- init


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that has nothing."""
    root = tmp_path / "late trains"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch", "main")
    monkeypatch.chdir(root)
    return root


def test_a_repository_is_set_up_once(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--branches", "--hook"]) == 0
    assert "done  saigen.toml: written for the project 'late-trains'" in capsys.readouterr().out
    assert (fresh / ".dvc" / "config").exists()
    before = {path: path.read_bytes() for path in fresh.rglob("*") if path.is_file()}
    assert main(["init", "--branches", "--hook"]) == 0
    said = capsys.readouterr().out
    assert "nothing to do" in said
    assert "done" not in said
    assert before == {path: path.read_bytes() for path in fresh.rglob("*") if path.is_file()}


def test_what_init_writes_has_no_problem(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "--branches"])
    git(fresh, "-c", "user.name=ada", "-c", "user.email=a@b.c", "commit", "--quiet", "--allow-empty", "-m", "First")
    code, found = checked(capsys, "--role", "maintainer")
    assert (code, found["kind"], found["problems"]) == (0, "main", [])


def test_without_a_remote_a_branch_is_judged_beside_those_that_are_here(
    fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", "--branches"])
    git(fresh, "config", "user.name", "ada")
    git(fresh, "config", "user.email", "a@b.c")
    git(fresh, "add", "--all")
    git(fresh, "commit", "--quiet", "-m", "First")
    git(fresh, "switch", "--quiet", "--create", "data/raw")
    assert checked(capsys)[1]["problems"] == []


def test_a_file_that_is_there_is_kept(fresh: Path) -> None:
    (fresh / "saigen.toml").write_text('[project]\nname = "mine"\n')
    main(["init"])
    assert (fresh / "saigen.toml").read_text() == '[project]\nname = "mine"\n'
    main(["init", "--branches"])
    assert (fresh / "saigen.toml").read_text().startswith('[project]\nname = "mine"\n\n# ---- What branches mean')


def test_a_hook_of_ones_own_is_kept(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hook = fresh / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n")
    main(["init", "--hook"])
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    assert 'add to it  saigen check --push --remote "$1"' in capsys.readouterr().out


def test_git_push_asks_the_hook(clone: Clone) -> None:
    main(["init", "--hook"])
    clone.switch("data/raw")
    clone.commit("data/README.md", "src/train.py")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = ["git", "push", "--quiet", "origin", "data/raw"]
    done = subprocess.run(command, cwd=clone.root, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode != 0
    assert "src/train.py" in done.stderr
    command[-1] = "data/raw:dev/ada"
    subprocess.run(command, cwd=clone.root, capture_output=True, env=environment, check=True)
