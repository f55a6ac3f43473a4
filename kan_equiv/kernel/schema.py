"""schema: a B-spline as a sum of ReLU^p units, for all knots at once.

The statement is about symbols t_0 < ... < t_{p+1} and x.  A weight is a sum of products

    c prod (t_a - t_b) / prod (t_a - t_b)        with a > b, so no denominator is zero,

and each row of the statement is a weight times a unit.  The claim: for all real knots
in this order and all real x, the B-spline of degree p on them is the sum of the rows.

The reals are the p + 3 cells (-inf, t_0), [t_0, t_1), ..., [t_{p+1}, inf).  On a cell
the recurrence of Cox and de Boor with half-open cells is a rational function of x and
t, at the cell's left end too: the indicator of its own cell is 1 there, all others are
0.  So is each unit, at the left end too, because p >= 1 makes max(z, 0)^p continuous,
as min and max are.  The difference of both sides times the product of all denominators
is a polynomial over Z; if that is zero in Z[x, t], the sides agree on the whole cell,
for all knots in this order.  (If not, they differ somewhere: no other polynomial
vanishes on an open set.)  The knots need no argument of their own, p = 1 included.

Layers follow: each output of a layer of B-splines, with any number of inputs, outputs
and pieces, is a bias plus a linear combination of B-splines of single inputs, each on
p + 2 consecutive knots of that input.  Replacing every B-spline by its rows leaves a
linear combination of units.  A hinge is ReLU^p of an affine function; the clamps of
the local form are affine in a ReLU, min(x, c) = c - relu(c - x) and
max(x, c) = c + relu(x - c).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .reader import Fields, Json, items, natural, naturals, need, rational, text

MAX_DEGREE = 3
INDICES = {"constant": 0, "hinge": 1, "below": 2, "above": 2}  # of knots, per unit

Polynomial = dict[
    tuple[int, ...], int
]  # exponents of x, t_0, ..., t_{p+1}: coefficient
Pair = tuple[int, int]  # the difference t_a - t_b, a > b
Unit = tuple[str, tuple[int, ...]]


class Product(NamedTuple):
    """coefficient * prod(numerator) / prod(denominator)."""

    coefficient: int
    numerator: tuple[Pair, ...]
    denominator: tuple[Pair, ...]


class Term(NamedTuple):
    """A polynomial over a product of differences."""

    polynomial: Polynomial
    denominator: tuple[Pair, ...]


@dataclass(frozen=True)
class Schema:
    """The statement; equal statements are equal values."""

    degree: int
    form: str
    rows: tuple[tuple[Unit, tuple[Product, ...]], ...]
    kind: str = "schema"


def claim(f: Fields) -> tuple[Schema, str]:
    """What a claim says, and its sentence."""
    need(not f.file.raw, "a schema is about symbols, so there are no objects")
    schema = read(f)
    return schema, sentence(schema)


def judge(f: Fields, _: object) -> Schema:
    """schema: both sides are the same polynomial on each cell."""
    schema = read(f)
    p = schema.degree
    for cell in range(p + 3):
        terms = bspline(0, p, cell, p + 3)
        for unit, weight in schema.rows:
            power = value(unit, p, cell)
            for c, numerator, denominator in weight:
                left = scaled(power, -c)
                terms.append(Term(expanded(left, numerator), denominator))
        where = "outside of the knots"
        if 0 < cell < p + 2:
            where = f"between t_{cell - 1} and t_{cell}"
        need(is_zero(terms), f"the sides differ {where}")
    return schema


def read(f: Fields) -> Schema:
    """The statement as written; products have one spelling."""
    p, form = natural(f["degree"], 1, MAX_DEGREE), text(f["form"])
    rows: list[tuple[Unit, tuple[Product, ...]]] = []
    for raw in items(f["rows"], 0, p + 3):
        with Fields(raw, f.file) as row:
            name, *indices = items(row["unit"], 1, 3)
            knots = naturals(indices, 0, p + 1)
            need(len(knots) == INDICES.get(text(name)), "unknown unit")
            weight = items(row["weight"], 1, p + 2)
            products = tuple(product(v, p) for v in weight)
            rows.append(((text(name), knots), products))
    units = [unit for unit, _ in rows]
    need(units in shapes(form, p), "the units are not those of the form")
    return Schema(p, form, tuple(rows))


def shapes(form: str, p: int) -> list[list[Unit]]:
    """The lists of units that a form allows: one for each center in the local form."""
    if form == "hinge":
        return [[("hinge", (j,)) for j in range(p + 2)]]
    need(form == "local", "unknown form")
    return [
        [
            ("constant", ()),
            *[("below", (j, c)) for j in range(c)],
            *[("above", (j, c)) for j in range(c + 1, p + 2)],
        ]
        for c in range(1, p + 1)
    ]


def product(raw: Json, p: int) -> Product:
    """One product in lowest terms, its factors in order."""
    c, up, down = items(raw, 3, 3)
    coefficient = rational(c)
    proper = coefficient.denominator == 1 and coefficient != 0
    need(proper, "a coefficient is no integer other than 0")
    numerator, denominator = (
        tuple((a, b) for a, b in (naturals(items(v, 2, 2), 0, p + 1) for v in factors))
        for factors in (items(up, 0, 2 * p + 2), items(down, 0, (p + 2) * (p + 1)))
    )
    need(all(a > b for a, b in numerator + denominator), "a factor is not positive")
    need(list(numerator) == sorted(numerator), "factors are not in order")
    need(
        list(denominator) == sorted(set(denominator)), "factors repeat or are unordered"
    )
    need(not set(numerator) & set(denominator), "a product is not in lowest terms")
    return Product(coefficient.numerator, numerator, denominator)


# --- polynomials over Z ---------------------------------------------------------------


def variable(n: int, size: int, sign: int = 1) -> Polynomial:
    """Variable n of all, 0 being x and j + 1 being t_j, or its negative."""
    return {tuple(int(k == n) for k in range(size)): sign}


def difference(plus: int, minus: int, size: int) -> Polynomial:
    """The difference of two variables; zero if they are the same one."""
    if plus == minus:
        return {}
    return variable(plus, size) | variable(minus, size, -1)


def times(left: Polynomial, right: Polynomial) -> Polynomial:
    """The product."""
    out: Polynomial = {}
    for a, m in left.items():
        for b, n in right.items():
            key = tuple(i + j for i, j in zip(a, b, strict=True))
            out[key] = out.get(key, 0) + m * n
    return out


def scaled(left: Polynomial, c: int) -> Polynomial:
    """The product with an integer."""
    return {key: c * v for key, v in left.items()}


def expanded(left: Polynomial, factors: Sequence[Pair]) -> Polynomial:
    """The product with differences of knots."""
    for a, b in factors:
        size = len(next(iter(left), ()))
        left = times(left, difference(a + 1, b + 1, size))
    return left


def is_zero(terms: Sequence[Term]) -> bool:
    """Whether the sum is zero: put over the product of all differences that occur."""
    common = {pair for term in terms for pair in term.denominator}
    total: Polynomial = {}
    for polynomial, denominator in terms:
        for key, v in expanded(polynomial, sorted(common - {*denominator})).items():
            total[key] = total.get(key, 0) + v
    return not any(total.values())


# --- both sides on one cell -----------------------------------------------------------
# Cell s lies right of t_0, ..., t_{s-1} and left of the others.


def bspline(j: int, q: int, cell: int, size: int) -> list[Term]:
    """Cox-de Boor: the spline of degree q on t_j, ..., t_{j+q+1}."""
    if q == 0:
        return [Term({(0,) * size: 1}, ())] if cell == j + 1 else []
    rising = difference(0, j + 1, size)
    falling = difference(j + q + 2, 0, size)
    return [
        Term(times(polynomial, line), (*denominator, width))
        for k, line, width in (
            (j, rising, (j + q, j)),
            (j + 1, falling, (j + q + 1, j + 1)),
        )
        for polynomial, denominator in bspline(k, q - 1, cell, size)
    ]


def value(unit: Unit, p: int, cell: int) -> Polynomial:
    """A unit: 1, (x - t_j)_+^p, (min(x, t_c) - t_j)_+^p, or (t_j - max(x, t_c))_+^p."""
    name, knots = unit
    one: Polynomial = {(0,) * (p + 3): 1}
    if name == "constant":
        return one
    j = knots[0]
    if name == "hinge":
        plus, minus, positive = 0, j + 1, cell > j
    else:
        c = knots[1]
        is_clamped = cell > c if name == "below" else cell <= c
        x = c + 1 if is_clamped else 0
        if name == "below":
            plus, minus, positive = x, j + 1, c > j if is_clamped else cell > j
        else:
            plus, minus, positive = j + 1, x, j > c if is_clamped else cell <= j
    power = one if positive else {}
    for _ in range(p):
        power = times(power, difference(plus, minus, p + 3))
    return power


# --- the sentence ---------------------------------------------------------------------


def sentence(schema: Schema) -> str:
    """The theorem with its quantifiers, and what follows for layers."""
    p = schema.degree
    knots = " < ".join(f"t_{j}" for j in range(p + 2))
    rows = " + ".join(f"[{shown(w)}]{name(u, p)}" for u, w in schema.rows)
    relu = "ReLU" if p == 1 else f"ReLU^{p}"
    inner = (
        f"{relu}, Linear" if schema.form == "hinge" else f"ReLU, Linear, {relu}, Linear"
    )
    return (
        f"for all real {knots} and all real x, the B-spline of degree {p} on these "
        f"knots has at x the value {rows}; hence, for all numbers of inputs, outputs "
        "and pieces, all strictly increasing knots and all coefficients, a layer of "
        f"B-splines of degree {p} equals Linear, {inner} on all of R^n"
    )


def name(unit: Unit, p: int) -> str:
    """A unit in words, with a sign of multiplication before it."""
    kind, knots = unit
    if kind == "constant":
        return ""
    x = (
        "x"
        if kind == "hinge"
        else f"{'min' if kind == 'below' else 'max'}(x, t_{knots[1]})"
    )
    t = f"t_{knots[0]}"
    inner = f"{t} - {x}" if kind == "above" else f"{x} - {t}"
    return f" max({inner}, 0)" + (f"^{p}" if p > 1 else "")


def shown(weight: Sequence[Product]) -> str:
    """A weight in words."""
    parts: list[str] = []
    for c, up, down in weight:
        top, bottom = (" ".join(f"(t_{a} - t_{b})" for a, b in v) for v in (up, down))
        bottom = f"({bottom})" if len(down) > 1 else bottom
        sign = str(c).removesuffix("1") if up and abs(c) == 1 else f"{c} "
        parts.append(f"{sign}{top}".strip() + (f" / {bottom}" if down else ""))
    return " + ".join(parts)
