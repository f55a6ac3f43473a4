"""window_equal: what is the same function is accepted, what is not is refused."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import check
from tests.kernel import evaluate
from tests.kernel.builder import Builder, jump_matrix

F = Fraction

ZERO_ONE = [(0, 1)]
HALF = F(1, 2)


def sides_of(case):
    """in_features, left stages, right stages, domain of a case on a fresh builder."""
    b = Builder()
    n, left, right, *domain = case(b)
    return b, n, left, right, domain[0] if domain else ()


def same_grid(degree, knots):
    knots = [F(t) for t in knots]

    def case(b):
        spline = b.bank([b.bspline(knots, degree)], [0, 0])
        hinges = b.bank([b.powers([(t, degree) for t in knots])], [0, 0])
        block = b.matrix(jump_matrix(knots, degree))
        both = b.add("block_diagonal", blocks=[block], block_of=[0, 0])
        size = 2 * (len(knots) - degree - 1)
        return 2, [spline], [hinges, b.affine(both, [0] * size)]

    return case


def jumps_of_degree_0(b):
    spline = b.bank([b.bspline([0, 1, 3], 0)], [0])
    jumps = b.bank([b.powers([(0, 0), (1, 0), (3, 0)])], [0])
    return 1, [spline], [jumps, b.linear([[1, -1, 0], [0, 1, -1]])]


def clamped_knots(b):
    """On knots 0 0 1 the first hat is (1 - x) on [0, 1): a jump and two hinges."""
    spline = b.bank([b.bspline([0, 0, 1], 1)], [0])
    powers = b.bank([b.powers([(0, 0), (0, 1), (1, 1)])], [0])
    return 1, [spline], [powers, b.linear([[1, -1, 1]])]


def expanded(b):
    """Copies and shifts before plain ReLU units."""
    bank = b.bank([b.powers([(-1, 2), (HALF, 2)])], [0, 0])
    copies = b.affine(b.selection([0, 0, 1, 1], 2), [1, -HALF, 1, -HALF])
    return 2, [bank], [copies, b.bank([b.powers([(0, 2)])], [0] * 4)]


def mirrored(b):
    """relu(-x) = relu(x) - x, for every degree with the sign (-1)^p."""
    left = [b.linear([[-1]]), b.bank([b.powers([(0, 1), (0, 2), (0, 3)])], [0])]
    basis = b.add(
        "concatenation",
        bases=[
            b.powers([(0, d) for d in (1, 2, 3)]),
            b.add("monomial", degrees=[1, 2, 3]),
        ],
    )
    rows = [[1, 0, 0, -1, 0, 0], [0, -1, 0, 0, 1, 0], [0, 0, 1, 0, 0, -1]]
    return 1, left, [b.bank([basis], [0]), b.linear(rows)]


def hat_by_two_layers(b):
    """The hat on 0, 1, 3 is relu(x - relu((3/2)(x - 1)))."""
    relu = b.powers([(0, 1)])
    first = b.bank(
        [b.add("concatenation", bases=[b.powers([(1, 1)]), identity(b)])], [0]
    )
    inner = b.linear([[-F(3, 2), 1]])
    hat = b.bank([b.bspline([0, 1, 3], 1)], [0])
    return 1, [hat], [first, inner, b.bank([relu], [0])]


def identity(b):
    return b.add("monomial", degrees=[1])


def local_form(degree):
    knots = [F(0), F(1), F(5, 2), F(3), F(4), F(17, 3)][: degree + 3]

    def case(b):
        centers = [k + 1 for k in range(len(knots) - degree - 1)]
        local = b.add(
            "local", knots=[str(t) for t in knots], degree=degree, centers=centers
        )
        width, rows, shift = degree + 1, [], []
        for k, row in enumerate(jump_matrix(knots, degree)):
            c = centers[k]
            line = [F(0)] * (width * len(centers))
            others = [j for j in range(k, k + degree + 2) if j != c]
            for place, j in enumerate(others):
                line[k * width + place] = (
                    row[j] if j < c else row[j] * (-1) ** (degree + 1)
                )
            rows.append(line)
            shift.append(-evaluate.bspline(knots, k, degree, knots[c]))
        bank = b.bank([b.bspline(knots, degree)], [0])
        return 1, [bank], [b.bank([local], [0]), b.linear(rows, shift)]

    return case


def pieces_with_values(b):
    """A jump with a value of its own at the breakpoint, by [x >= 0] and -[-x >= 0]."""
    pf = ([0], [[-1], [1, 2]], [0])
    left = b.bank([b.pieces(pf)], [0])
    both = b.linear([[1], [-1]])
    jumps = b.bank([b.powers([(0, 0)]), b.powers([(0, 1), (0, 0)])], [1, 0])
    # outputs: relu(x), [x >= 0], [-x >= 0]
    return 1, [left], [both, jumps, b.linear([[2, 1, -1]])]


def atom_of_affine(b):
    left = b.bank([b.atoms([("silu", 2, 1), ("tanh", -1, HALF)])], [0])
    apart = b.linear([[2], [-1]], [1, HALF])
    banks = b.bank([b.atoms([("silu", 1, 0)]), b.atoms([("tanh", 1, 0)])], [0, 1])
    return 1, [left], [apart, banks]


def identity_insertion(b):
    return (
        2,
        [],
        [
            b.linear([[2, 0], [0, 3]], [1, 0]),
            b.linear([[HALF, 0], [0, F(1, 3)]], [-HALF, 0]),
        ],
    )


def both_empty(b):
    return 3, [], []


def mixing(b):
    hinges = b.bank([b.powers([(0, 1), (1, 1), (2, 1)])], [0, 0])
    block = b.matrix([[1, -2, 1], [0, HALF, F(1, 3)]])
    both = b.add("block_diagonal", blocks=[block], block_of=[0, 0])
    mix = b.matrix([[1, 2, 3, 4], [HALF, 0, -1, F(1, 7)]])
    chain = b.add("composition", maps=[both, mix])
    product = evaluate.matrix(b, chain)
    return (
        2,
        [hinges, b.affine(both, [1, 0, 0, 2]), b.affine(mix, [0, 1])],
        [hinges, b.linear(product, [1 + 8, 1 + HALF + F(2, 7)])],
    )


def composed_map(b):
    _, (hinges, *_), right = mixing(b)
    chain = next(k for k, o in enumerate(b.objects) if o["type"] == "composition")
    return 2, [hinges, b.affine(chain, [9, F(25, 14)])], right


def mixing_with_atoms(b):
    """Columns in another order, an interleaved base branch, a mask."""
    basis = b.add(
        "concatenation", bases=[b.powers([(0, 1), (1, 1)]), b.atoms([("silu", 1, 0)])]
    )
    spline = b.dense(
        2,
        2,
        2,
        (b.floats([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), "iok"),
        (b.floats([2, 2], [1, 0, 0.5, 1], "float64"), "oi"),
    )
    base = b.dense(2, 2, 1, (b.floats([2, 2], [0.25, -1, 0, 3], "float16"), "io"))
    woven = b.add("interleave", parts=[spline, base], inputs=2)
    left = [
        b.bank([basis], [0, 0]),
        b.affine(woven, b.floats([2], [0.5, -3], "bfloat16")),
    ]
    swapped = b.add(
        "concatenation", bases=[b.atoms([("silu", 1, 0)]), b.powers([(1, 1), (0, 1)])]
    )
    rows = [[F(1, 4), 2, 1, 0, 0, 0], [-1, 2, F(3, 2), 3, 8, 7]]
    return 2, left, [b.bank([swapped], [0, 0]), b.linear(rows, [HALF, -3])]


def parallel_residual(b):
    """x + C relu(x), once by a parallel branch and once in one stage."""
    mix = [[1, 2], [3, 4]]
    layer = b.network(2, b.bank([b.powers([(0, 1)])], [0, 0]), b.linear(mix, [1, 1]))
    branches = b.add("parallel", networks=[layer, b.network(2)])
    copy = b.affine(b.selection([0, 1, 0, 1], 2), [0] * 4)
    total = b.linear([[1, 0, 1, 0], [0, 1, 0, 1]])
    basis = b.add("concatenation", bases=[b.powers([(0, 1)]), identity(b)])
    joint = b.linear([[1, 1, 2, 0], [3, 0, 4, 1]], [1, 1])
    return 2, [copy, branches, total], [b.bank([basis], [0, 0]), joint]


def parallel_of_separable(b):
    relu, square = b.powers([(0, 1)]), b.powers([(0, 2)])
    parts = [b.network(1, b.bank([relu], [0])), b.network(1, b.bank([square], [0]))]
    together = b.bank([relu, square], [0, 1])
    return 2, [b.add("parallel", networks=parts)], [together]


def shared_pending(b):
    """The same matrix on both sides, different stages below it."""
    mix = b.dense(2, 2, 1, (b.floats([2, 2], [1, 2, 3, 4]), "oc"))
    left = [b.bank([b.powers([(1, 1)])], [0, 0]), b.affine(mix, [0, 5])]
    shift = b.affine(b.selection([0, 1], 2), [-1, -1])
    right = [shift, b.bank([b.powers([(0, 1)])], [0, 0]), b.affine(mix, [0, 5])]
    return 2, left, right


def moved_bias(b):
    """C (f + a) + b = C f + (C a + b): the maps coincide and the constants do not."""
    mix = b.dense(2, 2, 1, (b.floats([2, 2], [1, 2, 3, 4]), "oc"))
    bank = b.bank([b.powers([(1, 1)])], [0, 0])
    left = [bank, b.affine(b.selection([0, 1], 2), [1, HALF]), b.affine(mix, [0, 5])]
    return 2, left, [bank, b.affine(mix, [2, 10])]


def dense_against_selection(b):
    """A float matrix with one entry per row is as good as a selection."""
    rows = b.floats([4, 2], [1, 0, 1, 0, 0, 1, 0, 1])
    dense = b.affine(b.dense(4, 2, 1, (rows, "oc")), b.floats([4], [0, -1, 0, -1]))
    relu = b.bank([b.powers([(0, 1)])], [0] * 4)
    return 2, [b.bank([b.powers([(0, 1), (1, 1)])], [0, 0])], [dense, relu]


def one_input_dense(b):
    """With one input nothing mixes, whatever the matrix."""
    bank = b.bank([b.powers([(0, 1), (1, 1)])], [0])
    again = b.bank([b.powers([(-5, 1)])], [0])
    # relu(x) - relu(x-1) lies in [0, 1], so the outer hinge is affine on it
    return 1, [bank, b.linear([[1, -1]]), again], [bank, b.linear([[1, -1]], [5])]


def on_a_box(b):
    return (
        1,
        [b.bank([b.powers([(0, 1)])], [0])],
        [b.bank([identity(b)], [0])],
        ZERO_ONE,
    )


def last_point_of_a_box(b):
    """[x >= 1] on [0, 1] is 1 at the end alone."""
    spike = b.bank([b.pieces(([1], [[], []], [1]))], [0])
    return 1, [b.bank([b.powers([(1, 0)])], [0])], [spike], ZERO_ONE


def degenerate_coordinate(b):
    """x_1 = 2 on the box, so relu(x_0 + x_1 - 2) touches one input."""
    one = b.linear([[1, 1]], [-2])
    left = [one, b.bank([b.powers([(0, 1)])], [0])]
    pick = b.affine(b.selection([0], 2), [0])
    return 2, left, [pick, b.bank([b.powers([(0, 1)])], [0])], [(-1, 1), (2, 2)]


def atom_of_a_degenerate_coordinate(b):
    """silu(x_1) is one constant of R, wherever it is added."""
    both = b.bank([b.atoms([("silu", 1, 0)])], [0, 0])
    left = [both, b.linear([[1, 1]])]
    shifted = b.bank([b.atoms([("silu", 1, 0)]), b.atoms([("silu", HALF, 0)])], [0, 1])
    right = [b.linear([[1, 0], [0, 2]]), shifted, b.linear([[1, 1]])]
    return 2, left, right, [(-1, 1), (2, 2)]


def shared_integer_denominators(b):
    """The denominators run along the last axis, whichever letter that is."""
    values = [3, -5, 7, 2, 9, -4]
    one = b.dense(3, 1, 2, (b.integers([3, 2], values, [2, 3]), "ok"))
    other = b.integers([2, 3], [3 * 2, 7 * 3, 9 * 5, -5 * 2, 2 * 3, -4 * 5], [4, 6, 10])
    bank = b.bank([b.powers([(0, 1), (1, 1)])], [0])
    scale = b.dense(3, 1, 2, (other, "ko"), (b.integers([2], [1, 2], [1, 3]), "k"))
    return 1, [bank, b.affine(one, [0] * 3)], [bank, b.affine(scale, [0] * 3)]


ACCEPTED = [
    same_grid(1, [0, 1, 3, 4]),
    same_grid(2, [0, F(1, 3), 1, 2, 5]),
    same_grid(3, [-2, -1, 0, F(1, 7), 1, 2]),
    jumps_of_degree_0,
    clamped_knots,
    expanded,
    mirrored,
    hat_by_two_layers,
    local_form(1),
    local_form(2),
    local_form(3),
    pieces_with_values,
    atom_of_affine,
    identity_insertion,
    both_empty,
    mixing,
    composed_map,
    mixing_with_atoms,
    parallel_residual,
    parallel_of_separable,
    shared_pending,
    moved_bias,
    dense_against_selection,
    one_input_dense,
    on_a_box,
    last_point_of_a_box,
    degenerate_coordinate,
    atom_of_a_degenerate_coordinate,
    shared_integer_denominators,
]


def name(case):
    return case.__qualname__.replace(".<locals>.case", "")


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_accepted(case):
    b, n, left, right, domain = sides_of(case)
    verdict = check(b.equal(n, left, right, domain))
    assert (verdict.verdict, verdict.reason) == ("valid", "")


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_accepted_with_the_sides_exchanged(case):
    b, n, left, right, domain = sides_of(case)
    assert check(b.equal(n, right, left, domain)).verdict == "valid"


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_the_second_evaluator_agrees_at_points_of_the_domain(case):
    """The cases are what they say: a guard against a kernel and cases wrong alike."""
    b, n, left, right, domain = sides_of(case)
    if any(o["type"] == "atom" for o in b.objects):
        pytest.skip("atoms have no rational values")
    box = domain or [(-3, 6)] * n
    for seed in range(40):
        rng = random.Random(seed)
        point = [low + (high - low) * F(rng.randrange(25), 24) for low, high in box]
        ours = evaluate.stages(b, left, point), evaluate.stages(b, right, point)
        assert ours[0] == ours[1]


def changed_buffers(b):
    """Every single-bit change of a byte in the middle of each buffer, one at a time."""
    for index, data in enumerate(b.buffers):
        for position in range(len(data)):
            for bit in (0, 6):
                changed = bytearray(data)
                changed[position] ^= 1 << bit
                yield index, bytes(changed)


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_a_changed_number_changes_the_verdict_with_the_function(case):
    """Whatever is still accepted has equal values at many points."""
    b, n, left, right, domain = sides_of(case)
    data = b.equal(n, left, right, domain)
    assert check(data).verdict == "valid"
    atoms = any(o["type"] == "atom" for o in b.objects)
    box = domain or [(-3, 6)] * n
    refused = 0
    for index, changed in list(changed_buffers(b)):
        original, b.buffers[index] = b.buffers[index], changed
        if check(b.bytes()).verdict == "valid":
            for seed in range(0 if atoms else 6):
                rng = random.Random(seed)
                point = [lo + (hi - lo) * F(rng.randrange(25), 24) for lo, hi in box]
                values = [evaluate.stages(b, word, point) for word in (left, right)]
                assert values[0] == values[1]
        else:
            refused += 1
        b.buffers[index] = original
    assert refused > 0 or not b.buffers


def wrong(case):
    """The case with its first difference found in the last stage's bias."""

    def changed(b):
        n, left, right, *domain = case(b)
        size = len(
            evaluate.stages(
                b, right, [low for low, _ in domain[0]] if domain else [F(0)] * n
            )
        )
        shift = b.affine(
            b.selection(range(size), size), [*[0] * (size - 1), F(1, 10**9)]
        )
        return n, left, [*right, shift], *domain

    return changed


