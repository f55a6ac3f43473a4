"""Words of stages whose difference shows only to one check of their evaluation."""

from __future__ import annotations

from tests.kernel.builder import box, rat
from tests.soundness.corpus.small.bases import guarded
from tests.soundness.corpus.small.writer import Writer, alone, first


def judged(
    b: Writer, kind: str, left: list, right: list, n=1, domain=(), **more
) -> None:
    """Both networks are one window of this kind."""
    words = {"left": left, "right": right, "domain": box(domain)} | more
    w = b.judge(kind, in_features=n, **words)
    b.compose(b.network(n, *left), b.network(n, *right), [[0, w, "forward"]], domain)


# --- windows -----------------------------------------------------------------------


@first("one output, and two", "windows", "left.outputs == right.outputs")
def window_of_other_outputs(b):
    b.window(1, [], [b.spread(0, 0)])
    b.same()


@alone("relu bends", "windows", "a == b")
def window_of_a_bend(b):
    b.equal(1, [b.relu()], [])


@alone(
    "x + y is not x + 2 y", "mixing", "raise InvalidError(f'the sides differ in input"
)
def window_of_another_mix(b):
    b.equal(2, [b.linear([[1, 1]])], [b.linear([[1, 2]])])


@alone("x + y is not x + y + 1", "mixing", "value == 0")
def window_of_another_constant(b):
    mix = b.matrix([[1, 1]])
    b.equal(2, [b.affine(mix, [0])], [b.affine(mix, [1])])


@alone("(x + y)^2 + (x - y)^2 is not x^2 + y^2", "mixing", "zero")
def window_of_other_squares(b):
    squares = b.bank([b.add("monomial", degrees=[2])], [0, 0])
    total = b.linear([[1, 1]])
    b.equal(2, [b.linear([[1, 1], [1, -1]]), squares, total], [squares, total])


@alone("relu(x^2) is not 0", "cells", "raise InvalidError('a nonlinear function of an")
def window_of_a_bend_after_a_square(b):
    b.equal(1, [b.monomials(2), b.relu()], [b.linear([[0]])])


@first(
    "silu(relu(x)) is an atom in pieces", "cells", "raise InvalidError('an atom cannot"
)
def window_of_an_atom_after_a_bend(b):
    word = [b.relu(), b.atom("silu")]
    b.equal(1, word, word)


@alone("relu(relu(x) + relu(y)) is not relu(2 relu(y))", "ridges", "len(owners) <= 1")
def window_of_a_bend_after_a_sum(b):
    bend = b.bank([b.powers([(0, 1)])], [0, 0])
    words = ([bend, b.linear([row]), b.relu()] for row in ([1, 1], [0, 2]))
    b.equal(2, *words)


# --- maxima and products -----------------------------------------------------------


@alone("the third input is left out", "maxima", "len(columns) == 2")
def maximum_of_three_directions(b):
    b.equal(3, [b.maximum([[0, 1, 2]], 3)], [b.maximum([[0, 1]], 3)])


@alone("max(relu(x), y) is not max(0, y)", "maxima", "affine")
def maximum_after_a_bend(b):
    ramp, line = b.powers([(0, 1)]), b.add("monomial", degrees=[1])
    larger = b.maximum([[0, 1]], 2)
    words = [b.bank([ramp, line], [0, 1]), larger], [b.linear([[0, 0], [0, 1]]), larger]
    b.equal(2, *words)


@alone("max(x, y) is not max(x, x)", "maxima", "a == b")
def maxima_of_another_input(b):
    words = ([b.maximum([[0, i]], 2)] for i in (1, 0))
    judged(b, "maxima_equal", *words, n=2)


@first("maxima of 4097 inputs", "maxima", "n <= MAX_FORMS")
def maxima_of_too_many_inputs(b):
    judged(b, "maxima_equal", [], [], n=4097)


@alone(
    "relu is no affine stage", "maxima", "raise InvalidError('a stage that is neither"
)
def maxima_of_a_bank(b):
    judged(b, "maxima_equal", [b.relu()], [])


def ramps(b: Writer, count: int) -> list[int]:
    """The sum of max(2^k x, 0) has 2^count affine pieces."""
    lines = b.linear([[1 << k] for k in range(count)] + [[0]])
    larger = b.maximum([[k, count] for k in range(count)], count + 1)
    return [lines, larger, b.linear([[1] * count])]


@alone("4097 affine pieces", "maxima", "sizes <= MAX_FORMS")
def maxima_of_too_many_pieces(b):
    word = [*ramps(b, 12), b.linear([[1], [0]]), b.maximum([[0, 1]], 2)]
    judged(b, "maxima_equal", word, word)


@alone("8192 affine pieces", "maxima", "size <= MAX_FORMS")
def maxima_of_too_many_sums(b):
    word = ramps(b, 13)
    judged(b, "maxima_equal", word, word)


@first("a product of three factors", "multiplication", "len(group) <= 2")
def product_of_three_factors(b):
    word = [b.product([[0, 0, 0]], 1)]
    b.equal(1, word, word)


