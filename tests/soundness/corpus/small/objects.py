"""Tensors, linear maps, stages and networks that are none."""

from __future__ import annotations

from tests.soundness.corpus.small.writer import alone, first

# --- tensors -----------------------------------------------------------------------


@first("float8 is no format", "tensors", "dtype in FLOATS")
def floats_of_no_format(b):
    b.floats([1], [1])
    b.objects[0]["dtype"] = "float8"
    b.same()


@alone("inf is no number, 65536 neither", "tensors", "not carried & everywhere")
def float_that_is_infinite(b):
    bias = b.floats([1], [float("inf")], "float16")
    b.equal(1, [b.affine(b.selection([0], 1), bias)], [b.linear([[1]], [65536])])


@alone("the denominator 1/2", "tensors", "all((d.denominator == 1 and d > 0")
def denominator_that_is_a_fraction(b):
    bias = b.integers([1], [1], ["1/2"])
    b.equal(1, [b.affine(b.selection([0], 1), bias)], [b.linear([[1]], [1])])


@alone(
    "two denominators of one column", "tensors", "len(dens) in (1, *self.shape[-1:])"
)
def denominators_too_many(b):
    bias = b.integers([1], [1], [1, 2])
    b.equal(1, [b.affine(b.selection([0], 1), bias)], [b.linear([[1]], [1])])


# --- linear maps -------------------------------------------------------------------


@alone("input and column are axes of one tensor", "linear", "set(axes) <= set('oik')")
def axes_of_two_kinds(b):
    b.same(b.affine(b.dense(1, 1, 1, (b.integers([1, 1], [1]), "ic")), [0]))


@alone("the axis o twice", "linear", "len(set(axes)) == len(axes)")
def axis_twice(b):
    b.same(b.affine(b.dense(1, 1, 1, (b.integers([1, 1], [1]), "oo")), [0]))


@alone("two numbers for one output", "linear", "tensor.shape == tuple")
def shape_of_another_map(b):
    twice = b.affine(b.dense(1, 1, 1, (b.integers([2], [2, 1]), "o")), [0])
    b.equal(1, [twice], [b.linear([[2]])])


@alone("three columns for two inputs", "linear", "part.inputs == n * width")
def part_that_does_not_divide(b):
    b.same(
        b.affine(b.add("interleave", inputs=2, parts=[b.matrix([[1, 1, 1]])]), [0]), n=2
    )


@alone("parts of two and of one output", "linear", "part.outputs == self.outputs")
def parts_of_other_outputs(b):
    parts = [b.matrix([[1], [1]]), b.matrix([[1]])]
    b.same(b.affine(b.add("interleave", inputs=1, parts=parts), [0, 0]), n=2)


@alone("two inputs after one output", "linear", "all((a.outputs == b.inputs")
def maps_that_do_not_chain(b):
    maps = [b.matrix([[1]]), b.selection([0], 2)]
    b.same(b.affine(b.add("composition", maps=maps), [0]))


# --- stages and networks -----------------------------------------------------------


@alone("a basis of no functions", "stages", "1 <= size <= MAX_KNOTS")
def basis_of_no_functions(b):
    b.add("monomial", degrees=[])
    b.same()


@alone("two biases for one output", "stages", "self.bias.shape == (self.outputs,)")
def bias_of_another_length(b):
    word = [b.affine(b.matrix([[1]]), [1, 5])]
    b.equal(1, word, [b.linear([[1]], [1])])


@alone("the second basis is not used", "stages", "len(set(chosen)) == len(bases)")
def basis_not_used(b):
    one = b.powers([(0, 1)])
    b.equal(1, [b.bank([one, b.powers([(1, 1)])], [0])], [b.bank([one], [0])])


@alone(
    "a stage of two inputs after one output", "stages", "stage.inputs == self.outputs"
)
def stages_that_do_not_chain(b):
    b.same(b.monomials(1), b.linear([[1, 1]]))


@alone("the knots are 1 and 0", "stages", "all((s <= t for s, t in pairwise")
def knots_that_decrease(b):
    b.same(b.bank([b.bspline([1, 0], 0)], [0]))


@alone("sinh is no atom", "stages", "n in (*ATOMS, *PARTIAL)")
def atom_of_another_name(b):
    word = [b.atom("sinh")]
    b.equal(1, word, word)


@alone("log(-1) is not 0", "stages", "a != '0' or known")
def log_of_minus_one(b):
    b.equal(1, [b.atom("log", 0, -1)], [b.linear([[0]])])


@alone("a constant is no atom", "stages", "a != '0'")
def atom_that_is_constant(b):
    b.equal(1, [b.atom("sigmoid", 0, 0)], [b.linear([[0]], ["1/2"])])


@first(
    "a window sees through no layer_norm", "stages", "raise InvalidError('unknown stage"
)
def window_of_a_vector_atom(b):
    word = [b.add("vector_atom", function="layer_norm", features=1, parameters=["1"])]
    b.equal(1, word, word)


@alone("softmax is no vector atom", "vectors", "text(f['function']) == 'layer_norm'")
def vector_atom_of_another_name(b):
    b.same(b.add("vector_atom", function="softmax", features=1, parameters=["1"]))


@alone("two parameters", "vectors", "len(parameters) == 1")
def vector_atom_of_two_parameters(b):
    b.same(
        b.add("vector_atom", function="layer_norm", features=1, parameters=["1", "2"])
    )


@alone("epsilon is 0", "vectors", "parameters[0] > 0")
def vector_atom_of_epsilon_0(b):
    b.same(b.add("vector_atom", function="layer_norm", features=1, parameters=["0"]))