WITHOUT_ATOMS = [c for c in ACCEPTED if "atom" not in c.__qualname__]


@pytest.mark.parametrize("case", WITHOUT_ATOMS, ids=name)
def test_a_tiny_constant_more_is_refused(case):
    b, n, left, right, domain = sides_of(wrong(case))
    verdict = check(b.equal(n, left, right, domain))
    assert verdict.verdict == "invalid"
    assert verdict.judgement == 0
    assert "differ" in verdict.reason


# --- what must be refused ----------------------------------------------------------


def bank_after_mixing_hinges(b):
    relu = b.powers([(0, 1)])
    word = [b.bank([relu], [0, 0]), b.linear([[1, 1]]), b.bank([relu], [0])]
    return 2, word, [*word[:2], b.bank([b.powers([(0, 1)])], [0])]


def atom_after_relu(b):
    word = [b.bank([b.powers([(0, 1)])], [0]), b.bank([b.atoms([("silu", 1, 0)])], [0])]
    again = b.bank([b.atoms([("silu", 1, 0)])], [0])
    return 1, word, [word[0], again]


def square_after_square(b):
    square = b.bank([b.powers([(0, 2)])], [0])
    other = b.bank([b.powers([(0, 2)])], [0])
    return 1, [square, other], [other, square]


