"""Ratios of polynomials in the kernel: roots, generators, words, witnesses."""

from __future__ import annotations

import copy
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import check, ratios
from kan_equiv.kernel.algebra import Function, combine, evaluate, single, substitute
from kan_equiv.kernel.cells import compose, glue, restrict, right_of
from kan_equiv.kernel.enclosure import WideError
from kan_equiv.kernel.reader import InvalidError
from tests.kernel import evaluate as independent
from tests.kernel.builder import Builder, box

F = Fraction
BUMP = (1, 0, 1)  # 1 + x^2
ONE = ([], [[1]])
small = st.integers(-24, 24).map(lambda n: F(n, 4))
ends = st.none() | small


def polynomials(degree):
    return st.lists(st.integers(-4, 4), min_size=2, max_size=degree + 1).filter(
        lambda p: p[-1]
    )


# --- roots -------------------------------------------------------------------------


@given(polynomials(5), polynomials(2), ends, ends)
@settings(max_examples=150)
def test_roots_as_sympy_counts_them(p, q, low, high):
    if low is not None and high is not None and low >= high:
        low, high = high - 1, low
    z = sympy.Symbol("z")
    product = sympy.Poly(p[::-1], z) * sympy.Poly(q[::-1], z) ** 2
    coefficients = [F(int(c)) for c in reversed(product.all_coeffs())]
    monic = tuple(c / coefficients[-1] for c in coefficients)
    exact = [None if e is None else sympy.Rational(e.numerator, e.denominator)
             for e in (low, high)]  # fmt: skip
    count = product.sqf_part().count_roots(*exact)
    assert ratios.has_root(monic, low, high) == (count > 0)


TINY = F(1, 10**30)


@pytest.mark.parametrize(
    ("q", "low", "high", "has_root"),
    [
        ((-1, 1), F(1), None, True),
        ((-1, 1), 1 + TINY, None, False),
        ((-1, 1), None, F(1), True),
        ((-1, 1), None, 1 - TINY, False),
        ((-1, 1), None, None, True),
        ((1, -2, 1), F(0), F(2), True),
        ((1, -2, 1), F(1), F(2), True),
        ((1, -2, 1), 1 + TINY, None, False),
        ((-1, 3, -3, 1), F(-5), F(5), True),
        ((-2, 0, 1), F(0), None, True),
        ((-2, 0, 1), F(3, 2), None, False),
        ((TINY, 0, 1), None, None, False),
        ((-TINY, 0, 1), F(-1), F(1), True),
        ((0, 0, 0, 0, 1), -TINY, TINY, True),
    ],
)
def test_roots_at_the_very_ends(q, low, high, has_root):
    monic = tuple(map(F, q))
    assert ratios.has_root(monic, low, high) == has_root
    mirrored = tuple(c * (-1) ** (len(q) - 1 - k) for k, c in enumerate(monic))
    low, high = (None if e is None else -e for e in (high, low))
    assert ratios.has_root(mirrored, low, high) == has_root


# --- generators --------------------------------------------------------------------

QS = [(1, 0, 1), (2, -2, 1), (3, 1), (F(-1, 2), 1), (-2, 0, 1)]


@st.composite
def generators(draw):
    q = tuple(map(F, draw(st.sampled_from(QS))))
    k, j = draw(st.integers(1, 2)), draw(st.integers(0, len(q) - 2))
    return ("ratio", q, k, j, draw(ends))


@st.composite
def functions(draw):
    terms = {draw(generators()): draw(st.integers(-3, 3)) for _ in range(3)}
    terms[("step", draw(small), draw(st.integers(0, 2)))] = draw(st.integers(-3, 3))
    terms[("point", draw(small))] = 1
    return Function(terms, draw(st.integers(1, 3)))


POINTS = [F(n, 8) for n in range(-64, 65)]


def direct(g, x):
    """What the docstring says."""
    _, q, k, j, t = g
    bottom = sum(c * x**e for e, c in enumerate(q))
    if bottom == 0 or (t is not None and x < t):
        return 0
    return x**j / bottom**k


@given(generators())
def test_values(g):
    for x in POINTS:
        assert ratios.value(g, x) == direct(g, x) == evaluate(single(g), x)


@given(functions(), small, small)
def test_substitution_of_lines(f, a, b):
    found = substitute(f, a, b)
    places = [(g[-1] - b) / a for g in f.terms if g[0] == "ratio" and g[-1] and a]
    for x in [*POINTS[::3], *places]:
        assert evaluate(found, x) == evaluate(f, a * x + b)


