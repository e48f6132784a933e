"""The picture of an effect: the difference and its interval beside zero, as SVG. Pure; the same bytes each time."""

from __future__ import annotations

from xml.sax.saxutils import escape

from saigen.analysis.answer import Answer, Verdict

WIDTH, HEIGHT, MARGIN = 640, 150, 60
_COLOURS = {Verdict.BETTER: "#1a7f37", Verdict.WORSE: "#c1121f"}


def draw(answer: Answer) -> str:
    """The SVG. The answer has an effect."""
    effect = answer.effect
    if effect is None:
        raise ValueError("there is no effect to draw")
    ends = (effect.low, effect.high, effect.difference, 0.0)
    least, most = min(ends), max(ends)
    room = (most - least) * 0.1 or 1.0

    def at(value: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (value - least + room) / (most - least + 2 * room)

    colour = _COLOURS.get(answer.verdict, "#57606a")
    asked = answer.question
    name = escape(f"{asked.metric.name}: {asked.candidate.model} - {asked.control.model}")
    low, high, middle, zero = (at(value) for value in (effect.low, effect.high, effect.difference, 0.0))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">
<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>
<text x="{WIDTH / 2:.1f}" y="24" text-anchor="middle" font-size="15">{name}</text>
<line x1="{MARGIN}" y1="110" x2="{WIDTH - MARGIN}" y2="110" stroke="#8c959f"/>
<line x1="{zero:.1f}" y1="45" x2="{zero:.1f}" y2="115" stroke="#8c959f" stroke-dasharray="4 3"/>
<text x="{zero:.1f}" y="132" text-anchor="middle">0</text>
<line x1="{low:.1f}" y1="80" x2="{high:.1f}" y2="80" stroke="{colour}" stroke-width="4"/>
<circle cx="{middle:.1f}" cy="80" r="6" fill="{colour}"/>
<text x="{low:.1f}" y="66" text-anchor="end">{effect.low:+.3g}</text>
<text x="{high:.1f}" y="66" text-anchor="start">{effect.high:+.3g}</text>
<text x="{middle:.1f}" y="102" text-anchor="middle">{effect.difference:+.3g}</text>
</svg>
"""
