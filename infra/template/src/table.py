"""The data as a table: what the model may look at, what it should predict, and which rows measure it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

from problem import Problem
from project import Project


@dataclass(frozen=True)
class Split:
    """Rows to learn from and rows to measure with; truth is the target column."""

    train: pd.DataFrame
    test: pd.DataFrame
    train_truth: pd.Series
    test_truth: pd.Series


def read_split(root: Path, project: Project) -> Split:
    """Read the dataset's CSV file and split it. Raises Problem when params.yaml does not fit its columns."""
    table = pd.read_csv(root / project.path)
    missing = [column for column in (project.target, *project.drop) if column not in table.columns]
    if missing:
        raise Problem(
            f"{project.path} has no column {', '.join(missing)}",
            f"expected what params.yaml names, found {', '.join(table.columns)}",
            "edit target or drop in params.yaml",
            code=2,
        )
    table = table.dropna(subset=[project.target])
    truth = _truth(table[project.target], project)
    features = _features(table.drop(columns=[project.target, *project.drop]))
    stratify = truth if project.task == "classification" else None
    train, test, train_truth, test_truth = train_test_split(
        features, truth, test_size=project.test_share, random_state=project.seed, stratify=stratify
    )
    return Split(train, test, train_truth, test_truth)


def _truth(target: pd.Series, project: Project) -> pd.Series:
    """Return the target as the task needs it: class names, or numbers."""
    if project.task == "classification":
        classes = target.astype(str)
        rare = classes.value_counts().loc[lambda count: count < 2]
        if len(rare):
            why = f"every class needs two rows or more, found one of {', '.join(rare.index[:5])}"
            raise Problem(f"{project.target} has {len(rare)} classes of one row", why, "task: regression?", code=2)
        return classes
    if not pd.api.types.is_numeric_dtype(target):
        why = f"expected numbers to predict, found {target.iloc[0]!r}"
        raise Problem(f"{project.target} is no number", why, "task: classification in params.yaml", code=2)
    return target.astype("float64")


def _features(table: pd.DataFrame) -> pd.DataFrame:
    """Return numbers as float64 (a gap is then a number too, now and when the model serves) and words as objects."""
    numbers = table.select_dtypes(include=["number", "bool"]).columns
    return table.astype({column: "float64" if column in numbers else "object" for column in table.columns})
