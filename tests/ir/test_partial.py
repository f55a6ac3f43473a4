"""log and sqrt: where they are defined, and what is kept of that."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.certificate.decode import decode_objects
from kan_equiv.certificate.encode import Encoder
from kan_equiv.errors import (
    NotSeparableError,
    UndecidedError,
    UndefinedError,
    ValidationError,
)
from kan_equiv.exact import Enclosure, PiecewisePolynomial
from kan_equiv.exact.enclosure import PARTIAL_ATOM_NAMES, atom_enclosure
from kan_equiv.exact.interval_union import EVERYWHERE, NOWHERE, IntervalUnion
from kan_equiv.ir import Atom, Univariate
from kan_equiv.ir.build import kan
from kan_equiv.ir.from_sympy import univariate_from_sympy
from kan_equiv.ir.separable import separate
from kan_equiv.ir.univariate import IDENTITY, linear_combination

F = Fraction
x = sympy.Symbol("x", real=True)
ZERO = PiecewisePolynomial.of([])
POSITIVE = IntervalUnion.above(F(0), is_closed=False)
NOT_NEGATIVE = IntervalUnion.above(F(0), is_closed=True)
NUMBERS = st.fractions(min_value=-4, max_value=4, max_denominator=6)
MP = {"log": mpmath.log, "sqrt": mpmath.sqrt}


def atom(name: str, slope: object = 1, shift: object = 0, c: object = 1) -> Univariate:
    return Univariate(ZERO, ((Atom(name, F(slope), F(shift)), F(c)),))


def line(*coefficients: object) -> Univariate:
    return Univariate(PiecewisePolynomial.of(coefficients))


def read(e: Any) -> Univariate:
    return univariate_from_sympy(e, x)


def product(*parts: Any) -> Any:
    return sympy.Mul(*parts, evaluate=False)


LOG, SQRT = atom("log"), atom("sqrt")


# --- atoms -------------------------------------------------------------------------


@given(st.sampled_from(PARTIAL_ATOM_NAMES), st.fractions(F(1, 10**6), 10**6))
def test_values_are_those_of_mpmath(name: str, z: F) -> None:
    with mpmath.workdps(30):
        truth = MP[name](mpmath.mpf(z.numerator) / z.denominator)
        sign, mantissa, exponent, _ = truth._mpf_
        exact = (-1) ** sign * F(int(mantissa)) * F(2) ** exponent
    ball = atom_enclosure(name, z)
    slack = F(1, 10**25)
    assert ball.lower - slack <= exact <= ball.upper + slack


def test_the_end_of_the_domain_is_closed_for_sqrt_and_open_for_log() -> None:
    assert str(Atom("sqrt", F(-3), F(1)).domain) == "(-inf, 1/3]"
    assert str(Atom("log", F(-3), F(1)).domain) == "(-inf, 1/3)"
    assert SQRT(F(0)) == 0 or float(SQRT(F(0))) == 0
    for f, at in ((LOG, F(0)), (LOG, F(-1)), (SQRT, F(-1, 10**40))):
        with pytest.raises(UndefinedError, match="defined"):
            f(at)


@pytest.mark.parametrize("name", PARTIAL_ATOM_NAMES)
def test_enclosures_that_reach_the_end_do_not_decide(name: str) -> None:
    with pytest.raises(UndecidedError):
        atom_enclosure(name, Enclosure(F(-1), F(1)))
    with pytest.raises(UndefinedError):
        atom_enclosure(name, Enclosure(F(-2), F(-1)))
    assert atom_enclosure(name, Enclosure(F(1), F(4))).contains(1)
    with pytest.raises(UndecidedError):
        atom(name)(Enclosure(F(-1), F(1)))
    with pytest.raises(UndefinedError):
        atom(name)(Enclosure(F(-2), F(-1)))


@pytest.mark.parametrize(("name", "shift"), [("log", 0), ("log", -1), ("sqrt", -1)])
def test_constants_have_to_be_defined(name: str, shift: int) -> None:
    with pytest.raises(ValidationError, match="not defined"):
        Atom(name, F(0), F(shift))


@given(st.sampled_from(PARTIAL_ATOM_NAMES), NUMBERS, NUMBERS, NUMBERS)
def test_splitting_keeps_values_and_is_done_once(name: str, a: F, b: F, z: F) -> None:
    if a == 0 and b not in Atom(name).domain:
        return
    f = Atom(name, a, b)
    constant, terms = f.split()
    parts = Univariate(
        PiecewisePolynomial.of([constant]), tuple((g, c) for c, g in terms)
    )
    assert a == 0 or parts.domain == f.domain
    assert parts.normal_form() == parts
    if z in f.domain:
        assert Enclosure.exact(0).overlaps(parts(z) - f(z))  # type: ignore[operator]


# --- functions ---------------------------------------------------------------------


def test_sums_are_defined_where_all_terms_are_even_with_factor_0() -> None:
    assert (LOG - LOG).domain == POSITIVE
    assert LOG.scale(0).domain == POSITIVE
    assert linear_combination([(F(0), LOG), (F(1), line(1))]).domain == POSITIVE
    assert (LOG + atom("log", -1)).domain == NOWHERE
    assert str((SQRT + atom("sqrt", -1)).domain) == "{0}"
    assert line() != (LOG - LOG)
    assert not (LOG - LOG).is_zero
    assert not (line(1) + LOG.scale(0)).is_constant
    with pytest.raises(UndefinedError):
        (LOG - LOG)(F(-1))
    assert (LOG - LOG)(F(1)) == 0


def test_composition_keeps_where_it_is_defined() -> None:
    assert LOG.compose(line(6, -2)).domain == IntervalUnion.below(F(3), is_closed=False)
    assert line(1, 2).compose(LOG).domain == POSITIVE
    assert line(5).compose(LOG).domain == POSITIVE
    assert LOG.compose(line(-1)).domain == NOWHERE
    assert LOG.compose(line(2)) == atom("log", 0, 2)
    assert SQRT.compose(line(9)) == line(3)
    assert IDENTITY.compose(LOG - LOG) == LOG - LOG
    shorter = line(0, 1).restricted(POSITIVE)
    assert line(0, 0, 1).compose(shorter) == line(0, 0, 1).restricted(POSITIVE)
    assert SQRT.compose(line(3, -1).restricted(POSITIVE)).domain == (
        POSITIVE & IntervalUnion.below(F(3), is_closed=True)
    )
    for outer in (LOG, line(0, 0, 1), SQRT - SQRT):
        with pytest.raises(NotSeparableError):
            outer.compose(LOG)
    with pytest.raises(NotSeparableError):
        (SQRT - SQRT).compose(line(0, 0, 1))


def test_even_powers_of_a_root() -> None:
    square = line(1, 3, 2).compose(atom("sqrt", 4, 8, F(1, 2)))  # c^2 l = x + 2
    assert square.normal_form() == (line(5, 2) + atom("sqrt", 1, 2, 3)).normal_form()
    assert line(0, 0, 1).compose(SQRT) == line(0, 1).restricted(NOT_NEGATIVE)
    with pytest.raises(NotSeparableError):
        line(0, 0, 0, 1).compose(SQRT)
    with pytest.raises(NotSeparableError):
        line(0, 0, 1).compose(SQRT + line(1))


# --- SymPy -------------------------------------------------------------------------

EXPRESSIONS = [
    (sympy.log(2 * x + 1), "(-1/2, inf)"),
    (3 * sympy.sqrt(1 - x) + sympy.log(3) - x**2, "(-inf, 1]"),
    (sympy.sqrt(2 * x), "[0, inf)"),
    (sympy.sqrt(6) * sympy.sqrt(x / 3 + 1), "[-3, inf)"),
    (product(0, sympy.log(x)), "(0, inf)"),
    (product(0, sympy.log(x), 3), "(0, inf)"),
    (sympy.Pow(sympy.sqrt(x + 1), 4, evaluate=False), "[-1, inf)"),
    (sympy.log(x) + sympy.log(1 - x) + sympy.Max(x, 0), "(0, 1)"),
    (sympy.sqrt(x) + sympy.sqrt(-x) + 1 / (1 + sympy.exp(-x)), "{0}"),
    (sympy.log(x) + sympy.log(-x), "nowhere"),
    (sympy.sqrt(2) + sympy.log(5), "(-inf, inf)"),
    (sympy.log(x) + 1 / (x**2 + 1), "(0, inf)"),
]


@pytest.mark.parametrize(("e", "domain"), EXPRESSIONS, ids=str)
def test_expressions(e: Any, domain: str) -> None:
    f = read(e)
    assert str(f.domain) == domain
    for z in (F(-2), F(-1, 3), F(0), F(2, 7), F(1), F(5)):
        at = e.subs(x, sympy.Rational(z.numerator, z.denominator), evaluate=True)
        if z in f.domain:
            assert abs(float(f(z)) - float(at)) < 1e-12
    again = f.to_sympy(x)
    if "nan" in str(again):
        outside = [z for z in (F(-9), F(9), F(0)) if z not in f.domain]
        assert all(again.subs(x, int(z)) is sympy.nan for z in outside)
    else:
        assert read(again).normal_form() == f.normal_form()


PIECES = [
    (sympy.Piecewise((sympy.log(x), x > 1), (x**2, True)), "(-inf, inf)"),
    (sympy.Piecewise((sympy.log(x), x > 0), (x**2, True)), "(-inf, inf)"),
    (sympy.Piecewise((sympy.log(x), x >= 0), (1, True)), "(-inf, 0) or (0, inf)"),
    (sympy.Piecewise((sympy.log(x), x > -1), (0, True)), "(-inf, -1] or (0, inf)"),
    (sympy.Piecewise((sympy.log(x), x < 3), (5, True)), "(0, inf)"),
    (sympy.Piecewise((sympy.sqrt(x), x > 0), (sympy.sqrt(-x), True)), "(-inf, inf)"),
    (sympy.Piecewise((sympy.exp(-x), x < 0), (sympy.tanh(x), True)), "(-inf, inf)"),
    (
        sympy.Piecewise((1, x < 0), (sympy.nan, sympy.Eq(x, 0)), (2, True)),
        "(-inf, 0) or (0, inf)",
    ),
]


@pytest.mark.parametrize(("e", "domain"), PIECES, ids=str)
def test_what_stands_in_a_piece_is_defined_there_only(e: Any, domain: str) -> None:
    f = read(e)
    assert str(f.domain) == domain
    network = kan([[f]])
    encoder = Encoder()
    index = encoder.network(network)
    assert decode_objects(encoder.objects, encoder.buffers)[index] == network
    assert network.edge(0, 0).domain == f.domain
    assert read(f.to_sympy(x)).normal_form() == f.normal_form()
    for z in (F(-2), F(-1), F(-1, 3), F(0), F(2, 7), F(1), F(3), F(5)):
        if z in f.domain:
            at = e.subs(x, sympy.Rational(z.numerator, z.denominator))
            assert abs(network.to_float([z])[0] - float(at)) < 1e-12
            assert abs(float(f.normal_form()(z)) - float(at)) < 1e-12
        else:
            with pytest.raises(UndefinedError):
                network([z])


def test_enclosures_that_reach_a_guard() -> None:
    guarded = Atom("log", where=IntervalUnion.above(F(1), is_closed=True))
    assert guarded(Enclosure(F(-3), F(0))).contains(0)
    both = guarded(Enclosure(F(1, 2), F(3)))
    assert both.contains(0)
    assert both.contains(1)
    with pytest.raises(UndecidedError):
        guarded(Enclosure(F(-1), F(3)))
    broken = Atom("log", where=IntervalUnion.above(F(-1), is_closed=True))
    with pytest.raises(UndefinedError):
        broken(F(-1, 2))
    with pytest.raises(UndecidedError):
        broken(Enclosure(F(-2), F(-1, 2)))


# --- layers and networks -----------------------------------------------------------


@given(
    st.sets(NUMBERS, min_size=1, max_size=2),
    st.booleans(),
    st.tuples(st.booleans(), st.booleans()),
)
@settings(deadline=None)
def test_a_layer_is_defined_where_its_edges_are(
    ends: set[F], is_point: bool, closed: tuple[bool, bool]
) -> None:
    """Where no atom says so, one with the factor 0 does; and the file keeps it."""
    lo, hi = min(ends), max(ends)
    domain = IntervalUnion.above(lo, closed[0]) & IntervalUnion.below(hi, closed[1])
    if is_point:
        domain = IntervalUnion.above(lo, closed[0])
    f = line(1, 2).restricted(domain)
    network = kan([[f]])
    assert network.is_partial
    assert network.edge(0, 0).domain == domain
    encoder = Encoder()
    index = encoder.network(network)
    assert decode_objects(encoder.objects, encoder.buffers)[index] == network
    for z in (lo, hi, (lo + hi) / 2, lo - 1, hi + 1):
        if z in domain:
            assert network([z]) == (1 + 2 * z,)
        else:
            with pytest.raises(UndefinedError):
                network([z])


def test_composition_is_strict() -> None:
    """0 times undefined is undefined, however many layers later."""
    dead = kan([[[LOG], [line(0, 1)]], [[line(), line(0, 1)]]])
    assert dead.to_float([F(1)]) == (1.0,)
    with pytest.raises(UndefinedError):
        dead([F(0)])
    form = separate(dead.stages, 1)
    assert form.is_partial
    assert form.domain(0) == POSITIVE
    assert form.edge(0, 0).domain == POSITIVE
    assert separate(kan([[line(0, 1)]]).stages, 1).domain(0) == EVERYWHERE
