"""Saigen: every logged run is one commit that a colleague can run again.

Each verb of the command line is a function of this module as well, loaded when it is first used:
`saigen.reproduce(run_id) -> Reproduction`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# name -> module that defines it
_VERBS: dict[str, str] = {
    "data_diff": "saigen.data.diff",
    "data_pull": "saigen.data.pull",
    "data_push": "saigen.data.push",
    "describe_data": "saigen.data.describe",
    "discover": "saigen.platform",
    "release": "saigen.data.release",
    "variants": "saigen.data.variants",
    "versions": "saigen.data.listing",
}


def __getattr__(name: str) -> Any:
    if name not in _VERBS:
        raise AttributeError(f"module 'saigen' has no attribute {name!r}")
    return getattr(import_module(_VERBS[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_VERBS])
