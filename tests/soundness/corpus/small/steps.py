"""Steps of compositions and transfers that lead elsewhere, or cite the wrong thing."""

from __future__ import annotations

from tests.kernel.builder import box
from tests.soundness.corpus.small.writer import Writer, alone, first

UNIT = [(0, 1)]


def bends_left_of_0(b: Writer, domain=UNIT) -> tuple[int, int]:
    """relu, and a window that says on [0, 1] that it is the identity."""
    relu = b.relu()
    return relu, b.window(1, [relu], [], domain)


# --- compositions ------------------------------------------------------------------


@alone("one input, and two", "composition", "same")
def sides_of_other_inputs(b):
    b.compose(b.network(1), b.network(2), [])


@first(
    "the step cites a composition",
    "composition",
    "raise InvalidError('a step cites something other than a window",
)
def composition_as_window(b):
    a = b.network(1)
    b.compose(a, a, [])
    b.compose(a, a, [[0, 0, "forward"]])


@alone(
    "sideways is no direction", "composition", "direction in ('forward', 'backward')"
)
def step_sideways(b):
    relu, _ = b.relu(), b.window(1, [], [])
    b.compose(b.network(1, relu), b.network(1, relu), [[0, 0, "sideways"]])


@alone("the window is of another stage", "composition", "word[at:end] == old.indices")
def window_of_another_stage(b):
    relu, other = b.relu(), b.linear([[1]])
    w = b.window(1, [other], [])
    b.compose(b.network(1, relu), b.network(1), [[0, w, "forward"]])


@alone("a window of two inputs", "composition", "before == old.inputs")
def window_of_other_inputs(b):
    w, a = b.window(2, [], []), b.network(1)
    b.compose(a, a, [[0, w, "forward"]])


@alone("relu bends inside of [-1, 1]", "composition", "lies_in(image, window.domain)")
def claim_beyond_the_window(b):
    relu, w = bends_left_of_0(b)
    b.compose(b.network(1, relu), b.network(1), [[0, w, "forward"]], [(-1, 1)])


@alone("ranges for a window without a box", "composition", "not ranges")
def ranges_without_a_box(b):
    w, a = b.window(1, [], []), b.network(1)
    b.compose(a, a, [[0, w, "forward", []]])


@alone("the steps do not reach the right side", "composition", "word == right.indices")
def steps_that_end_elsewhere(b):
    b.compose(b.network(1), b.network(1, b.relu()), [])


@first(
    "the step cites a window as a range",
    "composition",
    "raise InvalidError('a step cites something other than a range",
)
def window_in_place_of_a_range(b):
    relu, w = bends_left_of_0(b)
    shift = b.linear([[1]])
    step = [1, w, "forward", [w]]
    b.compose(b.network(1, shift, relu), b.network(1, shift), [step], UNIT)


def after_a_shift(
    b: Writer, reach: list, start=UNIT, by=-2, claim=UNIT, cites=1
) -> None:
    """relu(x + by) = x + by, for a range of x alone, or of x + by from `start`."""
    relu, w = bends_left_of_0(b)
    shift = b.linear([[1]], [by])
    stages = reach or [shift]
    bounds = box([tuple(v + (0 if reach else by) for v in start[0])])
    where = {"domain": box(start), "bounds": bounds, "subdivisions": 0}
    r = b.judge("range", in_features=1, stages=stages, **where)
    step = [1, w, "forward", [r] * cites]
    b.compose(b.network(1, shift, relu), b.network(1, shift), [step], claim)


@alone("the range is of the identity", "composition", "same")
def range_of_another_stage(b):
    after_a_shift(b, [b.monomials(1)])


@alone("nothing says where x - 2 lies", "composition", "start == len(prefix)")
def range_not_cited(b):
    after_a_shift(b, [b.monomials(1)], cites=0)


@alone("the range is of [2, 3]", "composition", "lies_in(image, shown.domain)")
def range_from_another_box(b):
    after_a_shift(b, [], start=[(2, 3)])


