"""The report of an experiment in Markdown. Pure, and without a date: the same answer is the same report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from saigen.analysis.answer import Answer, Verdict
from saigen.analysis.effect import POWER
from saigen.analysis.question import Kind, Record
from saigen.analysis.split import LIMIT
from saigen.tags import MonitoringRecord, parse_tag
from saigen.text import counted

FIGURE = "effect.svg"
_TITLES = {Kind.AB: "A/B test", Kind.FORWARD: "Forward test", Kind.BACK: "Back test"}


def title(answer: Answer) -> str:
    """`Forward test of delay-2 against delay-1: mae`."""
    asked = answer.question
    kind = _TITLES[asked.kind] + (" (offline)" if asked.paired else "")
    return f"{kind} of {asked.candidate.model} against {asked.control.model}: {asked.metric.name}"


def sentence(answer: Answer) -> str:
    """The answer in one sentence."""
    asked, effect = answer.question, answer.effect
    if effect is None:
        return "No conclusion: the groups do not have the sizes that were declared."
    said = {
        Verdict.BETTER: f"{asked.candidate.model} is better than {asked.control.model}",
        Verdict.WORSE: f"{asked.candidate.model} is worse than {asked.control.model}",
        Verdict.DIFFERENT: f"{asked.candidate.model} differs from {asked.control.model}",
        Verdict.NOT_SHOWN: f"No difference between {asked.candidate.model} and {asked.control.model} is shown",
    }[answer.verdict]
    return (
        f"{said}: {asked.metric.name} {shown(effect.candidate)} instead of {shown(effect.control)}, {change(answer)}."
    )


def change(answer: Answer) -> str:
    """`-0.52 (-3.1 %), 95 % interval -0.80 to -0.24, p = 0.0003`."""
    effect = answer.effect
    if effect is None:
        return "none"
    relative = "" if effect.relative is None else f" ({100 * effect.relative:+.2g} %)"
    confidence = f"{100 * (1 - answer.question.alpha):g} % interval"
    return (
        f"a difference of {effect.difference:+.4g}{relative}, {confidence} {effect.low:+.4g} to {effect.high:+.4g},"
        f" p = {effect.p:.2g}"
    )


def lines(answer: Answer) -> list[str]:
    """The figures, a line each."""
    asked, split, effect = answer.question, answer.split, answer.effect
    found = [
        f"control: {asked.control.model}, {answer.units[0]:,} units ({answer.values[0]:,} with a value),"
        f" {counted(len(asked.control.records), 'record')}",
        f"candidate: {asked.candidate.model}, {answer.units[1]:,} units ({answer.values[1]:,} with a value),"
        f" {counted(len(asked.candidate.records), 'record')}",
    ]
    if split and asked.split:
        verdict = "holds" if split.holds else f"DOES NOT HOLD (limit {LIMIT:g})"
        expected = f"{split.expected_control:,.0f}/{split.expected_candidate:,.0f}"
        found.append(
            f"split: {asked.split[0]:g}/{asked.split[1]:g} declared, {split.control:,}/{split.candidate:,} found,"
            f" {expected} expected; {split.test} test p = {split.p:.2g}: {verdict}"
        )
    if effect:
        found += [
            f"method: {effect.method}",
            f"smallest effect that {100 * POWER:.0f} % of such experiments would see: {effect.detectable:.4g}",
        ]
        if effect.power is not None and asked.detect is not None:
            found.append(f"power to see an effect of {asked.detect:g}: {100 * effect.power:.1f} %")
    return found + [f"note: {note}" for note in answer.notes]


def render(answer: Answer, *, picture: bool = True) -> str:
    """The report; `picture`: with the figure beside it."""
    parts = [f"# {title(answer)}", "", sentence(answer), ""]
    if picture:
        parts += [f"![difference of {answer.question.metric.name}, with its interval]({FIGURE})", ""]
    parts += [*(f"- {line}" for line in lines(answer)), "", "## Columns", ""]
    taken, key = answer.columns, ", ".join(answer.columns.key)
    parts += [
        f"- key: {key or 'none; rows belong together by their place in batches of the same name'}",
        f"- unit: {taken.unit or key or 'each row'}",
        *(f"- {name}: {value}" for name, value in (("prediction", taken.prediction), ("label", taken.label)) if value),
        "",
        "## Records",
        "",
        *_records("control", answer.question.control.records),
        *_records("candidate", answer.question.candidate.records),
        "",
    ]
    return "\n".join(parts)


def shown(value: float) -> str:
    """A figure with four digits that count."""
    return f"{value:.4g}"


def _records(name: str, records: Sequence[Record]) -> Iterator[str]:
    """The records of a group, those that follow one another in one line."""
    for first, last in _ranges(records):
        more = f" to {last.tag.rpartition('/')[2]}" if first != last else ""
        yield f"- {name}: `{first.tag}`{more}"


def _ranges(records: Sequence[Record]) -> Iterator[tuple[Record, Record]]:
    start = previous = None
    for record in records:
        if previous is None or not _follows(previous, record):
            if start and previous:
                yield start, previous
            start = record
        previous = record
    if start and previous:
        yield start, previous


def _follows(one: Record, other: Record) -> bool:
    a, b = parse_tag(one.tag), parse_tag(other.tag)
    if not isinstance(a, MonitoringRecord) or not isinstance(b, MonitoringRecord):
        return False
    return (a.environment, a.model, a.number + 1) == (b.environment, b.model, b.number)
