from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    Basis,
    Box,
    Dense,
    MonomialBasis,
    Network,
    PiecewiseBasis,
    Stage,
    TruncatedPowerBasis,
)
from kan_equiv.ir.domain import Interval
from kan_equiv.rules.integer_rows import IntegerRows
from kan_equiv.rules.normalize_units import normalize_units
from kan_equiv.rules.restrict_to_range import Bend, bend, row_intervals
from tests.networks import rational_points

F = Fraction
UNITS: list[Basis] = [
    TruncatedPowerBasis(((F(0), 1),)),
    TruncatedPowerBasis(((F(1, 2), 1),)),
    TruncatedPowerBasis(((F(0), 2),)),
    TruncatedPowerBasis(((F(0), 0),)),
    MonomialBasis((0,)),
    MonomialBasis((1,)),
    MonomialBasis((2,)),
    PiecewiseBasis((PiecewisePolynomial.of([]),)),
    PiecewiseBasis((PiecewisePolynomial.of([1, 2, 3]),)),
]


def affine(rows: object, bias: object) -> Affine:
    (stage,) = ke.mlp([(rows, bias)]).stages
    assert isinstance(stage, Affine)
    return stage


@st.composite
def windows(draw: st.DrawFn) -> tuple[Affine, Bank, Affine]:
    n, h, m = (draw(st.integers(1, k)) for k in (3, 6, 2))
    entry = st.sampled_from([F(v) for v in ("-2", "-1", "-1/3", "0", "0", "1", "4")])
    w, v = (
        [[draw(entry) for _ in range(b)] for _ in range(a)] for a, b in ((h, n), (m, h))
    )
    bank = Bank.of([draw(st.sampled_from(UNITS)) for _ in range(h)])
    before = affine(w, [draw(entry) for _ in range(h)])
    return before, bank, affine(v, [draw(entry) for _ in range(m)])


def value(window: tuple[Stage, ...], x: list[Fraction]) -> object:
    return Network(len(x), window)(x)


@given(windows(), st.booleans(), st.sampled_from([None, Box(-1, 1), Box(0, 3)]))
@settings(max_examples=150)
def test_the_function_stays_the_same(
    window: tuple[Affine, Bank, Affine], is_oriented: bool, domain: Box | None
) -> None:
    n = window[0].in_features
    box = None if domain is None else domain.for_inputs(n)
    new = normalize_units(*window, box, is_oriented)
    grid = [F(k, 4) for k in range(-8, 17)]
    points = [[x] * n for x in grid] + rational_points(Network(n, window), 12, 1)
    for x in points:
        if box is None or x in box:
            assert value(new, x) == value(window, x)
    if len(new) == 3:
        before, bank, after = new
        assert isinstance(before, Affine)
        assert isinstance(bank, Bank)
        assert isinstance(after, Affine)
        again = normalize_units(before, bank, after, box, is_oriented)
        assert again == new


