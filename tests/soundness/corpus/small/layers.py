"""Bounds of deep networks, and of float errors, that a check fewer would believe."""

from __future__ import annotations

from typing import Any

from tests.kernel.builder import box
from tests.soundness.corpus.small.writer import Writer, alone, first

UNIT = [(0, 1)]
HALF = "1/2"


# --- propagation -------------------------------------------------------------------


def layer(distance: int, *errors: str, reach: int | None = None) -> Any:
    cited = [] if reach is None else [reach]
    return {"distance": distance, "range": cited, "errors": list(errors)}


def propagated(b: Writer, sides: Any, *layers: Any) -> None:
    b.within(sides, *layers[-1]["errors"])
    b.judge("propagation", layers=list(layers), **sides)


@alone(
    "more than 1/2 is no bound of -1/2",
    "propagation",
    "raise InvalidError(f'layer {k} cites no distance",
)
def difference_as_distance(b):
    sides = b.sides([b.linear([[0]])], [], domain=UNIT)
    propagated(b, sides, layer(b.exceeds(sides, HALF, "1"), "-1/2"))


@first(
    "a word of one input after two outputs",
    "propagation",
    "first.inputs == len(errors)",
)
def layer_of_other_inputs(b):
    near = b.bounded(b.sides([], [], domain=UNIT), "0")
    propagated(b, b.sides([], [], 2, UNIT * 2), layer(near, "0", "0"))


@alone(
    "relu is within 0 of x on [0, 1] only", "propagation", "lies_in(box, near.domain)"
)
def distance_from_another_box(b):
    near = b.bounded(b.sides([b.relu()], [], domain=UNIT), "0")
    words = [b.objects[b.judgements[near][k]]["stages"] for k in ("left", "right")]
    propagated(b, b.sides(*words, domain=[(-1, 1)]), layer(near, "0"))


@first("two errors for one output", "propagation", "len(stated) == len(grown)")
def layer_of_an_error_more(b):
    sides = b.sides([], [], domain=UNIT)
    propagated(b, sides, layer(b.bounded(sides, "0"), "0", "0"))
    b.within(sides, "0")


@alone("the distance is 1", "propagation", "value <= error")
def error_less_than_the_distance(b):
    sides = b.sides([b.linear([[0]])], [], domain=UNIT)
    propagated(b, sides, layer(b.bounded(sides, "1"), HALF))


def two_layers(
    b: Writer, outer: list[int], by: int = 2, image: Any = UNIT, **reach: Any
) -> None:
    """x + by, to which 1/4 is added on one side, and then the same on both.

    A range says that the image of [0, 1], or of `start`, under the word lies in the
    image.
    """
    first, second = b.linear([[1]], [by]), b.linear([[1]], [by + 0.25])
    near = [
        b.bounded(b.sides([first], [second], domain=UNIT), "1/4"),
        b.bounded(b.sides(outer, outer, domain=image), "0"),
    ]
    where = {"domain": box(reach.get("start", UNIT)), "bounds": box(image)}
    stages = reach.get("word", [first])
    r = b.judge("range", in_features=1, stages=stages, subdivisions=0, **where)
    sides = b.sides([first, *outer], [second, *outer], domain=UNIT)
    propagated(b, sides, layer(near[0], "1/4", reach=r), layer(near[1], "0"))


def bend_at_2(b: Writer) -> list[int]:
    return [b.bank([b.powers([(2, 1)])], [0])]


@alone(
    "the range is of x, not of x + 2",
    "propagation",
    "raise InvalidError(f'layer {k} cites no range",
)
def layer_with_a_range_of_another(b):
    two_layers(b, bend_at_2(b), word=[b.monomials(1)])


@alone("the range is of [-2, -1]", "propagation", "lies_in(box, reach.domain)")
def layer_with_a_range_from_another_box(b):
    two_layers(b, bend_at_2(b), start=[(-2, -1)])


@alone("the layers make up x, not 2 x", "propagation", "same")
def layers_of_other_networks(b):
    near = b.bounded(b.sides([], [], domain=UNIT), "0")
    propagated(b, b.sides([b.linear([[2]])], [], domain=UNIT), layer(near, "0"))


@first("a layer mixes its inputs before a bank", "propagation", "i < len(errors)")
def layer_that_mixes_before_a_bank(b):
    lines, square = b.matrix([[1, 0], [0, 1]]), UNIT * 2
    first, second = b.affine(lines, [0, 0]), b.affine(lines, [1, 0])
    outer = [b.linear([[1, 1]]), b.relu()]
    near = [
        b.bounded(b.sides([first], [second], 2, square), "1", "1"),
        b.bounded(b.sides(outer, outer, 2, square), "0"),
    ]
    where = {"domain": box(square), "bounds": box(square), "subdivisions": 0}
    r = b.judge("range", in_features=2, stages=[first], **where)
    sides = b.sides([first, *outer], [second, *outer], 2, square)
    propagated(b, sides, layer(near[0], "1", "1", reach=r), layer(near[1], "2"))


@alone("[x >= 17/8] jumps", "propagation", "not jump")
def layer_that_jumps(b):
    jump = b.bank([b.powers([("17/8", 0)])], [0])
    two_layers(b, [jump], 1, image=[(1, 2)])


@alone("a ratio that jumps", "propagation", "g[0] in ('power', 'step')")
def layer_of_a_ratio(b):
    ratio = b.bank([b.ratios([([1, 0, 1], 1, [0], [[], [1]])])], [0])
    two_layers(b, [ratio], -1, image=[(-1, 0)])


def and_a_log(b: Writer) -> list[int]:
    """x + log(3)."""
    parts = [b.add("monomial", degrees=[1]), b.atoms([("log", 0, 3)])]
    return [b.bank([b.add("concatenation", bases=parts)], [0]), b.linear([[1, 1]])]


@first(
    "log(3) has no slope here", "propagation", "raise InvalidError(f'unsupported: no de"
)
def layer_of_a_log(b):
    two_layers(b, and_a_log(b), 0)


# --- what distances are made of ----------------------------------------------------


@alone("1/(x^2 + 1) is not 0", "hulls", "not any(line)")
def distance_of_a_ratio(b):
    ratio = b.bank([b.ratios([([1, 0, 1], 1, [], [[1]])])], [0])
    sides = b.sides([ratio], [b.linear([[0]])], domain=UNIT)
    b.bounded(sides, "0")
    b.within(sides, "0")


@first(
    "log(3) has no curvature here",
    "hulls",
    "raise InvalidError(f'unsupported: no second",
)
def distance_of_a_log(b):
    sides = b.sides(and_a_log(b), [], domain=UNIT)
    b.bounded(sides, "2")
    b.within(sides, "2")


@alone("the distance is 1", "distance", "inside")
def distance_too_small(b):
    sides = b.sides([b.linear([[0]])], [], domain=UNIT)
    b.bounded(sides, HALF)
    b.within(sides, HALF)
