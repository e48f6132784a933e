"""Saigen: every logged run is one commit that a colleague can run again.

Each verb of the command line is a function of this module as well, loaded when it is first used:
`saigen.audit() -> Audit`. Some verbs have a package of the same name beside this file; that name means the verb.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False  # as in `typing`, whose import takes longer than everything else here
if TYPE_CHECKING:  # what type checkers and editors see of the verbs
    from typing import Any

    from saigen.analysis.analyse import analyse as analyse
    from saigen.audit.audit import audit as audit
    from saigen.audit.collect import unneeded as unneeded
    from saigen.check.check import check as check
    from saigen.check.check import check_push as check_push
    from saigen.data.branches.derive import data_clean as data_clean
    from saigen.data.branches.derive import data_split as data_split
    from saigen.data.branches.ingest import data_ingest as data_ingest
    from saigen.data.branches.sample import data_sample as data_sample
    from saigen.data.branches.take import data_take as data_take
    from saigen.data.describe import describe_data as describe_data
    from saigen.data.diff import data_diff as data_diff
    from saigen.data.listing import versions as versions
    from saigen.data.pull import data_pull as data_pull
    from saigen.data.push import data_push as data_push
    from saigen.data.release import release as release
    from saigen.data.variants import variants as variants
    from saigen.doctor.diagnosis import doctor as doctor
    from saigen.lineage.lineage import lineage as lineage
    from saigen.lineage.uses import test_uses as test_uses
    from saigen.login.session import login as login
    from saigen.login.session import logout as logout
    from saigen.login.trust import trust as trust
    from saigen.model.image import model_image as model_image
    from saigen.model.pull import pull_model as pull_model
    from saigen.model.serve import prepare_serving as prepare_serving
    from saigen.monitor.check import monitor_check as monitor_check
    from saigen.monitor.record import monitor_record as monitor_record
    from saigen.monitor.records import monitor_list as monitor_list
    from saigen.monitor.send import monitor_send as monitor_send
    from saigen.monitor.watch import monitor_watch as monitor_watch
    from saigen.platform import discover as discover
    from saigen.project.initial import init as init
    from saigen.record.forget import forget as forget
    from saigen.record.push import push as push
    from saigen.record.push import status as status
    from saigen.record.strict import prepare as prepare
    from saigen.release.listing import releases as releases
    from saigen.release.train import train_release as train_release
    from saigen.release.watch import watch_releases as watch_releases
    from saigen.reproduce.reproduction import reproduce as reproduce
    from saigen.track.export import track_export as track_export
    from saigen.track.imports import import_runs as import_runs

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
