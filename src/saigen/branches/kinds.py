"""The kinds of branches, and what holds for each where saigen.toml says nothing else.

    main      what the project is, and the consolidated results
    raw       data as it came in             data/raw, data/raw/<line>
    clean     valid records of it            data/clean, data/clean/<line>
    split     train, validation, test        data/split, data/split/<line>
    dev       code                           dev/*
    stable    released models                stable/<line>: code from dev, data from split, nothing written by hand
    monitor   what a model saw               monitor/<line>, where the line is an environment such as `prod`
    analysis  experiments on that            ds/*

In a branch's pattern `<line>` stands for a name (`acme`) and `*` for anything that is not empty. In a path's pattern
`*` stands for anything, `/` included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RESULTS = "tracking/runs.json"
SOURCE = "Source"  # trailer: where raw data came from
DERIVED = "Derived-from"  # trailer: the commit whose data this data was made of
TAKEN = "Taken-from"  # trailer: branch and commit that data was copied from
MODEL = "Model"  # trailer: tag of the model that made the predictions

_DATA = ("data/*", "pipeline/*", "*.dvc", "dvc.yaml", "dvc.lock", "params.yaml", "*.gitignore")
_MODEL = (
    "models/*",
    "models.dvc",
    "dvc.lock",
    "*/dvc.lock",
    "*.gitignore",
    "metrics.json",
    "MODEL_CARD.md",
    "release/*",
)


@dataclass(frozen=True)
class Kind:
    """What holds for all branches of a kind.

    Attributes:
        name: one of KINDS. names: patterns of branch names.
        writes: patterns of paths that a commit made on such a branch may change.
        appends: patterns of paths that it may only append to.
        merges: kinds whose branches may be merged into it, beside its own.
        trailers: trailers that a commit needs which changes data.
        derives: kinds of branches that the trailer Derived-from must name a commit of, where data changes.
    """

    name: str
    names: tuple[str, ...]
    writes: tuple[str, ...] = ()
    appends: tuple[str, ...] = ()
    merges: tuple[str, ...] = ()
    trailers: tuple[str, ...] = ()
    derives: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("main", ("main",), appends=(RESULTS,)),
        Kind("raw", ("data/raw", "data/raw/<line>"), writes=_DATA, merges=("main",), trailers=(SOURCE,)),
        Kind(
            "clean",
            ("data/clean", "data/clean/<line>"),
            writes=_DATA,
            merges=("main", "raw"),
            trailers=(DERIVED,),
            derives=("raw",),
        ),
        Kind(
            "split",
            ("data/split", "data/split/<line>"),
            writes=_DATA,
            merges=("main", "raw", "clean"),
            trailers=(DERIVED,),
            derives=("clean",),
        ),
        Kind("dev", ("dev/*",), writes=("*",), merges=("main", "raw", "clean", "split", "stable")),
        Kind("stable", ("stable/<line>",), writes=_MODEL, merges=("main", "raw", "clean", "split", "dev")),
        Kind("monitor", ("monitor/<line>",), writes=("monitoring/*", *_DATA), merges=("main",), trailers=(MODEL,)),
        Kind("analysis", ("ds/*",), writes=("*",), merges=("main", "monitor", "stable", "dev", "split")),
    )
}
