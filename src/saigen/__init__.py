"""Saigen: every logged run is one commit that a colleague can run again.

Each verb of the command line is a function of this module as well, loaded when it is first used:
`saigen.audit() -> Audit`. Some verbs have a package of the same name beside this file; that name means the verb.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False  # as in `typing`, whose import takes longer than everything else here
if TYPE_CHECKING:
    from typing import Any

# name -> module that defines it
_VERBS: dict[str, str] = {
    "analyse": "saigen.analysis.analyse",
    "audit": "saigen.audit.audit",
    "data_diff": "saigen.data.diff",
    "data_pull": "saigen.data.pull",
    "data_push": "saigen.data.push",
    "describe_data": "saigen.data.describe",
    "discover": "saigen.platform",
    "doctor": "saigen.doctor.diagnosis",
    "forget": "saigen.record.forget",
    "lineage": "saigen.lineage.lineage",
    "login": "saigen.login.session",
    "logout": "saigen.login.session",
    "prepare": "saigen.record.strict",
    "push": "saigen.record.push",
    "release": "saigen.data.release",
    "reproduce": "saigen.reproduce.reproduction",
    "status": "saigen.record.push",
    "trust": "saigen.login.trust",
    "unneeded": "saigen.audit.collect",
    "variants": "saigen.data.variants",
    "versions": "saigen.data.listing",
}

__all__ = list(_VERBS)


class _Verbs(ModuleType):
    """Keeps the import system from putting the package `saigen.audit` where the verb `saigen.audit` is."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _VERBS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Verbs


def __getattr__(name: str) -> Any:
    if name not in _VERBS:
        raise AttributeError(f"module 'saigen' has no attribute {name!r}")
    return getattr(import_module(_VERBS[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_VERBS])
