"""Compares what models predict for the same rows. A program: it runs in the environment of the run, without saigen.

    python -I predict.py FOLDER

FOLDER: where the code of the run lies, for models that are made of it. It reads requests, one JSON object a line:
`{"original": URI}` prepares a model, which is done while the training still runs, and is not answered;
`{"original": URI, "made": URI}` is answered by `{"difference": 0.0}`, or `{"reason": "..."}` where nothing could be
compared. The rows are the input example that was logged with the original.

It needs MLflow, NumPy and what the models need.
"""

from __future__ import annotations

import json
import logging
import os
import pathlib
import sys
import tempfile
import warnings
from typing import Any

# Bytes of a model that is loaded before the training has ended: memory that the training then has not.
LARGEST_EARLY = 256_000_000


def main(folder: str) -> None:
    """Answer requests until there are no more."""
    sys.path.insert(0, folder)
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    os.nice(19)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    with tempfile.TemporaryDirectory() as place:
        originals: dict[str, Original] = {}
        for line in sys.stdin:
            request = json.loads(line)
            try:
                original = originals.setdefault(request["original"], Original(request["original"], place))
                answer = original.compare(request["made"]) if "made" in request else original.prepare()
            except Exception as error:
                said = str(error).strip().splitlines()
                answer = {"reason": f"{type(error).__name__}: {said[0] if said else 'no message'}"}
            if "made" in request:
                print(json.dumps(answer), file=answers, flush=True)


class Original:
    """A model that others are compared with; loaded once, and asked once."""

    def __init__(self, uri: str, place: str) -> None:
        self._uri = uri
        self._place = place
        self._path: str | None = None
        self._rows: Any = None
        self._predictions: Any = None

    def prepare(self) -> dict[str, Any]:
        """Load everything that comparing needs, and the model itself where it is small."""
        import mlflow.pyfunc  # noqa: F401 - so that it is loaded

        self._fetched()
        files = pathlib.Path(self._fetched()).rglob("*")
        if sum(file.stat().st_size for file in files if file.is_file()) <= LARGEST_EARLY:
            self._asked()
        return {}

    def compare(self, made: str) -> dict[str, Any]:
        """The largest difference to what another model predicts."""
        from mlflow.pyfunc import load_model

        expected = self._asked()
        if self._rows is None:
            return {"reason": "no input example was logged with the model"}
        return {"difference": difference(expected, load_model(fetched(made, self._place)).predict(self._rows))}

    def _fetched(self) -> str:
        if self._path is None:
            self._path = fetched(self._uri, self._place)
        return self._path

    def _asked(self) -> Any:
        from mlflow.models import Model
        from mlflow.pyfunc import load_model

        if self._predictions is None:
            path = self._fetched()
            self._rows = Model.load(path).load_input_example(path)
            if self._rows is not None:
                self._predictions = load_model(path).predict(self._rows)
        return self._predictions


def fetched(uri: str, place: str) -> str:
    """A model's files, below a new folder in `place`."""
    from mlflow.artifacts import download_artifacts

    return str(download_artifacts(artifact_uri=uri, dst_path=tempfile.mkdtemp(dir=place)))


def difference(one: Any, two: Any) -> float:
    """The largest absolute difference; infinite where shapes, texts or what is NaN differ."""
    import numpy

    left, right = table(one), table(two)
    if left.shape != right.shape:
        return float("inf")
    try:
        left, right = left.astype("float64"), right.astype("float64")
    except (TypeError, ValueError):
        return 0.0 if bool((left.astype(str) == right.astype(str)).all()) else float("inf")
    same = (left == right) | (numpy.isnan(left) & numpy.isnan(right))
    if bool(same.all()):
        return 0.0
    apart = numpy.abs(left[~same] - right[~same])
    return float("inf") if bool(numpy.isnan(apart).any()) else float(apart.max())


def table(value: Any) -> Any:
    """Predictions of any kind as one array."""
    import numpy

    if isinstance(value, dict):
        return numpy.concatenate([table(value[name]).ravel() for name in sorted(value)])
    for method in ("to_numpy", "toarray", "numpy"):
        if hasattr(value, method):
            return numpy.asarray(getattr(value, method)())
    return numpy.asarray(value)


if __name__ == "__main__":
    main(*sys.argv[1:])
