"""log and sqrt in the kernel: where words are defined, and what they are there."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import algebra, check, partial, work
from kan_equiv.kernel.atoms import PARTIAL, UndefinedError, atom_image
from kan_equiv.kernel.enclosure import WideError, atom
from kan_equiv.kernel.partial import NEVER, WHOLE, Extent, power_of_root
from kan_equiv.kernel.reader import InvalidError
from tests.kernel.builder import Builder, box, rat
from tests.kernel.test_atoms import judged, nearly

F = Fraction
TINY = F(1, 10**30)
NUMBERS = st.fractions(min_value=-4, max_value=4, max_denominator=6)
MP = {"log": mpmath.log, "sqrt": mpmath.sqrt}


def exact(value):
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * F(int(mantissa)) * F(2) ** exponent


# --- enclosures --------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.sampled_from(PARTIAL),
    st.fractions(F(1, 10**9), 10**9),
    st.sampled_from([64, 128, 1024]),
)
def test_enclosures_hold_the_true_value_tightly(name, z, bits):
    start = z * 2**bits // 1
    low, high = atom(name, (start, start), bits)
    with mpmath.workprec(bits + 64):
        truth = exact(MP[name](mpmath.ldexp(mpmath.mpf(start), -bits)))
    slack = F(1, 2**40)  # of the reference, in units of the last place
    assert low - slack <= truth * 2**bits <= high + slack
    assert high - low <= 4


@settings(deadline=None)
@given(st.sampled_from(PARTIAL), st.fractions(0, 9), st.fractions(0, 9))
def test_enclosures_of_intervals_hold_those_of_their_points(name, a, b):
    bits = 64
    low, high = sorted(int(v * 2**bits) + 1 for v in (a, b))
    whole = atom(name, (low, high), bits)
    for x in (low, high, (low + high) // 2):
        part = atom(name, (x, x), bits)
        assert whole[0] <= part[0] <= part[1] <= whole[1]


def test_where_enclosures_end():
    assert atom("sqrt", (0, 0), 64) == (0, 0)
    assert atom("sqrt", (0, 4 << 64), 64) == (0, 2 << 64)
    for name, x in [("log", (-5, 0)), ("log", (0, 0)), ("sqrt", (-5, -1))]:
        with pytest.raises(UndefinedError):
            atom(name, x, 64)
    for name, x in [("log", (0, 1)), ("log", (-1, 1)), ("sqrt", (-1, 0))]:
        with pytest.raises(WideError):
            atom(name, x, 64)


# --- the normal form ---------------------------------------------------------------


def value(g, x):
    if g == ("power", 0):
        return mpmath.mpf(1)
    _, name, a, b = g
    z = a * x + b
    if not partial.is_defined(name, z):
        return mpmath.mpf(0)
    return MP[name](mpmath.mpf(z.numerator) / z.denominator)


@given(st.sampled_from(PARTIAL), NUMBERS, NUMBERS, NUMBERS)
def test_the_normal_form_has_the_same_values_and_is_0_elsewhere(name, a, b, x):
    with mpmath.workdps(60):
        z = a * x + b
        truth = value(("atom", name, F(0), z), F(0))
        found = [
            (mpmath.mpf(c.numerator) / c.denominator) * value(g, x)
            for g, c in atom_image(name, a, b)
        ]
        if partial.is_defined(name, z):
            assert abs(mpmath.fsum(found) - truth) < mpmath.mpf(10) ** -50
        elif name == "sqrt" or a == 0:
            assert not any(found)


@given(st.sampled_from(PARTIAL), NUMBERS, NUMBERS, NUMBERS.filter(bool), NUMBERS)
def test_what_is_left_is_in_normal_form_and_stays_so(name, a, b, c, d):
    f = algebra.transform(algebra.constant(F(1)), lambda _: atom_image(name, a, b))
    assert algebra.substitute(f, F(1), F(0)) == f
    there = algebra.substitute(f, c, d)
    assert algebra.substitute(there, 1 / c, -d / c) == f


def test_large_factors_are_left_as_they_are():
    p, q = 65537, 65539
    (g,) = atom_image("log", F(0), F(p * q))
    assert g == (("atom", "log", F(0), F(p * q)), F(1))
    assert atom_image("sqrt", F(0), F(p * p, 4)) == [(("power", 0), F(p, 2))]


def test_factoring_is_counted_as_work():
    work.allow(0)
    before = work.PURSE.left
    partial.factors.cache_clear()
    assert partial.factors((1 << 61) - 1) == [((1 << 61) - 1, 1)]
    assert before - work.PURSE.left >= 1 << 14
    with pytest.raises(InvalidError, match="too large"):
        partial.factors((1 << 10**6) + 1)
    work.allow(0)


# --- extents -----------------------------------------------------------------------


def holds(e, x):
    above = e.low is None or e.low < x or (e.low == x and e.has_low)
    return above and (e.high is None or x < e.high or (e.high == x and e.has_high))


@st.composite
def extents(draw):
    low, high = draw(st.none() | NUMBERS), draw(st.none() | NUMBERS)
    flags = draw(st.booleans()), draw(st.booleans())
    return Extent(low, low is None or flags[0], high, high is None or flags[1])


@given(extents(), extents(), NUMBERS)
def test_the_meet_of_extents(a, b, x):
    assert holds(a.meet(b), x) == (holds(a, x) and holds(b, x))
    assert a.meet(b) == b.meet(a)
    assert a.meet(WHOLE) == a
    assert a.meet(NEVER).is_empty
    assert not (a.is_empty and holds(a, x))


@given(
    st.sampled_from(PARTIAL), NUMBERS.filter(bool), NUMBERS, NUMBERS, NUMBERS, NUMBERS
)
def test_half_lines(name, a, b, slope, offset, x):
    extent = partial.half_line(("atom", name, a, b))
    assert holds(extent, x) == partial.is_defined(name, a * x + b)
    there = partial.preimage(extent, slope, offset)
    assert holds(there, x) == holds(extent, slope * x + offset)


@given(extents(), NUMBERS)
def test_restriction_keeps_values_inside_and_forgets_those_outside(e, x):
    if e.is_empty:
        return
    marks = [F(k, 2) for k in range(-8, 9)]
    f = algebra.combine(
        [(k + 1, 1, algebra.single(("step", t, k % 3))) for k, t in enumerate(marks)]
        + [(k + 2, 3, algebra.single(("point", t))) for k, t in enumerate(marks)]
    )
    found = partial.on(f, e)
    if holds(e, x):
        assert algebra.evaluate(found, x) == algebra.evaluate(f, x)
    ends = [t for t, has in ((e.low, e.has_low), (e.high, e.has_high)) if not has]
    for t in ends:
        other = algebra.combine([(1, 1, f), (5, 1, algebra.single(("point", t)))])
        assert partial.on(other, e) == found


@given(st.lists(NUMBERS, max_size=3), NUMBERS, NUMBERS.filter(bool), NUMBERS, NUMBERS)
def test_even_powers_of_a_root(even, first, c, a, b):
    terms = [(("power", 2 * k), v) for k, v in enumerate(even)]
    terms.append((("power", 1), first))
    outer = algebra.transform(algebra.constant(F(1)), lambda _: terms)
    inner = algebra.single(("atom", "sqrt", F(1), F(0)), c)
    found = power_of_root(outer, inner)
    square = a * a  # sqrt is rational there
    root = algebra.single(("atom", "sqrt", F(1), F(0))), square
    assert found is not None
    rest = algebra.combine([(1, 1, found)])
    weight = rest.coefficient(("atom", "sqrt", F(1), F(0)))
    plain = algebra.combine(
        [(1, 1, rest), (-weight.numerator, weight.denominator, root[0])]
    )
    shown = algebra.evaluate(plain, square) + weight * abs(a)
    assert shown == algebra.evaluate(outer, c * abs(a))


def test_odd_powers_of_a_root_are_refused():
    inner = algebra.single(("atom", "sqrt", F(1), F(0)))
    assert power_of_root(algebra.single(("power", 3)), inner) is None
    assert power_of_root(algebra.single(("step", F(0), 2)), inner) is None
    log = algebra.single(("atom", "log", F(1), F(0)))
    assert power_of_root(algebra.single(("power", 2)), log) is None


# --- windows -----------------------------------------------------------------------

L2, L3 = ("log", 0, 2), ("log", 0, 3)
IDENTITIES = {
    "log of a multiple": ([(1, "log", 2, 0)], [(1, "log", 1, 0), (1, *L2)]),
    "log of a fraction": (
        [(1, "log", F(2, 3), 4)],
        [(1, "log", 1, 6), (1, *L2), (-1, *L3)],
    ),
    "log on the left": ([(1, "log", -4, 8)], [(1, "log", -1, 2), (2, *L2)]),
    "a power of two": (
        [(1, "log", 0, 8), (1, "log", 1, 0)],
        [(3, *L2), (1, "log", 1, 0)],
    ),
    "sqrt of a square multiple": ([(1, "sqrt", 9, 4)], [(3, "sqrt", 1, F(4, 9))]),
    "sqrt of a multiple": ([(1, "sqrt", 8, 4)], [(2, "sqrt", 2, 1)]),
    "sqrt of a fraction": ([(2, "sqrt", F(1, 2), 1)], [(1, "sqrt", 2, 4)]),
    "constants of roots": (
        [(1, "sqrt", 1, 0), (1, "sqrt", 0, 12)],
        [(1, "sqrt", 1, 0), (2, "sqrt", 0, 3)],
    ),
    "a rational root": (
        [(1, "sqrt", 1, 0), (1, "sqrt", 0, F(9, 4))],
        [(1, "sqrt", 1, 0), (F(3, 2), 0)],
    ),
    "no log is left, but its domain": (
        [(1, "log", 1, 0), (-1, "log", 2, 0)],
        [(0, "log", 1, 0), (-1, *L2)],
    ),
    "log and sqrt": (
        [(1, "log", 3, 0), (1, "sqrt", 4, 0)],
        [(1, "log", 1, 0), (1, *L3), (2, "sqrt", 1, 0)],
    ),
}
ALSO_ON = [(1, 2)], [(1, 1)], [(F(1, 2), "inf")], [(-1, 2)]


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_accepted(name):
    left, right = IDENTITIES[name]
    assert judged(left, right) == judged(right, left) == "valid"
    for domain in ALSO_ON:
        assert judged(left, right, domain) == "valid"


@pytest.mark.parametrize("name", IDENTITIES)
def test_near_misses_are_refused(name):
    left, right = IDENTITIES[name]
    changed = [(wrong, right) for wrong in nearly(left)]
    changed += [(left, wrong) for wrong in nearly(right)]
    for pair in changed:
        if all(t[0] != 0 for side in pair for t in side):
            assert judged(*pair) == "invalid", pair


DEFINED_ALIKE = [
    # left, right, domain, verdict
    ([(0, "log", 1, 0)], [(0, "log", 3, 0)], (), "valid"),
    ([(0, "log", 1, 0)], [(0, "sqrt", 1, 0)], (), "invalid"),
    ([(0, "log", 1, 0)], [(0, "sqrt", 1, 0)], [(0, 1)], "invalid"),
    ([(0, "log", 1, 0)], [(0, "sqrt", 1, 0)], [(TINY, 1)], "valid"),
    ([(0, "log", 1, 0)], [(0, 0)], (), "invalid"),
    ([(0, "sqrt", 1, 0)], [(0, 0)], [(0, 1)], "valid"),
    ([(0, "sqrt", 1, 0)], [(0, 0)], [(-TINY, 1)], "invalid"),
    ([(0, "log", 1, 0)], [(0, 0)], [(0, 1)], "invalid"),
    ([(0, "log", 1, 0)], [(0, "log", 1, TINY)], (), "invalid"),
    ([(0, "log", 1, 0)], [(0, "log", -1, 0)], (), "invalid"),
    # defined nowhere
    (
        [(1, "log", 1, 0), (1, "log", -1, 0)],
        [(5, "log", 1, 1), (1, "sqrt", -1, -2)],
        (),
        "valid",
    ),
    (
        [(1, "log", 1, 0), (1, "log", -1, 0)],
        [(0, "sqrt", 1, 0), (0, "sqrt", -1, 0)],
        (),
        "invalid",
    ),
    ([(1, "log", 1, 0)], [(7, "sqrt", 1, 0)], [(-3, -1)], "valid"),
    ([(1, "log", 1, 0)], [(7, "sqrt", 1, 0)], [(-3, 0)], "invalid"),
    # defined at one point
    (
        [(0, "sqrt", 1, -2), (0, "sqrt", -1, 2), (1, 1)],
        [(0, "sqrt", 3, -6), (0, "sqrt", -1, 2), (2, 0)],
        (),
        "valid",
    ),
    (
        [(0, "sqrt", 1, -2), (0, "sqrt", -1, 2), (1, "log", 1, 6)],
        [(0, "sqrt", 1, -2), (0, "sqrt", -1, 2), (3, *L2)],
        (),
        "valid",
    ),
    (
        [(0, "sqrt", 1, -2), (0, "sqrt", -1, 2), (1, "log", 1, 6)],
        [(0, "sqrt", 1, -2), (0, "sqrt", -1, 2), (4, *L2)],
        (),
        "invalid",
    ),
]


@pytest.mark.parametrize(("left", "right", "domain", "verdict"), DEFINED_ALIKE)
def test_where_both_sides_are_defined_is_part_of_the_claim(
    left, right, domain, verdict
):
    assert judged(left, right, domain) == judged(right, left, domain) == verdict


def test_values_outside_of_the_domain_do_not_count():
    """x and max(x, 0) agree where log is defined; a value at 0 does not count."""
    b = Builder()
    logs = b.atoms([("log", 1, 0)])
    other = b.pieces(([0], [[5], [0, 1]], [9]))
    identity = b.add("monomial", degrees=[1])
    words = [
        [b.bank([b.add("concatenation", bases=[logs, f])], [0]), b.linear([[1, 1]])]
        for f in (other, identity)
    ]
    assert check(b.equal(1, *words)).verdict == "valid"
    for name, shift, verdict in [
        ("sqrt", 0, "invalid"),
        ("sqrt", -TINY, "valid"),
        ("log", TINY, "invalid"),
    ]:
        b = Builder()
        logs = b.atoms([(name, 1, shift)])
        other = b.pieces(([0], [[5], [0, 1]], [9]))
        identity = b.add("monomial", degrees=[1])
        words = [
            [b.bank([b.add("concatenation", bases=[logs, f])], [0]), b.linear([[1, 1]])]
            for f in (other, identity)
        ]
        assert check(b.equal(1, *words)).verdict == verdict


def sums(b, rows, atoms, weights, bias):
    return [
        b.linear(rows),
        b.bank([b.atoms([a]) for a in atoms], [*range(len(atoms))]),
        b.linear([weights], [bias]),
    ]


@pytest.mark.parametrize(
    ("rows", "atom", "weight", "verdict"),
    [
        ([[4, 4]], ("sqrt", 1, 0), 1, "valid"),
        ([[4, 4]], ("sqrt", 1, 0), 1 + TINY, "invalid"),
        ([[4, 4 + TINY]], ("sqrt", 1, 0), 1, "invalid"),
        ([[4, 4]], ("sqrt", 1, TINY), 1, "invalid"),
        ([[-4, -4]], ("sqrt", -1, 0), 1, "valid"),
        ([[-4, -4]], ("sqrt", 1, 0), 1, "invalid"),
    ],
)
def test_roots_of_directions(rows, atom, weight, verdict):
    b = Builder()
    left = sums(b, [[1, 1]], [("sqrt", 1, 0)], [2], 0)
    assert (
        check(b.equal(2, left, sums(b, rows, [atom], [weight], 0))).verdict == verdict
    )


def test_constants_move_between_inputs_and_no_others():
    def side(b, first, second):
        bank = b.bank(
            [b.atoms([("log", first, 0)]), b.atoms([("log", second, 0)])], [0, 1]
        )
        return [bank, b.linear([[1, 1]])]

    for second, verdict in ((6, "valid"), (5, "invalid")):
        b = Builder()
        assert check(b.equal(2, side(b, 2, 3), side(b, 1, second))).verdict == verdict


@pytest.mark.parametrize("is_dropped", [False, True])
@pytest.mark.parametrize(
    ("domain", "verdict"), [((), "invalid"), ([(1, 2), (1, 2)], "valid")]
)
def test_what_nothing_reads_counts_as_well(is_dropped, domain, verdict):
    """Composition is strict: 0 times undefined is undefined, and dropped undefined."""
    b = Builder()
    plain = b.add("monomial", degrees=[1])
    two = b.bank([b.atoms([("log", 1, 0)]), plain], [0, 1])
    drop = b.affine(b.selection([1], 2), [0])
    left = [two, drop if is_dropped else b.linear([[0, 1]])]
    right = [b.bank([plain], [0, 0]), b.linear([[0, 1]])]
    assert check(b.equal(2, left, right, domain)).verdict == verdict


def test_a_constant_that_is_not_defined_makes_the_whole_undefined():
    b = Builder()
    log = b.bank([b.atoms([("log", 1, 0)])], [0])
    never = [b.linear([[0]], [-1]), log]
    also = [b.linear([[0]], [0]), log, b.linear([[3]], [2])]
    assert check(b.equal(1, never, also)).verdict == "valid"
    b = Builder()
    log = b.bank([b.atoms([("log", 1, 0)])], [0])
    never, once = [b.linear([[0]], [0]), log], [b.linear([[0]], [1]), log]
    assert check(b.equal(1, never, once)).verdict == "invalid"
    b = Builder()
    log = b.bank([b.atoms([("log", 1, 0)])], [0])
    assert check(
        b.equal(1, [b.linear([[0]], [1]), log], [b.linear([[0]])])
    ).verdict == ("valid")


@pytest.mark.parametrize("constant", [("log", 0, 0), ("log", 0, -1), ("sqrt", 0, -1)])
def test_constants_outside_of_the_domain_are_no_atoms(constant):
    b = Builder()
    word = [b.bank([b.atoms([constant])], [0])]
    assert "not defined" in check(b.equal(1, word, word)).reason


def test_arguments_that_are_not_affine_are_refused():
    b = Builder()
    word = [b.bank([b.powers([(0, 1)])], [0]), b.bank([b.atoms([("sqrt", 1, 0)])], [0])]
    more = [*word, b.linear([[1]])]
    assert "not affine" in check(b.equal(1, word, more)).reason


def test_bounds_and_ranges_are_of_functions_that_are_defined_everywhere():
    b = Builder()
    word = [b.bank([b.atoms([("log", 1, 0)])], [0]), b.linear([[0]])]
    net = b.network(1, *word)
    sides = {"left": net, "right": net, "domain": box([(1, 2)])}
    b.claim = {"kind": "within", "epsilon": ["0"], **sides}
    b.judge("distance", bounds=["0"], subdivisions=0, points=[], attained=[], **sides)
    assert "not defined everywhere" in check(b.bytes()).reason
    b.judgements.clear()
    b.claim = {"kind": "equal", **sides}
    b.judge(
        "range",
        in_features=1,
        stages=word,
        subdivisions=0,
        domain=box([(1, 2)]),
        bounds=box([(0, 1)]),
    )
    assert "not defined everywhere" in check(b.bytes()).reason
    b.judgements.clear()
    window = {"in_features": 1, "left": word, "right": word, "domain": box([(1, 2)])}
    b.judge("regions_equal", cells=1, **window)
    assert "piecewise linear" in check(b.bytes()).reason


@pytest.mark.parametrize("name", PARTIAL)
def test_programs_would_hide_where_they_are_defined(name):
    """0 log(x) as a straight-line program would be 0 everywhere."""
    b = Builder()
    program = [["atom", 0, name], ["constant", "0"], ["multiply", 1, 2]]
    bank = b.bank([b.add("straight_line", programs=[program])], [0])
    verdict = check(b.equal(1, [bank], [b.linear([[0]])]))
    assert "not defined everywhere" in verdict.reason


# --- witnesses ---------------------------------------------------------------------


def one_sided(point=-1, values=("undefined", ("-1", "-1")), output=0, name="log"):
    """0*log(x) + x against x: only the right side is defined at -1."""
    b = Builder()
    parts = [b.atoms([(name, 1, 0)]), b.add("monomial", degrees=[1])]
    bank = b.bank([b.add("concatenation", bases=parts)], [0])
    left = b.network(1, bank, b.linear([[0, 1]]))
    right = b.network(1)
    sides = {"left": left, "right": right, "domain": []}
    b.claim = {"kind": "refuted", **sides}
    first, second = (v if isinstance(v, str) else list(v) for v in values)
    b.judge(
        "witness",
        point=[rat(point)],
        output=output,
        left_value=first,
        right_value=second,
        **sides,
    )
    return check(b.bytes())


def test_a_point_where_one_side_is_defined():
    verdict = one_sided()
    assert verdict.verdict == "valid", verdict.reason
    assert {"partial", "undefined", "witness"} <= set(verdict.modules)
    assert one_sided(0, ("undefined", ("0", "0"))).verdict == "valid"
    values = ("undefined", (rat(-TINY), "0"))
    assert one_sided(-TINY, values, name="sqrt").verdict == "valid"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"point": 1, "values": ("undefined", ("1", "1"))}, "left side is defined"),
        (
            {"point": 0, "values": ("undefined", ("0", "0")), "name": "sqrt"},
            "left side",
        ),
        ({"values": (("-1", "-1"), "undefined")}, "left side is not defined"),
        ({"values": ("undefined", "undefined")}, "neither side"),
        ({"values": (("-1", "-1"), ("-1", "-1"))}, ""),
        ({"values": (("-2", "-2"), ("-1", "0"))}, "not defined there"),
        ({"values": ("undefined", ("0", "0"))}, "right value lies outside"),
        ({"values": ("undefined", ("1", "-1"))}, "lo > hi"),
        ({"values": ("nowhere", ("-1", "-1"))}, "expected a list"),
        ({"output": 1}, "expected an integer"),
    ],
)
def test_mutations_of_such_a_witness_are_refused(change, reason):
    verdict = one_sided(**change)
    assert verdict.verdict == "invalid"
    assert reason in verdict.reason


def test_arguments_at_the_very_end_are_compared_exactly_and_deeper_by_intervals():
    """sqrt(3x - 1) at 1/3; behind sigmoid(x) + sigmoid(-x) - 1, which is 0, the end is
    not seen with any number of bits."""
    b = Builder()
    root = b.network(1, b.bank([b.atoms([("sqrt", 3, -1)])], [0]))
    log = b.network(1, b.bank([b.atoms([("log", 3, -1)])], [0]))
    sides = {"left": root, "right": log, "domain": []}
    b.claim = {"kind": "refuted", **sides}
    b.judge(
        "witness",
        point=["1/3"],
        output=0,
        left_value=["0", "0"],
        right_value="undefined",
        **sides,
    )
    assert check(b.bytes()).verdict == "valid"
    b = Builder()
    both = b.atoms([("sigmoid", 1, 0), ("sigmoid", -1, 0)])
    flat = [b.bank([both], [0]), b.linear([[1, 1]], [-1])]
    root, log = (
        b.network(1, *flat, b.bank([b.atoms([(n, 1, 0)])], [0])) for n in PARTIAL[::-1]
    )
    sides = {"left": root, "right": log, "domain": []}
    b.claim = {"kind": "refuted", **sides}
    values = {"left_value": ["0", "0"], "right_value": "undefined"}
    b.judge("witness", point=["1/3"], output=0, **values, **sides)
    assert "bits do not show" in check(b.bytes()).reason