@given(functions(), small)
def test_cutting(f, t):
    found = right_of(f, t)
    for x in [*POINTS, t]:
        assert evaluate(found, x) == (evaluate(f, x) if x >= t else 0)


@given(functions(), ends, ends)
def test_restriction_keeps_what_is_inside(f, low, high):
    if low is not None and high is not None and low > high:
        low, high = high, low
    found = restrict(f, low, high)
    for x in [*POINTS, *(e for e in (low, high) if e is not None)]:
        if (low is None or low <= x) and (high is None or x <= high):
            assert evaluate(found, x) == evaluate(f, x)
    if high is not None and low != high:
        outside = single(("ratio", (F(1), F(0), F(1)), 1, 0, high + TINY))
        both = combine([(1, 1, f), (1, 1, outside)])
        assert restrict(both, low, high) == found


@given(functions(), small, small, small, small)
def test_composition_with_pieces_of_lines(f, t, slope, rise, value):
    line = single(("power", 1), slope)
    bend = combine([(1, 1, line), (1, 1, single(("step", t, 1), rise))])
    inner = glue([line, bend], [t], [value])
    found = compose(f, inner)
    for x in [*POINTS[::4], t]:
        assert evaluate(found, x) == evaluate(f, evaluate(inner, x))


@given(generators())
def test_a_ratio_is_no_piecewise_linear_argument(g):
    with pytest.raises(InvalidError, match="not piecewise linear"):
        compose(single(("step", F(0), 1)), single(g))
    with pytest.raises(InvalidError, match="not piecewise linear"):
        compose(single(g), combine([(1, 1, single(g)), (1, 1, single(("power", 1)))]))


@given(
    functions(), st.integers(-500, 500), st.integers(0, 200), st.sampled_from([8, 64])
)
def test_enclosures_hold_the_values(f, start, width, bits):
    part = Function({g: c for g, c in f.terms.items() if g[0] == "ratio"}, 1)
    x = (start << bits) // 64, ((start + width) << bits) // 64
    try:
        low, high = ratios.enclose(part, x, bits)
    except WideError:
        return
    for n in range(9):
        at = F(x[0], 1 << bits) + F(x[1] - x[0], 1 << bits) * F(n, 8)
        assert low <= evaluate(part, at) * 2**bits <= high


def test_enclosures_get_narrow():
    f = Function({("ratio", tuple(map(F, BUMP)), 2, 1, None): 5}, 1)
    low, high = ratios.enclose(f, (3 << 64, 3 << 64), 64)
    assert 0 < high - low < 1 << 8


def test_what_cancels_is_enclosed_beside_the_roots():
    """1/x on [1, 2) is 0 at 0, where its denominator is not separated from 0."""
    q = F(0), F(1)
    f = Function({("ratio", q, 1, 0, F(1)): 1, ("ratio", q, 1, 0, F(2)): -1}, 1)
    assert ratios.enclose(f, (-5, 5), 4) == (0, 0)
    assert ratios.enclose(f, (3 << 4, 4 << 4), 4) == (0, 0)
    whole = Function({("ratio", q, 1, 0, None): 1}, 1)
    with pytest.raises(WideError):
        ratios.enclose(whole, (-5, 5), 4)


# --- words -------------------------------------------------------------------------


def bank(b, *terms):
    return b.bank([b.ratios([*terms])], [0])


def written_twice(b):
    """(x^2 - 1)/(x^2 + 1) and 1 - 2/(x^2 + 1)."""
    one, ratio = b.add("monomial", degrees=[0]), b.ratios([(BUMP, 1, *ONE)])
    both = b.bank([b.add("concatenation", bases=[one, ratio])], [0])
    left = [bank(b, (BUMP, 1, [], [[-2]])), b.linear([[1]], [1])]
    return 1, left, [both, b.linear([[1, -2]])]


def cut_cells(b):
    left = bank(b, (BUMP, 2, [0], [[1, 1], [0, 3]]))
    pieces = [[1, 1], [1, 1], [0, 3], [0, 3]]
    return 1, [left], [bank(b, (BUMP, 2, [-2, 0, 1], pieces))]


def poles_outside_of_the_cells(b):
    """1/x right of 1 and 1/(x - 1) left of 0, once as one function of two terms."""
    first, second = ((0, 1), 1, [1], [[], [1]]), ((-1, 1), 1, [0], [[1], []])
    apart = b.bank([b.ratios([first], [second])], [0])
    return 1, [bank(b, first, second)], [apart, b.linear([[1, 1]])]


