"""`saigen model image`: a released model as a container image, which runs as nobody and is tried before it is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from saigen.errors import BlockedError, SaigenError
from saigen.model.docker import docker
from saigen.model.environment import python_of, requirements
from saigen.model.find import find_release
from saigen.model.pull import EXAMPLE, bring_release, kept_folder, manifest_of
from saigen.release.manifest import Manifest, registered_name
from saigen.release.registry import Registry
from saigen.tracking import Tracking

Say = Callable[[str], None]
_PORT = "8080"
_PATIENCE = 120  # seconds that a model may take to load
_ARGUMENTS = ("BASE_IMAGE", "PIP_INDEX_URL", "UV_DEFAULT_INDEX")
# As it should run in production: nothing to write to, nothing to become.
_HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")  # noqa: S108


@dataclass(frozen=True)
class ModelImage:
    """An image that was built and tried. `answered`: whether it was asked for predictions, or only whether it is up."""

    tag: str
    image: str
    answered: bool


def model_image(
    target: str, *, project: str | None = None, tracking: Tracking | None = None, say: Say = lambda _: None
) -> ModelImage:
    """Build the serving image of a release, and try it.

    Args:
        target: LINE (its newest release) or LINE-N. project: which project's, where several have such a line.

    Raises:
        BlockedError: Docker is missing, or the image cannot be built. SaigenError: it does not answer.
        UsageError, UnreachableError, NotPermittedError: as `saigen.model.pull.pull_model` does.
    """
    docker("version", "--format", "{{.Server.Version}}")
    version = find_release(Registry(tracking or Tracking()), target, project)
    pulled = bring_release(version, kept_folder(version), environment=False, say=say)
    return build(pulled.folder, manifest_of(pulled.folder, pulled.tag), say=say)


def build(root: Path, manifest: Manifest, *, say: Say = lambda _: None) -> ModelImage:
    """Build the image of a release whose files lie below `root`, and try it. Raises as `model_image` does."""
    docker("version", "--format", "{{.Server.Version}}")
    image = image_name(manifest)
    with tempfile.TemporaryDirectory() as place:
        context = Path(place)
        _fill(context, root, manifest)
        say(f"build {image}")
        given = [word for name in _ARGUMENTS if name in os.environ for word in ("--build-arg", name)]
        labels = ["--label", f"org.opencontainers.image.version={manifest.tag}"]
        labels += ["--label", f"org.opencontainers.image.revision={manifest.built_from}"]
        _require_python(context, given, manifest.tag)
        docker("build", "--quiet", "--tag", image, *given, *labels, str(context))
    say(f"try {image}")
    try:
        answered = _try(image, root / manifest.model.path / EXAMPLE)
    except SaigenError:
        docker("image", "rm", "--force", image)
        raise
    return ModelImage(manifest.tag, image, answered)


def image_name(manifest: Manifest) -> str:
    """Name of the image: `saigen-model/flights.acme:3`. Pure."""
    name = registered_name(manifest.project, manifest.line).lower()
    safe = "".join(letter if letter.isascii() and (letter.isalnum() or letter in ".-") else "-" for letter in name)
    return f"saigen-model/{safe}:{manifest.tag.rpartition('-')[2]}"


def _fill(context: Path, root: Path, manifest: Manifest) -> None:
    """What the image is built from: nothing of the repository but the model, the code and the list of packages."""
    (context / "requirements.txt").write_text(requirements(root, manifest.model.path), encoding="utf-8")
    shutil.copyfile(Path(__file__).with_name("Dockerfile"), context / "Dockerfile")
    shutil.copytree(root / manifest.model.path, context / "model")
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    if (root / "src").is_dir():
        shutil.copytree(root / "src", context / "src", ignore=ignored)
    else:
        (context / "src").mkdir()


def _require_python(context: Path, given: list[str], tag: str) -> None:
    """Refuse a base image with another Python than the model was made with: pickled code would crash there."""
    wanted = python_of(context / "model")
    base = docker("build", "--quiet", "--target", "python", *given, str(context))
    shown = "import sys; print('%d.%d' % sys.version_info[:2])"
    found = docker("run", "--rm", "--network", "none", base, "python3", "-c", shown)
    if wanted and found != wanted:
        raise BlockedError(
            "the base image has another Python than the model was made with",
            f"expected {wanted}, found {found} in {os.environ.get('BASE_IMAGE', 'the default base image')}",
            f"BASE_IMAGE=python:{wanted}-slim saigen model image {tag}    (or another image with that Python)",
        )


def _try(image: str, example: Path) -> bool:
    """Start it as it should run in production, wait until it is up, and ask it for predictions where that is known."""
    container = docker("run", "--detach", *_HARDENED, "--publish", f"127.0.0.1::{_PORT}", image)
    try:
        address = docker("port", container, f"{_PORT}/tcp").splitlines()[0]
        _wait(container, f"http://{address}/ping", image)
        if not example.is_file():
            return False
        _ask(f"http://{address}/invocations", example.read_bytes(), image)
        return True
    finally:
        docker("rm", "--force", container)


def _wait(container: str, url: str, image: str) -> None:
    until = monotonic() + _PATIENCE
    while monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - a port of this machine
                return
        except OSError:
            if docker("inspect", "--format", "{{.State.Running}}", container) != "true":
                break
            sleep(0.5)
    said = docker("logs", "--tail", "5", container, errors=True).splitlines()
    raise SaigenError(f"{image} does not answer", "; ".join(said[-3:]) or "it said nothing", f"docker run {image}")


def _ask(url: str, example: bytes, image: str) -> None:
    request = urllib.request.Request(url, example, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
            answer.read()
    except urllib.error.HTTPError as error:
        said = error.read(500).decode("utf-8", "replace")
        raise SaigenError(f"{image} gives no predictions", f"{error.code}: {said}", "try the model by hand") from error
    except OSError as error:
        raise BlockedError(f"{image} gives no predictions", str(error), "docker run it by hand") from error
