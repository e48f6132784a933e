"""The data as a table: what the model may look at, what it should predict, and which rows measure it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

from phase import Phase
from problem import Problem
from project import Project

TEAM_SPLIT = Path("data/split")  # what `saigen data split` makes: train, validation and test, the same for everybody


@dataclass(frozen=True)
class Split:
    """Rows to learn from and rows to measure with, which may be none; truth is the target column.

    measures: which part of the data the latter are. ours: it was split here, with test_share of params.yaml.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    train_truth: pd.Series
    test_truth: pd.Series
    measures: str = "test"
    ours: bool = True


def read_split(root: Path, project: Project) -> Split:
    """Read the dataset's CSV file and split it. Raises Problem when params.yaml does not fit its columns."""
    features, truth = _columns(pd.read_csv(root / project.path), project.path, project)
    if project.task == "classification":
        _require_pairs(truth, project)
    stratify = truth if project.task == "classification" else None
    train, test, train_truth, test_truth = train_test_split(
        features, truth, test_size=project.test_share, random_state=project.seed, stratify=stratify
    )
    return Split(train, test, train_truth, test_truth)


def read_team_split(root: Path, project: Project, phase: Phase) -> Split:
    """Read the parts of the team's split that a phase looks at.

    Raises Problem when params.yaml does not fit their columns, or a class has no row to learn from.
    """
    tables = [_read_part(root, part, project) for part in phase.parts]
    table = pd.concat(tables, keys=phase.parts).reset_index(level=1, drop=True)
    for column in table.select_dtypes(exclude=["number", "bool"]):  # 7 in one file, 7a in another
        table[column] = table[column].where(table[column].isna(), table[column].astype(str))
    features, truth = _columns(table, TEAM_SPLIT.as_posix(), project)
    learns = truth.index.isin(phase.learns)
    train, test, train_truth, test_truth = features[learns], features[~learns], truth[learns], truth[~learns]
    unknown = sorted(set(test_truth) - set(train_truth)) if project.task == "classification" else []
    if unknown:
        why = f"expected every class of {phase.measures} in {', '.join(phase.learns)}, missed {', '.join(unknown[:5])}"
        raise Problem(f"{project.target} has classes that cannot be learned", why, "bring more data, or drop them")
    rows = [one.reset_index(drop=True) for one in (train, test, train_truth, test_truth)]
    return Split(*rows, measures=phase.measures or "", ours=False)


def _read_part(root: Path, part: str, project: Project) -> pd.DataFrame:
    """Return all rows of the dataset in one part of the split: its file, or all files of its folder.

    It may be called as the dataset or as its file; what is alone there is meant in any case.
    """
    folder = root / TEAM_SPLIT / part
    files = sorted(folder.rglob("*.csv"))
    named = [(file.relative_to(folder).parts[0].removesuffix(".csv"), file) for file in files]
    found = sorted({name for name, _ in named})
    wanted = (project.dataset, Path(project.path).stem)
    mine = next((name for name in wanted if name in found), found[0] if len(found) == 1 else None)
    if mine is None:
        raise Problem(
            f"{TEAM_SPLIT.as_posix()}/{part} has no {project.dataset}",
            f"expected {project.dataset}.csv or CSV files in {project.dataset}/, found {', '.join(found) or 'none'}",
            "let saigen.toml and params.yaml name one of them",
            code=2,
        )
    return pd.concat([pd.read_csv(file) for name, file in named if name == mine], ignore_index=True)


def _columns(table: pd.DataFrame, where: str, project: Project) -> tuple[pd.DataFrame, pd.Series]:
    """Return features and truth of the rows that have one. Raises Problem when params.yaml does not fit."""
    missing = [column for column in (project.target, *project.drop) if column not in table.columns]
    if missing:
        raise Problem(
            f"{where} has no column {', '.join(missing)}",
            f"expected what params.yaml names, found {', '.join(table.columns)}",
            "edit target or drop in params.yaml",
            code=2,
        )
    table = table.dropna(subset=[project.target])
    return _features(table.drop(columns=[project.target, *project.drop])), _truth(table[project.target], project)


def _truth(target: pd.Series, project: Project) -> pd.Series:
    """Return the target as the task needs it: class names, or numbers."""
    if project.task == "classification":
        return target.astype(str)
    if not pd.api.types.is_numeric_dtype(target):
        why = f"expected numbers to predict, found {target.iloc[0]!r}"
        raise Problem(f"{project.target} is no number", why, "task: classification in params.yaml", code=2)
    return target.astype("float64")


def _require_pairs(classes: pd.Series, project: Project) -> None:
    """A class of one row cannot be on both sides of a split."""
    rare = classes.value_counts().loc[lambda count: count < 2]
    if len(rare):
        why = f"every class needs two rows or more, found one of {', '.join(rare.index[:5])}"
        raise Problem(f"{project.target} has {len(rare)} classes of one row", why, "task: regression?", code=2)


def _features(table: pd.DataFrame) -> pd.DataFrame:
    """Return numbers as float64 (a gap is then a number too, now and when the model serves) and words as objects."""
    numbers = table.select_dtypes(include=["number", "bool"]).columns
    return table.astype({column: "float64" if column in numbers else "object" for column in table.columns})
