"""The report of a check: one HTML page that needs nothing from anywhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from saigen.monitor.alerts import Alert
from saigen.monitor.calibration import Bin, Quality
from saigen.monitor.drift import ColumnDrift
from saigen.monitor.examine import Examination, figures_of

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1d2433; }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid #dfe3ea }
td.number { text-align: right } .muted { color: #667085 }
.alert { padding: .5rem .8rem; margin: .4rem 0; border-left: 4px solid #b54708; background: #fffaeb }
.error { border-color: #b42318; background: #fef3f2 } .fine { border-color: #067647; background: #ecfdf3 }
.drifted { color: #b42318; font-weight: 600 } iframe { width: 100%; height: 60rem; border: 1px solid #dfe3ea }
"""
_SIDE = 240  # pixels of the reliability diagram


def page(title: str, facts: Sequence[tuple[str, str]], found: Examination, alerts: Sequence[Alert]) -> str:
    """The report as HTML.

    Args:
        facts: name and value of what was checked against what. alerts: those that the figures are worth.
    """
    parts = [
        f"<h1>{escape(title)}</h1>",
        _table(facts),
        "<h2>Alerts</h2>",
        *(_alert(alert) for alert in alerts),
        "" if alerts else '<div class="alert fine">none</div>',
        "<h2>Drift of the inputs</h2>",
        _drift(found),
        *_predictions(found.drift.prediction),
        *(_quality(found.quality) if found.quality else [_no_labels()]),
        *_checks(found),
        "<h2>Every figure</h2>",
        "<p class=muted>By these names alert rules know them.</p>",
        _table((name, _number(value)) for name, value in figures_of(found).items()),
        "<h2>Distributions, by Evidently</h2>",
        f'<iframe sandbox="allow-scripts" srcdoc="{escape(found.drift.html)}"></iframe>',
    ]
    head = f"<meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _alert(alert: Alert) -> str:
    found = ", ".join(f"{name} = {_number(value)}" for name, value in alert.figures.items())
    kind = " error" if alert.severity == "error" else ""
    return f'<div class="alert{kind}"><b>{escape(alert.severity)}</b> {escape(alert.when)}<br>{escape(found)}</div>'


def _drift(found: Examination) -> str:
    drift = found.drift
    drifted = sum(one.drifted for one in drift.columns)
    lines = [f"<p>{drifted} of {len(drift.columns)} columns drifted ({drift.share:.0%}).</p>"]
    lines.append(_columns(drift.columns))
    if found.outliers is not None:
        lines.append(f"<p>Outliers: {found.outliers:.2%} of the rows; of the training data itself 1 % are.</p>")
    for label, names in (("Missing", drift.missing), ("New", drift.new)):
        if names:
            lines.append(f"<p>{label} columns: {escape(', '.join(names))}.</p>")
    if drift.left_out:
        said = "; ".join(f"{name} ({why})" for name, why in drift.left_out.items())
        lines.append(f"<p class=muted>Not compared: {escape(said)}.</p>")
    return "".join(lines)


def _columns(columns: Iterable[ColumnDrift]) -> str:
    head = "<tr><th>column<th>kind<th>distance<th>drift from<th>missing before<th>missing now</tr>"
    rows = "".join(
        f"<tr><td{_drifted(one)}>{escape(one.column)}<td>{one.kind}<td class=number>{one.distance:.3f}"
        f"<td class=number>{one.threshold:.3f}<td class=number>{one.missing_before:.1%}"
        f"<td class=number>{one.missing:.1%}</tr>"
        for one in columns
    )
    return f"<table>{head}{rows}</table>"


def _drifted(one: ColumnDrift) -> str:
    return " class=drifted" if one.drifted else ""


def _predictions(drift: ColumnDrift | None) -> list[str]:
    if drift is None:
        return ["<h2>Predictions</h2><p class=muted>Nothing to compare them with yet.</p>"]
    return ["<h2>Predictions, against those before</h2>", _columns([drift])]


def _no_labels() -> str:
    return "<h2>What came true</h2><p class=muted>No labels yet.</p>"


def _quality(quality: Quality) -> list[str]:
    parts = [
        "<h2>What came true</h2>",
        f"<p>{quality.rows:,} rows with a label, as a {quality.task}.</p>",
        _table((name, _number(value)) for name, value in quality.figures.items()),
    ]
    if quality.bins:
        parts.append("<h2>Calibration</h2>" + _reliability(quality.bins))
    if quality.residuals:
        said = ((f"{quantile:.0%} of residuals below", _number(value)) for quantile, value in quality.residuals.items())
        parts.append("<h2>Residuals (prediction - label)</h2>" + _table(said))
    return parts


def _reliability(bins: Sequence[Bin]) -> str:
    """A diagram: how probable rows were said to be, and how many came true. On the line is well calibrated."""
    most = max(one.rows for one in bins)
    points = "".join(
        f'<circle cx="{one.probability * _SIDE:.1f}" cy="{(1 - one.share) * _SIDE:.1f}"'
        f' r="{3 + 7 * (one.rows / most) ** 0.5:.1f}" fill="#175cd3" fill-opacity=".7">'
        f"<title>said {one.probability:.3f}, came true {one.share:.3f}, {one.rows:,} rows</title></circle>"
        for one in bins
    )
    line = f'<line x1="0" y1="{_SIDE}" x2="{_SIDE}" y2="0" stroke="#98a2b3" stroke-dasharray="4"/>'
    frame = f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#98a2b3"/>'
    drawn = f'<svg width="{_SIDE}" height="{_SIDE}" style="overflow: visible">{frame}{line}{points}</svg>'
    return f"{drawn}<p class=muted>Across: the probability that was said. Up: the share that came true.</p>"


def _checks(found: Examination) -> list[str]:
    if not found.checks:
        return []
    failed = ((one.name, one.error) for one in found.checks if one.error)
    shown = ((name, _number(value)) for one in found.checks for name, value in one.figures.items())
    return ["<h2>The team's own checks</h2>", _table([*shown, *((name, f"failed: {why}") for name, why in failed)])]


def _table(rows: Iterable[tuple[str, str]]) -> str:
    said = "".join(f"<tr><td>{escape(name)}<td>{escape(value)}</tr>" for name, value in rows)
    return f"<table>{said}</table>"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e12 else f"{value:,.4g}"
