"""Layers with log and sqrt: where they are defined is a part of what is claimed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import NoBoundError, UndefinedError, ValidationError
from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.exact.enclosure import PARTIAL_ATOM_NAMES, working_precision
from kan_equiv.exact.interval_union import IntervalUnion
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    Box,
    Dense,
    Network,
    Univariate,
)
from kan_equiv.ir.univariate import linear_combination
from kan_equiv.prover.outcome import Proved, Refuted, Unknown
from kan_equiv.prover.second_opinion import with_second_opinion
from kan_equiv.testing.strategies import piecewise_polynomials

F = Fraction
TINY = F(1, 10**30)
ZERO = PiecewisePolynomial.of([])
DOMAINS = [None, Box(-2, 3), Box(F(1, 3), F(2, 3)), Box([(0, None)]), Box(0, 0)]


def atom(name: str, slope: object = 1, shift: object = 0, c: object = 1) -> Univariate:
    return Univariate(ZERO, ((Atom(name, F(slope), F(shift)), F(c)),))


def line(*coefficients: object) -> Univariate:
    return Univariate(PiecewisePolynomial.of(coefficients))


def asked(f: Any, g: Any, domain: Box | None = None, **more: Any) -> Any:
    return ke.prove(ke.kan([[f]]), ke.kan([[g]]), domain=domain, **more)


def proved(f: Any, g: Any, domain: Box | None = None) -> None:
    outcome = asked(f, g, domain)
    assert isinstance(outcome, Proved), str(outcome)


def refuted(f: Univariate, g: Univariate, domain: Box | None = None) -> Refuted:
    """Refuted at a point that tells them apart by other means as well."""
    outcome = asked(f, g, domain)
    assert isinstance(outcome, Refuted), str(outcome)
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    w = outcome.witness
    (x,) = w.point
    assert domain is None or x in domain.for_inputs(1).intervals[0]
    assert (w.left is None, w.right is None) == (x not in f.domain, x not in g.domain)
    if w.left is not None and w.right is not None:
        with working_precision(4096):
            d = (f - g)(x)
        assert d != 0 if isinstance(d, F) else not d.contains(0)
    return outcome


LOG, SQRT = atom("log"), atom("sqrt")
IDENTITIES = {
    "log(6x)": (atom("log", 6), LOG + atom("log", 0, 2) + atom("log", 0, 3)),
    "log(c(x + b))": (atom("log", F(2, 3), 1), atom("log", 2, 3) - atom("log", 0, 3)),
    "log(-x)": (atom("log", -2, 3), atom("log", -4, 6) - atom("log", 0, 2)),
    "log(8)": (LOG + atom("log", 0, 8), LOG + atom("log", 0, 2, 3)),
    "log(1)": (LOG + atom("log", 0, 1), LOG),
    "sqrt(4x + 8)": (atom("sqrt", 4, 8), atom("sqrt", 1, 2, 2)),
    "sqrt(x/2)": (atom("sqrt", F(1, 2), 1), atom("sqrt", 2, 4, F(1, 2))),
    "sqrt(9/4)": (SQRT + atom("sqrt", 0, F(9, 4)), SQRT + line(F(3, 2))),
    "sqrt(8)": (SQRT + atom("sqrt", 0, 8), SQRT + atom("sqrt", 0, 2, 2)),
    "beside others": (
        atom("log", 6) + atom("silu", -2, 3) + atom("sqrt", 4),
        LOG + atom("log", 0, 6) + atom("silu", 2, -3) + line(3, -2) + SQRT.scale(2),
    ),
}


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("domain", DOMAINS[:4], ids=str)
def test_identities_and_their_near_misses(name: str, domain: Box | None) -> None:
    f, g = IDENTITIES[name]
    proved(f, g, domain)
    (a, c), *rest = f.atoms
    others = Univariate(f.pieces, tuple(rest))
    for wrong in (
        atom(a.name, a.slope, a.shift, -c),
        atom(a.name, a.slope, a.shift, c + TINY),
        atom(a.name, a.slope + TINY, a.shift, c),
        atom(a.name, a.slope, a.shift + TINY, c),
    ):
        if a.slope or a.shift != 1:  # log(1) is 0, whatever its coefficient
            refuted(others + wrong, g, domain)
    refuted(f + line(TINY), g, domain)


NOT_DEFINED_ALIKE = [
    # what is 0 wherever it is defined; where only one side is defined
    (LOG - LOG, line(), None),
    (LOG.scale(0), line(), Box(-1, 1)),
    (LOG.scale(0), line(), Box(0, 1)),
    (LOG.scale(0), SQRT.scale(0), None),
    (LOG.scale(0), SQRT.scale(0), Box(0, 1)),
    (LOG.scale(0), atom("log", 1, TINY, 0), None),
    (LOG.scale(0), atom("log", -1, 0, 0), None),
    (SQRT.scale(0), line(), Box(-TINY, 1)),
    (LOG + atom("log", -1), line(), None),
    (LOG + atom("log", -1), (SQRT + atom("sqrt", -1)).scale(0), None),
]


@pytest.mark.parametrize(("f", "g", "domain"), NOT_DEFINED_ALIKE)
def test_where_only_one_side_is_defined_they_differ(
    f: Univariate, g: Univariate, domain: Box | None
) -> None:
    for pair in ((f, g), (g, f)):
        outcome = refuted(*pair, domain)
        assert None in (outcome.witness.left, outcome.witness.right)
        assert "side is defined and the" in str(outcome)


@pytest.mark.parametrize(
    ("f", "g", "domain"),
    [
        (LOG.scale(0), line(), Box(1, 2)),
        (LOG.scale(0), line(), Box(TINY, 2)),
        (LOG.scale(0), SQRT.scale(0), Box(TINY, 2)),
        (SQRT.scale(0), line(), Box(0, 1)),
        (LOG + atom("log", -1), atom("log", 1, 1) + atom("sqrt", -1, -1), None),
        (LOG, SQRT.scale(7), Box(-3, -1)),
        (atom("log", 1, -2), LOG, Box(-3, 0)),
    ],
)
def test_elsewhere_they_need_not_agree(
    f: Univariate, g: Univariate, domain: Box | None
) -> None:
    proved(f, g, domain)


def test_the_square_of_a_root() -> None:
    """sqrt(x)^2 = x on a half-line, and on R only one of them is defined everywhere."""
    square = ke.kan([[[SQRT]], [[line(0, 0, 1)]]])
    identity = ke.kan([[line(0, 1)]])
    outcome = ke.prove(square, identity)
    assert isinstance(outcome, Refuted)
    assert outcome.witness.left is None
    assert ke.prove(square, identity, domain=Box([(0, None)])).is_proved
    assert ke.prove(square, identity, domain=Box(0, 1)).is_proved
    assert ke.prove(square, identity, domain=Box(-TINY, 1)).is_refuted
    off = ke.kan([[line(0, 1 + TINY)]])
    assert ke.prove(square, off, domain=Box(0, 1)).is_refuted
    x = sympy.Symbol("x", real=True)
    written = sympy.Pow(sympy.sqrt(x), 2, evaluate=False)
    assert asked(written, x).is_refuted
    assert asked(written, x, Box(0, 1)).is_proved


def test_values_at_an_open_end_do_not_count_and_at_a_closed_one_they_do() -> None:
    point = PiecewisePolynomial((F(0),), (ZERO.pieces[0],) * 2, (F(1),))
    step = PiecewisePolynomial.truncated_power(F(0), 0)
    proved(LOG + Univariate(point), LOG)
    refuted(SQRT + Univariate(point), SQRT)
    proved(LOG + Univariate(step), LOG + line(1))
    proved(SQRT + Univariate(step), SQRT + line(1))
    refuted(atom("sqrt", -1) + Univariate(step), atom("sqrt", -1))
    proved(atom("log", -1) + Univariate(step), atom("log", -1))


def test_at_a_single_point_functions_are_numbers() -> None:
    only_2 = (atom("sqrt", 1, -2) + atom("sqrt", -1, 2)).scale(0)
    proved(only_2 + line(0, 1), only_2 + line(2))
    proved(only_2 + atom("log", 1, 6), only_2 + atom("log", 0, 2, 3))
    refuted(only_2 + atom("log", 1, 6), only_2 + atom("log", 0, 2, 2))
    proved(only_2 + atom("sqrt", 3, 6), only_2 + atom("sqrt", 0, 3, 2))
    refuted(only_2 + atom("sqrt", 3, 6), only_2 + line(F(1732, 500)))


# --- laws --------------------------------------------------------------------------

numbers = st.fractions(min_value=-4, max_value=4, max_denominator=6)
domains = st.sampled_from([*DOMAINS, Box(F(1, 2), F(1, 2))])


@st.composite
def functions(draw: st.DrawFn) -> Univariate:
    """Pieces and some logs and roots, of coefficient 0 too."""
    f = Univariate(draw(piecewise_polynomials(max_breakpoints=2)))
    for _ in range(draw(st.integers(1, 3))):
        name, slope = draw(st.sampled_from(PARTIAL_ATOM_NAMES)), draw(numbers)
        shift = draw(numbers if slope else st.fractions(1, 9, max_denominator=4))
        f = f + atom(name, slope, shift, draw(numbers))
    return f


def rewritten(draw: st.DrawFn, f: Univariate) -> Univariate:
    """The same function: log(c l) = log(c) + log(l), sqrt(c l) = r sqrt(c l/r^2)."""
    terms = [(F(1), Univariate(f.pieces).restricted(f.domain))]
    for a, d in f.atoms:
        c = draw(st.fractions(F(1, 6), 6, max_denominator=6))
        if a.name == "log":
            terms.append((d, atom("log", 0, c)))
            terms.append((d, atom("log", a.slope / c, a.shift / c)))
        else:
            terms.append((c * d, atom("sqrt", a.slope / c**2, a.shift / c**2)))
    return linear_combination(terms)


@st.composite
def equal_pairs(draw: st.DrawFn) -> tuple[Univariate, Univariate]:
    f = draw(functions())
    return f, rewritten(draw, f)


@settings(max_examples=40, deadline=None)
@given(equal_pairs(), domains)
def test_functions_rewritten_by_identities_are_proved_equal(
    pair: tuple[Univariate, Univariate], domain: Box | None
) -> None:
    proved(*pair, domain)


@settings(max_examples=40, deadline=None)
@given(functions(), functions(), domains)
def test_any_two_are_decided(f: Univariate, g: Univariate, domain: Box | None) -> None:
    outcome = asked(f, g, domain)
    assert not isinstance(outcome, Unknown), str(outcome)
    if isinstance(outcome, Refuted):
        refuted(f, g, domain)
        return
    for x in (F(k, 4) for k in range(-16, 17)):
        if domain is None or x in domain.for_inputs(1).intervals[0]:
            assert (x in f.domain) == (x in g.domain)
            if x in f.domain:
                assert abs(float((f - g)(x))) < 1e-20


@settings(max_examples=40, deadline=None)
@given(
    equal_pairs(),
    st.sampled_from(DOMAINS[:4]),
    st.sampled_from(PARTIAL_ATOM_NAMES),
    numbers.filter(bool),
    numbers,
    st.sampled_from([F(0), F(1), F(-1, 7), TINY]),
)
def test_one_more_atom_is_refuted_where_it_matters(
    pair: tuple[Univariate, Univariate],
    domain: Box | None,
    name: str,
    slope: F,
    shift: F,
    c: F,
) -> None:
    f, g = pair
    more = g + atom(name, slope, shift, c)
    interval = None if domain is None else domain.for_inputs(1).intervals[0]
    side = IntervalUnion.between(
        *(interval.lo, interval.hi) if interval else (None,) * 2
    )
    before, after = f.domain & side, more.domain & side
    if before == after and (c == 0 or before.is_empty):
        proved(f, more, domain)
    elif before != after or any(lo != hi for lo, hi in after.intervals()):
        refuted(f, more, domain)


# --- layers and networks -----------------------------------------------------------


def test_constants_move_between_inputs_and_outputs_stay_apart() -> None:
    left = ke.kan([[atom("log", 2), LOG], [LOG, atom("sqrt", 4)]])
    right = ke.kan([[LOG, atom("log", 2)], [LOG, SQRT.scale(2)]])
    assert ke.prove(left, right).is_proved
    wrong = ke.kan([[LOG, atom("log", 3)], [LOG, SQRT.scale(2)]])
    outcome = ke.prove(left, wrong)
    assert isinstance(outcome, Refuted)
    assert outcome.witness.output == 0


def test_an_edge_that_adds_nothing_is_defined_all_the_same() -> None:
    left, right = ke.kan([[LOG, SQRT.scale(0)]]), ke.kan([[LOG, line()]])
    outcome = ke.prove(left, right)
    assert isinstance(outcome, Refuted)
    assert outcome.witness.left is None
    assert outcome.witness.point[0] > 0 > outcome.witness.point[1]
    assert ke.prove(left, right, domain=Box([(None, None), (0, None)])).is_proved
    nowhere = Box([(-2, -1), (None, None)])
    assert ke.prove(left, right, domain=nowhere).is_proved


def test_fixed_coordinates() -> None:
    left = ke.kan([[LOG, line(0, 1)]])
    box = Box([(8, 8), (0, 1)])
    right = ke.kan([[atom("log", 0, 2, 3), line(0, 1)]])
    assert ke.prove(left, right, domain=box).is_proved
    assert ke.prove(left, right).is_refuted
    never = Box([(-1, -1), (0, 1)])
    assert ke.prove(left, ke.kan([[SQRT, line(7)]]), domain=never).is_proved
    assert ke.prove(left, ke.kan([[line(1), line(7)]]), domain=never).is_refuted


HIDDEN = [[line(0, 1), line(0, 2)], [line(0, 0, 1), line(0, 1)]]


def test_deep_networks_are_matched_layer_by_layer() -> None:
    left = ke.kan([HIDDEN, [[atom("log", 2), atom("sqrt", 4)]]])
    right = ke.kan([HIDDEN, [[LOG + atom("log", 0, 2), SQRT.scale(2)]]])
    assert ke.prove(left, right).is_proved
    for wrong in (
        ke.kan([HIDDEN, [[LOG + atom("log", 0, 3), SQRT.scale(2)]]]),
        ke.kan([HIDDEN, [[LOG + atom("log", 0, 2), SQRT]]]),
    ):
        outcome = ke.prove(left, wrong)
        assert isinstance(outcome, Refuted)
        assert kernel.check(outcome.certificate.data).verdict == "valid"
    moved = ke.kan([HIDDEN, [[LOG + atom("log", 0, 2), atom("sqrt", 4, TINY)]]])
    assert not ke.prove(left, moved).is_proved


def test_a_unit_that_nothing_reads_is_not_dropped() -> None:
    dead = ke.kan([[[LOG], [line(0, 1)]], [[line(), line(0, 1)]]])
    plain = ke.kan([[[line(0, 1)], [line(0, 1)]], [[line(), line(0, 1)]]])
    outcome = ke.prove(dead, plain)
    assert isinstance(outcome, Refuted)
    assert outcome.witness.left is None
    read = ke.kan([[[line(0, 1)], [line(0, 1)]], [[LOG.scale(0), line(0, 1)]]])
    assert ke.prove(read, plain).is_refuted
    assert ke.prove(read, plain, domain=Box(1, 2)).is_proved
    assert ke.prove(dead, read).is_proved


def test_hidden_units_in_another_order() -> None:
    """Units are permuted, doubled and split; those that nothing reads stay."""
    kink = Univariate(PiecewisePolynomial.truncated_power(F(1), 1))
    first = [[line(0, 1), line(0, 2)], [line(1, 1), line(0, -1)], [line(2), line(0, 1)]]
    swapped = [first[2], first[0], first[1]]
    left = ke.kan([first, [[LOG, kink, SQRT]], [[kink]]])
    right = ke.kan([swapped, [[SQRT, LOG, kink]], [[kink]]])
    assert ke.prove(left, right).is_proved
    assert ke.prove(left, ke.kan([swapped, [[LOG, SQRT, kink]], [[kink]]])).is_refuted
    dead = [[SQRT, LOG, kink.scale(0)]]
    assert not ke.prove(left, ke.kan([swapped, dead, [[kink]]])).is_proved
    unread = ke.kan([first, [[LOG.scale(0), kink, SQRT]], [[kink]]])
    other = ke.kan([swapped, [[SQRT, line(), kink]], [[kink]]])
    same = ke.kan([swapped, [[SQRT, LOG.scale(0), kink]], [[kink]]])
    assert ke.prove(unread, same).is_proved
    assert not ke.prove(unread, other).is_proved


def word(rows: Any, bias: Any, atoms: list[Atom], out: Any) -> Network:
    flat = [F(v) for row in rows for v in row]
    first = Affine(
        Dense.matrix(RationalTensor.from_fractions(flat, (len(rows), len(rows[0])))),
        RationalTensor.from_fractions([F(v) for v in bias], (len(bias),)),
    )
    last = RationalTensor.from_fractions([F(v) for v in out], (1, len(out)))
    bank = Bank.of([AtomBasis((a,)) for a in atoms])
    return Network(len(rows[0]), (first, bank, Affine.linear(Dense.matrix(last))))


R, L = Atom("sqrt"), Atom("log")


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (word([[1, 1]], [0], [R], [2]), word([[4, 4]], [0], [R], [1]), "proved"),
        (word([[1, 1]], [0], [R], [2]), word([[4, 4]], [0], [R], [F(9, 8)]), "refuted"),
        (word([[1, 1]], [0], [R], [0]), word([[4, 4]], [1], [R], [0]), "refuted"),
        (word([[1, 1]], [0], [R], [0]), word([[4, 4]], [0], [L], [0]), "refuted"),
        (
            word([[1, 1], [2, -2]], [0, 1], [L, L], [1, 1]),
            word([[F(1, 2), F(1, 2)], [4, -4]], [0, 2], [L, L], [1, 1]),
            "proved",
        ),
        (
            word([[1, 1], [2, -2]], [0, 1], [L, L], [1, 1]),
            word([[F(1, 2), F(1, 2)], [4, -4]], [0, 2], [L, L], [1, 2]),
            "refuted",
        ),
        (
            word([[1, 1], [-1, -1]], [0, 0], [L, L], [1, 1]),
            word([[1, 0], [-1, 0]], [0, -1], [L, L], [1, 7]),
            "proved",  # both are defined nowhere
        ),
        (word([[0, 0]], [1], [L], [1]), word([[0, 0]], [-1], [L], [0]), "refuted"),
    ],
)
def test_logs_and_roots_of_directions(left: Any, right: Any, verdict: str) -> None:
    assert ke.prove(left, right).verdict == verdict
    assert ke.prove(right, left).verdict == verdict


# --- beside equality ---------------------------------------------------------------


def test_conversion_keeps_where_a_network_is_defined() -> None:
    relu = Univariate(PiecewisePolynomial.truncated_power(F(0), 1))
    network = ke.kan([[[LOG, relu], [relu, SQRT.scale(0)]], [[relu, line(0, 1)]]])
    for form in ("hinge", "local"):
        conversion = ke.convert(network, form, layout="sequential")
        assert conversion.prove().is_proved
        assert conversion.target.is_partial
        with pytest.raises(UndefinedError):
            conversion.target([F(1), F(-1)])


def test_float_errors_are_not_bounded() -> None:
    torch = pytest.importorskip("torch")
    network = ke.kan([[atom("log", 2, 3)]])
    module = ke.emit.torch_module(ke.convert(network, "local"), dtype=torch.float64)
    out = module(torch.tensor([[1.0], [-2.0]], dtype=torch.float64))
    assert out[0].item() == pytest.approx(network.to_float([F(1)])[0])
    assert out[1].isnan()
    with pytest.raises(ValidationError, match="log, not defined everywhere"):
        ke.rounding_bound(module, source=network, domain=Box(1, 2))


def test_distances_are_not_bounded_but_equal_is_within() -> None:
    left, right = ke.kan([[atom("log", 2)]]), ke.kan([[LOG + atom("log", 0, 2)]])
    other = ke.kan([[LOG + atom("log", 0, 3)]])
    with pytest.raises(NoBoundError, match="log and sqrt"):
        ke.distance(left, right, Box(1, 2))
    assert ke.prove(left, right, domain=Box(1, 2), within=TINY).is_proved
    assert ke.prove(left, other, domain=Box(1, 2), within=F(1, 10)).is_refuted
    unknown = ke.prove(left, other, domain=Box(1, 2), within=1)
    assert isinstance(unknown, Unknown)
    assert "log and sqrt" in unknown.reason
    apart = ke.prove(left, ke.kan([[line(0)]]), domain=Box(-1, 2), within=100)
    assert isinstance(apart, Refuted)
    assert apart.witness.left is None


def test_solvers_have_no_opinion() -> None:
    left, right = ke.kan([[LOG - LOG]]), ke.kan([[line()]])
    with pytest.raises(ValidationError, match="log is not defined everywhere"):
        ke.emit.smtlib(left, right)
    equal = ke.kan([[atom("log", 2)]]), ke.kan([[LOG + atom("log", 0, 2)]])
    for pair in ((left, right), equal):
        found = with_second_opinion(ke.prove(*pair), "sympy").second_opinion
        assert found is not None
        assert (found.undecided, found.disagreements) == (1, ())


def test_large_prime_factors_may_be_unknown_but_are_never_wrong() -> None:
    """log(pq) = log(p) + log(q) is not seen for primes above 2^16."""
    p, q = 65537, 65539
    whole = LOG + atom("log", 0, p * q)
    parts = LOG + atom("log", 0, p) + atom("log", 0, q)
    assert isinstance(asked(whole, parts), Unknown)
    refuted(whole, parts + line(TINY))
