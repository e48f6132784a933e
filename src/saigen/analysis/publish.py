"""The report of an experiment on its branch, and as a run of MLflow."""

from __future__ import annotations

import json

from saigen.analysis.answer import Answer
from saigen.analysis.figure import draw
from saigen.analysis.report import FIGURE, render, sentence, title
from saigen.branches.worktree import BranchTree, publish

REPORT, DATA = "report.md", "report.json"
FILES = (REPORT, DATA, FIGURE)
RECORD = "Record"  # trailer: tag of a monitoring record that a report is about


def files(answer: Answer) -> dict[str, str]:
    """What the branch holds of an answer, by path."""
    return {
        REPORT: render(answer),
        DATA: json.dumps(answer.to_json(), indent=2, ensure_ascii=False) + "\n",
        FIGURE: draw(answer),
    }


def message(answer: Answer) -> str:
    """Of the commit: what was found, and a trailer for each record."""
    trailers = "\n".join(f"{RECORD}: {record.tag}" for record in answer.question.records)
    return f"{title(answer)}\n\n{sentence(answer)}\n\n{trailers}\n"


def write(tree: BranchTree, answer: Answer) -> str:
    """Commit the report on its branch and publish it; the commit. Raises as `publish` does."""
    found = files(answer)
    for path, content in found.items():
        (tree.repository.root / path).write_text(content, encoding="utf-8")
    tree.repository.run("add", "--force", "--", *found)
    tree.repository.run("commit", "--quiet", "--file=-", "--", *found, given=message(answer).encode())
    return publish(tree)
