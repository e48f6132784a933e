"""Loads two models and compares what they predict for the same rows. A program: it runs in the environment of the run.

    python -I predict.py FOLDER ORIGINAL REPRODUCED ANSWER

FOLDER: where the code of the run lies, for models that are made of it. ORIGINAL, REPRODUCED: URIs of logged models.
ANSWER: the file to write: `{"difference": 0.0}`, or `{"reason": "..."}` where nothing could be compared.

The rows are the input example that was logged with the original. It needs MLflow, NumPy and what the model needs.
"""

import json
import logging
import pathlib
import sys
import tempfile
import warnings
from typing import Any


def main(folder: str, original: str, reproduced: str, answer: str) -> None:
    """Compare, and write the answer."""
    sys.path.insert(0, folder)
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    try:
        said: dict[str, object] = compare(original, reproduced)
    except Exception as error:
        said = {"reason": f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"}
    pathlib.Path(answer).write_text(json.dumps(said), encoding="utf-8")


def compare(original: str, reproduced: str) -> dict[str, object]:
    """The largest difference between the two models' predictions, or why there is none."""
    from concurrent.futures import ThreadPoolExecutor

    from mlflow.artifacts import download_artifacts
    from mlflow.models import Model
    from mlflow.pyfunc import load_model

    with tempfile.TemporaryDirectory() as place:

        def fetch(uri: str, name: str) -> str:
            target = pathlib.Path(place) / name
            target.mkdir()
            return str(download_artifacts(artifact_uri=uri, dst_path=str(target)))

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(fetch, (original, reproduced), ("original", "reproduced"))
        rows = Model.load(first).load_input_example(first)
        if rows is None:
            return {"reason": "no input example was logged with the model"}
        return {"difference": difference(load_model(first).predict(rows), load_model(second).predict(rows))}


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
