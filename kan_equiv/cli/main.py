"""kan-equiv: exact equivalence of KANs and MLPs, on the command line."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

__all__ = ["main"]

COMMANDS = {
    "show": "Layers, grids and counts of a model; one edge as a formula.",
    "doctor": "What a checkpoint is, what is missing, what to type next.",
    "convert": "Rewrite, prove, emit: write a bundle.",
    "prove": "Decide whether two models are equal, or near, over the reals.",
    "distance": "How far two models are apart on a box, from both sides.",
    "diff": "Whether a model changed, which edges, by how much, and where.",
    "prove-schema": "The theorem for all layers of a degree, at once.",
    "emit": "Write a model, or a question about two, for other tools.",
    "write-test": "A test file that two models are equal, or close on a box.",
    "check": "Replay a certificate or a bundle in the kernel.",
    "report": "A bundle as one HTML page: statements, plots, derivation.",
    "formats": "The families that can be loaded.",
    "demo": "The whole chain on the shipped digits classifier.",
}


class _Lazy(click.Group):
    """Imports a command only when it runs, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module: Any = import_module(f"kan_equiv.cli.commands.{name}")
        return module.command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from kan_equiv import __version__

        click.echo(f"kan-equiv {__version__}")
        ctx.exit()


@click.command(
    "kan-equiv", cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Exact equivalence of Kolmogorov-Arnold networks and multilayer perceptrons.

    The first word of the output is the verdict. Exit codes: 0 proved, valid or done;
    1 refuted or invalid; 2 usage; 3 unknown, timeout or holey; 4 bad input; 70
    internal error; 130 interrupted.
    """
