"""Ways to break rules, comparisons, tactics and witnesses, by monkeypatch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from kan_equiv.exact import Enclosure, RationalTensor
from kan_equiv.exact.interval_union import EVERYWHERE, IntervalUnion
from kan_equiv.ir import (
    Affine,
    Bank,
    Box,
    Interval,
)
from kan_equiv.prover import (
    align,
    chains,
    compare,
    regions,
    ridges,
    search,
)
from kan_equiv.prover.outcome import Witness
from kan_equiv.rules import (
    convert,
)
from kan_equiv.rules.change_of_basis import ChangeOfBasis

F = Fraction
Plant = Callable[[pytest.MonkeyPatch], None]


def wrap(module: Any, name: str, change: Callable[..., Any]) -> Plant:
    """Replace a function by ``change(original, *arguments)``."""
    original = getattr(module, name)

    def plant(m: pytest.MonkeyPatch) -> None:
        m.setattr(module, name, lambda *a, **k: change(original, *a, **k))

    return plant


def replaced(owner: Any, name: str, value: Any) -> Plant:
    """Put another value in the place of an attribute."""
    return lambda m: m.setattr(owner, name, value)


def together(*plants: Plant) -> Plant:
    def plant(m: pytest.MonkeyPatch) -> None:
        for p in plants:
            p(m)

    return plant


def rule(module: Any, name: str, change: Callable[..., Any]) -> Plant:
    """The same for a rewrite, in the table of rewrites too."""
    original = getattr(module, name)

    def broken(stage: Any) -> Any:
        return change(original, stage)

    def plant(m: pytest.MonkeyPatch) -> None:
        forms = {
            form: tuple((n, broken if r is original else r) for n, r in steps)
            for form, steps in convert.FORMS.items()
        }
        expand = tuple((n, broken if r is original else r) for n, r in convert._EXPAND)
        m.setattr(convert, "FORMS", forms)
        m.setattr(convert, "_EXPAND", expand)

    return plant


def functionals(keep: Callable[[Any, Any], Any]) -> Plant:
    """Change what the comparison of layers looks at: keep(key, value) -> items."""
    original = compare.functionals

    def broken(f: Any, *where: Any) -> tuple[Any, ...]:
        return tuple(
            item for key, value in original(f, *where) for item in keep(key, value)
        )

    def plant(m: pytest.MonkeyPatch) -> None:
        m.setattr(compare, "functionals", broken)

    return plant


def on_interval(change: Callable[[Any], Any]) -> Plant:
    """Change the interval on which layers are compared."""
    return wrap(
        compare,
        "functionals",
        lambda original, f, interval, *rest: original(f, change(interval), *rest),
    )


def sign_of_M(original: Any, *arguments: Any) -> Any:
    return [{j: -v for j, v in row.items()} for row in original(*arguments)]


def last_knot_dropped(original: Any, knots: Any, degree: int) -> Any:
    rows = original(knots, degree)
    return [{j: v for j, v in row.items() if j < len(knots) - 1} for row in rows]


def degrees_confused(original: Any, knots: Any, degree: int) -> Any:
    return [{j: v * degree for j, v in row.items()} for row in original(knots, degree)]


def without_constants(original: Any, basis: Any) -> ChangeOfBasis:
    change = original(basis)
    return ChangeOfBasis(change.new, change.matrix, (F(0),) * len(change.constants))


def last_jump_dropped(original: Any, f: Any) -> Any:
    return original(f)[:-1]


def first_bias_lost(original: Any, affine: list[Affine]) -> Affine:
    return original([Affine.linear(affine[0].weight), *affine[1:]])


def all_grids_shared(original: Any, stage: Any) -> Any:
    if isinstance(stage, Bank) and len({len(b) for b in stage.bases}) == 1:
        return (Bank(stage.bases[:1], (0,) * stage.in_features),)
    return original(stage)


def even_powers_one_sided(original: Any, basis: Any) -> Any:
    plan = original(basis)
    slopes = tuple(abs(s) for s in plan.slopes)
    return replace(plan, slopes=slopes)


def shifts_negated(original: Any, stage: Any) -> Any:
    found = original(stage)
    if found is None:
        return None
    bias = [-v for v in found[0].bias.fractions()]
    moved = RationalTensor.from_fractions(bias, (len(bias),))
    return (Affine(found[0].weight, moved), *found[1:])


def knots_merged(key: Any, value: Any) -> Any:
    if key[0] == "jump":
        key = ("jump", F(round(key[1] * 1000), 1000), *key[2:])
    return [(key, value)]


def up_to_scale(original: Any, left: Any, right: Any, *rest: Any) -> Any:
    found = original(left, right, *rest)
    return compare.LayerDifference((), ()) if len(found.edges) == 1 else found


def difference_without(*kinds: str) -> Callable[..., Any]:
    def change(original: Any, *arguments: Any) -> Any:
        return replace(original(*arguments), **{kind: {} for kind in kinds})

    return change


def off_values(original: Any, *arguments: Any) -> Any:
    left, _, point = arguments[:3]
    a = left(point)[0]
    return Witness(tuple(point), 0, a, a + 1)


def float_points(_: Any, left: Any, right: Any, point: Any, *rest: Any) -> Any:
    """The right side is evaluated at a float near the point."""
    near = [F(float(v) * (1 + 2.0**-40)) for v in point]
    a, b = left(point)[0], right(near)[0]
    return Witness(tuple(point), 0, a, b) if a != b else None


def everywhere_defined(original: Any, left: Any, right: Any, box: Any) -> Any:
    """Where both layers are defined is not looked at."""
    total = [replace(form, domains=()) for form in (left, right)]
    return original(*total, box)


def ends_closed(atom: Any) -> Any:
    """log(0) is taken to be defined, as sqrt(0) is."""
    if not atom.is_partial:
        return EVERYWHERE
    closed = IntervalUnion.above(F(0), is_closed=True)
    return closed.preimage(atom.slope, atom.shift)


def guards_believed(atom: Any) -> Any:
    """What stands in a piece is taken to be defined there."""
    return atom.natural_domain if atom.where.is_everywhere else EVERYWHERE


def without_constant_terms(original: Any, atom: Any) -> Any:
    """log(c l) = log(l), without log(c)."""
    constant, terms = original(atom)
    return constant, tuple((c, a) for c, a in terms if a.slope)


def undefined_values(_: Any, left: Any, right: Any, point: Any, *rest: Any) -> Any:
    """The left side is said to be undefined at 1, where it is defined."""
    at = [F(1)] * len(point)
    return Witness(tuple(at), 0, None, right(at)[0])


def narrow_enclosures(_: Any, left: Any, right: Any, point: Any, *rest: Any) -> Any:
    a = left(point)[0]
    at = F(float(a))
    return Witness(
        tuple(point), 0, Enclosure(at, at + F(1, 10**9)), Enclosure(at + 1, at + 2)
    )


def outside_of_the_box(
    original: Any, left: Any, right: Any, point: Any, *rest: Any
) -> Any:
    return original(left, right, [v + 100 for v in point], *rest)


def agreeing_cells(original: Any, *arguments: Any) -> Iterator[Any]:
    return (c for c in original(*arguments) if c.separating_point() is None)


def biases_lost(original: Any, *arguments: Any) -> Any:
    *first, last = original(*arguments)
    return (*first, Affine.linear(last.weight))


def half_reached(original: Any, *arguments: Any) -> Any:
    found = original(*arguments)
    return found and Box([(i.lo, (i.lo + i.hi) / 2) for i in found])


def first_coefficient_doubled(original: Any, *arguments: Any) -> Any:
    found = original(*arguments)
    return {k: 2 * v if k == min(found) else v for k, v in found.items()}


def both_plus(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(abs(v) for v in row)


def power_without_shift(
    original: Any, sums: Any, u: int, p: int, row: Any, *rest: Any
) -> None:
    original(sums, u, p, [*row[:-1], 0] if p >= 2 else row, *rest)


def first_of_all(terms: Any) -> Any:
    return terms and [terms[0] for _ in terms]


def both_signs(table: Any) -> Any:
    ((tensor, axes),) = table.factors
    numbers = tuple(abs(v) for v in tensor.numerators)
    return ((replace(tensor, numerators=numbers), axes),)


def last_line_lost(original: Any, f: Any) -> Any:
    above, below = original(f)
    return (above[:-1], below) if len(above) > 1 else (above, below)


def last_factor_lost(original: Any, stage: Any) -> Any:
    pairs, rest = original(stage)
    first, *others = rest.groups
    return pairs, replace(rest, groups=(first[:-1], *others))


def constants_rounded(original: Any, form: Any) -> Any:
    found = original(form)
    return found and [(key, scale, F(round(4 * c), 4)) for key, scale, c in found]


def ending_in(target: Any) -> Callable[..., Any]:
    """Derivations that are said to lead to a network where they do not."""
    return lambda original, source: (
        replace(d, target=target) for d in original(source)
    )


def half_range(original: Any, *arguments: Any) -> Any:
    found = original(*arguments)
    bounds = half_reached(lambda: found and found.bounds)
    return found and replace(found, bounds=bounds)


def halved(original: Any, found: Any) -> Any:
    upper, attained = original(found)
    return [v / 2 for v in upper], [v / 2 for v in attained]


def scales_not_undone(original: Any, match: Any) -> Any:
    (there, *up), (*_, back) = original(match)
    return (there, *up), (back,)


def without_links(original: Any, *arguments: Any) -> Any:
    found = original(*arguments)
    return replace(found, right=replace(found.right, links=()))


def backwards(original: Any, indices: Any, inputs: int) -> Any:
    return original(tuple(indices)[::-1], inputs)


def first_weight_negated(original: Any, p: int, j: int, *rest: Any) -> Any:
    factor, *times = rest or (1,)
    return original(p, j, -factor if j == 0 else factor, *times)


SEPARATES = [
    module for module in (search, ridges, regions) if hasattr(module, "separates")
]


def witnesses(change: Callable[..., Any]) -> Plant:
    return together(*(wrap(module, "separates", change) for module in SEPARATES))


def believing() -> Plant:
    """Layers are taken for different whatever they are, so that witnesses are asked."""

    def plant(m: pytest.MonkeyPatch) -> None:
        wrong = compare.LayerDifference(((0, 0),), ())
        for module in (align, chains):
            m.setattr(module, "compare_layers", lambda *_: wrong)

    return plant


SMALLER = Interval(F(-1), F(0))
