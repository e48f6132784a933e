"""The team file: what is wrong with it is said all at once, each with its path and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from saigen_bootstrap.errors import TeamFileError, UsageError
from saigen_bootstrap.team import load_team
from saigen_bootstrap.team.load import team_from_text

ROOT = Path(__file__).resolve().parents[3]

GOOD = """\
version: 1
organisation: team
people:
  - {name: captain, role: maintainer}
  - {name: author, role: member, projects: [demo], demo: true}
service_accounts:
  - {name: ci-bot, role: viewer, projects: [demo]}
projects:
  - {name: demo, demo: true}
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(TeamFileError) as refused:
        team_from_text(text)
    return refused.value.problems


def assert_problem(text: str, problem: str) -> None:
    assert f"infra/team.yaml:{problem}" in problems(text)


def test_shipped_file_is_valid() -> None:
    team = load_team(ROOT / "infra" / "team.yaml")
    assert team.names() == ("captain", "author", "reviewer", "ci-bot")
    assert team.maintainers() == {"captain"}
    author = team.demo_author("demo")
    assert author is not None
    assert author.name == "author"


def test_people_get_an_address_for_commits() -> None:
    assert {person.email for person in team_from_text(GOOD).people} >= {"author@team.invalid"}


def test_declared_address_is_kept() -> None:
    text = GOOD.replace("role: maintainer}", "role: maintainer, email: ann@example.org}")
    assert team_from_text(text).people[0].email == "ann@example.org"


def test_all_problems_are_said_at_once_in_the_order_of_their_lines() -> None:
    found = problems(
        """\
version: 2
people:
  - {name: captain, role: boss}
  - {name: Captain, role: member, projects: [nowhere], colour: red}
  - {role: viewer}
"""
    )
    assert found == (
        "infra/team.yaml:1: organisation: expected this key, found none",
        "infra/team.yaml:1: version: expected 1, found 2",
        "infra/team.yaml:3: people[0].role: expected one of viewer, member, maintainer, found 'boss'",
        "infra/team.yaml:4: people[1].colour: expected a key that the comments of infra/team.yaml name, found 'colour'",
        "infra/team.yaml:4: people[1].name: expected 3 to 32 lower-case letters, digits and single inner hyphens, "
        "starting with a letter, found 'Captain'",
        "infra/team.yaml:4: people[1].name: expected a name used once, found 'Captain' again (first on line 3)",
        "infra/team.yaml:4: people[1].projects[0]: expected a declared project (none), found 'nowhere'",
        "infra/team.yaml:5: people[2].name: expected this key, found none",
    )


@pytest.mark.parametrize(
    "name",
    ["ab", "a" * 33, "Ann", "ann_b", "1ann", "-ann", "ann-", "ann--b", "ann.b", "ann b", "änn", "ann/b", "ann\\n"],
)
def test_bad_characters_are_refused(name: str) -> None:
    text = GOOD.replace("name: captain", f'name: "{name}"')
    assert problems(text)[0].startswith("infra/team.yaml:4: people[0].name: expected 3 to 32 lower-case letters")


@pytest.mark.parametrize("name", ["saigen-platform", "tracking", "root", "template", "ghost", "admin", "mlflow", "git"])
def test_reserved_names_are_refused(name: str) -> None:
    problem = f"4: people[0].name: expected a name of your own, found {name!r}, which the platform reserves"
    assert_problem(GOOD.replace("name: captain", f"name: {name}"), problem)


def test_name_of_a_person_and_a_service_account_may_not_be_the_same() -> None:
    text = GOOD.replace("name: ci-bot", "name: author")
    assert_problem(
        text, "7: service_accounts[0].name: expected a name used once, found 'author' again (first on line 5)"
    )


@pytest.mark.parametrize("address", ["Author@Team.invalid", "author@team.invalid"])
def test_address_of_one_may_not_be_that_of_another_whether_declared_or_by_default(address: str) -> None:
    text = GOOD.replace("name: captain", f"email: {address}, name: captain")
    assert_problem(
        text,
        "5: people[1].name: expected an address used once, found 'author@team.invalid' again (first on line 4)",
    )


