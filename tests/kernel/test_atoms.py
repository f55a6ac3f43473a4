"""The identities between atoms: true, complete for the kernel's use, and no others."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.exact.enclosure import Enclosure, atom_enclosure, working_precision
from kan_equiv.kernel import algebra, check, windows
from kan_equiv.kernel.atoms import AT_ZERO, REFLECTED, atom_image
from kan_equiv.kernel.stages import ATOMS
from tests.kernel.builder import Builder

F = Fraction
TINY = F(1, 10**30)
NUMBERS = st.fractions(min_value=-4, max_value=4, max_denominator=6)


def value(g, x):
    if g[0] == "power":
        return Enclosure.exact(x ** g[1])
    return atom_enclosure(g[1], g[2] * x + g[3])


@given(st.sampled_from(ATOMS), NUMBERS, NUMBERS, NUMBERS)
def test_the_normal_form_has_the_same_values(name, a, b, x):
    with working_precision(200):
        total = Enclosure.exact(0)
        for g, c in atom_image(name, a, b):
            total = total + value(g, x) * c
        truth = atom_enclosure(name, a * x + b)
        assert (total - truth).contains(0)
        assert (total - truth).radius < F(1, 2**150)


@given(st.sampled_from(ATOMS), NUMBERS, NUMBERS, NUMBERS.filter(bool), NUMBERS)
def test_what_is_left_is_in_normal_form_and_stays_so(name, a, b, c, d):
    f = algebra.transform(algebra.constant(F(1)), lambda _: atom_image(name, a, b))
    for g in f.terms:
        if g[0] == "atom":
            _, left, slope, shift = g
            assert left != "tanh"
            assert slope > 0 or left == "exp" or (slope == 0 and shift > 0)
            assert (slope, shift) != (0, 0)
            assert slope or left not in ("silu", "gaussian")
    assert algebra.substitute(f, F(1), F(0)) == f
    there = algebra.substitute(f, c, d)
    assert algebra.substitute(there, 1 / c, -d / c) == f


def test_every_atom_is_in_the_tables():
    assert {*AT_ZERO, "tanh"} == set(ATOMS)
    assert {*REFLECTED, "tanh", "exp"} == set(ATOMS)


def judged(left, right, domain=()):
    """The verdict on sums of c name(a x + b) and c x^k."""
    b = Builder()
    words = []
    for terms in (left, right):
        atoms = [t[1:] for t in terms if isinstance(t[1], str)]
        degrees = [t[1] for t in terms if not isinstance(t[1], str)]
        weights = [t[0] for t in terms if isinstance(t[1], str)]
        weights += [t[0] for t in terms if not isinstance(t[1], str)]
        parts = [b.atoms(atoms)] if atoms else []
        parts += [b.add("monomial", degrees=degrees)] if degrees else []
        words.append(
            [b.bank([b.add("concatenation", bases=parts)], [0]), b.linear([weights])]
        )
    return check(b.equal(1, *words, domain)).verdict


IDENTITIES = {
    "silu reflected": ([(1, "silu", -2, 3)], [(1, "silu", 2, -3), (-2, 1), (3, 0)]),
    "gelu reflected": ([(1, "gelu", -2, 3)], [(1, "gelu", 2, -3), (-2, 1), (3, 0)]),
    "sigmoid reflected": ([(1, "sigmoid", -2, 3)], [(1, 0), (-1, "sigmoid", 2, -3)]),
    "tanh is odd": ([(1, "tanh", -2, 3)], [(-1, "tanh", 2, -3)]),
    "sin is odd": ([(1, "sin", -2, 3)], [(-1, "sin", 2, -3)]),
    "cos is even": ([(1, "cos", -2, 3)], [(1, "cos", 2, -3)]),
    "gaussian is even": ([(1, "gaussian", -2, 3)], [(1, "gaussian", 2, -3)]),
    "tanh by sigmoid": ([(1, "tanh", 2, 3)], [(2, "sigmoid", 4, 6), (-1, 0)]),
    "tanh by the other sigmoid": (
        [(1, "tanh", 2, 3)],
        [(-2, "sigmoid", -4, -6), (1, 0)],
    ),
    "a line of silus": ([(1, "silu", 1, 0), (-1, "silu", -1, 0)], [(1, 1)]),
    "a constant of sigmoids": (
        [(1, "sigmoid", 3, 1), (1, "sigmoid", -3, -1)],
        [(1, 0)],
    ),
    "silu and tanh": (
        [(2, "silu", 1, 1), (1, "tanh", F(1, 2), F(1, 2))],
        [(2, "silu", -1, -1), (2, "sigmoid", 1, 1), (2, 1), (1, 0)],
    ),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_accepted(name):
    left, right = IDENTITIES[name]
    assert judged(left, right) == judged(right, left) == "valid"
    assert judged(left, right, [(-1, 2)]) == "valid"
    assert judged(left, right, [(F(1, 3), F(1, 3))]) == "valid"


def nearly(terms):
    """Every term with one of its numbers or its sign a little wrong."""
    for k, term in enumerate(terms):
        others = [*terms[:k], *terms[k + 1 :]]
        c, *rest = term
        yield [*others, (-c, *rest)]
        yield [*others, (c + TINY, *rest)]
        if isinstance(rest[0], str):
            name, a, b = rest
            yield [*others, (c, name, a + TINY, b)]
            yield [*others, (c, name, a, b + TINY)]
            if name not in ("cos", "gaussian"):
                yield [*others, (c, name, -a, -b)]


@pytest.mark.parametrize("name", IDENTITIES)
def test_near_misses_are_refused(name):
    left, right = IDENTITIES[name]
    changed = [(wrong, right) for wrong in nearly(left)]
    changed += [(left, wrong) for wrong in nearly(right)]
    for pair in changed:
        assert judged(*pair) == "invalid", pair


VALUES = [("silu", 0), ("gelu", 0), ("sigmoid", F(1, 2)), ("tanh", 0)]
VALUES += [("exp", 1), ("gaussian", 1), ("sin", 0), ("cos", 1)]


@pytest.mark.parametrize(("name", "at_zero"), VALUES)
def test_values_at_zero(name, at_zero):
    """At x = 3 the argument x - 3 is 0, and the constant is rational."""
    here = [(3, 3)]
    assert judged([(1, name, 1, -3)], [(at_zero, 0)], here) == "valid"
    assert judged([(1, name, 1, -3)], [(at_zero + TINY, 0)], here) == "invalid"
    assert judged([(1, name, 1, TINY - 3)], [(at_zero, 0)], here) == "invalid"


def test_constants_of_one_point():
    """At x = 2: silu = 2 sigmoid, gaussian = exp(-4), and reflections."""
    here = [(2, 2)]
    assert judged([(1, "silu", 1, 0)], [(2, "sigmoid", 1, 0)], here) == "valid"
    assert judged([(1, "gaussian", 1, 0)], [(1, "exp", -2, 0)], here) == "valid"
    assert judged([(1, "gelu", 1, -3)], [(1, "gelu", 1, -1), (-1, 0)], here) == "valid"
    assert judged([(1, "silu", 1, 0)], [(2, "sigmoid", 1, TINY)], here) == "invalid"
    assert judged([(1, "gaussian", 1, 0)], [(1, "exp", 2, 0)], here) == "invalid"


def test_lines_of_atoms_pass_a_further_bank():
    """silu(x) - silu(-x) = x is recognized before the next bank asks for it."""
    b = Builder()
    word = [
        b.bank([b.atoms([("silu", 1, 0), ("silu", -1, 0)])], [0]),
        b.linear([[1, -1]]),
        b.bank([b.powers([(0, 2)])], [0]),
    ]
    right = [b.bank([b.powers([(0, 2)])], [0])]
    assert check(b.equal(1, word, right)).verdict == "valid"


def test_constant_sums_of_atoms_belong_to_no_input():
    f = algebra.combine(
        [(1, 1, algebra.substitute(SIGMOID, F(s), F(0))) for s in (1, -1)]
    )
    assert windows.column(5, f) == (windows.NOWHERE, algebra.constant(F(1)))


SIGMOID = algebra.single(("atom", "sigmoid", F(1), F(0)))
