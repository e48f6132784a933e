"""How late will a flight arrive? Trains one phase of a release, or, without one, on the sample of a coding branch.

The training code of the project `airline` in the tests: copied into it as src/train.py, plain mlflow and scikit-learn.
"""

import json
import os
from importlib.metadata import version
from pathlib import Path

import mlflow
import pandas
import skops.io
import yaml
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS, NAMES = ["dep_delay", "distance", "hour"], ["carrier", "dest"]
TUNED = Path("release/tuned.json")
CHOICES = {"baseline": [0.0], "linear": [0.1, 10.0], "boosting": [0.05, 0.2]}
LIBRARIES = ("mlflow-skinny", "numpy", "pandas", "scikit-learn", "scipy", "skops")


def estimator(kind, choice):
    if kind == "baseline":
        return DummyRegressor()
    names = OneHotEncoder(handle_unknown="ignore", min_frequency=20, sparse_output=False)
    columns = make_column_transformer((names, NAMES), (StandardScaler(), NUMBERS))
    if kind == "linear":
        return make_pipeline(columns, Ridge(alpha=choice))
    boosting = HistGradientBoostingRegressor(learning_rate=choice, max_iter=60, early_stopping=False, random_state=7)
    return make_pipeline(columns, boosting)


def table(*files):
    rows = pandas.concat([pandas.read_csv(file) for file in files]).dropna(subset=[*NUMBERS, "arr_delay"])
    features = rows[[*NUMBERS, *NAMES]].astype(dict.fromkeys(NUMBERS, "float64") | dict.fromkeys(NAMES, str))
    return features, rows["arr_delay"].astype("float64")


def sides(*names):
    return table(*(file for name in names for file in sorted(Path("data/split", name).rglob("*.csv"))))


def measured(model, features, truth):
    guess = model.predict(features)
    return {"mae": mean_absolute_error(truth, guess), "r2": r2_score(truth, guess)}


def tune(kind):
    fitted = {choice: estimator(kind, choice).fit(*sides("train")) for choice in CHOICES[kind]}
    errors = {choice: measured(model, *sides("validation"))["mae"] for choice, model in fitted.items()}
    best = min(errors, key=errors.get)
    TUNED.parent.mkdir(exist_ok=True)
    TUNED.write_text(json.dumps({"choice": best}))
    mlflow.log_param("choice", best)
    mlflow.log_metric("validation_mae", errors[best])


def keep(kind, *names):
    features, truth = sides(*names)
    model = estimator(kind, json.loads(TUNED.read_text())["choice"]).fit(features, truth)
    mlflow.log_metric("rows", len(features))
    mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(features, model.predict(features.head(3))),
        input_example=features.head(3),
        skops_trusted_types=skops.io.get_untrusted_types(data=skops.io.dumps(model)),
        pip_requirements=[f"{library}=={version(library)}" for library in LIBRARIES],
    )
    return model


def main(phase):
    kind = yaml.safe_load(Path("params.yaml").read_text())["kind"]
    mlflow.set_experiment("airline")
    with mlflow.start_run(run_name=phase or kind):
        mlflow.log_param("kind", kind)
        if phase == "tune":
            tune(kind)
        elif phase == "evaluate":
            mlflow.log_metrics(measured(keep(kind, "train", "validation"), *sides("test")))
        elif phase == "final":
            keep(kind, "train", "validation", "test")
        else:
            features, truth = table("data/sample.csv")
            half = len(features) // 2
            model = estimator(kind, CHOICES[kind][-1]).fit(features[:half], truth[:half])
            mlflow.log_metrics(measured(model, features[half:], truth[half:]))


if __name__ == "__main__":
    main(os.environ.get("SAIGEN_PHASE"))
