"""Who looked at a test set, and how often: each look makes the next figure on it worth a little less."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from saigen.data.describe import output_at_tag
from saigen.data.version import State, parse_state, parse_states
from saigen.errors import UsageError
from saigen.git.repository import Repository
from saigen.recording import PHASE, RELEASE, RELEASE_TAG, TEST_SET
from saigen.tags import ReleasedModel, is_name, parse_tag
from saigen.tracking import Run, Tracking

_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


def test_uses(
    target: str,
    *,
    tracking: Tracking | None = None,  # noqa: PT028 - a verb, not a test
    repository: Repository | None = None,  # noqa: PT028
    within: str | None = None,  # noqa: PT028
) -> list[Run]:
    """The runs that looked at a test set, the first one first; deleted ones too, as a look stays a look.

    A run looked at it by `saigen.data.split.open_test`, or because it evaluated a release.

    Args:
        target: a model line such as `acme`: looks of its releases' runs; a data version such as `flights_v3`; or the
            hash of a test set as DVC writes it.
        tracking: the server to ask; the one in use by default. repository: where the versions are; the current one.
        within: only runs of this repository, as runs call it: `team/flights`.

    Raises:
        UsageError: it is none of these. UnreachableError, NotPermittedError: the server does not answer, or not to you.
    """
    state = parse_state(target)
    if state is None and not _MD5.fullmatch(target) and not is_name(target):
        raise UsageError(
            f"{target!r} has no test set", "expected a model line, a data version or a hash", "saigen data list"
        )
    server = tracking or Tracking()
    experiments = list(server.experiments())
    filters = (f"tags.`{TEST_SET}` LIKE '%'", f"tags.`{PHASE}` = 'evaluate'")
    every = {run.id: run for filter in filters for run in server.search(experiments, filter, deleted=True)}
    looks = [run for run in every.values() if within in {None, run.recording.repository}]
    if state:
        found = of_version(looks, state, content_of(state, repository))
    elif _MD5.fullmatch(target):
        found = [run for run in looks if run.tags.get(TEST_SET) == target]
    else:
        found = of_line(looks, target)
    return sorted(found, key=lambda run: (run.start, run.id))


def of_line(looks: Iterable[Run], line: str) -> list[Run]:
    """Those of a model line: of runs that say which release they are for."""
    return [run for run in looks if _line(run) == line]


def of_version(looks: Iterable[Run], state: State, content: str | None) -> list[Run]:
    """Those of a data version: that looked at its content, or that say they used it.

    Args:
        content: its hash; None where it is not known.
    """
    return [
        run
        for run in looks
        if (content is not None and run.tags.get(TEST_SET) == content) or says_it_used(run, state, content)
    ]


def says_it_used(run: Run, state: State, content: str | None) -> bool:
    """Whether a run says that it used a data version, by its name or by the hash of its content."""
    return any(state.is_also(one, content) for one in parse_states(run.recording.data_version or ""))


def content_of(state: State, repository: Repository | None = None) -> str | None:
    """Hash of a named version, where this checkout knows it."""
    where = repository or Repository.containing(Path.cwd())
    output = output_at_tag(where, state.dataset, state.number) if where and state.tag else None
    return output.md5 if output else None


def _line(run: Run) -> str | None:
    tag = run.tags.get(RELEASE) or run.params.get(RELEASE_TAG) or ""
    found = parse_tag(tag)
    return found.line if isinstance(found, ReleasedModel) else None
