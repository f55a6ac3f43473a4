"""Bugs planted in the prover's own rules and tactics: the kernel catches each one.

Every bug makes some rule or tactic believe what is false. Shown each time: without the
bug the answer is right; with it the kernel refuses what was written (so the bug was
reached), and nothing false is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import (
    Atom,
    Box,
    Interval,
    Univariate,
)
from kan_equiv.ir.groups import Groups
from kan_equiv.prover import (
    align,
    compare,
    distance,
    layers,
    match_units,
    normal_form,
    on_box,
    pad_units,
    propagation,
    reachable_layers,
    recognition,
    regions,
    resplit,
    ridge_difference,
    ridges,
    schema_rows,
)
from kan_equiv.prover.outcome import Outcome
from kan_equiv.rules import (
    bspline_to_local,
    bspline_to_truncated_power,
    compose_affine,
    edges_to_bspline,
    expand_to_affine,
    fewest_units,
    local_to_affine,
    maxout_pair,
    normalize_units,
    piecewise_to_maxout,
    piecewise_to_truncated_power,
    product_to_squares,
    share_banks,
    share_grids,
)
from tests.networks import kan, with_coefficient
from tests.soundness.breakages import (
    SMALLER,
    Plant,
    agreeing_cells,
    all_grids_shared,
    backwards,
    believing,
    biases_lost,
    both_plus,
    both_signs,
    constants_rounded,
    degrees_confused,
    difference_without,
    ending_in,
    ends_closed,
    even_powers_one_sided,
    everywhere_defined,
    first_bias_lost,
    first_coefficient_doubled,
    first_of_all,
    first_weight_negated,
    float_points,
    functionals,
    guards_believed,
    half_range,
    half_reached,
    halved,
    knots_merged,
    last_factor_lost,
    last_jump_dropped,
    last_knot_dropped,
    last_line_lost,
    narrow_enclosures,
    off_values,
    on_interval,
    outside_of_the_box,
    power_without_shift,
    replaced,
    rule,
    scales_not_undone,
    shifts_negated,
    sign_of_M,
    together,
    undefined_values,
    up_to_scale,
    without_constant_terms,
    without_constants,
    without_links,
    witnesses,
    wrap,
)
from tests.soundness.questions import (
    ALIKE,
    BENT_BEYOND_1,
    BENT_NOWHERE,
    BENT_TWICE,
    BENT_TWICE_OFF,
    CUBIC,
    DEEP,
    FEWER,
    LAYER,
    LEFT,
    MAXIMA,
    MLP,
    NEARLY_REORDERED,
    NEVER_BENDING,
    OFF,
    OPEN_STEP,
    PRODUCTS,
    PRODUCTS_OFF,
    QUADRATIC,
    SIGMOID,
    SQUARES,
    SQUARES_OFF,
    STEP,
    TANH,
    TWO_LAYERS,
    TWO_LAYERS_OFF,
    UNITS,
    ZERO,
    Ask,
    F,
    asking,
    atom,
    bounding,
    by_regions,
    comparing,
    converting,
    hinge,
    in_normal_form,
    layer,
    partial,
    proving_the_theorem,
    right_of_0,
)


@dataclass(frozen=True)
class Bug:
    """What is broken, the question that runs into it, and the answer that is false."""

    name: str
    plant: Plant
    ask: Ask
    false: type[Outcome]  # type: ignore[valid-type]


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
    Bug(
        "squares of sums only",
        wrap(
            product_to_squares,
            "_blocks",
            lambda original, kinds, pair: original(kinds, tuple(map(both_plus, pair))),
        ),
        converting(PRODUCTS),
        ke.Proved,
    ),
    Bug(
        "a factor left out of a product of pairs",
        wrap(Groups, "in_pairs", last_factor_lost),
        converting(PRODUCTS),
        ke.Proved,
    ),
    Bug(
        "a coordinate left out of a maximum of pairs",
        wrap(Groups, "in_pairs", last_factor_lost),
        converting(MAXIMA),
        ke.Proved,
    ),
    Bug(
        "a line of a maximum left out",
        wrap(piecewise_to_maxout, "convex_parts", last_line_lost),
        converting(kan([2, 1], degree=1), "maxout"),
        ke.Proved,
    ),
    Bug(
        "concave parts added instead of subtracted",
        wrap(
            piecewise_to_maxout,
            "_differences",
            lambda original, parts: replace(
                d := original(parts), factors=both_signs(d)
            ),
        ),
        converting(kan([2, 1], degree=1), "maxout"),
        ke.Proved,
    ),
    Bug(
        "a combination of lines left out of a pair of maxima",
        wrap(maxout_pair, "product", lambda original, *p: [*original(*p)][:-1] * 2),
        converting(layer(hinge(0), hinge(1) + hinge(2)), "maxout_pair"),
        ke.Proved,
    ),
    Bug(
        "columns of two knots merged",
        wrap(
            fewest_units,
            "_terms",
            lambda original, basis: first_of_all(original(basis)),
        ),
        converting(LAYER, layout="minimal"),
        ke.Proved,
    ),
    Bug(
        "grids shared without their scales",
        wrap(
            share_grids,
            "_normalized",
            lambda original, basis: original(basis)._replace(
                factors=(F(1),) * len(basis)
            ),
        ),
        converting(ALIKE, layout="minimal"),
        ke.Proved,
    ),
    Bug(
        "knots beyond a range that is too small",
        wrap(on_box, "_bounds", half_reached),
        converting(NEVER_BENDING, layout="minimal", domain=Box(-1, 1)),
        ke.Proved,
    ),
    Bug(
        "a wrong coefficient of a B-spline",
        wrap(edges_to_bspline, "_coefficients", first_coefficient_doubled),
        converting(MLP, "kan", domain=Box(-1, 1)),
        ke.Proved,
    ),
    Bug(
        "knots inside forgotten",
        wrap(
            edges_to_bspline,
            "_knots",
            lambda original, pieces, *rest: original([], *rest),
        ),
        converting(MLP, "kan", domain=Box(-1, 1)),
        ke.Proved,
    ),
    Bug(
        "units that bend taken for dead",
        wrap(on_box, "_vanishes", lambda original, bank, i, side: i == 2),
        converting(NEVER_BENDING, "kan", domain=Box(-1, 1)),
        ke.Proved,
    ),
    Bug(
        "what hidden layers reach too small",
        wrap(on_box, "_bounds", half_reached),
        converting(NEVER_BENDING, "kan", domain=Box(-1, 1)),
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
    # log and sqrt
    Bug(
        "domains of definition ignored",
        wrap(compare, "definition", everywhere_defined),
        comparing(partial(("log", 1, 0, 0)), layer(PiecewisePolynomial.of([]))),
        ke.Proved,
    ),
    Bug(
        "an open end taken for closed",
        replaced(Atom, "domain", property(ends_closed)),
        comparing(partial(("log", 1, 0, 0)), partial(("sqrt", 1, 0, 0))),
        ke.Proved,
    ),
    Bug(
        "log(2x) = log(x)",
        wrap(Atom, "split", without_constant_terms),
        comparing(partial(("log", 2, 0, 1)), partial(("log", 1, 0, 1))),
        ke.Proved,
    ),
    Bug(
        "atoms in pieces ignored",
        functionals(lambda k, v: [] if k[0] == "cut" else [(k, v)]),
        comparing(right_of_0("silu", True), layer(PiecewisePolynomial.of([]))),
        ke.Proved,
    ),
    Bug(
        "the closed end of a piece ignored",
        functionals(lambda k, v: [(k, v)] if k[0] != "value" else []),
        comparing(right_of_0("cos", True), right_of_0("cos", False)),
        ke.Proved,
    ),
    Bug(
        "what stands in a piece taken to be defined there",
        replaced(Atom, "domain", property(guards_believed)),
        comparing(right_of_0("log", True), right_of_0("log", False)),
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
        "normal forms: powers without their shift",
        wrap(normalize_units._Sums, "_power", power_without_shift),
        in_normal_form(SQUARES, SQUARES_OFF),
        ke.Proved,
    ),
    Bug(
        "normal forms: tanh without its constant",
        wrap(
            Atom,
            "as_sigmoid",
            lambda original, a: (
                (found := original(a)) and (*found[:2], PiecewisePolynomial.of([0]))
            ),
        ),
        in_normal_form(TANH, SIGMOID),
        ke.Proved,
    ),
    Bug(
        "ranges of hidden units too small",
        wrap(normal_form, "range_of", half_range),
        in_normal_form(TWO_LAYERS, ZERO, Box(0, 1)),
        ke.Proved,
    ),
    Bug(
        "what a layer reaches too small",
        wrap(reachable_layers, "outward", half_reached),
        comparing(BENT_BEYOND_1, BENT_NOWHERE, Box(-1, 1)),
        ke.Proved,
    ),
    Bug(
        "dense stages factored with constants rounded",
        wrap(resplit, "_signatures", constants_rounded),
        asking(layers.prove_by_factoring, BENT_TWICE, BENT_TWICE_OFF),
        ke.Proved,
    ),
    Bug(
        "a conversion recognized in another network",
        wrap(recognition, "_conversions", ending_in(PRODUCTS_OFF)),
        asking(recognition.prove_by_recognition, PRODUCTS, PRODUCTS_OFF),
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
        "hidden units scaled, and not scaled back",
        wrap(match_units._Match, "stages", scales_not_undone),
        bounding(MLP, NEARLY_REORDERED),
        ke.Proved,
    ),
    Bug(
        "hidden units reordered, and nothing said of it",
        wrap(propagation, "match_units", without_links),
        bounding(MLP, NEARLY_REORDERED),
        ke.Proved,
    ),
    Bug(
        "zeros appended to hidden units, and the units read backwards",
        wrap(pad_units, "select", backwards),
        bounding(MLP, FEWER),
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
        "a witness that is said to be undefined",
        together(believing(), witnesses(undefined_values)),
        comparing(
            partial(("log", 2, 0, 1)), partial(("log", 1, 0, 1), ("log", 0, 2, 1))
        ),
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