def test_name_of_the_organisation_may_not_be_a_person_s() -> None:
    text = GOOD.replace("name: captain", "name: team")
    assert_problem(text, "4: people[0].name: expected a name used once, found 'team' again (first on line 2)")


def test_project_may_not_be_called_as_teams_are() -> None:
    text = GOOD + "  - {name: demo-members}\n"
    assert problems(text)[0].startswith("infra/team.yaml:10: projects[1].name: expected a name that does not end in")


def test_service_account_is_never_a_maintainer() -> None:
    text = GOOD.replace("ci-bot, role: viewer", "ci-bot, role: maintainer")
    assert_problem(text, "7: service_accounts[0].role: expected one of viewer, member, found 'maintainer'")


def test_maintainer_with_projects_is_told_that_they_are_needless() -> None:
    text = GOOD.replace("role: maintainer}", "role: maintainer, projects: [demo]}")
    assert_problem(text, "4: people[0].projects: expected none, since maintainers reach every project")


def test_demo_needs_someone_who_makes_it() -> None:
    text = GOOD.replace(", demo: true}\nservice", "}\nservice")
    problem = "9: projects[0].demo: expected a member flagged demo in project 'demo', who makes its data and run"
    assert_problem(text, problem)


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("[demo], demo: true", "demo, demo: true", "5: people[1].projects: expected a list, found 'demo'"),
        ("[demo], demo: true", "[demo], demo: yes", "5: people[1].demo: expected true or false, found 'yes'"),
        (
            "[demo], demo: true",
            "[demo, demo]",
            "5: people[1].projects[1]: expected each project once, found 'demo' again",
        ),
        ("organisation: team", "organisation: 7", "2: organisation: expected text, found 7"),
        ("organisation: team", "organisation:", "2: organisation: expected text, found nothing"),
        (
            "role: maintainer",
            "role: [member]",
            "4: people[0].role: expected one of viewer, member, maintainer, found ['member']",
        ),
        ("version: 1", "version: '1'", "1: version: expected 1, found '1'"),
    ],
)
def test_wrong_types_are_refused(good: str, bad: str, problem: str) -> None:
    assert_problem(GOOD.replace(good, bad), problem)


def test_key_given_twice_is_refused() -> None:
    text = GOOD.replace("role: maintainer}", "role: viewer, role: maintainer}")
    assert_problem(text, "4: people[0].role: expected each key once, found it again (first on line 4)")


def test_section_given_twice_is_refused() -> None:
    text = GOOD + "people: []\n"
    assert_problem(text, "10: people: expected each key once, found it again (first on line 3)")


def test_anchor_is_refused() -> None:
    text = GOOD.replace("- {name: captain", "- &someone {name: captain")
    assert_problem(text, "4: people[0]: expected a plain value, found the anchor &someone")


@pytest.mark.parametrize(
    "text", ["people: [", "a: b: c", "\tversion: 1", "version: 1\n organisation: team\n", "%YAML 9"]
)
def test_bad_yaml_is_refused_with_its_line(text: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith("infra/team.yaml:")
    assert "expected YAML" in problem


@pytest.mark.parametrize("text", ["", "# nothing\n", "- captain\n", "captain\n"])
def test_file_that_is_no_mapping_is_refused(text: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith("infra/team.yaml:1: expected a mapping of settings, found")


def test_error_says_that_nothing_was_changed_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TeamFileError) as refused:
        load_team(_written(tmp_path, "version: 3\n"))
    assert refused.value.exit_code == 2
    assert "nothing was changed" in refused.value.why
    assert refused.value.next.startswith("edit infra/team.yaml")


def test_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        load_team(tmp_path / "team.yaml")
    assert refused.value.exit_code == 2


def _written(folder: Path, text: str) -> Path:
    path = folder / "team.yaml"
    path.write_text(text)
    return path
