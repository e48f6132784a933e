"""Draws docs/architecture.svg from docker-compose.yml, so that the picture shows what is shipped.

Run it after a change of the Compose file:

    python3 docs/architecture.py            # writes docs/architecture.svg
    python3 docs/architecture.py --check    # exit 1 when the committed picture is an old one

Networks are lines, services are boxes tied to the networks that they are on: two services that share no line cannot
reach each other. Only the standard library is used, so the Compose file is read line by line; whatever this reader does
not know is an error, never a guess (a test compares its reading with a YAML parser's).
"""

from __future__ import annotations

import re
import sys
import textwrap
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = ROOT / "docker-compose.yml"
PICTURE = ROOT / "docs" / "architecture.svg"

WIDTH, MARGIN = 1080, 30
BOX_HEIGHT, BUS_GAP, COLUMN_GAP, BOX_WIDTH = 124, 34, 24, 236

STYLE = """
  .ground { fill: #ffffff; stroke: #d0d7de } .ink { fill: #1f2328 } .dim { fill: #59636e } .code { fill: #0550ae }
  .box { fill: #f6f8fa; stroke: #59636e } .once { stroke-dasharray: 5 4 }
  .bus { stroke: #0969da; stroke-width: 3 } .tap { stroke: #0969da; stroke-width: 1.5 } .busname { fill: #0969da }
  .knob { fill: #0969da }
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 12.5px }
  .name { font-size: 16px; font-weight: 600 }
  .code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #3d444d } .ink { fill: #f0f6fc } .dim { fill: #9198a1 } .code { fill: #a5d6ff }
    .box { fill: #151b23; stroke: #9198a1 } .bus, .tap { stroke: #4493f8 } .busname, .knob { fill: #4493f8 }
  }
"""


@dataclass(frozen=True)
class Service:
    """One service of the Compose file, as far as the picture needs it."""

    name: str
    about: str
    one_shot: bool
    networks: tuple[str, ...]
    volumes: tuple[str, ...]
    ports: tuple[tuple[str, str], ...]  # (what, default published port)
    after: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """One network: `internal` ones have no way out of the machine."""

    name: str
    internal: bool


@dataclass(frozen=True)
class Stack:
    """What the Compose file declares."""

    services: tuple[Service, ...]
    networks: tuple[Network, ...]


def read(text: str) -> Stack:
    """The services and networks of a Compose file's text; ValueError names a line form that is not known."""
    sections = dict(re.findall(r"^(services|networks):\n((?:[ #].*\n|\n)*)", text, re.MULTILINE))
    blocks = re.findall(r"((?:^  #.*\n)*)^  ([\w-]+):\n((?:    .*\n|\n)*)", sections["services"], re.MULTILINE)
    networks = re.findall(
        r"^  ([\w-]+): \{(internal: true)?(?:, driver_opts: \{[^{}]*\})?\}", sections["networks"], re.MULTILINE
    )
    return Stack(
        tuple(_service(name, comment, body) for comment, name, body in blocks),
        tuple(Network(name, bool(internal)) for name, internal in networks),
    )


def _service(name: str, comment: str, body: str) -> Service:
    networks = re.search(r"^    networks: \[(.*)\]$", body, re.MULTILINE)
    kind = re.search(r"^    <<: \*(service|hardened)$", body, re.MULTILINE)
    if kind is None or not (networks or "    network_mode: none\n" in body):
        raise ValueError(
            f"service {name}: expected `<<: *service` or `<<: *hardened`, and `networks: [...]` in one line"
        )
    return Service(
        name=name,
        about=" ".join(line.strip("# ") for line in comment.splitlines()),
        one_shot=kind[1] == "hardened",
        networks=tuple(networks[1].split(", ")) if networks else (),
        volumes=tuple(re.findall(r"^      - ([a-z][\w-]*):/", body, re.MULTILINE)),
        ports=tuple(
            (variable.lower(), port) for variable, port in re.findall(r"SAIGEN_(\w+)_PORT:-(\d+)\}:\d+\"", body)
        ),
        after=tuple(re.findall(r"([\w-]+): \{condition: \w+\}", body)),
    )


def start_order(services: tuple[Service, ...]) -> list[list[str]]:
    """Names in waves: a service starts after the waves that hold what it depends on."""
    waves: list[list[str]] = []
    started: set[str] = set()
    while len(started) < len(services):
        wave = [s.name for s in services if s.name not in started and started.issuperset(s.after)]
        if not wave:
            raise ValueError(f"depends_on has a cycle among {sorted({s.name for s in services} - started)}")
        waves.append(wave)
        started.update(wave)
    return waves


def rows(stack: Stack) -> list[list[Service]]:
    """Services by row: row n hangs below network n and may also touch network n+1; the last row takes those on none."""
    position = {network.name: index for index, network in enumerate(stack.networks)}
    result: list[list[Service]] = [[] for _ in stack.networks]
    for service in stack.services:
        places = sorted(position[name] for name in service.networks)
        if (places and places[-1] - places[0] != len(places) - 1) or len(places) > 2:
            raise ValueError(
                f"service {service.name} is on {service.networks}: the picture needs neighbouring networks"
            )
        result[places[0] if places else -1].append(service)
    result[-1].sort(key=lambda service: not service.networks)
    return result


