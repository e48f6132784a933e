"""The models a run can train, and how they are measured. Knows columns and numbers, no files and no server."""

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler


def build(task: str, settings: dict, features: pd.DataFrame, seed: int) -> Pipeline:
    """Return the untrained model that `settings` (params.yaml: model) describes, for these columns."""
    words = list(features.select_dtypes(exclude="number").columns)
    numbers = [column for column in features.columns if column not in words]
    classify = task == "classification"
    if settings["kind"] == "baseline":
        return make_pipeline(DummyClassifier() if classify else DummyRegressor())
    if settings["kind"] == "linear":
        penalty = settings["penalty"]
        linear = LogisticRegression(C=1 / penalty, max_iter=1000) if classify else Ridge(alpha=penalty)
        return make_pipeline(_scaled(numbers, words), linear)
    trees = HistGradientBoostingClassifier if classify else HistGradientBoostingRegressor
    boosting = trees(
        max_iter=settings["iterations"],
        learning_rate=settings["learning_rate"],
        categorical_features=list(range(len(words))),
        early_stopping=False,
        random_state=seed,
    )
    return make_pipeline(_numbered(words), boosting)


def candidates(settings: dict) -> list[dict]:
    """Return the settings, and the same with their most telling number made smaller and larger: one may be better."""
    name = {"linear": "penalty", "boosting": "learning_rate"}.get(settings["kind"])
    return [settings | ({name: settings[name] * factor} if name else {}) for factor in (1, 0.1, 0.3, 3, 10)]


def _scaled(numbers: list[str], words: list[str]):
    """For linear models: gaps filled, numbers on one scale, one column for each frequent word."""
    return make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=100), words),
    )


def _numbered(words: list[str]):
    """For trees: words become numbers (the trees know that they are names, not amounts), gaps stay gaps."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=250)
    return make_column_transformer((encoder, words), remainder="passthrough")


def loss(task: str, metrics: dict[str, float]) -> float:
    """Return the one of the metrics that decides between two models; less is better."""
    return metrics["rmse" if task == "regression" else "log_loss"]


def score(task: str, model: Pipeline, features: pd.DataFrame, truth: pd.Series) -> dict[str, float]:
    """Return the metrics of a trained model on rows that it has not seen."""
    guess = model.predict(features)
    if task == "regression":
        return {
            "mae": mean_absolute_error(truth, guess),
            "rmse": root_mean_squared_error(truth, guess),
            "r2": r2_score(truth, guess),
        }
    return {
        "accuracy": accuracy_score(truth, guess),
        "f1_macro": f1_score(truth, guess, average="macro"),
        "log_loss": log_loss(truth, model.predict_proba(features), labels=model.classes_),
    }
