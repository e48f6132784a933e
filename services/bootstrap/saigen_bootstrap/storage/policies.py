"""Policies: data in infra/policies, rendered for each project. Pure but for reading the files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template

from ..errors import UP, UsageError

# File of infra/policies -> how the policy is called in storage. `project` stands for each project's name.
OF_PROJECT = {"project-read.json": "dvc-{project}-read", "project-write.json": "dvc-{project}-write"}
OF_STACK = {
    "maintainers.json": "dvc-maintainers",
    "person.json": "person",
    "tracking.json": "tracking",
    "gate.json": "gate",
}

Document = Mapping[str, object]


def read_policies(folder: Path) -> dict[str, str]:
    """The text of every policy file by its name. Raises UsageError when one cannot be read."""
    texts = {}
    for name in (*OF_PROJECT, *OF_STACK):
        try:
            texts[name] = (folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"infra/policies/{name} cannot be read", str(error), "git checkout infra/policies"
            ) from error
    return texts


def render_policies(texts: Mapping[str, str], projects: Iterable[str]) -> dict[str, Document]:
    """Every policy that these projects need, by its name in storage, in canonical form.

    Raises UsageError for a file that is no policy or whose actions are not enumerated.
    """
    policies = {name: _render(file, texts[file], "") for file, name in OF_STACK.items()}
    for project in projects:
        for file, name in OF_PROJECT.items():
            policies[name.format(project=project)] = _render(file, texts[file], project)
    return policies


def canonical(value: object) -> object:
    """The same document with what MinIO keeps as sets (actions, resources, conditions) in one order."""
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in sorted(value.items())}
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return sorted(value)
    return [canonical(item) for item in value] if isinstance(value, list) else value


def _render(file: str, text: str, project: str) -> Document:
    try:
        document = json.loads(Template(text).substitute(project=project) if project else text)
        statements = document["Statement"]
        actions = [action for statement in statements for action in statement["Action"]]
    except (ValueError, KeyError, TypeError) as error:
        raise _refused(file, f"expected a policy with a Statement of lists of Action, found {error!r}") from error
    if wild := [action for action in actions if "*" in action or "?" in action]:
        raise _refused(file, f"expected enumerated actions, found {', '.join(wild)}")
    document = canonical(document)
    return document if isinstance(document, Mapping) else {}


def _refused(file: str, why: str) -> UsageError:
    return UsageError(f"infra/policies/{file} is no policy of ours", why, f"edit infra/policies/{file}, then {UP}")
