"""`saigen platform`: where a platform's parts are."""

from __future__ import annotations

import argparse
import os

from saigen.commands.help import Layout
from saigen.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from saigen.platform import Platform


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "platform",
        help="where a platform's parts are",
        description="Ask a platform for the URLs of tracking, storage, Git, its certificate authority and its client.",
        epilog=(
            "examples:\n"
            "  saigen platform http://localhost:5000\n"
            "  saigen platform https://ml.example.org:5000 --ca ca.crt --json"
        ),
        formatter_class=Layout,
    )
    command.add_argument("url", metavar="URL", nargs="?", help="the tracking URL (default: MLFLOW_TRACKING_URI)")
    command.add_argument("--ca", metavar="FILE", help="PEM file of the certificate authority to trust")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what the platform says of itself."""
    import json
    from dataclasses import asdict
    from pathlib import Path

    from saigen.platform import discover

    url = arguments.url or os.environ.get("MLFLOW_TRACKING_URI")
    if not url:
        raise UsageError(
            "no platform was named",
            "expected a URL or MLFLOW_TRACKING_URI, found neither",
            "saigen platform http://localhost:5000",
        )
    platform = discover(url, Path(arguments.ca) if arguments.ca else None)
    print(json.dumps(asdict(platform), indent=2) if arguments.json else table(platform))
    return 0


def table(platform: Platform) -> str:
    """The platform for people: one line a part."""
    from dataclasses import asdict

    values = {name.replace("_", " "): value or "none" for name, value in asdict(platform).items()}
    width = max(len(name) for name in values)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in values.items())
