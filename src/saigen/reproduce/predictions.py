"""What the models of two runs predict for the same rows, asked in the environment of the run. Never their bytes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from saigen.reproduce.compare import Predictions
from saigen.reproduce.observe import labels
from saigen.reproduce.plan import printable
from saigen.tracking import LoggedModel

_PROGRAM = Path(__file__).with_name("predict.py")
_LONGEST = 600  # seconds


@dataclass(frozen=True)
class Predictor:
    """Where models are loaded. code: folder with the code of the run, for models that are made of it."""

    python: Path
    code: Path
    environment: Mapping[str, str]

    def compare(self, originals: Sequence[LoggedModel], made: Sequence[LoggedModel]) -> list[Predictions]:
        """Compare each model of one run with the one of the same name of the other."""
        theirs = {name: model for model in made if (name := labels(made)[model.id])}
        found = []
        for model in originals:
            name = labels(originals)[model.id]
            if name not in theirs:
                found.append(Predictions(name, float("inf")))
            else:
                found.append(self._compare(name, model.uri, theirs[name].uri))
        return found

    def _compare(self, name: str, original: str, made: str) -> Predictions:
        with TemporaryDirectory() as place:
            answer = Path(place) / "answer.json"
            words = [str(self.python), "-I", str(_PROGRAM), str(self.code), original, made, str(answer)]
            try:
                done = subprocess.run(
                    words,
                    env=dict(self.environment),
                    cwd=self.code,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=_LONGEST,
                    check=False,
                )
                said = json.loads(answer.read_text(encoding="utf-8"))
            except subprocess.TimeoutExpired:
                return Predictions(name, reason=f"not compared: it took longer than {_LONGEST} s")
            except (OSError, ValueError):
                return Predictions(name, reason=f"not compared: loading it ended with {done.returncode}")
        if isinstance(said.get("difference"), float | int):
            return Predictions(name, float(said["difference"]))
        return Predictions(name, reason=f"not compared: {printable(str(said.get('reason')))}")