def only_the_value_at_a_knot_differs(b):
    """[x >= 0] against 1 - [-x >= 0]: they differ at 0 alone."""
    jump = b.bank([b.powers([(0, 0)])], [0])
    return 1, [jump], [b.linear([[-1]]), jump, b.linear([[-1]], [1])]


def right_of_the_last_knot(b):
    """Without the hinge at the last knot the spline is right on its grid alone."""
    knots = [F(0), F(1), F(2), F(3)]
    spline = b.bank([b.bspline(knots, 2)], [0])
    hinges = b.bank([b.powers([(t, 2) for t in knots[:3]])], [0])
    rows = [row[:3] for row in jump_matrix(knots, 2)]
    return 1, [spline], [hinges, b.linear(rows)]


def swapped_outputs(b):
    bank = b.bank([b.powers([(0, 1)])], [0, 0])
    return 2, [bank], [bank, b.affine(b.selection([1, 0], 2), [0, 0])]


def other_input(b):
    """The same function of another input."""
    bank = b.bank([b.powers([(0, 1)])], [0])
    picks = [b.affine(b.selection([j], 2), [0]) for j in (0, 1)]
    return 2, [picks[0], bank], [picks[1], bank]


def other_atom(b):
    return (
        1,
        [b.bank([b.atoms([("silu", 1, 0)])], [0])],
        [b.bank([b.atoms([("sigmoid", 1, 0)])], [0])],
    )


