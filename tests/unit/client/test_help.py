"""Help texts: every command says what it does and shows examples, and the first screen is instant."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from saigen.cli import main, parser


def commands(root: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Name, parser and one-line help of every command below a parser."""
    for action in root._actions:
        if isinstance(action, argparse._SubParsersAction):
            lines = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, command in action.choices.items():
                yield command.prog, command, lines[name]
                yield from commands(command)


EVERY = list(commands(parser()))
every = pytest.mark.parametrize(("name", "command", "line"), EVERY, ids=[name for name, _, _ in EVERY])


@every
def test_the_line_in_the_list_reads_like_one(name: str, command: argparse.ArgumentParser, line: str) -> None:
    assert line, f"{name} has no help"
    assert line[0].islower()
    assert not line.endswith(".")
    assert command.prog == name


@every
def test_the_description_is_sentences(name: str, command: argparse.ArgumentParser, line: str) -> None:
    description = command.description or ""
    assert description[:1].isupper(), f"{name} has no description"
    assert description.rstrip().endswith((".", "?"))
    assert description != line


@every
def test_there_are_examples_and_they_are_of_this_command(
    name: str, command: argparse.ArgumentParser, line: str
) -> None:
    epilog = command.epilog or ""
    assert epilog.startswith("examples:\n"), f"{name} has no examples"
    assert name in epilog, line


@every
def test_every_argument_is_explained(name: str, command: argparse.ArgumentParser, line: str) -> None:
    silent = [action.dest for action in command._actions if not action.help and not _is_group(action)]
    assert silent == [], f"{name}: {line}"


def _is_group(action: argparse.Action) -> bool:
    return isinstance(action, argparse._SubParsersAction)


@every
def test_examples_keep_their_lines(name: str, command: argparse.ArgumentParser, line: str) -> None:
    text = command.format_help()
    examples = [one for one in (command.epilog or line).splitlines() if one.startswith("  ")]
    assert examples, line
    assert all(example in text for example in examples), name


@pytest.mark.parametrize("heavy", ["mlflow", "boto3", "rich", "yaml", "requests", "shtab", "concurrent.futures"])
def test_the_list_of_commands_loads_nothing_heavy(heavy: str) -> None:
    code = "import sys; from saigen.cli import parser; parser().format_help(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert heavy not in loaded


def test_completion_for_bash_knows_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    assert [name for name, _, _ in EVERY if name.split()[-1] not in script] == []


def test_completion_is_a_script_that_bash_takes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", "bash"])
    ask = (
        'COMP_WORDS=(saigen aud); COMP_CWORD=1; "$(complete -p saigen | sed "s/.*-F \\([^ ]*\\).*/\\1/")"; '
        'echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", capsys.readouterr().out + "\n" + ask], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["audit"], done.stderr


def test_completion_for_zsh_is_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "zsh"]) == 0
    script = capsys.readouterr().out
    assert script.startswith("#compdef saigen")
    if shutil.which("zsh"):
        subprocess.run(["zsh", "-n"], input=script, text=True, check=True)


def test_gc_without_a_dry_run_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "gc"]) == 2
    assert "the platform" in capsys.readouterr().err


def test_one_form_of_lineage_at_a_time() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["lineage", "flights_v3", "--json", "--dot"])
    assert stopped.value.code == 2
