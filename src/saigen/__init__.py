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
    "check": "saigen.check.check",
    "check_push": "saigen.check.check",
    "data_clean": "saigen.data.branches.derive",
    "data_diff": "saigen.data.diff",
    "data_ingest": "saigen.data.branches.ingest",
    "data_pull": "saigen.data.pull",
    "data_push": "saigen.data.push",
    "data_sample": "saigen.data.branches.sample",
    "data_split": "saigen.data.branches.derive",
    "data_take": "saigen.data.branches.take",
    "describe_data": "saigen.data.describe",
    "discover": "saigen.platform",
    "doctor": "saigen.doctor.diagnosis",
    "forget": "saigen.record.forget",
    "init": "saigen.project.initial",
    "import_runs": "saigen.track.imports",
    "lineage": "saigen.lineage.lineage",
    "login": "saigen.login.session",
    "logout": "saigen.login.session",
    "model_image": "saigen.model.image",
    "monitor_check": "saigen.monitor.check",
    "monitor_list": "saigen.monitor.records",
    "monitor_record": "saigen.monitor.record",
    "monitor_send": "saigen.monitor.send",
    "monitor_watch": "saigen.monitor.watch",
    "prepare": "saigen.record.strict",
    "prepare_serving": "saigen.model.serve",
    "pull_model": "saigen.model.pull",
    "push": "saigen.record.push",
    "release": "saigen.data.release",
    "releases": "saigen.release.listing",
    "reproduce": "saigen.reproduce.reproduction",
    "status": "saigen.record.push",
    "track_export": "saigen.track.export",
    "test_uses": "saigen.lineage.uses",
    "train_release": "saigen.release.train",
    "trust": "saigen.login.trust",
    "unneeded": "saigen.audit.collect",
    "variants": "saigen.data.variants",
    "versions": "saigen.data.listing",
    "watch_releases": "saigen.release.watch",
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