def reflected(b):
    """The half-open cell turns: at 1 the left side's value is the other piece's."""
    left = [b.linear([[-1]]), bank(b, ((0, 1), 1, [1], [[], [1]]))]
    point = b.pieces(([-1], [[], []], [-1]))
    ratio = b.ratios([((0, 1), 1, [-1], [[-1], []])])
    both = b.bank([b.add("concatenation", bases=[ratio, point])], [0])
    return 1, left, [both, b.linear([[1, -1]])]


def stretched(b):
    """1/((2x + 1)^2 + 1) = (1/4) / (x^2 + x + 1/2)."""
    left = [b.linear([[2]], [1]), bank(b, (BUMP, 1, *ONE))]
    return 1, left, [bank(b, ((F(1, 2), 1, 1), 1, [], [[F(1, 4)]]))]


def of_a_hinge(b):
    """x/(1 + x^2) of relu(x)."""
    left = [b.bank([b.powers([(0, 1)])], [0]), bank(b, (BUMP, 1, [], [[0, 1]]))]
    return 1, left, [bank(b, (BUMP, 1, [0], [[], [0, 1]]))]


def on_a_half_line(b):
    """1/x on [1, inf), continued by 1/(1 + x^2) or by 0."""
    left = bank(b, ((0, 1), 1, [1], [[], [1]]))
    right = bank(b, ((0, 1), 1, [1], [[], [1]]), (BUMP, 1, [1], [[1], []]))
    return 1, [left], [right], [(1, "inf")]


def at_a_point(b):
    left, right = bank(b, ((0, 1), 1, [1], [[], [1]])), bank(b, (BUMP, 1, [], [[5]]))
    return 1, [left], [right, b.linear([[F(1, 5)]])], [(2, 2)]


def at_a_common_value(b):
    """1/2 and 1/(1 + 1)."""
    _, left, right, _ = at_a_point(b)
    return 1, left, [*right[:1], b.linear([[F(1, 2)]])], [(2, 2)]


def of_two_inputs(b):
    one, two = ((0, 1), 1, [1], [[], [1]]), (BUMP, 1, [0], [[0, 1], [2]])
    mixed = b.bank([b.ratios([one], [two])], [0, 0])
    left = [mixed, b.linear([[1, 2, 3, 4]], [F(1, 3)])]
    other = b.bank([b.ratios([two], [one])], [0, 0])
    return 2, left, [other, b.linear([[2, 1, 4, 3]], [F(1, 3)])]


ACCEPTED = [
    written_twice,
    cut_cells,
    poles_outside_of_the_cells,
    reflected,
    stretched,
    of_a_hinge,
    on_a_half_line,
    at_a_common_value,
    of_two_inputs,
]


def sides_of(case):
    b = Builder()
    n, left, right, *domain = case(b)
    return b, n, left, right, domain[0] if domain else ()


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(case):
    b, n, left, right, domain = sides_of(case)
    verdict = check(b.equal(n, left, right, domain))
    assert (verdict.verdict, verdict.reason) == ("valid", "")
    assert "ratios" in verdict.modules
    assert "enclosure" in verdict.modules


@pytest.mark.parametrize("case", ACCEPTED)
def test_the_cases_are_what_they_say(case):
    b, n, left, right, domain = sides_of(case)
    low, high = domain[0] if domain else (-8, 8)
    low, high = (F(v) if "inf" not in str(v) else F(9) for v in (low, high))
    for k in range(33):
        point = [low + (high - low) * F((k * (i + 1)) % 33, 32) for i in range(n)]
        values = [independent.stages(b, word, point) for word in (left, right)]
        assert values[0] == values[1]


@pytest.mark.parametrize("case", ACCEPTED)
def test_the_least_change_is_refused(case):
    """Every coefficient of a numerator, changed by 10^-30 in one side alone."""
    b, n, left, right, domain = sides_of(case)
    b.equal(n, left, right, domain)
    refused = 0
    for o in list(b.objects):
        if o["type"] != "rational":
            continue
        for term in (t for f in o["functions"] for t in f):
            for piece in term["pieces"]:
                for place, c in enumerate(piece):
                    piece[place] = str(F(c) + TINY)
                    verdict = check(b.bytes())
                    piece[place] = c
                    refused += verdict.verdict == "invalid"
    # A piece outside of the domain, or one that both sides share, may change.
    assert refused > 0


def test_other_values_at_a_jump_are_refused():
    b = Builder()
    left = bank(b, (BUMP, 1, [0], [[], [1]]))
    zero_at_0 = b.pieces(([0], [[], []], [-1]))
    ratio = b.ratios([(BUMP, 1, [0], [[], [1]])])
    both = b.bank([b.add("concatenation", bases=[ratio, zero_at_0])], [0])
    right = [both, b.linear([[1, 1]])]
    assert check(b.equal(1, [left], right)).verdict == "invalid"
    b.judgements = []
    assert check(b.equal(1, [left], right, [(TINY, "inf")])).verdict == "valid"


