"""`MODEL_CARD.md` and `metrics.json`: what a release is, for a person and for the Hugging Face hub. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from saigen.project import ReleaseRules
from saigen.release.manifest import Manifest, Origin

_WHAT = {
    "tune": "tuned on train and validation",
    "evaluate": "fitted on train and validation, measured once on test",
    "final": "fitted on train, validation and test",
}


def card(manifest: Manifest, rules: ReleaseRules, text: str = "") -> str:
    """The model card: the hub's metadata in front, then what a person reads.

    Args:
        text: what the project says about its models: their use, and their limits.
    """
    head = yaml.safe_dump(metadata(manifest, rules), sort_keys=False, allow_unicode=True)
    parts = [
        f"---\n{head}---\n",
        f"# {manifest.tag}\n",
        f"Release {manifest.tag.rpartition('-')[2]} of the model line `{manifest.line}` of `{manifest.project}`.\n",
        text.strip() + "\n" if text.strip() else "",
        _data(manifest),
        _training(manifest),
        _evaluation(manifest),
        _limits(manifest, stated=bool(text.strip())),
        _use(manifest),
    ]
    return "\n".join(part for part in parts if part)


def metadata(manifest: Manifest, rules: ReleaseRules) -> dict[str, Any]:
    """The keys that the Hugging Face hub knows. See huggingface.co/docs/hub/model-cards."""
    measured = manifest.phase("evaluate")
    datasets = sorted({version.partition("_v")[0] for version in manifest.versions.split(",") if version})
    task = rules.task or "other"
    result = {
        "task": {"type": task},
        "dataset": {"type": ",".join(datasets) or "unnamed", "name": manifest.versions or "unnamed", "split": "test"},
        "metrics": [{"type": name, "value": value} for name, value in sorted(measured.metrics.items())],
    }
    return {
        **({"license": rules.license} if rules.license else {}),
        "library_name": "mlflow",
        **({"pipeline_tag": rules.task} if rules.task else {}),
        "tags": ["mlflow", manifest.line],
        "datasets": datasets,
        "metrics": sorted(measured.metrics),
        "model-index": [{"name": manifest.tag, "results": [result]}],
    }


def metrics(manifest: Manifest) -> str:
    """`metrics.json`: the metrics by phase, as `dvc metrics show` reads them."""
    return json.dumps({phase.name: dict(sorted(phase.metrics.items())) for phase in manifest.phases}, indent=2) + "\n"


def _data(manifest: Manifest) -> str:
    lines = ["## Data\n", f"Version: {_code(manifest.versions) or 'without a name'}\n"]
    if manifest.data:
        lines += ["| path | hash |", "|---|---|"]
        lines += [f"| `{path}` | `{md5}` |" for path, md5 in sorted(manifest.data.items())]
    return "\n".join(lines) + "\n"


def _training(manifest: Manifest) -> str:
    lines = ["## Training\n", f"Code from {_origin(manifest.code)}, data from {_origin(manifest.split)}.\n"]
    lines += ["| phase | what it was | run | |", "|---|---|---|---|"]
    for phase in manifest.phases:
        ships = "**this model ships**" if phase.name == manifest.ships else ""
        lines.append(f"| {phase.name} | {_WHAT[phase.name]} | `{phase.run}` | {ships} |")
    return "\n".join(lines) + "\n"


def _evaluation(manifest: Manifest) -> str:
    measured = manifest.phase("evaluate")
    lines = ["## Evaluation\n", f"On the test set, run `{measured.run}`:\n", "| metric | value |", "|---|---|"]
    lines += [f"| {name} | {value:g} |" for name, value in sorted(measured.metrics.items())]
    if manifest.thresholds:
        lines += ["", f"Required, and reached: {', '.join(map(_code, manifest.thresholds))}."]
    times = "once" if manifest.test_uses == 1 else f"{manifest.test_uses} times"
    lines += ["", f"Use of the test set: this line has looked at it {times} by now, releases that failed included."]
    return "\n".join(lines) + "\n"


def _limits(manifest: Manifest, *, stated: bool) -> str:
    lines = ["## Limits\n"]
    if manifest.ships == "final":
        lines.append(
            "- The figures above are of the model of `evaluate`. The one that ships was then fitted on everything, the"
            " test set included: no data is left to measure it on."
        )
    if manifest.test_uses > 1:
        lines.append(
            "- The test set was looked at before. Choices made after a look at it make the figures better than they"
            " will be on new data."
        )
    if not stated:
        lines.append(
            "- What the model is meant for, and what not, was not written down: `[release] card` names a file."
        )
    lines.append("- It holds for data like that above. Monitoring tells when production leaves it.")
    return "\n".join(lines) + "\n"


def _use(manifest: Manifest) -> str:
    tag, path = manifest.tag, manifest.model.path
    lines = [
        "## How to run it",
        "",
        f"    saigen model pull {tag}",
        f"    saigen model serve {tag}",
        "",
        "The same with Git, DVC and MLflow alone:",
        "",
        f"    git clone --branch {tag} URL && dvc pull {path} && uv sync",
        f"    uv run mlflow models serve --model-uri {path} --env-manager local",
    ]
    return "\n".join(lines) + "\n"


def _origin(origin: Origin | None) -> str:
    return f"`{origin.branch}` at `{origin.commit[:12]}`" if origin else "this branch"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def summary(metrics: Mapping[str, float]) -> str:
    """Metrics in one line."""
    return ", ".join(f"{name} {value:g}" for name, value in sorted(metrics.items()))