def silu_is_not_relu(b):
    silu = b.bank([b.atoms([("silu", 1, 0)])], [0])
    return 1, [silu], [b.bank([b.powers([(0, 1)])], [0])]


def mixed_atoms_differ(b):
    atoms = b.bank([b.atoms([("silu", 1, 0)])], [0, 0])
    return 2, [atoms, b.linear([[1, 1]])], [atoms, b.linear([[1, 1 + F(1, 2**90)]])]


def only_outside_the_box(b):
    """Equal on [0, 1], asked on [-1, 1]."""
    n, left, right, _ = on_a_box(b)
    return n, left, right, [(-1, 1)]


def at_the_last_point_of_the_box(b):
    """[x >= 1] is not 0 on [0, 1]."""
    jump = b.bank([b.powers([(1, 0)])], [0])
    return 1, [jump], [b.bank([b.pieces(([], [[]], []))], [0])], ZERO_ONE


def at_the_first_point_of_the_box(b):
    jump = b.bank([b.pieces(([0], [[1], [1]], [0]))], [0])
    return 1, [jump], [b.bank([b.pieces(([], [[1]], []))], [0])], ZERO_ONE


def outputs_differ_in_number(b):
    return 2, [b.affine(b.selection([0], 2), [0])], []


def constants_that_cancel_in_one_output_only(b):
    bank = b.bank([b.add("monomial", degrees=[0, 1])], [0, 0])
    left = b.linear([[1, 2, -1, 3], [1, 2, -1, 3]])
    right = b.linear([[0, 2, 0, 3], [1, 2, 0, 3]])
    return 2, [bank, left], [bank, right]