def test_bounds_of_ratios_are_refused():
    b = Builder()
    left, right = (
        b.network(1, bank(b, (BUMP, 1, *ONE))),
        b.network(1, bank(b, (BUMP, 2, *ONE))),
    )
    sides = {"left": left, "right": right, "domain": box([(-1, 1)])}
    b.claim = {"kind": "within", "epsilon": ["100"]} | sides
    b.judge("distance", bounds=["100"], subdivisions=0, **sides)
    assert check(b.bytes()).verdict == "invalid"


# --- what is no ratio ----------------------------------------------------------------


def network_file(term):
    b = Builder()
    b.format = "kan_equiv.network"
    net = b.network(1, bank(b, term))
    b.claim = {"kind": "network", "network": net}
    return b


GOOD = ((0, 0, 1), 2, [F(-1), F(1)], [[0, 1], [], [2]])


@pytest.mark.parametrize(
    ("term", "good"),
    [
        (GOOD, True),
        ((BUMP, 1, *ONE), True),
        ((BUMP, 32, *ONE), True),
        ((BUMP, 33, *ONE), False),
        ((BUMP, 0, *ONE), False),
        ((BUMP, -1, *ONE), False),
        ((BUMP, True, *ONE), False),
        (((1, 0, 2), 1, *ONE), False),  # not monic
        (((1, 0, -1), 1, *ONE), False),
        (((1, 0, 1, 0), 1, *ONE), False),
        (((1,), 1, *ONE), False),
        (((), 1, *ONE), False),
        ((BUMP, 1, [], [[0, 0, 1]]), False),  # the degree of the denominator
        ((BUMP, 1, [], [[1, 0]]), False),
        ((BUMP, 1, [], []), False),
        ((BUMP, 1, [0], [[1]]), False),
        ((BUMP, 1, [0, 0], [[1], [2], [3]]), False),
        ((BUMP, 1, [1, 0], [[1], [2], [3]]), False),
        # roots: at the closed ends, inside, double, on cells where nothing stands
        (((0, 1), 1, [1], [[], [1]]), True),
        (((-1, 1), 1, [1], [[], [1]]), False),
        (((-1, 1), 1, [1 + TINY], [[], [1]]), True),
        (((-1, 1), 1, [1], [[1], []]), False),
        (((-1, 1), 1, [1 - TINY], [[1], []]), True),
        (((-2, 1), 1, [1], [[], [1]]), False),
        (((-2, 1), 1, [1, 3], [[1], [], [1]]), True),
        (((-2, 1), 1, [1, 2], [[1], [], [1]]), False),
        (((-2, 1), 1, [2, 3], [[1], [], [1]]), False),
        (((4, -4, 1), 1, [], [[1]]), False),
        (((4, -4, 1), 1, [3], [[], [1]]), True),
        (((-2, 0, 1), 3, [F(3, 2)], [[], [1]]), True),
        (((-2, 0, 1), 3, [F(7, 5)], [[], [1]]), False),
        # the denominator need not be irreducible, nor the numerator prime to it
        (((1, 0, 2, 0, 1), 1, [], [[1, 0, 1]]), True),
    ],
)
def test_terms(term, good):
    verdict = check(network_file(term).bytes())
    assert (verdict.verdict == "valid") == good, verdict.reason


def test_a_reducible_denominator_proves_nothing_wrong():
    """(1 + x^2)/(1 + x^2)^2 written in one term: equal, but not seen to be."""
    b = Builder()
    left = bank(b, ((1, 0, 2, 0, 1), 1, [], [[1, 0, 1]]))
    right = bank(b, (BUMP, 1, *ONE))
    assert check(b.equal(1, [left], [right])).verdict == "invalid"


@pytest.mark.parametrize("place", [(), (0,), (0, 0)])
@pytest.mark.parametrize("extra", [True, False])
def test_every_key_is_needed_and_no_other_is_allowed(place, extra):
    b = network_file(GOOD)
    raw = next(o for o in b.objects if o["type"] == "rational")
    for at in place:
        raw = raw["functions"][at] if isinstance(raw, dict) else raw[at]
    if isinstance(raw, list):
        raw.append({}) if extra else raw.clear()
        assert check(b.bytes()).verdict == ("invalid" if extra else "valid")
        return
    for key in list(raw):
        broken = copy.deepcopy(raw)
        if extra:
            raw["more"] = 1
        else:
            del raw[key]
        assert check(b.bytes()).verdict == "invalid"
        raw.clear()
        raw.update(broken)
    assert check(b.bytes()).verdict == "valid"


