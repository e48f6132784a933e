"""What data a run needs, from what it recorded and what its commit points to. Pure.

A run that says which data it used (`saigen.data`) needs exactly that. One that says only `data_version` needs the
datasets that it names. One that says nothing needs everything that its commit tracks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from saigen.audit.facts import CommitFacts, Lack, Need, Reason
from saigen.data.pointer import Output
from saigen.data.remote import NotOurs, resolve
from saigen.data.version import State, output_of, parse_states


@dataclass(frozen=True)
class Needs:
    """The outputs that a run needs, and what is already known to be missing."""

    needs: tuple[Need, ...] = ()
    reasons: tuple[Reason, ...] = ()


def needs_of(
    used: Mapping[str, str],
    data_version: str | None,
    commit: CommitFacts,
    tags: Mapping[str, CommitFacts],
) -> Needs:
    """What a run needs.

    Args:
        used: path to hash, as the run recorded it; empty where it did not.
        data_version: the run's tag.
        commit: facts of the run's commit.
        tags: facts of the commit of each data version's tag in the repository.
    """
    if commit.broken:
        return Needs(reasons=(Reason(Lack.DATA_POINTER, commit.broken),))
    if used:
        return _join(_recorded(path, md5, commit) for path, md5 in sorted(used.items()))
    states = [state for state in parse_states(data_version or "") if state.dataset in commit.datasets]
    if states:
        return _join(_named(state, commit, tags) for state in states)
    return _join(_resolved(output, commit) for output in commit.outputs if output.md5)


def _recorded(path: str, md5: str, commit: CommitFacts) -> Needs:
    same = [output for output in commit.outputs if output.md5 == md5]
    found = next((output for output in same if output.path == path), same[0] if same else None)
    if found is None:
        return _lacking(Lack.DATA_POINTER, f"{path} ({md5[:7]}) is in no pointer of the commit")
    return _resolved(found, commit)


def _named(state: State, commit: CommitFacts, tags: Mapping[str, CommitFacts]) -> Needs:
    path = commit.datasets[state.dataset]
    if state.tag is not None:
        if state.tag not in tags:
            return _lacking(Lack.DATA_POINTER, f"the repository has no tag {state.tag}")
        holder = tags[state.tag]
        found = output_of(holder.outputs, holder.datasets.get(state.dataset, path))
        if found is None or found.md5 is None:
            return _lacking(Lack.DATA_POINTER, f"{state.tag} holds no pointer of {path}")
        return _resolved(found, holder)
    found = output_of(commit.outputs, path)
    if found is None or found.short != state.short:
        pointed = found.short if found else "nothing"
        return _lacking(Lack.DATA_STATE, f"{path}: {state} was used, the commit points to {pointed}")
    return _resolved(found, commit)


def _resolved(output: Output, commit: CommitFacts) -> Needs:
    place = resolve(output, commit.remotes)
    if not isinstance(place, NotOurs):
        return Needs((Need(output, place),))
    if output.path in commit.committed:
        return Needs()
    return _lacking(Lack.UNREADABLE, f"{output.path}: {place.reason}")


def _lacking(lack: Lack, what: str) -> Needs:
    return Needs(reasons=(Reason(lack, what),))


def _join(parts: Iterable[Needs]) -> Needs:
    found = list(parts)
    needs = {need: None for part in found for need in part.needs}
    return Needs(tuple(needs), tuple(reason for part in found for reason in part.reasons))
