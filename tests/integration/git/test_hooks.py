"""The hooks alone, on a bare repository inside the image, without a forge: they refuse when they cannot decide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shipped import Container, started

OWN_HOOKS = (
    "for name in pre-receive update post-receive proc-receive; do echo '#!/bin/sh' > $name; chmod +x $name; done"
)
REPOSITORY = f"""
cd /data && git config --global core.hooksPath /opt/saigen/hooks && git config --global user.email t@example.org
git config --global user.name tester && git config --global safe.directory '*'
git init --quiet --bare server && cd server/hooks && {OWN_HOOKS}
cd /data && git clone --quiet /data/server clone 2>/dev/null && cd clone && git commit --quiet --allow-empty -m one
git push --quiet origin HEAD:main HEAD:refs/heads/dev
"""
NOTE = "git notes --ref=refs/notes/saigen/overrides add -m override main"


def shell(*options: str) -> Iterator[Container]:
    """The image, hardened, with nothing running in it but a shell that waits."""
    idle = ["--network=none", "--env=HOME=/data", "--volume=/data", "--entrypoint=sleep", "--no-healthcheck"]
    with started("git", *idle, *options, command=("infinity",)) as container:
        container.execute("bash", "-euc", REPOSITORY)
        yield container


@pytest.fixture(scope="module")
def complete() -> Iterator[Container]:
    yield from shell()


@pytest.fixture(scope="module")
def without_rules() -> Iterator[Container]:
    """The rules are gone."""
    yield from shell("--tmpfs=/opt/saigen/policy")


@pytest.fixture(scope="module")
def without_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """What should be Python is something else."""
    fake = tmp_path_factory.mktemp("fake") / "python3"
    fake.write_text("#!/bin/sh\nexit 139\n")
    fake.chmod(0o755)
    yield from shell(f"--volume={fake}:/usr/bin/python3:ro")


def push(container: Container, *refs: str) -> tuple[int, str]:
    done = container.execute("git", "-C", "clone", "push", "--force", "origin", *refs, check=False)
    return done.code, done.stderr


@pytest.mark.parametrize("broken", ["without_rules", "without_python"])
def test_a_tag_is_refused_when_the_rules_cannot_be_asked(request: pytest.FixtureRequest, broken: str) -> None:
    code, said = push(request.getfixturevalue(broken), "HEAD:refs/tags/flights_v1")
    assert code != 0
    assert "the platform could not ask its rules of tags" in said


@pytest.mark.parametrize("broken", ["without_rules", "without_python"])
def test_a_tag_is_kept_by_the_backstop_when_the_rules_cannot_be_asked(
    request: pytest.FixtureRequest, broken: str
) -> None:
    container: Container = request.getfixturevalue(broken)
    container.execute("git", "-C", "server", "tag", "kept_v1", "main")
    done = container.execute("git", "-C", "server", "tag", "--delete", "kept_v1", check=False)
    assert done.code != 0
    assert "not found" not in done.stderr
    assert container.execute("git", "-C", "server", "tag", "--list").stdout == "kept_v1\n"


@pytest.mark.parametrize("broken", ["without_rules", "without_python"])
def test_branches_need_no_rules(request: pytest.FixtureRequest, broken: str) -> None:
    assert push(request.getfixturevalue(broken), "HEAD:refs/heads/other") == (
        0,
        "To /data/server\n * [new branch]      HEAD -> other\n",
    )


def test_the_details_of_a_failure_are_in_the_log(without_rules: Container) -> None:
    push(without_rules, "HEAD:refs/tags/flights_v1")
    assert "rules-of-tags: " in without_rules.logs()


@pytest.mark.parametrize(("hook", "ref"), [("pre-receive", "refs/heads/x"), ("update", "refs/pull/1/head")])
def test_a_repository_without_its_own_hook_is_closed(complete: Container, hook: str, ref: str) -> None:
    complete.execute("bash", "-euc", f"rm -rf bare && cp -r server bare && rm bare/hooks/{hook}")
    done = complete.execute("git", "-C", "clone", "push", "/data/bare", f"HEAD:{ref}", check=False)
    assert done.code != 0
    assert f"expected its hook hooks/{hook}, found none" in done.stderr


def test_the_forges_own_update_says_something_of_pull_requests_alone(complete: Container) -> None:
    # Our hook asks it about nothing else.
    def code(ref: str) -> int:
        return complete.execute("gitea", "hook", "update", ref, "0" * 40, "1" * 40, check=False).code

    assert code("refs/pull/1/head") != 0
    assert [code(f"refs/{ref}") for ref in ("heads/main", "tags/x_v1", "saigen/in/x", "for/main/x")] == [0, 0, 0, 0]


def test_the_own_hook_gets_what_git_says(complete: Container) -> None:
    script = """
    cp -r server heard
    echo 'cat > /data/pre' >> heard/hooks/pre-receive
    echo 'cat > /data/post' >> heard/hooks/post-receive
    echo 'echo "$@" > /data/update' >> heard/hooks/update
    git -C clone push --quiet /data/heard HEAD:refs/pull/1/head
    git -C clone push --quiet /data/heard HEAD:refs/heads/heard
    git -C clone rev-parse HEAD
    cat pre post update
    """
    commit, *heard = complete.execute("bash", "-euc", script).stdout.splitlines()
    line = f"{'0' * 40} {commit} refs/heads/heard"
    assert heard == [line, line, f"refs/pull/1/head {'0' * 40} {commit}"]


def test_the_own_hook_may_refuse_what_the_rules_allow(complete: Container) -> None:
    rule = "echo 'echo own rule >&2; exit 1' >> strict/hooks/pre-receive"
    complete.execute("bash", "-euc", f"cp -r server strict && {rule}")
    done = complete.execute("git", "-C", "clone", "push", "/data/strict", "HEAD:refs/tags/flights_v1", check=False)
    assert done.code != 0
    assert "own rule" in done.stderr


def test_a_tag_that_names_a_missing_object_is_not_a_free_name(complete: Container) -> None:
    missing = "1" * 40
    tag = "broken/refs/tags/flights_v1"
    complete.execute("bash", "-euc", f"cp -r server broken && mkdir -p broken/refs/tags && echo {missing} > {tag}")
    pushed = complete.execute(
        "git", "-C", "clone", "push", "--force", "/data/broken", "HEAD:refs/tags/flights_v1", check=False
    )
    updated = complete.execute("git", "-C", "broken", "update-ref", "refs/tags/flights_v1", "main", check=False)
    assert (pushed.code != 0, updated.code != 0) == (True, True)
    assert complete.execute("cat", tag).stdout.strip() == missing


@pytest.mark.parametrize("others", [0, 60])  # few refs are asked for by name, many are looked up in a list
def test_what_the_platform_noted_is_kept_whatever_else_a_push_changes(complete: Container, others: int) -> None:
    server, note = f"noted-{others}", "refs/notes/saigen/overrides"
    complete.execute("bash", "-euc", f"cp -r server {server} && cd {server} && SAIGEN_PLATFORM=notes {NOTE}")
    refs = [f":{note}", *(f"HEAD:refs/tags/flights_v{number}" for number in range(1, others + 1))]
    done = complete.execute("git", "-C", "clone", "push", "--atomic", f"/data/{server}", *refs, check=False)
    assert done.code != 0
    assert f"{note} cannot be changed" in done.stderr
    assert complete.execute("git", "-C", server, "for-each-ref", "refs/tags", note).stdout.count("\n") == 1