@pytest.mark.parametrize("key", ["denominator", "power", "breakpoints", "pieces"])
@pytest.mark.parametrize("wrong", [None, True, "1", 1, [1], ["x"], [None], {}, ["2/4"]])
def test_other_shapes_are_invalid(key, wrong):
    b = network_file(GOOD)
    raw = next(o for o in b.objects if o["type"] == "rational")
    raw["functions"][0][0][key] = wrong
    found = check(b.bytes())
    is_power = key == "power" and type(wrong) is int
    assert (found.verdict == "valid") == is_power


def test_huge_denominators_are_refused_at_once():
    digits = "1" + "0" * 60000
    for c in (digits, "1/" + digits):
        b = network_file((BUMP, 1, *ONE))
        raw = next(o for o in b.objects if o["type"] == "rational")
        raw["functions"][0][0]["denominator"][0] = c
        assert "too large" in check(b.bytes()).reason
    many = [F(1, (1 << 4000) + 2 * k + 1) for k in range(40)]
    verdict = check(network_file(((1, *many, 1), 1, *ONE)).bytes())
    assert "too large" in verdict.reason


def test_denominators_of_high_degree_are_decided():
    """x^64 + x^63 + ... + 1 has no real root, and x^63 - 3 has one."""
    geometric = [1] * 65
    assert check(network_file((geometric, 1, *ONE)).bytes()).verdict == "valid"
    root = [-3, *[0] * 62, 1]
    assert check(network_file((root, 1, *ONE)).bytes()).verdict == "invalid"
    assert check(network_file((root, 1, [2], [[], [1]])).bytes()).verdict == "valid"


# --- witnesses -----------------------------------------------------------------------


def witness(left_terms, right_terms, x, values, atom=False):
    b = Builder()
    nets = []
    for terms in (left_terms, right_terms):
        bases = [b.ratios([*terms])] + [b.atoms([("tanh", 1, 0)])] * atom
        basis = b.add("concatenation", bases=bases)
        nets.append(b.network(1, b.bank([basis], [0]), b.linear([[1] * len(bases)])))
    sides = {"left": nets[0], "right": nets[1], "domain": []}
    b.claim = {"kind": "refuted"} | sides
    stated = {"left_value": values[0], "right_value": values[1]}
    b.judge("witness", point=[x], output=0, **stated, **sides)
    return check(b.bytes())


POLE = ((0, 1), 1, [1], [[], [1]])


@pytest.mark.parametrize(
    ("x", "values", "verdict"),
    [
        ("3", (["1/3", "1/3"], ["1/10", "1/10"]), "valid"),
        ("1", (["1", "1"], ["1/2", "1/2"]), "valid"),
        ("0", (["0", "0"], ["1", "1"]), "valid"),  # 1/x stands right of 1 only
        ("3", (["1/10", "1/10"], ["1/3", "1/3"]), "invalid"),
        ("1", (["0", "0"], ["1/2", "1/2"]), "invalid"),
        ("2", (["1/2", "1/2"], ["1/2", "1/2"]), "invalid"),
    ],
)
def test_exact_witnesses(x, values, verdict):
    assert witness([POLE], [(BUMP, 1, *ONE)], x, values).verdict == verdict


def test_witnesses_with_atoms():
    """1/3 + tanh(3) and 1/10 + tanh(3), tanh(3) = 0.99505..."""
    sides = [POLE], [(BUMP, 1, *ONE)]
    near = ["33/25", "133/100"], ["109/100", "11/10"]
    assert witness(*sides, "3", near, atom=True).verdict == "valid"
    far = ["33/25", "133/100"], ["27/25", "109/100"]
    assert witness(*sides, "3", far, atom=True).verdict == "invalid"
    # At 0 the term 1/x is not there: no division by what holds 0.
    near = ["-1/100", "1/100"], ["99/100", "101/100"]
    assert witness(*sides, "0", near, atom=True).verdict == "valid"


def test_more_bits_where_a_denominator_is_small():
    """1/(x^2 + 10^-60) at 10^-30: not separated from 0 with 64 bits."""
    q = (TINY**2, 0, 1)
    wide = ["0", "1" + "0" * 70], ["-10", "10"]
    found = witness([(q, 1, *ONE)], [(BUMP, 1, *ONE)], str(TINY), wide, atom=True)
    assert found.verdict == "valid"
