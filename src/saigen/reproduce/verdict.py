"""What all comparisons of one reproduction say together. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saigen.errors import BlockedError
from saigen.recording import Verdict
from saigen.reproduce.compare import Comparison, Line, spread, worst


@dataclass(frozen=True)
class Pair:
    """A recorded run and one that repeats it."""

    original: str
    made: str
    comparison: Comparison


@dataclass(frozen=True)
class Judgement:
    """The verdict on what was asked for, in a word and in a sentence."""

    verdict: Verdict
    reason: str


def judge(asked: Sequence[str], pairs: Sequence[Pair]) -> Judgement:
    """The verdict on the run that was asked for and all that is nested in it: the worst of theirs.

    Args:
        asked: ids of those runs, the asked one first.
        pairs: everything that was matched, of all repetitions.

    Raises:
        BlockedError: none of them has a metric to compare.
    """
    relevant = [pair for pair in pairs if pair.original in asked]
    judged = [line for pair in relevant for line in pair.comparison.lines if line.verdict is not None]
    verdict = worst(line.verdict for line in judged if line.kind == "metric")
    if verdict is None:
        raise BlockedError(
            f"run {asked[0]} has no metrics to compare",
            "expected at least one that saigen.toml does not ignore, found none",
            "log a metric that says whether the training went the same way",
        )
    verdict = worst([verdict, *(line.verdict for line in judged)]) or verdict
    return Judgement(verdict, _sentence(verdict, judged))


def spreads(asked: str, pairs: Sequence[Pair]) -> dict[str, float]:
    """Largest difference among the repetitions of one run (the original left out), by the line's name."""
    values: dict[str, list[float]] = {}
    for pair in pairs:
        if pair.original == asked:
            for line in pair.comparison.lines:
                if isinstance(line.reproduced, float | int):
                    values.setdefault(line.name, []).append(float(line.reproduced))
    return {name: spread(found) for name, found in values.items()}


def tags_of(pair: Pair) -> Mapping[str, str]:
    """The tags that the repeating run gets; none where nothing of it could be compared."""
    from saigen.recording import REPRODUCES, VERDICT

    metrics = any(line.kind == "metric" and line.verdict is not None for line in pair.comparison.lines)
    verdict = pair.comparison.verdict
    return {REPRODUCES: pair.original, VERDICT: verdict.value} if verdict and metrics else {}


def _sentence(verdict: Verdict, lines: Sequence[Line]) -> str:
    if verdict is Verdict.REPRODUCED:
        return f"{_kinds(lines)} the same, to the last digit"
    differ = [line for line in lines if line.verdict is not Verdict.REPRODUCED]
    diverged = [line for line in differ if line.verdict is Verdict.DIVERGED]
    if not diverged:
        near = ", ".join(dict.fromkeys(line.name for line in differ))
        return f"{near} differ by no more than saigen.toml allows; all else is the same"
    names = list(dict.fromkeys(line.name for line in diverged))
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{rest} came out differently"


def _kinds(lines: Sequence[Line]) -> str:
    counts = {kind: len({line.name for line in lines if line.kind == kind}) for kind in ("metric", "parameter")}
    parts = [f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items() if count]
    if any(line.kind == "predictions" for line in lines):
        parts.append("the model's predictions")
    if len(parts) > 1:
        return f"{', '.join(parts[:-1])} and {parts[-1]} are"
    return "its only metric is" if parts == ["1 metric"] else f"all {parts[0]} are"
