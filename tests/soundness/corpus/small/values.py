"""Points that say nothing: outside, of other values, or where nothing is defined."""

from __future__ import annotations

from tests.soundness.corpus.small.bases import guarded
from tests.soundness.corpus.small.writer import Writer, alone, first

UNIT = [(0, 1)]


def enclosed(
    b: Writer, left: list, right: list, point: str, values: list, n=1, domain=()
) -> None:
    """The sides differ at a point, by values in intervals."""
    sides = b.sides(left, right, n, domain)
    b.claim = {"kind": "refuted"} | sides
    at = {"point": [point] * n, "output": 0}
    b.judge("witness", left_value=values[0], right_value=values[1], **at, **sides)


def two(b: Writer) -> list[int]:
    """The square of sqrt(x), at 2 a number that no interval shows to be 2."""
    return [b.atom("sqrt"), b.monomials(2)]


# --- witness -----------------------------------------------------------------------


@alone("the point has two coordinates", "witness", "len(point) == left.inputs")
def witness_of_two_coordinates(b):
    words = [b.spread(0)], [b.affine(b.selection([0], 1), [1])]
    b.refuted(b.sides(*words), ["0", "0"], ["0", "1"])


@alone("the sides differ left of the domain", "witness", "contains(*interval, x)")
def witness_outside_of_the_domain(b):
    b.refuted(b.sides([b.relu()], [], domain=UNIT), ["-1"], ["0", "-1"])


@alone("the left value is 1", "witness", "exact(network, point)[o] == value")
def witness_of_a_wrong_value(b):
    b.refuted(b.sides([b.relu()], [], domain=UNIT), ["1"], ["2", "1"])


@alone("the values are equal", "witness", "stated[0] != stated[1]")
def witness_of_equal_values(b):
    b.refuted(b.sides([b.relu()], [], domain=UNIT), ["1"], ["1", "1"])


@first(
    "the values are not separated", "witness", "raise InvalidError(f'the values are not"
)
def witness_of_no_difference(b):
    word = [b.atom("sigmoid")]
    enclosed(b, word, word, "1", [["0", "1"]] * 2)


@first("layer_norm has no exact values", "witness", "raise InvalidError('unknown stage")
def witness_of_a_vector_atom(b):
    word = [b.add("vector_atom", function="layer_norm", features=1, parameters=["1"])]
    b.refuted(b.sides(word, []), ["1"], ["0", "1"])


@alone("silu(1) is no 0", "atoms", "raise InvalidError(f'{name} has no rational value")
def witness_of_an_atom_taken_for_0(b):
    both = b.add(
        "concatenation",
        bases=[b.add("monomial", degrees=[1]), b.atoms([("sigmoid", 1, 0)])],
    )
    right = [b.bank([both], [0]), b.product([[0, 1]], 2)]
    b.refuted(b.sides([b.atom("silu")], right), ["1"], ["0", "1/2"])


@first(
    "an atom in pieces at relu(1)",
    "atoms",
    "raise InvalidError('no rational value of an atom",
)
def window_of_a_piece_after_a_bend(b):
    piece = b.bank([guarded(b, ["sigmoid", "1", "0"], ["0"], [0, 1], [1])], [0])
    word = [b.relu(), piece]
    b.equal(1, word, word)


# --- where one side is not defined -------------------------------------------------


@alone("both sides are not defined", "undefined", "stated.count(UNDEFINED) == 1")
def both_sides_not_defined(b):
    log = b.atom("log")
    shifted = [log, b.linear([[1]], [1])]
    b.refuted(b.sides([log], shifted, domain=[(-1, -1)]), ["-1"], ["undefined"] * 2)


@alone("neither side is defined", "undefined", "value == UNDEFINED")
def value_of_what_is_not_defined(b):
    log = b.atom("log")
    shifted = [log, b.linear([[1]], [1])]
    sides = b.sides([log], shifted, domain=[(-1, -1)])
    b.refuted(sides, ["-1"], ["undefined", "0"])


@first("both sides are defined", "undefined", "value != UNDEFINED")
def value_that_is_defined(b):
    b.refuted(b.sides([b.relu()], []), ["1"], ["undefined", "1"])


@alone("sqrt(0) is 0", "undefined", "raise InvalidError(f'{PRECISIONS[-1]} bits do not")
def root_of_what_may_be_0(b):
    inner = [*two(b), b.linear([[1]], [-2]), b.atom("sqrt")]
    sides = b.sides(inner, [b.linear([[0]])], domain=[(2, 2)])
    b.refuted(sides, ["2"], ["undefined", "0"])


@alone("sqrt(-1) is not defined on either side", "partial", "raise UndefinedError(")
def root_of_minus_one(b):
    root = b.atom("sqrt")
    sides = b.sides([root], [root, b.linear([[1]], [1])], domain=[(-1, -1)])
    b.refuted(sides, ["-1"], ["0", "1"])


@alone("sqrt(2) is not 1", "partial", "all((g == UNIT for g, _ in found))")
def root_of_two(b):
    square = [b.atom("sqrt"), b.monomials(2)]
    b.refuted(b.sides(square, [], domain=[(2, 2)]), ["2"], ["1", "2"])


@first("log(-sigmoid(x)) is not defined", "enclosure", "raise UndefinedError(")
def log_of_a_negative_value(b):
    inner = [b.atom("sigmoid"), b.linear([[-1]]), b.atom("log")]
    enclosed(b, inner, [], "0", [["0", "0"], ["1", "2"]])


