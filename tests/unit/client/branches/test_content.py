"""The gate's rules on content that need no storage: big files and secrets. Refused, and then the fix is accepted."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from saigen.branches.push import RefChange, Tips, tips_of
from saigen.gate.gate import Judgement, judge_content
from saigen.git.repository import Repository
from tests.unit.client.branches.pushes import RULES, Clone, clone_of_new, git


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_of_new(tmp_path, RULES + '[gate]\nlargest_file = "10 KB"\nallow = ["docs/examples/*"]\n')


def judge(clone: Clone, ref: str, tips: Tips | None = None) -> Judgement:
    """What is said of the content of pushing HEAD to a ref, where there is no gitleaks: that is the server's."""
    here = Repository(clone.root)
    known = tips or tips_of(Repository(clone.remote))
    return judge_content(
        here, clone.project, [RefChange(ref, None, here.commit("HEAD"))], tips=known, remotes=None, program=None
    )


def token() -> str:
    """A text with the form of a token, not written down anywhere."""
    return "ghp_" + "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=36))


@pytest.mark.parametrize("ref", ["refs/heads/dev/ada", "refs/saigen/in/" + "0" * 40, "refs/tags/baseline"])
def test_a_big_file_is_refused_wherever_it_is_pushed(clone: Clone, ref: str) -> None:
    clone.commit("data/flights.csv", content="x" * 10_001)
    (refusal,) = judge(clone, ref).refusals
    assert refusal.rule == "blob"
    assert refusal.what == "data/flights.csv is too big for Git"
    assert "dvc add data/flights.csv" in refusal.next


def test_a_big_file_in_an_earlier_commit_of_the_push_is_found(clone: Clone) -> None:
    clone.commit("data/flights.csv", content="x" * 10_001)
    git(clone.root, "rm", "--quiet", "data/flights.csv")
    clone.commit(message="Remove it again")
    assert [one.rule for one in judge(clone, "refs/heads/dev/ada").refusals] == ["blob"]


def test_a_file_at_the_limit_is_accepted(clone: Clone) -> None:
    clone.commit("data/flights.csv", content="x" * 10_000)
    assert judge(clone, "refs/heads/dev/ada") == Judgement((), judge(clone, "refs/heads/dev/ada").notes)


def test_what_is_there_already_is_not_judged_again(clone: Clone) -> None:
    clone.commit("data/flights.csv", content="x" * 10_001)
    git(clone.root, "push", "--quiet", "origin", "HEAD:dev/old")
    clone.commit("src/train.py")
    assert judge(clone, "refs/heads/dev/ada").refusals == ()


def test_a_secret_is_refused_without_being_shown_and_without_it_accepted(clone: Clone) -> None:
    secret = token()
    clone.commit("src/train.py", content=f"import os\nTOKEN = '{secret}'\n")
    (refusal,) = judge(clone, "refs/heads/dev/ada").refusals
    assert refusal.rule == "secret"
    assert "src/train.py, line 2" in refusal.what
    assert secret not in str(refusal)
    clone.write("src/train.py", "import os\nTOKEN = os.environ['TOKEN']\n")
    git(clone.root, "add", "src/train.py")
    git(clone.root, "commit", "--quiet", "--amend", "--no-edit")
    assert judge(clone, "refs/heads/dev/ada").refusals == ()


def test_a_line_that_says_so_is_allowed(clone: Clone) -> None:
    clone.commit("src/train.py", content=f"TOKEN = '{token()}'  # gitleaks:allow\n")
    assert judge(clone, "refs/heads/dev/ada").refusals == ()


def test_a_file_that_the_project_allows_is_not_looked_at(clone: Clone) -> None:
    clone.commit("docs/examples/login.py", content=f"TOKEN = '{token()}'\n")
    assert judge(clone, "refs/heads/dev/ada").refusals == ()


def test_a_file_whose_name_says_secrets_is_refused(clone: Clone) -> None:
    clone.commit(".env", content="COLOUR=blue\n")
    assert [one.rule for one in judge(clone, "refs/heads/dev/ada").refusals] == ["secret"]


def test_a_certificate_is_no_secret(clone: Clone) -> None:
    clone.commit("ca.pem", content="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    assert judge(clone, "refs/heads/dev/ada").refusals == ()


def test_what_is_not_looked_through_is_said(clone: Clone) -> None:
    clone.commit("words.txt", content="a word\n" * 200_000)
    assert any("not looked through" in note for note in judge(clone, "refs/heads/dev/ada").notes)


def test_without_gitleaks_it_is_said_that_less_was_looked_for(clone: Clone) -> None:
    clone.commit("src/train.py")
    here = Repository(clone.root)
    judged = judge_content(
        here,
        clone.project,
        [RefChange("refs/heads/dev/ada", None, here.commit("HEAD"))],
        tips=tips_of(Repository(clone.remote)),
        remotes=None,
        program=None,
    )
    gitleaks = "gitleaks (https://github.com/gitleaks/gitleaks)"
    assert judged.notes == (f"{gitleaks} is not installed here: looked for the commonest secrets only",)
