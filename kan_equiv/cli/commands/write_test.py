"""kan-equiv write-test: a test file that says what two models have in common."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.loading import (
    hyper_parameters,
    load_options,
    load_with,
    loaded_path,
    parse_box,
    read_box,
)
from kan_equiv.cli.numbers import NOT_NEGATIVE

if TYPE_CHECKING:
    from kan_equiv.ir.domain import Box

HEAD = '''\
"""{words}.

Written by kan-equiv write-test; it is yours to change.
"""

{imports}

HERE = Path(__file__).parent


def {name}() -> None:
    left = ke.load({left})
    right = ke.load({right})
'''


@click.command("write-test")
@click.argument("left")
@click.argument("right")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file; default test_LEFT_equals_RIGHT.py.",
)
@click.option("--domain", help="Closed box: '[-1,1]' for all inputs, or one per input.")
@click.option(
    "--within",
    metavar="EPSILON",
    type=NOT_NEGATIVE,
    help="Assert a largest difference on the box, such as 1e-6 or 1/1000.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@partial(load_options, side="right")
@partial(load_options, side="left")
@framed
def command(
    left: str,
    right: str,
    output: Path | None,
    domain: str | None,
    within: Fraction | None,
    overwrite: bool,
    left_format: str | None,
    left_settings: tuple[str, ...],
    right_format: str | None,
    right_settings: tuple[str, ...],
) -> Result:
    """Write a test that the models LEFT and RIGHT are equal, or close on a box.

    The test loads both each time it runs, so it speaks of the files as they are then.
    """
    if within is not None and domain is None:
        raise click.UsageError("--within needs --domain: a bounded box")
    read_box(domain)
    names = [_stem(path) for path in (left, right)]
    verb = "equals" if within is None else "is_close_to"
    name = f"test_{names[0]}_{verb}_{names[1]}"
    path = output if output is not None else Path(f"{name}.py")
    if path.exists() and not overwrite:
        raise click.UsageError(f"{path} is there already; --overwrite replaces it")
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"-o: no such directory: {path.absolute().parent}")
    network = load_with(left, left_format, left_settings, "left")
    other = load_with(right, right_format, right_settings, "right")
    if other.in_features != network.in_features:
        raise click.UsageError(
            f"LEFT has {network.in_features} inputs, RIGHT has {other.in_features}"
        )
    box = parse_box(domain, network.in_features)
    place = path.absolute().parent
    source = _source(
        name,
        (Path(left).name, Path(right).name),
        (
            _load(loaded_path(left), place, left_format, left_settings),
            _load(loaded_path(right), place, right_format, right_settings),
        ),
        box,
        within,
    )
    path.write_text(source, encoding="utf-8")
    run = f"pytest {shlex.quote(str(path))}"
    return Result(
        "ok",
        f"wrote {path}",
        [f"run it with: {run}"],
        {"path": str(path), "test": name, "command": run},
    )


def _stem(path: str) -> str:
    """Return a name for a model that can be part of a function's name."""
    words = re.sub(r"\W+", "_", Path(path).stem or Path(path).name, flags=re.ASCII)
    return words.strip("_").lower() or "model"


def _load(path: str, place: Path, format: str | None, settings: Sequence[str]) -> str:
    """Return the arguments of ``load``, the path as seen from the test."""
    seen = Path(os.path.relpath(Path(path).absolute(), place)).as_posix()
    arguments = [f'HERE / "{seen}"' if '"' not in seen else f"HERE / {seen!r}"]
    if format is not None:
        arguments.append(f'format="{format}"')
    arguments += [f"{k}={v!r}" for k, v in hyper_parameters(settings).items()]
    return ", ".join(arguments)


def _source(
    name: str,
    files: tuple[str, str],
    loads: tuple[str, str],
    box: Box | None,
    epsilon: Fraction | None,
) -> str:
    """Return the whole file."""
    where = "" if box is None else f" on {_words(box)}"
    words = f"{files[0]} and {files[1]} are the same function over the reals{where}"
    imports = ["from pathlib import Path", "", "import kan_equiv as ke"]
    domain = "" if box is None else f", domain={_box(box)}"
    if epsilon is None:
        imports.append("from kan_equiv.testing import assert_proved_equal")
        body = f"    assert_proved_equal(left, right{domain})\n"
    else:
        assert box is not None
        words = f"{files[0]} and {files[1]} differ by at most {epsilon}{where}"
        imports.insert(0, "from fractions import Fraction")
        body = (
            f"    distance = ke.distance(left, right, {_box(box)})\n"
            f'    assert distance.bound <= Fraction("{epsilon}"), str(distance)\n'
        )
    head = HEAD.format(
        words=words,
        imports="\n".join(imports),
        name=name,
        left=loads[0],
        right=loads[1],
    )
    return head + body


def _words(box: Box) -> str:
    sides = list(dict.fromkeys(str(i) for i in box))
    return f"{sides[0]}^{len(box)}" if len(sides) == 1 else " x ".join(map(str, box))


def _box(box: Box) -> str:
    pairs = list(dict.fromkeys((i.lo, i.hi) for i in box))
    if len(pairs) == 1 and None not in pairs[0]:
        return f"ke.Box({_number(pairs[0][0])}, {_number(pairs[0][1])})"
    shown = ", ".join(f"({_number(i.lo)}, {_number(i.hi)})" for i in box)
    return f"ke.Box([{shown}])"


def _number(value: Fraction | None) -> str:
    if value is None or value.denominator == 1:
        return str(value)
    return f'"{value}"'
