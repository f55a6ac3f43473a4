"""One hidden layer with any weights: decided, with constructed points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
import sympy
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import NotSeparableError
from kan_equiv.exact import RationalTensor
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    Basis,
    Box,
    ConcatenatedBasis,
    Dense,
    MonomialBasis,
    Network,
    TruncatedPowerBasis,
    Univariate,
)
from kan_equiv.ir.ridges import mixes_first, ridge_form
from kan_equiv.prover.outcome import Outcome, Proved, Refuted, Unknown
from kan_equiv.prover.question import Question
from kan_equiv.prover.ridge_difference import RidgeDifference, ridge_difference
from kan_equiv.prover.ridges import prove_by_ridges
from tests.networks import kan

F = Fraction
TINY = F(1, 2**80)


@dataclass(frozen=True)
class Unit:
    """weight . relu(row.x + bias)^degree, one weight an output; degree -1: identity."""

    row: tuple[Fraction, ...]
    bias: Fraction
    degree: int
    weight: tuple[Fraction, ...]


def basis(degree: int) -> Basis:
    if degree < 0:
        return MonomialBasis((-degree,))
    return TruncatedPowerBasis(((F(0), degree),))


def network(units: Sequence[Unit], constants: Sequence[object]) -> Network:
    first = Affine(
        matrix([u.row for u in units]),
        RationalTensor.from_fractions([u.bias for u in units], (len(units),)),
    )
    last = Affine(
        matrix([[u.weight[o] for u in units] for o in range(len(constants))]),
        RationalTensor.from_fractions(constants, (len(constants),)),
    )
    bank = Bank.of([basis(u.degree) for u in units])
    return Network(len(units[0].row), (first, bank, last))


def matrix(rows: Sequence[Sequence[Fraction]]) -> Dense:
    flat = [v for row in rows for v in row]
    return Dense.matrix(RationalTensor.from_fractions(flat, (len(rows), len(rows[0]))))


def unit(row: Sequence[object], bias: object, weight: object = 1, degree: int = 1):
    return Unit(
        tuple(F(v) for v in row), F(bias), degree, (F(weight), F(weight) * F(-2, 3))
    )


def proved(left: Network, right: Network, domain: Box | None = None) -> None:
    for pair in ((left, right), (right, left)):
        outcome = ke.prove(*pair, domain=domain)
        assert isinstance(outcome, Proved), str(outcome)
        assert kernel.check(outcome.certificate.data).verdict == "valid"


def refuted(left: Network, right: Network, domain: Box | None = None) -> Refuted:
    outcome = ke.prove(left, right, domain=domain)
    assert isinstance(outcome, Refuted), str(outcome)
    x, o = outcome.witness.point, outcome.witness.output
    if domain is not None:
        assert x in domain.for_inputs(left.in_features)
    a, b = left(x, 512)[o], right(x, 512)[o]
    assert a != b if isinstance(a, Fraction) else not a.overlaps(b)
    return outcome


# --- laws ----------------------------------------------------------------------------

ENTRIES = st.sampled_from([F(0), F(1), F(-2), F(1, 3), F(-3, 4), F(5)])
SCALES = st.sampled_from([F(2), F(1, 3), F(-1), F(-5, 7), F(4, 9)])
DEGREES = st.integers(1, 3)


@st.composite
def units(draw: st.DrawFn, n: int = 3) -> Unit:
    row = tuple(draw(ENTRIES) for _ in range(n))
    weight = (draw(ENTRIES), draw(ENTRIES))
    return Unit(row, draw(ENTRIES), draw(DEGREES), weight)


def scaled(u: Unit, s: Fraction) -> list[Unit]:
    """The unit with its row times s; for s < 0 the power goes to one more unit."""
    row, bias = tuple(s * v for v in u.row), s * u.bias
    w = tuple(c / s**u.degree for c in u.weight)
    if s > 0:
        return [Unit(row, bias, u.degree, w)]
    # relu(z)^p = z^p - (-1)^p relu(-z)^p, and relu(-z)^p = |s|^-p relu(s z)^p
    return [
        Unit(row, bias, u.degree, tuple(-c for c in w)),
        Unit(row, bias, -u.degree, w),
    ]


@st.composite
def rewritten(draw: st.DrawFn, given_units: Sequence[Unit]) -> list[Unit]:
    out: list[Unit] = []
    for u in given_units:
        for v in scaled(u, draw(SCALES)) if draw(st.booleans()) else [u]:
            if draw(st.booleans()):
                s = draw(SCALES)
                out.append(replace(v, weight=tuple(s * c for c in v.weight)))
                out.append(replace(v, weight=tuple((1 - s) * c for c in v.weight)))
            else:
                out.append(v)
    if draw(st.booleans()):
        out.append(replace(draw(units()), weight=(F(0), F(0))))
    if draw(st.booleans()):
        u = draw(units())
        out.append(replace(u, row=(F(0),) * 3, bias=-abs(u.bias)))
    return draw(st.permutations(out))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_rewritten_layers_are_proved_and_near_misses_refuted(data: st.DataObject):
    given_units = data.draw(st.lists(units(), min_size=1, max_size=4))
    other = data.draw(rewritten(given_units))
    constants = [F(1), F(-1, 2)]
    left = network(given_units, constants)
    proved(left, network(other, constants))
    k = data.draw(st.integers(0, len(other) - 1))
    u = other[k]
    change = data.draw(st.sampled_from(["weight", "bias", "row", "constant"]))
    if change == "constant":
        refuted(left, network(other, [F(1) + TINY, F(-1, 2)]))
        return
    near = {
        "weight": replace(u, weight=(u.weight[0] + TINY, u.weight[1])),
        "bias": replace(u, bias=u.bias + TINY),
        "row": replace(u, row=(u.row[0] + TINY, *u.row[1:])),
    }[change]
    wrong = network([*other[:k], near, *other[k + 1 :]], constants)
    outcome = ke.prove(left, wrong)
    # Without a weight, or without a slope below 0, nothing changes.
    dead = not any(u.weight) or not any(near.row)
    assert isinstance(outcome, Refuted) or dead, str(outcome)
    assert isinstance(outcome, (Proved, Refuted))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_two_random_layers_on_a_box_are_decided(data: st.DataObject):
    sides = [
        sorted((data.draw(ENTRIES), data.draw(ENTRIES)), key=lambda x: x)
        for _ in range(3)
    ]
    box = Box([(lo, hi) for lo, hi in sides])
    pair = [
        network(data.draw(st.lists(units(), min_size=1, max_size=3)), [F(0), F(1)])
        for _ in range(2)
    ]
    outcome = ke.prove(*pair, domain=box)
    assert isinstance(outcome, (Proved, Refuted)), str(outcome)
    if isinstance(outcome, Proved):
        for k in range(30):
            x = [
                lo + (hi - lo) * F((7 * k + 3 * i) % 11, 10)
                for i, (lo, hi) in enumerate(sides)
            ]
            assert pair[0](x) == pair[1](x)


# --- cases ---------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1, 2, 3])
def test_a_flip_needs_its_polynomial(p: int) -> None:
    left = network([unit([1, -2], 1, 1, p)], [0, 0])
    flipped = unit([-1, 2], -1, -((-1) ** p), p)
    power = unit([1, -2], 1, 1, -p)
    proved(left, network([flipped, power], [0, 0]))
    refuted(left, network([flipped], [0, 0]))
    refuted(left, network([unit([-1, 2], -1, 1, p)], [0, 0]))


def test_mixed_degrees_of_one_hyperplane() -> None:
    left = network([unit([1, 1], 0, 1, p) for p in (1, 2, 3)], [0, 0])
    right = network([unit([3, 3], 0, F(1, 3**p), p) for p in (3, 1, 2)], [0, 0])
    proved(left, right)
    refuted(left, network([unit([1, 1], 0, 1, p) for p in (1, 2, 2)], [0, 0]))


def test_powers_of_other_directions_cancel() -> None:
    """(x + y)^3 as a combination of five other cubes of directions."""
    signed = [(-1) ** j * math.comb(4, j) for j in range(5)]
    left = network([unit([1, 1], 0, -signed[1], -3)], [0, 0])
    others = [unit([1, j], 0, signed[j], -3) for j in (0, 2, 3, 4)]
    proved(left, network(others, [0, 0]))
    wrong = [*others[:-1], unit([1, 4], 0, signed[4] + TINY, -3)]
    refuted(left, network(wrong, [0, 0]))


def test_duplicates_have_to_add_up() -> None:
    left = network([unit([1, 2], 1)], [0, 0])
    halves = [unit([1, 2], 1, F(1, 2)), unit([2, 4], 2, F(1, 4))]
    proved(left, network(halves, [0, 0]))
    refuted(left, network([halves[0], unit([2, 4], 2, F(1, 2))], [0, 0]))


def test_units_outside_of_a_box_are_lines() -> None:
    """At (-1, -1) the first one touches the box, and the second never is active."""
    box = Box(-1, 1)
    left = network([unit([1, 1], 2), unit([1, -1], -3), unit([2, 1], 0)], [0, 0])
    right = network([unit([1, 1], 2, 1, -1), unit([2, 1], 0)], [0, 0])
    proved(left, right, box)
    refuted(left, right)
    refuted(left, right, Box([(-1 - TINY, 1), (-1, 1)]))
    refuted(left, right, Box([(-1, math.inf), (-1, 1)]))


def test_half_lines() -> None:
    quadrant = Box([(0, math.inf), (0, math.inf)])
    left = network([unit([1, 1], 0), unit([1, -1], 0)], [0, 0])
    right = network([unit([1, 1], 0, 1, -1), unit([2, -2], 0, F(1, 2))], [0, 0])
    proved(left, right, quadrant)
    refuted(left, right)
    refuted(left, network([unit([1, 1], 0, 1, -1)], [0, 0]), quadrant)


def test_fixed_inputs_are_substituted() -> None:
    box = Box([(-3, 3), (2, 2), (-3, 3)])
    left = network([unit([1, 3, 1], 0), unit([0, 1, 0], -1)], [0, 0])
    right = network([unit([1, 0, 1], 6), unit([0, 0, 0], 1)], [0, 0])
    proved(left, right, box)
    refuted(left, right)
    refuted(left, network([unit([1, 0, 1], 6 + TINY)], [1, F(-2, 3)]), box)
    fixed = Box([(1, 1), (2, 2), (3, 3)])
    proved(left, network([unit([0, 0, 0], 11)], [0, 0]), fixed)
    refuted(left, network([unit([0, 0, 0], 12)], [0, 0]), fixed)


def test_a_unit_of_one_input_counts_as_a_ridge() -> None:
    left = network([unit([1, 1], 0), unit([0, 2], 1)], [0, 0])
    right = network([unit([0, 6], 3, F(1, 3)), unit([2, 2], 0, F(1, 2))], [0, 0])
    proved(left, right)
    refuted(left, network([unit([2, 2], 0, F(1, 2))], [0, 0]))


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_kan_layers_against_layers_with_other_directions(degree: int) -> None:
    layer = kan([2, 2], degree=degree, seed=degree)
    hinges = ke.convert(layer, layout="sequential").target
    first, bank, *rest = hinges.stages
    assert isinstance(first, Affine)
    assert isinstance(bank, Bank)
    last = rest[-1]
    assert isinstance(last, Affine)
    weight = last.weight if len(rest) == 1 else None
    assert weight is not None
    h = first.out_features
    rows = [[first.weight.row(r).get(c, F(0)) for c in range(2)] for r in range(h)]
    shifts = list(first.bias.fractions())
    columns = [[last.weight.row(o).get(c, F(0)) for o in range(2)] for c in range(h)]
    both = [
        Unit(tuple(r), s, degree, tuple(w))
        for r, s, w in zip(rows, shifts, columns, strict=True)
    ]
    extra = [unit([1, 1], 0, 1, degree), unit([2, 2], 0, F(-1, 2**degree), degree)]
    constants = list(last.bias.fractions())
    proved(layer, network([*both, *extra], constants))
    refuted(layer, network([*both, extra[0]], constants))
    moved = replace(both[0], bias=both[0].bias + TINY)
    refuted(layer, network([moved, *both[1:], *extra], constants))


def test_an_affine_map_of_a_kan_layer() -> None:
    """Splines of x + y and x - y, against their hinges."""
    layer = kan([2, 1], degree=2, seed=4)
    hinges = ke.convert(layer).target
    mix = Affine.linear(matrix([[F(1), F(1)], [F(1), F(-1)]]))
    left = Network(2, (mix, *layer.stages))
    proved(left, Network(2, (mix, *hinges.stages)))
    other = Affine.linear(matrix([[F(1), F(1)], [F(1), F(-1) + TINY]]))
    refuted(left, Network(2, (other, *hinges.stages)))


def test_atoms_of_directions() -> None:
    def silu(
        rows: list[list[object]], bias: list[object], out: list[object]
    ) -> Network:
        return ke.mlp([(rows, bias), ([out], [0])], activation="silu")

    left = silu([[1, 2], [3, 4]], [0, 1], [5, 6])
    proved(left, silu([[3, 4], [1, 2]], [1, 0], [6, 5]))
    refuted(left, silu([[3, 4], [1, 2]], [1, 0], [6, 6]))
    refuted(left, silu([[3, 4], [1, 2 + F(1, 2**20)]], [1, 0], [6, 5]))
    refuted(left, ke.mlp([([[1, 2], [3, 4]], [0, 1]), ([[5, 6]], [0])]))
    # silu(-z) = silu(z) - z
    line = ConcatenatedBasis((AtomBasis((Atom("silu"),)), MonomialBasis((1,))))
    bank = Bank.of([line])
    one = Affine.linear(matrix([[F(1), F(2)]]))
    back = Affine.linear(matrix([[F(-1), F(-2)]]))
    right = (back, bank, Affine.linear(matrix([[F(1), F(-1)]])))
    left = Network(2, (one, bank, Affine.linear(matrix([[F(1), F(0)]]))))
    proved(left, Network(2, right))


def test_ratios_of_directions() -> None:
    x = sympy.Symbol("x")

    def ratio(text: str) -> Univariate:
        return ke.from_sympy(sympy.sympify(text, {"x": x}), x)

    def after(rows: list[list[Fraction]], f: Univariate) -> Network:
        layer = ke.kan([[f] * len(rows)])
        return Network(2, (Affine.linear(matrix(rows)), *layer.stages))

    left = after([[F(1), F(2)], [F(3), F(1)]], ratio("x/(1 + x**2)"))
    half = ratio("2*x/(4 + x**2)")
    proved(left, after([[F(6), F(2)], [F(2), F(4)]], half))
    refuted(left, after([[F(6), F(2)], [F(2), F(4) + TINY]], half))
    refuted(left, after([[F(6), F(2)], [F(2), F(4)]], ratio("2*x/(5 + x**2)")))


def test_atoms_and_ratios_on_boxes() -> None:
    """What differs outside of the box alone does not count."""
    x = sympy.Symbol("x")
    plain = ke.from_sympy(1 / (1 + x**2) + x / (1 + sympy.exp(-x)), x)
    cut = ke.from_sympy(
        sympy.Piecewise((1 / (1 + x**2), x < 4), (1 / (2 + x**2), True)), x
    ) + ke.from_sympy(x / (1 + sympy.exp(-x)), x)
    mix = Affine.linear(matrix([[F(1), F(1)], [F(1), F(-2)]]))
    twice = Affine.linear(matrix([[F(1), F(-2)], [F(1), F(1)]]))
    left = Network(2, (mix, *ke.kan([[plain, plain]]).stages))
    right = Network(2, (twice, *ke.kan([[cut, cut]]).stages))
    proved(left, right, Box(-1, 1))
    refuted(left, right, Box([(-1, 1), (-2, 1)]))
    refuted(left, right)


def test_steps_count_at_their_hyperplanes() -> None:
    left = network([unit([1, 1], 0, 1, 0)], [0, 0])
    # [z >= 0] against 1 - [-z >= 0]: they differ where z = 0 alone.
    right = network([unit([-1, -1], 0, -1, 0)], [1, F(-2, 3)])
    outcome = refuted(left, right)
    x, y = outcome.witness.point
    assert x + y == 0


def test_a_step_that_touches_a_corner() -> None:
    box = Box(0, 1)
    zero = network([unit([0, 0], 0)], [0, 0])
    left = network([unit([1, 1], -2, 1, 0)], [0, 0])
    assert refuted(left, zero, box).witness.point == (1, 1)
    # Both are 1 at (1, 1) alone: equal, and neither proved nor refuted.
    right = network([unit([2, 1], -3, 1, 0)], [0, 0])
    assert isinstance(ke.prove(left, right, domain=box), Unknown)


def test_integers_longer_than_a_word() -> None:
    left = network([unit([2**70, 3], 1), unit([2**70 + 1, 3], 1)], [0, 0])
    right = network(
        [unit([F(2**70 + 1, 5), F(3, 5)], F(1, 5), 5), unit([2**70, 3], 1)], [0, 0]
    )
    proved(left, right)
    refuted(left, network([unit([2**70, 3], 1, 2)], [0, 0]))


def test_deeper_words_are_left_to_others() -> None:
    deep = ke.mlp([([[1, 1], [1, 2]], [0, 0]), ([[1, 1]], [0]), ([[1]], [0])])
    flat = ke.mlp([([[1, 1]], [0]), ([[1]], [0])])
    assert prove_by_ridges(Question(deep, flat)) is None
    assert prove_by_ridges(Question(deep, deep)) is None
    layer = kan([2, 2])
    assert prove_by_ridges(Question(layer, ke.convert(layer).target)) is None
    with pytest.raises(NotSeparableError):
        ridge_form(deep.stages, 2)


def test_no_time_is_unknown() -> None:
    left = network([unit([1, 1], 0)], [0, 0])
    right = network([unit([1, 2], 0)], [0, 0])
    assert isinstance(ke.prove(left, right, timeout=0.0), Unknown)


# --- the tactic is not trusted ------------------------------------------------------


def test_a_wrong_equality_is_caught_by_the_kernel(monkeypatch: pytest.MonkeyPatch):
    left = network([unit([1, 1], 0)], [0, 0])
    right = network([unit([1, 1], 0, 1 + TINY)], [0, 0])
    monkeypatch.setattr(RidgeDifference, "is_zero", lambda *_: True)
    outcome = prove_by_ridges(Question(left, right))
    assert isinstance(outcome, Unknown)
    assert "the kernel says invalid" in outcome.reason


# --- forms ---------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_ridge_forms_have_the_values_of_their_networks(data: st.DataObject):
    net = network(data.draw(st.lists(units(), min_size=1, max_size=4)), [F(1), F(2)])
    fixed = data.draw(st.booleans())
    box = Box([(-1, 1), (F(1, 3), F(1, 3)), (-1, 1)]) if fixed else None
    form = ridge_form(net.stages, 3, box)
    x = [data.draw(ENTRIES) for _ in range(3)]
    if fixed:
        x[1] = F(1, 3)
    from kan_equiv.exact.primitive import vector

    z = [
        sum((a * b for a, b in zip(vector(v, 3), x, strict=True)), F(0))
        for v in form.directions
    ]
    s = form.separable
    values = [f(z[i]) for i, f in s.columns]
    for o, value in enumerate(net(x)):
        row = s.weight.row(o)
        assert value == sum((c * values[j] for j, c in row.items()), s.bias[o])


def test_what_may_mix() -> None:
    assert not mixes_first(kan([3, 2]).stages)
    assert not mixes_first(ke.convert(kan([3, 2]), layout="sequential").target.stages)
    assert not mixes_first(ke.mlp([([[1], [2]], [0, 0]), ([[1, 1]], [0])]).stages)
    assert mixes_first(ke.mlp([([[1, 0], [2, 1]], [0, 0]), ([[1, 1]], [0])]).stages)
    assert not mixes_first(ke.mlp([([[1, 1]], [0])]).stages)


def test_the_difference_is_what_it_says() -> None:
    left = network([unit([1, 2], 1), unit([1, -1], 0, 2, 2)], [F(1, 2), 0])
    right = network([unit([-1, 1], 0, 1, 2), unit([1, 0], 3, -1)], [0, 0])
    d = ridge_difference(ridge_form(left.stages, 2), ridge_form(right.stages, 2), None)
    assert not d.is_zero(2)
    assert d.outputs() == [0, 1]
    for x in range(-4, 5):
        for y in range(-4, 5):
            point = [F(x, 2), F(y, 3)]
            assert d.differs_at(point) == (left(point) != right(point))


# --- a second opinion ----------------------------------------------------------------


def to_z3(units_: Sequence[Unit], constant: Fraction, xs: list[object]) -> object:
    total = z3.RealVal(str(constant))
    for u in units_:
        z = z3.RealVal(str(u.bias))
        for c, x in zip(u.row, xs, strict=True):
            z = z + z3.RealVal(str(c)) * x
        value = z if u.degree < 0 else z3.If(z >= 0, z, z3.RealVal(0))
        power = value
        for _ in range(abs(u.degree) - 1):
            power = power * value
        total = total + z3.RealVal(str(u.weight[0])) * power
    return total


@pytest.mark.parametrize("seed", range(12))
def test_z3_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, degree = (2, 1) if seed % 3 else (2, 2)
    draw = lambda: F(int(rng.integers(-2, 3)))  # noqa: E731
    some = [
        Unit(tuple(draw() for _ in range(n)), draw(), degree, (draw(), F(0)))
        for _ in range(3)
    ]
    other = [v for u in some for v in scaled(u, F(int(rng.choice([-2, 3]))))]
    if seed % 2:
        other[0] = replace(other[0], bias=other[0].bias + 1)
    xs = [z3.Real(f"x{i}") for i in range(n)]
    solver = z3.Solver()
    solver.set("timeout", 20000)
    solver.add(to_z3(some, F(0), xs) != to_z3(other, F(0), xs))
    outcome: Outcome = ke.prove(network(some, [0, 0]), network(other, [0, 0]))
    assert (solver.check() == z3.sat) == isinstance(outcome, Refuted)
    assert (solver.check() == z3.unsat) == isinstance(outcome, Proved)