def packed_neighbors_cannot_cancel(b):
    """Differences +2^k in one output and -1 in the next are not 0 in any packing."""
    bank = b.bank([b.powers([(0, 1)])], [0, 0])
    for_slots = [2**k for k in (8, 16, 24, 32, 64)]
    size = 2 * len(for_slots)
    rows, others = [], []
    for v in for_slots:
        rows += [[v, 0], [0, 1]]
        others += [[0, 0], [1, 1]]
    assert len(rows) == size
    mix = b.linear([[1, 1], *rows])
    return 2, [bank, mix], [bank, b.linear([[1, 1], *others])]


REFUSED = [
    bank_after_mixing_hinges,
    atom_after_relu,
    square_after_square,
    only_the_value_at_a_knot_differs,
    right_of_the_last_knot,
    swapped_outputs,
    other_input,
    other_atom,
    silu_is_not_relu,
    mixed_atoms_differ,
    only_outside_the_box,
    at_the_last_point_of_the_box,
    at_the_first_point_of_the_box,
    outputs_differ_in_number,
    constants_that_cancel_in_one_output_only,
    packed_neighbors_cannot_cancel,
]


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_refused(case):
    b, n, left, right, domain = sides_of(case)
    verdict = check(b.equal(n, left, right, domain))
    assert verdict.verdict == "invalid"
    assert verdict.reason
    assert verdict.reason.isprintable()
    assert "malformed" not in verdict.reason


