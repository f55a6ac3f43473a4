"""Atoms in pieces: compared where they stand, and defined there only."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Piecewise, cos, exp, log, sin, sqrt, tanh

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import ConversionError, NoBoundError, ValidationError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.exact.enclosure import ATOM_NAMES, PARTIAL_ATOM_NAMES, working_precision
from kan_equiv.exact.interval_union import IntervalUnion
from kan_equiv.ir import Atom, Box, Univariate
from kan_equiv.ir.univariate import linear_combination
from kan_equiv.prover.outcome import Refuted, Unknown

F = Fraction
x = sympy.Symbol("x", real=True)
TINY = sympy.Rational(1, 10**30)
ZERO = PiecewisePolynomial.of([])


def asked(f: Any, g: Any, domain: Box | None = None) -> Any:
    outcome = ke.prove(ke.kan([[f]]), ke.kan([[g]]), domain=domain)
    if isinstance(outcome, Refuted):
        assert kernel.check(outcome.certificate.data).verdict == "valid"
    return outcome


EQUAL = [
    (
        Piecewise((log(2 * x), x > 0), (0, True)),
        Piecewise((log(x) + log(2), x > 0), (0, True)),
    ),
    (
        Piecewise((log(2 * x), x > 1), (x**2, True)),
        Piecewise((log(x) + log(2), x > 1), (x**2, True)),
    ),
    (Piecewise((log(x), x > 1), (0, True)), Piecewise((log(x), x >= 1), (0, True))),
    (
        Piecewise((log(x), x > 0), (5, True)),
        Piecewise((log(x), x >= 7), (log(x), x > 0), (5, True)),
    ),
    (
        Piecewise((log(2 * x), x < 5), (0, True)),
        Piecewise((log(x) + log(2), x < 5), (0, True)),
    ),
    (
        Piecewise((tanh(x), x >= 0), (exp(x) - 1, True)),
        Piecewise((tanh(x), x > 0), (exp(x) - 1, True)),
    ),
    (
        Piecewise((-tanh(-x), x >= 1), (sin(-x), True)),
        Piecewise((tanh(x), x >= 1), (-sin(x), True)),
    ),
    (
        Piecewise((sqrt(x), x >= 0), (sqrt(-x), True)),
        Piecewise((sqrt(4 * x) / 2, x > 0), (sqrt(-4 * x) / 2, True)),
    ),
    (
        Piecewise((cos(x), x < 2), (log(x - 1), True)),
        Piecewise((cos(-x), x < 2), (log(2 * x - 2) - log(2), True)),
    ),
]


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=str)
def test_pieces_written_in_other_ways(left: Any, right: Any) -> None:
    assert asked(left, right).is_proved
    assert asked(right, left, Box(-2, 3)).is_proved
    assert asked(left, right + TINY).is_refuted


DIFFERENT = [
    # the ends of pieces
    (
        Piecewise((log(2 * x), x > 1), (0, True)),
        Piecewise((log(2 * x), x >= 1), (0, True)),
    ),
    (
        Piecewise((log(x), x > 1), (0, True)),
        Piecewise((log(x), x > 1 + TINY), (0, True)),
    ),
    (
        Piecewise((tanh(x), x >= 1), (exp(x), True)),
        Piecewise((tanh(x), x > 1), (exp(x), True)),
    ),
    # what stands in them
    (
        Piecewise((log(2 * x), x > 0), (0, True)),
        Piecewise((log(x) + log(3), x > 0), (0, True)),
    ),
    (
        Piecewise((sqrt(x), x >= 0), (-sqrt(-x), True)),
        Piecewise((sqrt(x), x > 0), (sqrt(-x), True)),
    ),
    (Piecewise((sin(x), x > 0), (0, True)), Piecewise((sin(x), x > 0), (TINY, True))),
    # where they are defined
    (Piecewise((log(2 * x), x > 0), (0, True)), log(2 * x)),
    (Piecewise((log(x), x > 0), (0, True)), Piecewise((log(x), x >= 0), (0, True))),
    (Piecewise((log(x), x > -1), (0, True)), Piecewise((log(x), x >= -1), (0, True))),
    (Piecewise((log(x), x > -1), (0, True)), Piecewise((log(x), x > 0), (0, True))),
]


@pytest.mark.parametrize(("left", "right"), DIFFERENT, ids=str)
def test_near_misses(left: Any, right: Any) -> None:
    assert asked(left, right).is_refuted
    assert asked(right, left).is_refuted


def test_on_a_box_pieces_outside_do_not_count() -> None:
    f = Piecewise((log(2 * x), x > 0), (0, True))
    assert asked(f, log(x) + log(2), Box(1, 2)).is_proved
    assert asked(f, log(x) + log(2), Box([(TINY, None)])).is_proved
    assert asked(f, log(x) + log(2), Box(0, 2)).is_refuted
    assert asked(f, sympy.Integer(0), Box(-1, 0)).is_proved


def test_what_is_allowed_on_no_interval_is_refuted_but_never_proved() -> None:
    """Defined left of -1 and right of 0: the kernel keeps intervals only."""
    f = Piecewise((log(2 * x), x > -1), (0, True))
    same = Piecewise((log(x) + log(2), x > -1), (0, True))
    other = Piecewise((log(x) + log(3), x > -1), (0, True))
    assert isinstance(asked(f, same), Unknown)
    assert asked(f, other).is_refuted


# --- laws --------------------------------------------------------------------------

numbers = st.fractions(min_value=-3, max_value=3, max_denominator=2)


@st.composite
def unions(draw: st.DrawFn) -> IntervalUnion:
    ends = tuple(sorted(draw(st.sets(numbers, max_size=2))))
    flags = st.booleans()
    cells = tuple(draw(flags) for _ in range(len(ends) + 1))
    return IntervalUnion(ends, cells, tuple(draw(flags) for _ in ends))


@st.composite
def functions(draw: st.DrawFn) -> Univariate:
    terms = [(F(1), Univariate(PiecewisePolynomial.of([draw(numbers)])))]
    names = [n for n in (*ATOM_NAMES, *PARTIAL_ATOM_NAMES) if n != "gelu"]
    for _ in range(draw(st.integers(1, 2))):
        a = Atom(
            draw(st.sampled_from(names)), draw(numbers.filter(bool)), draw(numbers)
        )
        f = Univariate(ZERO, ((a, draw(numbers.filter(bool))),)).guarded(draw(unions()))
        terms.append((F(1), f))
    return linear_combination(terms)


def is_simple(f: Univariate) -> bool:
    """Whether every atom is allowed on an interval."""
    return all(len(list(a.domain.intervals())) <= 1 for a, _ in f.atoms)


@settings(max_examples=40, deadline=None)
@given(functions(), unions(), st.booleans())
def test_cutting_pieces_changes_nothing(
    f: Univariate, where: IntervalUnion, is_reflected: bool
) -> None:
    """Each part of the line holds what stood there."""
    total = f.with_positive_slopes() if is_reflected else f
    pieces = [(F(1), total.guarded(where)), (F(1), f.guarded(~where))]
    g = linear_combination(pieces)
    assert g.domain == f.domain
    if is_simple(f) and is_simple(g):
        assert asked(f, g).is_proved
    else:
        assert not asked(f, g).is_refuted


@settings(max_examples=40, deadline=None)
@given(functions(), functions(), st.sampled_from([None, Box(-2, 1), Box([(0, None)])]))
def test_any_two_are_decided(f: Univariate, g: Univariate, domain: Box | None) -> None:
    outcome = asked(f, g, domain)
    if isinstance(outcome, Refuted):
        w = outcome.witness
        (at,) = w.point
        sides = (w.left is None, w.right is None)
        assert sides == (at not in f.domain, at not in g.domain)
        if sides == (False, False):
            with working_precision(4096):
                d = (f - g)(at)
            assert d != 0 if isinstance(d, F) else not d.contains(0)
        return
    assert outcome.is_proved or not (is_simple(f) and is_simple(g)), str(outcome)
    for at in (F(k, 4) for k in range(-16, 17)):
        if domain is None or at in domain.for_inputs(1).intervals[0]:
            assert (at in f.domain) == (at in g.domain)
            assert at not in f.domain or abs(float((f - g)(at))) < 1e-20


# --- beside equality ---------------------------------------------------------------


def test_what_cannot_carry_them_says_so() -> None:
    network = ke.kan([[Piecewise((sin(x), x > 0), (0, True))]])
    with pytest.raises(ValidationError, match="part of the line"):
        ke.emit.smtlib(network, network)
    with pytest.raises(NoBoundError, match="part of the line"):
        ke.distance(network, ke.kan([[sin(x)]]), Box(-1, 1))
    with pytest.raises(ConversionError, match="GuardedBasis"):
        ke.convert(network)
