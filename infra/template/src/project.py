"""The project's settings: saigen.toml says what its data is called, params.yaml what one run is."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from problem import Problem

DATASET_NAME = re.compile(r"(?!-)(?!.*-[0-9]+$)[A-Za-z0-9-]+")
TASKS = ("classification", "regression")
MODELS = {"baseline": (), "linear": ("penalty",), "boosting": ("iterations", "learning_rate")}  # kind -> its numbers


@dataclass(frozen=True)
class Project:
    """One project with the parameters of one run; `path` is relative to the project's root.

    names: what saigen.toml calls its datasets, by path.
    """

    name: str
    dataset: str
    path: str
    target: str
    drop: tuple[str, ...]
    task: str
    model: dict[str, object]
    test_share: float
    seed: int
    threads: int
    names: Mapping[str, str]

    def as_params(self) -> dict[str, object]:
        """Return what is logged as the run's parameters, nested names joined by a dot."""
        model = {f"model.{key}": value for key, value in self.model.items()}
        plain = ("dataset", "target", "task", "test_share", "seed", "threads")
        return {key: getattr(self, key) for key in plain} | {"drop": ",".join(self.drop)} | model


def read_project(root: Path) -> Project:
    """Read and check both files below `root`. Raises Problem with everything that is wrong with them."""
    declared = _parsed(root / "saigen.toml", tomllib.loads)
    params = _parsed(root / "params.yaml", yaml.safe_load)
    wrong = list(_errors(declared, params))
    if wrong:
        raise Problem("the project's settings", "\n  ".join(wrong), "edit params.yaml or saigen.toml", code=2)
    return Project(
        name=declared["project"]["name"],
        names={path: name for name, path in declared["datasets"].items()},
        path=declared["datasets"][params["dataset"]],
        drop=tuple(params["drop"]),
        **{key: params[key] for key in ("dataset", "target", "task", "model", "test_share", "seed", "threads")},
    )


def _parsed(file: Path, parse) -> dict:
    try:
        settings = parse(file.read_text())
    except FileNotFoundError:
        raise Problem(file.name, "expected this file in the project's root, found none", "git checkout -- .") from None
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise Problem(file.name, f"cannot be read: {error}", f"edit {file.name}", code=2) from error
    return settings or {}


def _errors(declared: dict, params: dict):
    """Yield one line for each mistake: where it is, what is expected, what was found."""
    datasets = declared.get("datasets", {})
    if not isinstance(declared.get("project", {}).get("name"), str):
        yield "saigen.toml: [project] name: expected a name, found none"
    for name in datasets:
        if not DATASET_NAME.fullmatch(name):
            yield f'saigen.toml: [datasets] {name}: expected letters, digits and "-", not ending in "-" and digits'
    model = params.get("model") if isinstance(params.get("model"), dict) else {}
    choices = (("dataset", params, sorted(datasets)), ("task", params, TASKS), ("kind", model, tuple(MODELS)))
    for key, section, allowed in choices:
        if section.get(key) not in allowed:
            yield f"params.yaml: {key}: expected one of {', '.join(allowed)}; found {section.get(key)!r}"
    for key, kind in (("target", str), ("drop", list), ("seed", int), ("threads", int)):
        if not isinstance(params.get(key), kind):
            yield f"params.yaml: {key}: expected a {kind.__name__}, found {params.get(key)!r}"
    if not _positive(params.get("test_share")) or params["test_share"] >= 1:
        yield f"params.yaml: test_share: expected a number between 0 and 1, found {params.get('test_share')!r}"
    for key in MODELS.get(model.get("kind"), ()):
        if not _positive(model.get(key)):
            yield f"params.yaml: model: {key}: expected a number above 0, found {model.get(key)!r}"


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and value > 0
