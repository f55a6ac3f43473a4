"""Bugs planted in the prover's own rules and tactics: the kernel catches each one.

Every bug makes some rule or tactic believe what is false. Shown each time: without the
bug the answer is right; with it the kernel refuses what was written (so the bug was
reached), and nothing false is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import CertificateError
from kan_equiv.exact import Enclosure, PiecewisePolynomial, RationalTensor
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    Box,
    BSplineBasis,
    ConcatenatedBasis,
    Dense,
    Interval,
    KnotVector,
    MonomialBasis,
    Network,
    Univariate,
)
from kan_equiv.prover import (
    align,
    chains,
    compare,
    distance,
    normal_form,
    regions,
    ridge_difference,
    ridges,
    schema_rows,
    search,
)
from kan_equiv.prover.outcome import Outcome, Unknown, Witness
from kan_equiv.prover.question import Question
from kan_equiv.rules import (
    bspline_to_local,
    bspline_to_truncated_power,
    compose_affine,
    convert,
    expand_to_affine,
    local_to_affine,
    piecewise_to_truncated_power,
    share_banks,
)
from kan_equiv.rules.change_of_basis import ChangeOfBasis
from tests.networks import kan, with_coefficient

F = Fraction
Plant = Callable[[pytest.MonkeyPatch], None]
Ask = Callable[[], Outcome]


@dataclass(frozen=True)
class Bug:
    """What is broken, the question that runs into it, and the answer that is false."""

    name: str
    plant: Plant
    ask: Ask
    false: type[Outcome]  # type: ignore[valid-type]


# --- networks ---------------------------------------------------------------------


def hinge(t: Any, degree: int = 1, weight: Any = 1) -> PiecewisePolynomial:
    return PiecewisePolynomial.truncated_power(F(t), degree).scale(F(weight))


def layer(*edges: PiecewisePolynomial) -> Network:
    return ke.kan([list(edges)])


def splines(degree: int, *knots: Any) -> Network:
    basis = BSplineBasis(KnotVector.of(knots), degree)
    n = len(basis)
    weight = RationalTensor.from_fractions([F(k + 1, 3) for k in range(n)], (1, n))
    return Network(1, (Bank.of([basis]), Affine.linear(Dense.matrix(weight))))


def atom(name: str, slope: int, line: list[Any]) -> Network:
    basis = ConcatenatedBasis((AtomBasis((Atom(name, F(slope)),)), MonomialBasis((1,))))
    weight = RationalTensor.from_fractions(line, (1, 2))
    return Network(1, (Bank.of([basis]), Affine.linear(Dense.matrix(weight))))


STEP = PiecewisePolynomial.truncated_power(F(1), 0)
OPEN_STEP = PiecewisePolynomial(STEP.breakpoints, STEP.pieces, (F(0),))
LEFT = PiecewisePolynomial.truncated_power(F(2), 1).compose_affine(F(-1), F(0))
CUBIC = splines(3, 0, 1, "3/2", 2, 4, 5)
QUADRATIC = splines(2, 0, 1, "3/2", 2, 4)
LAYER = layer(hinge(0) + hinge(1, 2, "1/3"), hinge("1/2", 1, -2))
UNITS = [[1, 2], [1, -1], [-1, 1]]
MLP = ke.mlp([(UNITS, [0, 1, 2]), ([[1, 2, 3]], [0])])
PERMUTED = ke.mlp([([UNITS[2], UNITS[0], UNITS[1]], [2, 0, 1]), ([[3, 1, 2]], [0])])
OFF = ke.mlp([([UNITS[2], UNITS[0], UNITS[1]], [2, 0, 1]), ([[3, 2, 1]], [0])])
FIRST = ([[1, 0], [0, 1]], ["-1/4", "-1/4"])
SECOND = ([[1, 1]], [-1])
TWO_LAYERS = ke.mlp([FIRST, SECOND, ([[1]], [0])])
TWO_LAYERS_OFF = ke.mlp([FIRST, SECOND, ([[1]], ["1/9"])])
ZERO = ke.mlp([FIRST, ([[0, 0]], [0])])
DEEP = kan([2, 3, 1], degree=1, seed=3)


# --- questions --------------------------------------------------------------------


def converting(network: Network, to: str = "hinge", layout: str = "layers") -> Ask:
    def ask() -> Outcome:
        try:
            return ke.convert(network, to, layout=layout).prove()
        except CertificateError as error:
            return Unknown(str(error))

    return ask


def comparing(left: Network, right: Network, domain: Box | None = None) -> Ask:
    return lambda: ke.prove(left, right, domain=domain)


def by_regions(left: Network, right: Network) -> Ask:
    """Ask this tactic alone: others would refute before it starts."""

    def ask() -> Outcome:
        try:
            found = regions.prove_by_regions(Question(left, right))
        except CertificateError as error:
            return Unknown(str(error))
        assert found is not None
        return found

    return ask


def in_normal_form(left: Network, right: Network, domain: Box | None = None) -> Ask:
    """Ask this tactic alone, as above."""

    def ask() -> Outcome:
        box = domain and domain.for_inputs(left.in_features)
        found = normal_form.prove_by_normal_form(Question(left, right, box))
        assert found is not None
        return found

    return ask


def bounding(left: Network, right: Network) -> Ask:
    """Proved stands for a distance of which the kernel accepted both bounds."""

    def ask() -> Outcome:
        try:
            found = ke.distance(left, right, Box(-4, 4))
        except CertificateError as error:
            return Unknown(str(error))
        return ke.Proved(found.certificate, str(found))

    return ask


def proving_the_theorem(degree: int, form: str) -> Ask:
    def ask() -> Outcome:
        try:
            found = ke.prove_schema(degree, form=form)
        except CertificateError as error:
            return Unknown(str(error))
        return ke.Proved(found.certificate, str(found))

    return ask


# --- ways to break things ---------------------------------------------------------


def wrap(module: Any, name: str, change: Callable[..., Any]) -> Plant:
    """Replace a function by ``change(original, *arguments)``."""
    original = getattr(module, name)

    def plant(m: pytest.MonkeyPatch) -> None:
        m.setattr(module, name, lambda *a, **k: change(original, *a, **k))

    return plant


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

    def broken(f: Any, interval: Any) -> tuple[Any, ...]:
        return tuple(
            item for key, value in original(f, interval) for item in keep(key, value)
        )

    def plant(m: pytest.MonkeyPatch) -> None:
        m.setattr(compare, "functionals", broken)

    return plant


def on_interval(change: Callable[[Any], Any]) -> Plant:
    """Change the interval on which layers are compared."""
    return wrap(
        compare,
        "functionals",
        lambda original, f, interval: original(f, change(interval)),
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


def halved(original: Any, found: Any) -> Any:
    upper, attained = original(found)
    return [v / 2 for v in upper], [v / 2 for v in attained]


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

BUGS = [
    # rules
    Bug(
        "M with the wrong sign",
        wrap(bspline_to_truncated_power, "grid_map", sign_of_M),
        converting(CUBIC),
        ke.Proved,
    ),
    Bug(
        "only the knots inside the grid",
        wrap(bspline_to_truncated_power, "grid_map", last_knot_dropped),
        converting(QUADRATIC),
        ke.Proved,
    ),
    Bug(
        "M scaled by the degree",
        wrap(bspline_to_truncated_power, "grid_map", degrees_confused),
        converting(CUBIC, layout="sequential"),
        ke.Proved,
    ),
    Bug(
        "local form without its constants",
        wrap(bspline_to_local, "_change", without_constants),
        converting(CUBIC, "local"),
        ke.Proved,
    ),
    Bug(
        "local form with the wrong M",
        wrap(bspline_to_local, "grid_map", sign_of_M),
        converting(QUADRATIC, "local"),
        ke.Proved,
    ),
    Bug(
        "a dropped jump",
        wrap(PiecewisePolynomial, "jumps", last_jump_dropped),
        converting(LAYER),
        ke.Proved,
    ),
    Bug(
        "the constant of the left tail forgotten",
        wrap(piecewise_to_truncated_power, "piecewise_change", without_constants),
        converting(layer(hinge(0) + PiecewisePolynomial.of([3, 1]))),
        ke.Proved,
    ),
    Bug(
        "a bias lost where affine stages are multiplied out",
        wrap(compose_affine, "product", first_bias_lost),
        converting(DEEP, layout="sequential"),
        ke.Proved,
    ),
    Bug(
        "unequal grids shared",
        rule(share_banks, "share_banks", all_grids_shared),
        converting(kan([2, 1], degree=2, seed=5)),
        ke.Proved,
    ),
    Bug(
        "a square without its left half",
        wrap(expand_to_affine, "plan", even_powers_one_sided),
        converting(layer(PiecewisePolynomial.of([0, 0, 1]))),
        ke.Proved,
    ),
    Bug(
        "knots added instead of subtracted",
        rule(expand_to_affine, "expand_to_affine", shifts_negated),
        converting(LAYER),
        ke.Proved,
    ),
    Bug(
        "centers with the wrong sign",
        rule(local_to_affine, "local_to_affine", shifts_negated),
        converting(CUBIC, "local"),
        ke.Proved,
    ),
    # comparing layers
    Bug(
        "values at breakpoints ignored",
        functionals(lambda k, v: [(k, v)] if k[0] != "value" else []),
        comparing(layer(STEP), layer(OPEN_STEP)),
        ke.Proved,
    ),
    Bug(
        "jumps of order 0 ignored",
        functionals(lambda k, v: [] if k[0] == "jump" and k[2] == 0 else [(k, v)]),
        comparing(layer(hinge(0)), layer(hinge(0) + hinge(2, 0, "1/9"))),
        ke.Proved,
    ),
    Bug(
        "high orders ignored",
        functionals(lambda k, v: [] if k[0] == "jump" and k[2] > 1 else [(k, v)]),
        comparing(layer(hinge(0, 2)), layer(hinge(0, 2) + hinge(1, 3, "1/9"))),
        ke.Proved,
    ),
    Bug(
        "biases ignored",
        wrap(
            align,
            "compare_layers",
            lambda original, *a: replace(original(*a), constants=()),
        ),
        comparing(layer(hinge(0)), layer(hinge(0) + PiecewisePolynomial.of(["1/9"]))),
        ke.Proved,
    ),
    Bug(
        "layers compared up to scale",
        wrap(align, "compare_layers", up_to_scale),
        comparing(layer(hinge(0)), layer(hinge(0, 1, 2))),
        ke.Proved,
    ),
    Bug(
        "close knots merged",
        functionals(knots_merged),
        comparing(layer(hinge(0)), layer(hinge("1/100000"))),
        ke.Proved,
    ),
    Bug(
        "a box cut off on its right",
        on_interval(lambda i: i and Interval(i.lo, i.lo + (i.hi - i.lo) / 2)),
        comparing(layer(hinge(0)), layer(hinge(0) + hinge(3)), Box(-4, 4)),
        ke.Proved,
    ),
    Bug(
        "a box cut off on its left",
        on_interval(lambda i: i and Interval((i.lo + i.hi) / 2, i.hi)),
        comparing(layer(hinge(3)), layer(hinge(3) + LEFT), Box(-4, 4)),
        ke.Proved,
    ),
    Bug(
        "the closed end of a box forgotten",
        on_interval(lambda i: i and Interval(i.lo, i.hi - F(1, 10**6))),
        comparing(layer(hinge(0)), layer(hinge(0) + hinge(4, 0)), Box(-4, 4)),
        ke.Proved,
    ),
    Bug(
        "live hidden units taken for dead",
        wrap(align, "needed_inputs", lambda original, f: [False] * f.in_features),
        comparing(DEEP, with_coefficient(DEEP, 0, (0, 1, 1), 0.5)),
        ke.Proved,
    ),
    Bug(
        "silu(-x) = silu(x), without - x",
        wrap(
            Univariate,
            "normal_form",
            lambda original, f: (
                Univariate(f.pieces, original(f).atoms) if f.atoms else original(f)
            ),
        ),
        comparing(atom("silu", -1, [1, 0]), atom("silu", 1, [1, 0])),
        ke.Proved,
    ),
    # one hidden layer
    Bug(
        "ridge functions: any two are equal",
        wrap(ridge_difference.RidgeDifference, "is_zero", lambda *_: True),
        comparing(MLP, OFF),
        ke.Proved,
    ),
    Bug(
        "units turned without their polynomial",
        wrap(ridges, "ridge_difference", difference_without("powers")),
        comparing(
            ke.mlp([([[1, 2]], [0]), ([[1]], [0])]),
            ke.mlp([([[-1, -2]], [0]), ([[1]], [0])]),
        ),
        ke.Proved,
    ),
    Bug(
        "ridge functions: constants ignored",
        wrap(ridges, "ridge_difference", difference_without("constants")),
        comparing(MLP, ke.mlp([(UNITS, [0, 1, 2]), ([[1, 2, 3]], ["1/9"])])),
        ke.Proved,
    ),
    Bug(
        "hyperplanes taken to miss the box",
        wrap(ridge_difference, "direction_range", lambda *_: SMALLER),
        comparing(
            MLP,
            ke.mlp([([*UNITS, [1, 1]], [0, 1, 2, -1]), ([[1, 2, 3, 1]], [0])]),
            Box(-2, 2),
        ),
        ke.Proved,
    ),
    # deep networks
    Bug(
        "regions: cells left out",
        wrap(regions, "_cells", agreeing_cells),
        by_regions(DEEP, kan([2, 3, 1], degree=1, seed=3, masked=[(1, 2, 0)])),
        ke.Proved,
    ),
    Bug(
        "regions: corners not compared",
        wrap(regions._Cell, "separating_point", lambda *_: None),
        by_regions(DEEP, kan([2, 3, 1], degree=1, seed=3, masked=[(1, 2, 0)])),
        ke.Proved,
    ),
    Bug(
        "normal forms: biases lost",
        wrap(normal_form, "normalize_units", biases_lost),
        in_normal_form(TWO_LAYERS, TWO_LAYERS_OFF),
        ke.Proved,
    ),
    Bug(
        "ranges of hidden units too small",
        wrap(normal_form, "reached", half_reached),
        in_normal_form(TWO_LAYERS, ZERO, Box(0, 1)),
        ke.Proved,
    ),
    # distances and schemas
    Bug(
        "a distance too small",
        wrap(distance, "tidy", halved),
        bounding(LAYER, layer(hinge(0), hinge(1))),
        ke.Proved,
    ),
    Bug(
        "a theorem with a wrong coefficient",
        wrap(schema_rows, "_weight", first_weight_negated),
        proving_the_theorem(2, "hinge"),
        ke.Proved,
    ),
    # witnesses
    Bug(
        "a witness with made-up values",
        together(believing(), witnesses(off_values)),
        comparing(LAYER, ke.convert(LAYER).target),
        ke.Refuted,
    ),
    Bug(
        "a witness evaluated elsewhere",
        together(believing(), witnesses(float_points)),
        comparing(LAYER, ke.convert(LAYER).target),
        ke.Refuted,
    ),
    Bug(
        "a witness outside of the box",
        together(believing(), witnesses(outside_of_the_box)),
        comparing(layer(hinge(0)), layer(hinge(0) + hinge(50)), Box(-4, 4)),
        ke.Refuted,
    ),
    Bug(
        "enclosures that are too narrow",
        together(believing(), witnesses(narrow_enclosures)),
        comparing(atom("silu", 1, [1, 0]), atom("silu", -1, [1, 1])),
        ke.Refuted,
    ),
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_kernel_catches(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts: list[str] = []
    check = kernel.check

    def spy(data: bytes) -> Any:
        verdict = check(data)
        verdicts.append(verdict.verdict)
        return verdict

    clear_caches()
    # A conversion, a distance and a theorem hold without the bug.
    holds = bug.ask.__qualname__.partition(".")[0] in (
        "converting",
        "bounding",
        "proving_the_theorem",
    )
    assert isinstance(bug.ask(), bug.false) == holds
    with monkeypatch.context() as m:
        clear_caches()
        m.setattr(kernel, "check", spy)
        bug.plant(m)
        outcome = bug.ask()
    clear_caches()
    assert not isinstance(outcome, bug.false), str(outcome)
    assert "invalid" in verdicts, (str(outcome), verdicts)


def clear_caches() -> None:
    """Nothing that a bug computed may be found again."""
    for module in (compare, align):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def test_enough_bugs_are_planted() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 25
