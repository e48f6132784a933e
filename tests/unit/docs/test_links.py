"""What the documents mention exists: relative links, paths, services, settings, and pages of the index of decisions."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
# A project made from the template has folders of the same names; its guide mentions those.
PLACES = (ROOT, ROOT / "infra" / "template", ROOT / "infra" / "demo" / "project")

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^(?:    |\t).*$|```.*?```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
PATH = re.compile(
    r"(?<![\w./$-])(?:\./)?((?:scripts|infra|services|tests|docs|src|\.ci)/[\w./*-]*|docker-compose\.yml|\.env\.example)"
)
SETTING = re.compile(r"\bSAIGEN_[A-Z_]+\b|\bBASE_IMAGE\b|\bCOMPOSE_PROJECT_NAME\b")
COMPOSE = re.compile(r"docker compose (?:logs|restart|stop|build|exec|run --rm)(?: -\S+)* ([a-z]+)\b")

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def anchors(document: Path) -> set[str]:
    """The anchors that headings of a Markdown document get, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code_in(document: Path) -> str:
    """Everything that a document shows as code."""
    return "\n".join(CODE.findall(document.read_text(encoding="utf-8")))


@cache
def project_text() -> str:
    """What declares settings and commands: the Compose file, .env.example, scripts, services and the client."""
    sources = [ROOT / "docker-compose.yml", ROOT / ".env.example"]
    for folder in ("scripts", "services", "src"):
        sources += [p for p in (ROOT / folder).rglob("*") if p.is_file() and p.suffix in {"", ".py", ".sh", ".env"}]
    return "\n".join(path.read_text(encoding="utf-8", errors="ignore") for path in sources)


@documents
def test_relative_links_lead_somewhere(document: Path) -> None:
    links = [link for link in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]
    targets = [
        (link, (document.parent / link.split("#")[0]) if not link.startswith("#") else document) for link in links
    ]

    assert [link for link, target in targets if not target.exists()] == []
    assert [
        link
        for link, target in targets
        if "#" in link and target.suffix == ".md" and link.split("#")[1] not in anchors(target)
    ] == []


@documents
def test_mentioned_paths_exist(document: Path) -> None:
    mentioned = {path.rstrip(".") for path in PATH.findall(code_in(document))}

    assert {path for path in mentioned if not any(list(place.glob(path)) for place in PLACES)} == set()


@documents
def test_mentioned_settings_are_declared_or_used(document: Path) -> None:
    known = set(SETTING.findall(project_text()))

    assert set(SETTING.findall(document.read_text(encoding="utf-8"))) - known == set()


@documents
def test_mentioned_services_are_in_the_compose_file(document: Path) -> None:
    services = set(YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"])

    assert set(COMPOSE.findall(code_in(document))) - services == set()


def test_readme_names_every_setting_of_env_example() -> None:
    declared = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)

    assert set(declared) - set(re.findall(r"`([A-Z_]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))) == set()


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"

    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))

    assert sorted(listed) == sorted(path.name for path in folder.glob("[0-9]*.md"))


def test_every_decision_has_context_decision_and_consequences() -> None:
    pages = (ROOT / "docs" / "decisions").glob("[0-9]*.md")

    parts = {page.name: re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE) for page in pages}

    assert {name for name, found in parts.items() if found != ["Context", "Decision", "Consequences"]} == set()


def test_requirements_page_answers_every_id() -> None:
    wanted = {
        f"{letter}{number}"
        for letter, last in (("A", 9), ("B", 13), ("C", 6), ("D", 11))
        for number in range(1, last + 1)
    }

    text = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")

    assert wanted - set(re.findall(r"^\| ([A-D][0-9]+) \|", text, re.MULTILINE)) == set()