# --- transfers ---------------------------------------------------------------------


def transfer(
    b: Writer, left: int, right: int, near: int, lists: list, domain=UNIT
) -> None:
    b.within({"left": left, "right": right, "domain": box(domain)}, "0")
    cited = {"within": near, "left_equal": lists[0], "right_equal": lists[1]}
    b.judge("transfer", left=left, right=right, domain=box(domain), **cited)


def equal_on(b: Writer, left: int, right: int, domain) -> int:
    """Two networks of one stage at most are equal, by one window."""
    words = [b.objects[n]["stages"] for n in (left, right)]
    b.compose(left, right, [[0, b.window(1, *words, domain), "forward"]], domain)
    return len(b.judgements) - 1


@alone(
    "relu is within 0 of x on [0, 1] only",
    "transfer",
    "lies_in(shown.domain, near.domain)",
)
def bound_from_another_box(b):
    sides = b.sides([b.relu()], [], domain=UNIT)
    near = b.bounded(sides, "0")
    transfer(b, sides["left"], sides["right"], near, [[], []], [(-1, 1)])


@alone(
    "relu is equal to x on [0, 1] only",
    "transfer",
    "lies_in(shown.domain, step.domain)",
)
def equality_on_another_box(b):
    bend, line = b.network(1, b.relu()), b.network(1)
    near = b.bounded({"left": line, "right": line, "domain": box([(-1, 1)])}, "0")
    link = equal_on(b, bend, line, UNIT)
    transfer(b, bend, line, near, [[link], []], [(-1, 1)])


@alone("the equality is of other networks", "transfer", "step.left == index")
def equality_of_another_network(b):
    zero, line = b.network(1, b.linear([[0]])), b.network(1)
    one = b.network(1, b.linear([[1]]))
    near = b.bounded({"left": line, "right": line, "domain": box(UNIT)}, "0")
    link = equal_on(b, one, line, UNIT)
    transfer(b, zero, line, near, [[link], []])


@alone("the chain does not reach the bound", "transfer", "index == end")
def chain_that_ends_elsewhere(b):
    zero, line = b.network(1, b.linear([[0]])), b.network(1)
    near = b.bounded({"left": line, "right": line, "domain": box(UNIT)}, "0")
    transfer(b, zero, line, near, [[], []])


@alone(
    "that 0 and x differ is no equality", "transfer", "raise InvalidError(f'it cites"
)
def difference_as_equality(b):
    zero, line = b.network(1, b.linear([[0]])), b.network(1)
    near = b.bounded({"left": line, "right": line, "domain": box(UNIT)}, "0")
    b.refuted({"left": zero, "right": line, "domain": box(UNIT)}, ["1"], ["0", "1"])
    transfer(b, zero, line, near, [[near + 1], []])


# --- claims ------------------------------------------------------------------------


@first("one bound for two outputs", "verdict", "len(claim.bounds) == left.outputs")
def claim_of_a_bound_less(b):
    sides = b.sides([], [], 2, UNIT * 2)
    b.bounded(sides, "0", "0")
    b.within(sides, "0")


@first(
    "nothing is attained in the second output",
    "verdict",
    "len(attained) == left.outputs",
)
def claim_of_a_value_less(b):
    sides = b.sides([], [], 2, UNIT * 2)
    b.bounded(sides, "0", "0")
    b.claim = {"kind": "supremum", "epsilon": ["0", "0"], "attained": ["0"]} | sides


@alone("a bound for R", "reader", "bool(box)")
def bound_without_a_box(b):
    sides = b.sides([], [b.linear([[0]])])
    b.bounded(sides, "0")
    b.within(sides, "0")


@first("a bound on a half-line", "reader", "len(box) == len(found)")
def bound_on_a_half_line(b):
    sides = b.sides([], [], 2, [(0, 1), (0, "inf")])
    b.bounded(sides, "0", "0")
    b.within(sides, "0", "0")