@first("log(x) is not defined at -1", "witness", "raise UndefinedError(")
def log_left_of_0(b):
    enclosed(b, [b.atom("log")], [b.atom("sigmoid")], "-1", [["0", "1"]] * 2)


@alone("log(-1) stands on both sides", "guards", "raise UndefinedError(")
def piece_that_is_not_defined(b):
    log = b.bank([guarded(b, ["log", "0", "-1"], [], [1], [])], [0])
    b.refuted(b.sides([log], [log, b.linear([[1]], [1])]), ["0"], ["0", "1"])


@alone("the piece begins at 2", "guards", "raise WideError(")
def piece_that_may_have_begun(b):
    piece = b.bank([guarded(b, ["sigmoid", "1", "0"], ["2"], [0, 1], [1])], [0])
    start = two(b)
    words = [*start, piece], [*start, b.atom("sigmoid")]
    enclosed(b, *words, "2", [["0", "0"], ["1/2", "1"]], domain=[(2, 2)])


# --- enclosures --------------------------------------------------------------------


@alone("exp(5000)", "enclosure", "raise InvalidError(f'unsupported: exp beyond")
def exp_of_a_large_argument(b):
    enclosed(b, [b.atom("exp")], [], "5000", [["1", "1" + "0" * 2200], ["0", "5000"]])


@alone("sin(2^520)", "enclosure", "raise InvalidError(f'unsupported: sin or cos")
def sin_of_a_large_argument(b):
    z = str(1 << 520)
    enclosed(b, [b.atom("sin")], [], z, [["-1", "1"], [z, z]])


@first(
    "the square of a small number is not separated from 0", "ratios", "raise WideError("
)
def ratio_of_what_may_be_0(b):
    q = [f"1/{10**60}", 0, 1]
    ratio = b.bank([b.ratios([(q, 1, [], [[1]])])], [0])
    word = [*two(b), b.linear([[1]], [-2]), ratio]
    enclosed(b, word, word, "2", [["0", f"1{'0' * 60}"]] * 2)


@first("a variance of 0 and a small epsilon", "vectors", "raise WideError(")
def vector_atom_of_a_small_epsilon(b):
    norm = {"function": "layer_norm", "features": 1, "parameters": [f"1/{10**60}"]}
    word = [b.add("vector_atom", **norm)]
    enclosed(b, word, word, "1", [["0", "1"]] * 2)


# --- how far they are apart --------------------------------------------------------


@alone("the point has two coordinates", "attained", "len(point) == left.inputs")
def difference_at_two_coordinates(b):
    words = [b.spread(0)], [b.affine(b.selection([0], 1), [1])]
    b.exceeds(b.sides(*words), "1/2", "0", "0")


@alone("the point is left of the domain", "attained", "contains(low, high, x)")
def difference_outside_of_the_domain(b):
    b.exceeds(b.sides([b.relu()], [], domain=UNIT), "1/2", "-1")


@alone("the difference is 1", "attained", "gap > epsilon")
def difference_not_larger(b):
    b.exceeds(b.sides([b.linear([[0]])], [], domain=UNIT), "1", "1")


def attained(
    b: Writer, sides, near: int, points: list, values: list, bounds: list
) -> None:
    b.claim = {"kind": "supremum", "epsilon": bounds, "attained": values} | sides
    what = {"within": near, "points": points, "attained": values, "bits": 0}
    b.judge("attained", **what, **sides)


@alone("the bound is of x and x", "attained", "raise InvalidError('it cites no bound")
def bound_of_another_difference(b):
    near = b.bounded(b.sides([], [], domain=UNIT), "0")
    sides = b.sides([b.linear([[0]])], [], domain=UNIT)
    attained(b, sides, near, [["0"]], ["0"], ["0"])


@first("one point for two outputs", "attained", "len(points) == len(attained)")
def value_without_a_point(b):
    sides = b.sides([], [], 2, UNIT * 2)
    attained(b, sides, b.bounded(sides, "0", "0"), [["0"] * 2], ["0"] * 2, ["0"] * 2)


def supremum(b: Writer, n: int, points: list, values: list) -> None:
    """Of x and 0 on [0, 1]^n."""
    zero = b.linear([[0] * n] * n)
    sides = b.sides([], [zero], n, UNIT * n)
    b.claim = {"kind": "supremum", "epsilon": ["1"] * n, "attained": values} | sides
    what = {"bounds": ["1"] * n, "subdivisions": 0, "points": points}
    b.judge("distance", attained=values, **what, **sides)


@alone("the point 2 is right of the domain", "distance", "inside")
def supremum_outside_of_the_domain(b):
    supremum(b, 1, [["2"]], ["2"])


@alone("at 1 the difference is 1", "distance", "max(low, -high) >= value")
def supremum_too_large(b):
    supremum(b, 1, [["1"]], ["2"])


@first("the point has two coordinates", "distance", "len(point) == len(box)")
def supremum_at_two_coordinates(b):
    supremum(b, 1, [["1", "1"]], ["1"])


@first("a point without a value", "distance", "len(points) == len(attained)")
def supremum_without_a_value(b):
    supremum(b, 1, [["1"]], [])
    b.claim["attained"] = ["1"]


@first("one point for two outputs", "distance", "len(points) in (0, left.outputs)")
def supremum_of_one_output_of_two(b):
    supremum(b, 2, [["1", "1"]], ["1"])
    b.claim["attained"] = ["1", "1"]


@first("one bound for two outputs", "distance", "len(bounds) == left.outputs")
def distance_of_a_bound_less(b):
    sides = b.sides([], [], 2, UNIT * 2)
    b.bounded(sides, "0")
    b.within(sides, "0", "0")
