"""Bounds of float errors of other numbers, formats and networks."""

from __future__ import annotations

from typing import Any

from tests.kernel.builder import box
from tests.soundness.corpus.small.writer import Writer, alone, first

UNIT = [(0, 1)]
X: list[Any] = []  # the program of x


class Layer:
    """A bank of programs of one input, and an affine stage."""

    def __init__(
        self, b: Writer, *programs: Any, rows: Any = None, bias: Any = None
    ) -> None:
        listed = list(programs or [X])
        rows = rows or [[1] * len(listed)]
        bank = b.bank([b.add("straight_line", programs=listed)], [0])
        self.stages = [bank, b.linear(rows, bias)]
        self.given = {"stages": self.stages, "range": [], "errors": ["1"] * len(rows)}


def rounded(
    b: Writer, *layers: Any, sides: Any = None, domain: Any = UNIT, **more: Any
) -> None:
    """The layers are the program, which is the network that is meant."""
    sides = sides or b.sides(*[[s for g in layers for s in g["stages"]]] * 2, 1, domain)
    model = {"format": "float32", "values": "", "terms": 1, "ulps": 4, "depth": 0}
    model |= {k: v for k, v in more.items() if k in model}
    epsilon = more.get("epsilon", layers[-1]["errors"])
    b.claim = {"kind": "rounding", "epsilon": epsilon} | model | sides
    cited = {"cuts": 0, "within": more.get("within", [])}
    b.judge("rounding", layers=list(layers), **cited, **model, **sides)


# --- the model ---------------------------------------------------------------------


@alone(
    "sums are taken in float32 and float64 only",
    "rounding",
    "form in ('float64', 'float32')",
)
def rounding_in_half(b):
    rounded(b, Layer(b).given, format="float16")


@alone("float64 is no format of products", "rounding", "values in ('', 'tf32'")
def rounding_of_split_doubles(b):
    rounded(b, Layer(b).given, values="float64")


@alone("values of float64 are not split", "rounding", "not values or form == 'float32'")
def rounding_of_split_values_in_double(b):
    rounded(b, Layer(b).given, format="float64", values="tf32")


# --- layers ------------------------------------------------------------------------


@first("one bound for two outputs", "rounding", "len(bounds) == left.outputs")
def rounding_of_a_bound_less(b):
    rounded(b, Layer(b, rows=[[1], [1]]).given, epsilon=["1"])


@first("two errors for one output", "rounding", "len(stated) == len(grown)")
def rounding_of_an_error_more(b):
    given = Layer(b).given
    rounded(b, given | {"errors": ["1", "1"]}, epsilon=["1"])


@alone("the sum of 1 and x is rounded", "rounding", "value <= error")
def rounding_of_no_error(b):
    rounded(b, Layer(b, bias=[1]).given | {"errors": ["0"]})


@alone("a layer is left out", "rounding", "indices == right.indices")
def rounding_of_a_layer_less(b):
    inner, outer = Layer(b), Layer(b, rows=[[1 << 40]])
    words = [*inner.stages, *outer.stages]
    rounded(b, inner.given, sides=b.sides(words, words, domain=UNIT))


def two_layers(b: Writer, stages: Any = None, start: Any = UNIT) -> None:
    """1000 x and x, and a range that says [0, 1] of what is between."""
    inner, outer = Layer(b, rows=[[1000]]), Layer(b)
    where = {"domain": box(start), "bounds": box(UNIT), "subdivisions": 0}
    r = b.judge("range", in_features=1, stages=stages or inner.stages, **where)
    rounded(b, inner.given | {"range": [r]}, outer.given | {"errors": ["2"]})


@alone("the range is of x", "rounding", "raise InvalidError(f'layer {k} cites no range")
def rounding_with_a_range_of_another(b):
    two_layers(b, [b.monomials(1)])


@alone("the range is of [0, 1/1000]", "rounding", "lies_in(box, reach.domain)")
def rounding_with_a_range_from_another_box(b):
    two_layers(b, start=[(0, "1/1000")])


