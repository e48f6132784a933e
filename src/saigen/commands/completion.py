"""`saigen completion`: completion of commands and options in a shell."""

from __future__ import annotations

import argparse

from saigen.commands.help import Layout


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "completion",
        help="completion of commands and options in your shell",
        description="Print a script with which the shell completes commands and options of saigen.",
        epilog=(
            "examples:\n"
            '  eval "$(saigen completion bash)"                               now, in this shell\n'
            "  saigen completion bash > ~/.local/share/bash-completion/completions/saigen\n"
            "  saigen completion zsh > ~/.zfunc/_saigen                       with fpath+=~/.zfunc before compinit"
        ),
        formatter_class=Layout,
    )
    command.add_argument("shell", choices=("bash", "zsh"), help="the shell to write the script for")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    from saigen.cli import parser

    print(shtab.complete(parser(), arguments.shell))
    return 0
