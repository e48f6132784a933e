"""Everything of a release up to its push, in a worktree that is thrown away: a failure leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from saigen.branches.worktree import BranchTree
from saigen.data.describe import data_version, describe_data
from saigen.errors import SaigenError, UnreachableError
from saigen.login.profile import current
from saigen.project import Project
from saigen.record.destination import repository as identity_of
from saigen.release import card as cards
from saigen.release.data import bring, choose_model, fetch_model, keep_models
from saigen.release.facts import Facts
from saigen.release.manifest import CARD, FILE, METRICS, MODELS, Manifest, Model, Origin, Phase
from saigen.release.merging import merge
from saigen.release.phases import Attempt, find_runs, looks, run_phase, run_tests
from saigen.release.plan import Plan
from saigen.release.publish import commit, hand_on, left_over, send_and_push
from saigen.release.verdict import require
from saigen.tracking import Run, Tracking

FAILED = "release_failed"  # tag on the runs of an attempt that came to nothing: why
FAILED_ON = "release_failed_on"  # another: `Plan.state`, where it would come to nothing again


@dataclass(frozen=True)
class Work:
    """What a release is made with. `say` is told each step before it is taken."""

    tree: BranchTree
    project: Project
    facts: Facts
    tracking: Tracking
    say: Callable[[str], None]


def make(work: Work, plan: Plan) -> Manifest:
    """Merge, train, judge, and publish branch and tag in one push.

    Raises:
        SaigenError: whatever went wrong; nothing but data was published.
    """
    tree, rules = work.tree, work.project.release
    for abandoned in plan.abandoned:
        tree.main.run("tag", "--delete", abandoned)
    for source in plan.merges:
        work.say(f"merge {source.role} from {source.branch}")
        merge(tree, source)
    work.say("bring the data")
    bring(tree.repository.root, rules.needs)
    attempt = _attempt(work, plan.tag or "")
    try:
        if rules.tests:
            work.say("test")
            run_tests(attempt, rules.tests)
        attempt, phases = _phases(work, attempt)
        return _publish(work, _write(work, attempt, phases))
    except BaseException as error:
        with suppress(SaigenError):  # the remark is worth less than the reason for it
            _remark(attempt, work.tracking, error, plan.state)
        raise


def _attempt(work: Work, tag: str) -> Attempt:
    tree, needs = work.tree, work.project.release.needs
    profile = current()
    url = tree.main.remote_url(tree.remote) if tree.remote else None
    states = [one for one in describe_data(tree.repository) if one.md5 and not _inside(one.path, MODELS)]
    used = [one for one in states if not needs or any(_inside(one.path, path) for path in needs)]
    return Attempt(
        tag=tag,
        root=tree.repository.root,
        branch=tree.branch,
        commit=tree.repository.run("rev-parse", "HEAD"),
        repository=identity_of(url, profile.git if profile else None) if url else work.project.name,
        data={one.path: one.md5 or "" for one in used},
        versions=data_version(used),
    )


def _inside(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _phases(work: Work, attempt: Attempt) -> tuple[Attempt, tuple[Phase, ...]]:
    """Train. Raises SaigenError as soon as the evaluation misses a threshold: the final fit is not even begun."""
    rules, phases = work.project.release, []
    for name, words in rules.phases.items():
        work.say(name)
        phase = run_phase(attempt, name, words, work.tracking)
        if name == "evaluate":
            require(rules.thresholds, phase.metrics, attempt.tag)
        phases.append(phase)
        if name != rules.ships:
            attempt = replace(attempt, commit=hand_on(work.tree.repository, name, attempt.tag))
    return attempt, tuple(phases)


def _write(work: Work, attempt: Attempt, phases: tuple[Phase, ...]) -> Manifest:
    """Write what the release consists of into the worktree."""
    rules, root = work.project.release, attempt.root
    shipped = next(phase for phase in phases if phase.name == rules.ships)
    logged = choose_model(work.tracking.logged_models(work.tracking.run(shipped.run)), rules.model, shipped)
    manifest = _manifest(work, attempt, phases, fetch_model(work.tracking, logged, root))
    keep_models(root)
    (root / FILE).parent.mkdir(exist_ok=True)
    (root / FILE).write_text(manifest.to_json(), encoding="utf-8")
    (root / METRICS).write_text(cards.metrics(manifest), encoding="utf-8")
    (root / CARD).write_text(cards.card(manifest, rules, _text(root, rules.card)), encoding="utf-8")
    return manifest


def _manifest(work: Work, attempt: Attempt, phases: tuple[Phase, ...], model: Model) -> Manifest:
    rules, line = work.project.release, work.facts.line
    origins = {source.role: Origin(source.branch, source.commit) for source in work.facts.sources}
    return Manifest(
        tag=attempt.tag,
        line=line,
        project=work.project.name,
        repository=attempt.repository,
        attempt=attempt.id,
        built_from=attempt.commit,
        code=origins.get("code"),
        split=origins.get("data"),
        versions=attempt.versions,
        data=attempt.data,
        phases=phases,
        ships=rules.ships,
        model=model,
        thresholds=tuple(map(str, rules.thresholds)),
        test_uses=looks(work.tracking, line, attempt.repository),
    )


def _text(root: Path, path: str | None) -> str:
    """What the project says about its models, where it names a file for that and the file is there."""
    file = root / path if path else None
    return file.read_text(encoding="utf-8") if file and file.is_file() else ""


def _publish(work: Work, manifest: Manifest) -> Manifest:
    tree, say = work.tree, work.say
    if work.project.release.image:
        from saigen.model.image import build

        say("build the serving image and try it")
        build(tree.repository.root, manifest, say=say)
    commit(tree.repository, manifest)
    for path in left_over(tree.repository):
        say(f"not committed, though a command of the release changed it: {path}")
    send_and_push(tree, manifest, say)
    return manifest


def failed_on(tracking: Tracking, state: str) -> Run | None:
    """A run of an attempt at a release that was made of the same, and came to nothing by what it was made of."""
    return next(tracking.search(list(tracking.experiments()), f"tags.`{FAILED_ON}` = '{state}'", limit=1), None)


def _remark(attempt: Attempt, tracking: Tracking, error: BaseException, state: str) -> None:
    """Say on the runs of an attempt that nothing came of it."""
    tags = {FAILED: error.what[:500] if isinstance(error, SaigenError) else type(error).__name__}
    if isinstance(error, SaigenError) and not isinstance(error, UnreachableError):
        tags[FAILED_ON] = state
    for run in find_runs(tracking, attempt.id):
        for key, value in tags.items():
            tracking.set_tag(run.id, key, value)