@first("three stages in a layer", "products", "len(word.stages) == 2")
def rounding_of_three_stages(b):
    layer = Layer(b)
    rounded(b, layer.given | {"stages": [*layer.stages, b.linear([[1]])]})


@first("two affine stages", "products", "raise InvalidError('a layer is a bank")
def rounding_without_a_bank(b):
    line = b.linear([[1]])
    rounded(b, Layer(b).given | {"stages": [line, line]})


@first(
    "monomials are no programs", "products", "raise InvalidError('a basis is no list"
)
def rounding_of_monomials(b):
    rounded(b, Layer(b).given | {"stages": [b.monomials(1), b.linear([[1]])]})


# --- numbers -----------------------------------------------------------------------


@alone("1/3 is no float32", "products", "fine")
def rounding_of_a_third(b):
    rounded(b, Layer(b, rows=[["1/3"]]).given)


@alone("1/3 is no float32", "floats", "fine")
def rounding_of_a_third_in_a_program(b):
    rounded(b, Layer(b, [["constant", "1/3"]]).given)


@alone(
    "2^127 x is more than half of the largest number",
    "floats",
    "max(-low, high) + error",
)
def rounding_of_a_value_too_large(b):
    program = [["constant", str(1 << 127)], ["multiply", 0, 1]]
    given = Layer(b, program, rows=[[0]]).given | {"errors": ["1000"]}
    rounded(b, given, domain=[(0, 2)])


@alone("a sum of 2^127", "products", "reach <= gamma")
def rounding_of_a_sum_too_large(b):
    huge = str(1 << 127)
    rounded(b, Layer(b, bias=[1 << 127]).given | {"errors": [huge]})


@alone("the second copy is 0", "products", "same")
def rounding_of_a_copy_of_another(b):
    programs = [X, [["constant", "0"]]]
    rounded(b, Layer(b, *programs, rows=[[1, 0]]).given, values="tf32", terms=2)


@first("three functions in two copies", "products", "not rest")
def rounding_of_a_copy_too_few(b):
    rounded(b, Layer(b, X, X, X, rows=[[1, 0, 0]]).given, values="tf32", terms=2)


@alone("2^16 is beyond float16", "products", "size * divisor <= 1 << BITS + top - 1")
def rounding_of_a_value_beyond_half(b):
    given = Layer(b).given | {"errors": ["1000000"]}
    rounded(b, given, values="float16", domain=[(0, 1 << 16)])


# --- what both networks are over the reals -----------------------------------------


@alone("nothing bounds 2 x - x", "rounding", "shown.left == shown.right")
def rounding_of_another_network(b):
    layer = Layer(b)
    rounded(b, layer.given, sides=b.sides([b.linear([[2]])], layer.stages, domain=UNIT))


@alone(
    "more than 1/2 is no bound of -1/2", "rounding", "raise InvalidError('what is cited"
)
def rounding_with_a_difference(b):
    layer = Layer(b)
    sides = b.sides([b.linear([[2]])], layer.stages, domain=UNIT)
    b.exceeds(sides, "1/2", "1")
    rounded(b, layer.given, sides=sides, within=[0], epsilon=["1/2"])


@alone("the bound is of x and x", "rounding", "same")
def rounding_with_a_bound_of_another(b):
    layer = Layer(b)
    near = b.bounded(b.sides([], [], domain=UNIT), "0")
    sides = b.sides([b.linear([[2]])], layer.stages, domain=UNIT)
    rounded(b, layer.given | {"errors": ["1/2"]}, sides=sides, within=[near])


@alone(
    "relu is within 0 of x on [0, 1] only", "rounding", "lies_in(shown.domain, found"
)
def rounding_with_a_bound_from_another_box(b):
    layer = Layer(b)
    sides = b.sides([b.relu()], layer.stages, domain=UNIT)
    near = b.bounded(sides, "0")
    there = sides | {"domain": box([(-1, 1)])}
    rounded(b, layer.given | {"errors": ["1/2"]}, sides=there, within=[near])