def draw(stack: Stack) -> str:
    """The whole picture as SVG text."""
    parts: list[str] = []
    y = _people(parts, stack)
    grid = rows(stack)
    step = BOX_HEIGHT + 2 * BUS_GAP
    for index, (network, row) in enumerate(zip(stack.networks, grid, strict=True)):
        below = y + step
        _bus(parts, network, y)
        for x, service in zip(_columns(len(row)), row, strict=True):
            _taps(parts, service, x, (y, below), network.name)
            _box(parts, service, x, y + BUS_GAP)
        y = below if index < len(grid) - 1 else y + BUS_GAP + BOX_HEIGHT
    height = _footer(parts, stack, y + 34) + 24
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">\n'
        f'<title id="t">Architecture of Saigen</title>\n<desc id="d">{escape(_description(stack))}</desc>\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>'
    )
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def _description(stack: Stack) -> str:
    said = [f"{s.name} is on {' and '.join(s.networks) or 'no network'}" for s in stack.services]
    return "Made from docker-compose.yml by docs/architecture.py. " + "; ".join(said) + "."


def _text(x: float, y: float, words: str, style: str, anchor: str = "start") -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _columns(count: int) -> list[float]:
    width = count * BOX_WIDTH + (count - 1) * COLUMN_GAP
    return [(WIDTH - width) / 2 + index * (BOX_WIDTH + COLUMN_GAP) for index in range(count)]


def _people(parts: list[str], stack: Stack) -> float:
    """The top box and the published ports; returns the height of the first network's line."""
    x, width = WIDTH / 2 - 220, 440
    parts += [
        f'<rect class="box" x="{x:g}" y="24" width="{width}" height="52" rx="26"/>',
        _text(WIDTH / 2, 46, "People and their tools", "name ink", "middle"),
        _text(WIDTH / 2, 65, "mlflow, dvc, git, boto3, a browser: nothing of ours is needed", "dim", "middle"),
    ]
    ports = [f"{port} {what}" for service in stack.services for what, port in service.ports]
    bus = 132.0
    parts += [
        f'<line class="tap" x1="{WIDTH / 2}" y1="76" x2="{WIDTH / 2}" y2="{bus:g}"/>',
        _text(WIDTH / 2 + 12, 96, "published ports: " + ", ".join(ports), "code"),
        _text(WIDTH / 2 + 12, 113, "on 127.0.0.1 until you choose an address", "dim"),
    ]
    return bus


def _bus(parts: list[str], network: Network, y: float) -> None:
    note = "internal: no way out of this machine" if network.internal else "published"
    parts += [
        f'<line class="bus" x1="{MARGIN}" y1="{y:g}" x2="{WIDTH - MARGIN}" y2="{y:g}"/>',
        _text(MARGIN, y - 9, f"network {network.name}", "name busname"),
        _text(WIDTH - MARGIN, y - 9, note, "dim", "end"),
    ]


def _taps(parts: list[str], service: Service, x: float, lines: tuple[float, float], above: str) -> None:
    middle = x + BOX_WIDTH / 2
    for name in service.networks:
        start = lines[0] if name == above else lines[1]
        end = lines[0] + BUS_GAP + (0 if name == above else BOX_HEIGHT)
        parts.append(f'<line class="tap" x1="{middle:g}" y1="{start:g}" x2="{middle:g}" y2="{end:g}"/>')
        parts.append(f'<circle class="knob" cx="{middle:g}" cy="{start:g}" r="5"/>')


def _box(parts: list[str], service: Service, x: float, y: float) -> None:
    style = "box once" if service.one_shot else "box"
    parts.append(f'<rect class="{style}" x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>')
    parts.append(_text(x + 12, y + 23, service.name, "name ink"))
    if not service.networks:
        parts.append(_text(x + BOX_WIDTH - 12, y + 23, "no network", "dim", "end"))
    about = re.sub(r"^One shot( at every `up`)?: ", "", service.about)
    lines = textwrap.wrap(about[:1].upper() + about[1:], 32, max_lines=4, placeholder=" …")
    parts += [_text(x + 12, y + 43 + 16 * index, line, "ink") for index, line in enumerate(lines)]
    volumes = _volumes(service)
    parts += [_text(x + 12, y + 113 - 13 * (len(volumes) - 1 - i), line, "code") for i, line in enumerate(volumes)]


def _volumes(service: Service) -> list[str]:
    words = ", ".join(service.volumes)
    if len(service.volumes) > 3:
        words = f"{len(service.volumes)} volumes"
    return textwrap.wrap(words, 33, break_on_hyphens=False, max_lines=2)


def _footer(parts: list[str], stack: Stack, y: float) -> float:
    order = " → ".join(", ".join(wave) for wave in start_order(stack.services))
    parts += [
        _text(MARGIN, y, f"Start order: {order}.", "ink"),
        _text(
            MARGIN,
            y + 19,
            "Dashed: runs once at every start and ends. Services on no common line cannot reach each other.",
            "dim",
        ),
    ]
    return y + 19


def main(arguments: list[str]) -> int:
    """Writes the picture, or with --check compares it with the committed one; returns the exit code."""
    picture = draw(read(COMPOSE.read_text(encoding="utf-8")))
    if arguments == ["--check"]:
        if PICTURE.read_text(encoding="utf-8") == picture:
            print("architecture.svg: as docker-compose.yml says, nothing to do")
            return 0
        print("FAIL: expected docs/architecture.svg to show docker-compose.yml, found an old picture", file=sys.stderr)
        print("next: python3 docs/architecture.py", file=sys.stderr)
        return 1
    if arguments:
        print("usage: python3 docs/architecture.py [--check]", file=sys.stderr)
        return 2
    PICTURE.write_text(picture, encoding="utf-8")
    print("architecture.svg: written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
