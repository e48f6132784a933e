"""A released model as a container image: really built, really started, and asked for predictions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from saigen.errors import BlockedError, SaigenError
from saigen.model.docker import docker
from saigen.model.image import build, image_name
from saigen.release.manifest import Manifest
from tests.unit.client.release.test_card import MANIFEST
from tests.waiting import eventually

TRACKING = "saigen/tracking:0.1.0"  # the platform's own image, for its Python, which is Debian's, and its MLflow
# Code of the project, which the model imports, and a model without pickles: MLflow keeps this file.
CODE = "def doubled(values):\n    return values * 2\n"
MODEL = """
import mlflow
from mlflow.pyfunc import PythonModel
{first}

class Doubler(PythonModel):
    def predict(self, context, model_input, params=None):
        from doubling import doubled
        return doubled(model_input["delay"])

mlflow.models.set_model(Doubler())
"""
SAVE = """
import pandas, mlflow
rows = pandas.DataFrame({"delay": [1.0, 2.5]})
mlflow.pyfunc.save_model(
    "/release/models/model", python_model="/release/model.py", code_paths=None, input_example=rows,
    pip_requirements=["mlflow==3.17.2"],
)
"""
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")


def release(folder: Path, number: int, first: str = "") -> tuple[Path, Manifest]:
    """The files of a release with a model that doubles delays. `first`: what its code does when it is loaded."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "doubling.py").write_text(CODE)
    (folder / "src" / ".env").write_text("SECRET=1\n")
    (folder / "model.py").write_text(MODEL.format(first=first))
    folder.chmod(0o777)
    words = ["docker", "run", "--rm", "--user", "0", "--volume", f"{folder}:/release", "--workdir", "/tmp"]
    words += [
        "--env",
        "PYTHONPATH=/release/src",
        "--env",
        "ONLY_HERE=1",
        "--entrypoint",
        "python3",
        TRACKING,
        "-c",
        SAVE,
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (folder / "models" / "model" / "MLmodel").exists(), done.stderr
    return folder, replace(MANIFEST, tag=f"acme-{number}", project="image-test")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The image of a release; it goes at the end."""
    root, manifest = release(tmp_path_factory.mktemp("release") / "acme", 1)
    done = build(root, manifest)
    assert (done.tag, done.answered) == ("acme-1", True)
    yield done.image
    docker("image", "rm", "--force", done.image)


@contextmanager
def running(image: str) -> Iterator[str]:
    """The image as in production; its URL."""
    container = docker("run", "--detach", *HARDENED, "--publish", "127.0.0.1::8080", image)
    try:
        yield f"http://{docker('port', container, '8080/tcp').splitlines()[0]}"
    finally:
        docker("rm", "--force", container)


def test_the_image_gives_the_predictions_of_the_model(built: str) -> None:
    rows = {"dataframe_split": {"columns": ["delay"], "data": [[3.0], [0.5]]}}
    with running(built) as url:
        eventually(lambda: requests.get(f"{url}/ping", timeout=10).ok)
        answer = requests.post(f"{url}/invocations", json=rows, timeout=60)
    assert answer.json() == {"predictions": [{"delay": 6.0}, {"delay": 1.0}]}


def test_it_runs_as_nobody_and_says_what_it_is(built: str) -> None:
    config = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", built))
    assert config["User"] == "10001:10001"
    assert config["Labels"]["org.opencontainers.image.version"] == "acme-1"
    assert config["Labels"]["org.opencontainers.image.revision"] == MANIFEST.built_from


def test_nothing_but_code_and_model_is_in_it(built: str) -> None:
    listed = docker("run", "--rm", "--network", "none", "--entrypoint", "find", built, "/opt/src", "/opt/model")
    names = listed.splitlines()
    assert "/opt/src/doubling.py" in names
    assert "/opt/model/MLmodel" in names
    assert not [name for name in names if ".env" in name]


def test_a_model_that_does_not_start_leaves_no_image(built: str, tmp_path: Path) -> None:
    assert built
    root, manifest = release(tmp_path / "acme", 2, first="import os\nos.environ['ONLY_HERE']")
    with pytest.raises(SaigenError, match="does not answer"):
        build(root, manifest)
    assert not docker("image", "ls", "--quiet", image_name(manifest))


def test_another_python_is_refused_before_anything_is_built(built: str, tmp_path: Path) -> None:
    assert built
    root, manifest = release(tmp_path / "acme", 3)
    (root / "models" / "model" / "python_env.yaml").write_text("python: 3.9.1\n")
    with pytest.raises(BlockedError, match="another Python") as refused:
        build(root, manifest)
    assert "expected 3.9" in refused.value.why
    assert not docker("image", "ls", "--quiet", image_name(manifest))