@alone("relu(x) y is not 0", "multiplication", "affine")
def product_after_a_bend(b):
    ramp, line = b.powers([(0, 1)]), b.add("monomial", degrees=[1])
    word = [b.bank([ramp, line], [0, 1]), b.product([[0, 1]], 2)]
    b.equal(2, word, [b.linear([[0, 0]])])


@alone("x y is not x x", "multiplication", "a == b")
def products_of_another_input(b):
    words = ([b.product([[0, i]], 2)] for i in (1, 0))
    judged(b, "products_equal", *words, n=2)


@alone(
    "max(x, y) is not x y", "multiplication", "raise InvalidError('a stage that is no"
)
def products_of_a_maximum(b):
    words = [b.maximum([[0, 1]], 2)], [b.product([[0, 1]], 2)]
    judged(b, "products_equal", *words, n=2)


@alone("the power 8192", "multiplication", "max(sizes) <= MAX_FACTORS")
def products_of_too_many_factors(b):
    word = [b.product([[0, 0]], 1)] * 13
    judged(b, "products_equal", word, word)


# --- where they are defined --------------------------------------------------------


@first("log(x^2) of an argument that bends", "partial", "affine")
def log_of_a_square(b):
    word = [b.monomials(2), b.atom("log")]
    b.equal(1, word, word)


@alone("log(x) is defined right of 0 only", "partial", "extents[0] == extents[1]")
def log_taken_away(b):
    both = b.bank([b.atoms([("log", 1, 0)])], [0])
    b.equal(1, [both, b.linear([[0]])], [b.linear([[0]])])


@alone("log(x) stands between -2 and -1", "guards", "all(line[first:last])")
def piece_of_a_log_left_of_0(b):
    piece = guarded(b, ["log", "1", "0"], ["-2", "-1"], [0, 1, 0], [0, 0])
    zero = b.linear([[0]])
    b.equal(1, [b.bank([piece], [0]), zero], [zero])


@alone("at 0 no log(2) stands", "guards", "defined or len(inner) == 1")
def piece_of_a_log_at_the_end(b):
    right_of_0 = ["0"], [0, 1]
    log = guarded(b, ["log", "1", "0"], *right_of_0, [0])
    two = guarded(b, ["log", "0", "2"], *right_of_0, [1])
    scaled = [b.linear([[2]]), b.bank([log], [0])]
    both = b.add("concatenation", bases=[log, two])
    b.equal(1, scaled, [b.bank([both], [0]), b.linear([[1, 1]])])


# --- regions -----------------------------------------------------------------------


def regions(b: Writer, left: list, right: list, cells: int, n=1) -> None:
    judged(b, "regions_equal", left, right, n, cells=cells)


@alone("relu(x) is not 2 relu(x)", "regions", "same")
def regions_of_another_slope(b):
    relu = b.relu()
    regions(b, [relu], [relu, b.linear([[2]])], 2)


@first("two cells, not one", "regions", "count <= cells")
def regions_of_too_few_cells(b):
    regions(b, [], [], 1)


@alone("two cells, not three", "regions", "count == cells")
def regions_of_too_many_cells(b):
    regions(b, [], [], 3)


@first("three free inputs", "regions", "len(free) <= 2")
def regions_of_three_inputs(b):
    regions(b, [], [], 8, n=3)


@alone("[x >= 0] jumps", "regions", "linear")
def regions_of_a_step(b):
    jump = b.bank([b.powers([(0, 0)])], [0])
    regions(b, [jump], [b.linear([[0]])], 2)


@alone("x^2 is not x", "regions", "raise InvalidError('unknown stage')")
def regions_of_a_product(b):
    regions(b, [b.product([[0, 0]], 1)], [], 2)


@alone("2^264000 x", "regions", "max(map(abs, numbers)).bit_length()")
def regions_of_too_many_bits(b):
    word = [b.linear([[1 << 8000]])] * 33
    regions(b, word, word, 2)


@alone("a matrix of 1025 rows and columns", "regions", "weight.inputs * weight.outputs")
def regions_of_a_large_matrix(b):
    n = 1025
    bias = b.integers([n], [0] * n)
    word = [b.affine(b.dense(n, k, 1, (bias, "o")), bias) for k in (1, n)]
    regions(b, word, word, 2)


# --- ranges ------------------------------------------------------------------------


@alone("log(x) - log(x) is not defined left of 0", "windows", "not defined")
def range_of_a_log(b):
    word = [b.atom("log"), b.linear([[0]])]
    where = {"domain": box([(-1, 1)]), "bounds": [["0", "0"]], "subdivisions": 0}
    b.judge("range", in_features=1, stages=word, **where)
    b.same()


@alone("relu reaches 1", "ranges", "inside")
def range_too_small(b):
    where = {"domain": box([(0, 1)]), "bounds": [["0", rat("1/2")]], "subdivisions": 0}
    b.judge("range", in_features=1, stages=[b.relu()], **where)
    b.same()