SMALL = st.integers(-2, 2)
DYADIC = st.sampled_from([F(n, 2) for n in range(-4, 5)])


@st.composite
def random_words(draw, b):
    """A word on two inputs: banks and affine stages, the last one may mix."""
    word, width = [], 2
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            degree = draw(st.integers(0, 1))
            terms = draw(
                st.lists(st.tuples(DYADIC, st.just(degree)), min_size=1, max_size=2)
            )
            if draw(st.booleans()):
                basis = b.powers(terms)
            else:
                basis = b.bspline(sorted(draw(DYADIC) for _ in range(3)), 1)
            word.append(b.bank([basis], [0] * width))
            width *= len(terms) if b.objects[basis]["type"] == "truncated_power" else 1
        else:
            rows = []
            for _ in range(draw(st.integers(1, 3))):
                row = [F(0)] * width
                row[draw(st.integers(0, width - 1))] = F(draw(SMALL))
                rows.append(row)
            bias = [draw(DYADIC) for _ in rows]
            word.append(b.linear(rows, bias))
            width = len(rows)
    rows = [[F(draw(SMALL)) for _ in range(width)] for _ in range(2)]
    word.append(b.linear(rows, [draw(DYADIC) for _ in rows]))
    return word


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_words_are_equal_to_themselves_and_accepted_only_if_equal(data):
    b = Builder()
    left, right = data.draw(random_words(b)), data.draw(random_words(b))
    points = [(F(x, 4), F(y, 4)) for x in range(-10, 11) for y in (-5, 0, 1, 7)]
    points += [(y, x) for x, y in points]
    differ = any(
        evaluate.stages(b, left, p) != evaluate.stages(b, right, p) for p in points
    )
    accepted = check(b.equal(2, left, right)).verdict == "valid"
    assert not (differ and accepted)
    itself = Builder()
    itself.objects, itself.buffers = b.objects, b.buffers
    split = b.linear([[1, 0], [0, 1]])
    assert check(itself.equal(2, left, [split, *left])).verdict == "valid"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_words_on_boxes(data):
    b = Builder()
    left, right = data.draw(random_words(b)), data.draw(random_words(b))
    ends = [sorted((data.draw(DYADIC), data.draw(DYADIC))) for _ in range(2)]
    points = [
        [
            low + (high - low) * F(k, 16)
            for (low, high), k in zip(ends, pair, strict=True)
        ]
        for pair in [(x, y) for x in range(17) for y in (0, 3, 8, 16)]
    ]
    differ = any(
        evaluate.stages(b, left, p) != evaluate.stages(b, right, p) for p in points
    )
    accepted = check(b.equal(2, left, right, ends)).verdict == "valid"
    assert not (differ and accepted)
