"""The template documents every section of saigen.toml, and opting in is taking the signs of comments away."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from saigen.branches.kinds import KINDS
from saigen.data.split.by import SIDES
from saigen.project import parse_project
from saigen.project.initial import BLOCK, init
from saigen.project.project import LISTS, SECTIONS, unknown
from saigen.recording import TEST_SET
from tests.unit.template.generated import TEMPLATE

TEXT = (TEMPLATE / "saigen.toml").read_text(encoding="utf-8")
_EXAMPLE = re.compile(r"# (?=(\[+[\w.]+\]+$|[\w\"*./-]+ = [\[{\"\d]))")


def opted_in(text: str) -> str:
    """The file with every example in it in force: [branches.raw] is there in the place of `raw = {}`."""
    return "\n".join(_EXAMPLE.sub("", line) for line in text.splitlines() if not line.startswith("# raw = {}"))


def test_a_new_project_leaves_every_branch_free() -> None:
    assert parse_project(TEXT).branches.kinds == {}


def test_every_section_is_documented() -> None:
    named = set(re.findall(r"^(?:# )?\[{1,2}([a-z]+)", TEXT, re.MULTILINE))
    assert {*SECTIONS, *LISTS} <= named


def test_every_example_is_sound_and_known() -> None:
    text = opted_in(TEXT)
    project = parse_project(text)
    assert unknown(text) == []
    assert set(project.branches.kinds) == set(KINDS)
    assert set(project.branches.clients) == {"acme"}
    assert project.gate.allow == ("docs/logins/*",)
    assert project.branches.merge_rule("data/labels.csv").prefer == "incoming"


def test_what_stands_there_as_a_default_is_the_default() -> None:
    project = parse_project(opted_in(TEXT))
    plain = parse_project(TEXT)
    assert project.gate.largest_file == plain.gate.largest_file
    assert project.record.largest_file == plain.record.largest_file
    assert (project.release.code, project.release.tests) == (plain.release.code, plain.release.tests)
    assert project.alerts[0].when == plain.alerts[0].when
    assert project.record.most_files == plain.record.most_files


def test_the_release_that_is_written_there_is_one_of_the_template_s_own_script() -> None:
    release = parse_project(opted_in(TEXT)).release
    assert dict(release.phases) == dict.fromkeys(("tune", "evaluate", "final"), ("uv", "run", "python", "src/train.py"))
    assert release.needs == ("data/split",)
    assert set(parse_project(opted_in(TEXT)).datasets.values()) >= {f"data/split/{side}" for side in SIDES}
    assert f'"{TEST_SET}"' in (TEMPLATE / "src" / "train.py").read_text(encoding="utf-8")


def test_init_appends_what_the_template_documents() -> None:
    commented = [line if line.startswith("#") or not line else f"# {line}" for line in BLOCK.splitlines()]
    assert "\n".join(commented) in TEXT


def test_init_opens_the_template_s_comments_instead_of_repeating_them(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "saigen.toml").write_text(TEXT, encoding="utf-8")
    init(tmp_path, branches=True)
    after = (tmp_path / "saigen.toml").read_text(encoding="utf-8")
    assert after.count("What branches mean.") == 1
    assert len(after.splitlines()) == len(TEXT.splitlines())
    assert dict(parse_project(after).branches.kinds) == dict(KINDS)


def test_init_names_every_kind_and_changes_none() -> None:
    assert dict(parse_project(f'[project]\nname = "birds"\n{BLOCK}').branches.kinds) == dict(KINDS)