@given(windows(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_order_scale_and_doubling_do_not_show(
    window: tuple[Affine, Bank, Affine], rng: object
) -> None:
    before, bank, after = window
    w, v = (IntegerRows.of(a) for a in (before, after))
    h = bank.in_features
    order = list(range(h))
    rng.shuffle(order)  # type: ignore[attr-defined]
    # Every unit twice, each with half of its column.
    rows = w.table[order + order]
    columns = v.table[:, [*order, *order, h]]
    columns[:, -1] *= 2
    twice = Bank.of([bank.basis(u) for u in order + order])
    other = (
        IntegerRows(rows, w.denominator).to_affine(),
        twice,
        IntegerRows(columns, 2 * v.denominator).to_affine(),
    )
    assert normalize_units(*other) == normalize_units(*window)


def test_a_negative_scale_shows() -> None:
    relu = Bank.of([UNITS[0]])
    one = normalize_units(affine([[1]], [0]), relu, affine([[1]], [0]))
    minus = normalize_units(affine([[-1]], [0]), relu, affine([[1]], [0]))
    assert one != minus
    turned = normalize_units(
        affine([[-1]], [0]), relu, affine([[1]], [0]), is_oriented=True
    )
    before, bank, after = turned  # relu(-x) = relu(x) - x
    assert isinstance(bank, Bank)
    assert list(map(bank.basis, (0, 1))) == [MonomialBasis((1,)), UNITS[0]]
    assert [s.weight.to_rational().numerators for s in (before, after)] == [  # type: ignore[union-attr]
        (1, 1),
        (-1, 1),
    ]


def test_atoms_lose_slope_and_shift() -> None:
    bent = Bank.of([AtomBasis((Atom("silu", F(2), F(3)),))])
    plain = Bank.of([AtomBasis((Atom("silu"),))])
    left = normalize_units(affine([[5]], [1]), bent, affine([[7]], [0]))
    right = normalize_units(affine([[10]], [5]), plain, affine([[7]], [0]))
    assert left == right
    assert left[1] == plain


def test_constants_and_nothing_at_all() -> None:
    relu = Bank.of([UNITS[0]] * 2)
    (only,) = normalize_units(
        affine([[0, 0], [1, 1]], [3, 4]), relu, affine([[2, 0]], [1])
    )
    assert isinstance(only, Affine)
    assert only.weight.row(0) == {}
    assert only([F(9), F(9)]) == [7]


@pytest.mark.parametrize(
    ("interval", "degree", "power", "zero"),
    [
        (None, 1, False, False),
        ((0, 1), 1, True, False),
        ((0, 1), 0, True, False),
        ((-1, 0), 1, False, True),
        ((-1, 0), 0, False, False),
        ((-2, -1), 0, False, True),
        ((-1, 1), 2, False, False),
        ((0, 0), 1, True, False),
        ((0, None), 3, True, False),
        ((None, 0), 3, False, True),
        ((None, None), 1, False, False),
    ],
)
def test_which_units_bend(
    interval: tuple[int | None, int | None] | None,
    degree: int,
    power: bool,
    zero: bool,
) -> None:
    side = None if interval is None else Interval.of(*interval)
    assert bend(side, degree) == Bend(power, zero)


@given(windows(), st.lists(st.integers(-3, 3), min_size=6, max_size=6))
@settings(max_examples=60)
def test_row_intervals_are_exact(
    window: tuple[Affine, Bank, Affine], ends: list[int]
) -> None:
    before = window[0]
    n = before.in_features
    box = Box([sorted((F(ends[2 * i], 2), F(ends[2 * i + 1], 3))) for i in range(n)])
    found = row_intervals(IntegerRows.of(before), box)
    corners = [
        [side.ends[bits >> i & 1] for i, side in enumerate(box)] for bits in range(2**n)
    ]
    values = [before(list(c)) for c in corners]
    for r, side in enumerate(found):
        at_corners = [v[r] for v in values]
        assert side.ends == (min(at_corners), max(at_corners))  # type: ignore[type-var]


def test_row_intervals_of_half_lines() -> None:
    rows = IntegerRows.of(affine([[1, 0], [-1, 0], [1, 1], [0, 2], [0, 0]], [0] * 5))
    found = row_intervals(rows, Box([(0, None), (-1, 1)]))
    assert [(i.lo, i.hi) for i in found] == [
        (0, None),
        (None, 0),
        (-1, None),
        (-2, 2),
        (0, 0),
    ]


def test_integer_rows_are_a_value() -> None:
    weight = Dense.matrix(RationalTensor((1, 2), (2, 6), (4, 3)))
    stage = Affine(weight, RationalTensor((1,), (3,), (2,)))
    rows = IntegerRows.of(stage)
    assert [F(v, rows.denominator) for v in rows.table[0]] == [F(1, 2), 2, F(3, 2)]
    thrice = IntegerRows(rows.table * 3, rows.denominator * 3)
    assert rows.to_affine() == thrice.to_affine()
    assert rows.to_affine()([F(5), F(7)]) == stage([F(5), F(7)])
