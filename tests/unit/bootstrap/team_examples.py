"""A small team in the model's terms, for tests that compare."""

from __future__ import annotations

from saigen_bootstrap.team import Person, Project, Team

CAPTAIN = Person("captain", "maintainer", email="captain@team.invalid")
AUTHOR = Person("author", "member", ("demo",), email="author@team.invalid", demo=True)
REVIEWER = Person("reviewer", "member", ("demo",), email="reviewer@team.invalid", demo=True)
ROBOT = Person("ci-bot", "viewer", ("demo",), email="ci-bot@team.invalid", service=True)
DEMO = Project("demo", "Penguins", demo=True)

TEAM = Team("team", (CAPTAIN, AUTHOR, REVIEWER, ROBOT), (DEMO,))
WITHOUT_AUTHOR = Team("team", (CAPTAIN, REVIEWER, ROBOT), (DEMO,))
WITHOUT_DEMO = Team("team", (CAPTAIN, Person("author", "member"), Person("reviewer", "member")), ())
SECRETS = {name: f"secret-of-{name}" for name in TEAM.names()}
