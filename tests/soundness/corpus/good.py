"""Certificates that are accepted, as kan_equiv itself writes them."""

from __future__ import annotations

import math
from fractions import Fraction

import sympy

import kan_equiv as ke
from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.ir import (
    Affine,
    ConcatenatedBasis,
    Dense,
    KnotVector,
    Maximum,
    MonomialBasis,
    Network,
    Product,
    TruncatedPowerBasis,
)
from kan_equiv.prover.normal_form import prove_by_normal_form
from kan_equiv.prover.question import Question
from kan_equiv.prover.regions import prove_by_regions
from tests.emit.grids import layers
from tests.networks import CHECKPOINTS, kan
from tests.soundness.corpus.networks import (
    never_bending,
    out_of_reach,
    reflections,
    reordered,
    turned_around,
    with_bank,
)


def good() -> dict[str, bytes]:
    out: dict[str, bytes] = {}
    for degree in (1, 2, 3):
        network = kan([2, 2], degree=degree, seed=degree)
        for form in ("hinge", "local"):
            proof = ke.convert(network, form).prove()
            out[f"layer_{form}_degree_{degree}"] = proof.certificate.data
    deep = kan([2, 2, 1], degree=2, seed=9, silu=True)
    for form in ("hinge", "local"):
        for layout in ("layers", "sequential"):
            proof = ke.convert(deep, form, layout=layout).prove()
            out[f"network_{form}_{layout}"] = proof.certificate.data
    dead = kan([2, 3, 1], degree=1, seed=2, masked=[(1, 1, 0)])
    given = ke.prove(dead, ke.convert(dead).target)
    out["network_with_a_dead_unit"] = given.certificate.data
    trained = ke.convert(ke.load(CHECKPOINTS["pykan_pwl"])).prove()
    out["trained_pykan_piecewise_linear"] = trained.certificate.data
    relu = PiecewisePolynomial.truncated_power(Fraction(0), 1)
    bent = relu + PiecewisePolynomial.truncated_power(Fraction(3), 2)
    left, right = ke.kan([[relu, relu]]), ke.kan([[relu, bent]])
    out["equal_on_a_box_only"] = ke.prove(
        left, right, domain=ke.Box(-1, 3)
    ).certificate.data
    out["refuted_at_a_point"] = ke.prove(left, right).certificate.data
    silu = kan([1, 1], degree=1, seed=3, silu=True)
    other = kan([1, 1], degree=1, seed=4, silu=True)
    out["atoms_by_their_identities"] = ke.prove(*reflections()).certificate.data
    out["refuted_with_enclosures"] = ke.prove(silu, other).certificate.data
    product = Network(3, (Product(((0, 1, 2), (2,)), 3),))
    out["products_as_squares"] = ke.convert(product).prove().certificate.data
    maximum = Network(3, (Maximum(((0, 1, 2), (2,)), 3),))
    out["maxima_in_pairs"] = ke.convert(maximum).prove().certificate.data
    mlp = ke.mlp([([[1], [-1], [1]], [2, -2, 0]), ([[1, 5, 1]], [7])])
    on_box = ke.convert(mlp, "kan", domain=ke.Box(-1, 1)).prove()
    out["mlp_as_splines_on_a_box"] = on_box.certificate.data
    by_regions = prove_by_regions(Question(*out_of_reach(2)))
    assert isinstance(by_regions, ke.Proved)
    out["regions_of_a_plane"] = by_regions.certificate.data
    premises = prove_by_normal_form(Question(*never_bending()))
    assert isinstance(premises, ke.Proved)
    out["hidden_units_that_never_bend"] = premises.certificate.data
    disguised = prove_by_normal_form(Question(*turned_around()))
    assert isinstance(disguised, ke.Proved)
    out["hidden_units_turned_around"] = disguised.certificate.data
    x = sympy.Symbol("x", real=True)
    ratio = (x**2 + 3) * x / ((x**2 + 2) ** 2 * (x**2 + 3))
    once = ke.kan([[(x**2 - 1) / (x**2 + 1) + 5, ratio - 5]])
    halves = ke.kan([[1 - 8 / (x**2 + 4), 8 * x / (x**2 + 8) ** 2]])
    double = Dense.matrix(RationalTensor((2, 2), (2, 0, 0, 2), (1,)))
    twice = Network(2, (Affine.linear(double), *halves.stages))
    out["ratios_of_polynomials"] = ke.prove(twice, once).certificate.data
    pole = sympy.Piecewise((0, x < 1), (1 / x, True))
    other = sympy.Piecewise((1 / (x**2 + 1), x < 1), (1 / x, True))
    half_line = ke.prove(pole, other, domain=ke.Box(1, math.inf))
    out["ratios_on_a_half_line"] = half_line.certificate.data
    out["refuted_at_a_jump_of_ratios"] = ke.prove(
        pole, sympy.Piecewise((0, x <= 1), (1 / x, True))
    ).certificate.data
    logs, roots = sympy.log, sympy.sqrt
    scaled = ke.kan([[logs(6 * x + 3), roots(8 * x + 4)]])
    split = ke.kan([[logs(2 * x + 1) + logs(3), 2 * roots(2 * x + 1)]])
    out["logs_and_roots"] = ke.prove(scaled, split).certificate.data
    never = ke.kan([[logs(x) + logs(-x)]]), ke.kan([[logs(x - 1) + roots(1 - x)]])
    out["defined_nowhere"] = ke.prove(*never).certificate.data
    square = ke.kan([[[roots(x)]], [[x**2]]]), ke.kan([[x]])
    half = ke.prove(*square, domain=ke.Box(0, math.inf))
    out["square_of_a_root_on_a_half_line"] = half.certificate.data
    out["refuted_where_one_side_is_defined"] = ke.prove(*square).certificate.data
    out["refuted_at_the_end_of_a_domain"] = ke.prove(
        ke.kan([[roots(3 * x - 1)]]), ke.kan([[logs(3 * x - 1)]])
    ).certificate.data
    pieces = sympy.Piecewise((logs(6 * x), x > 1), (sympy.tanh(-x), True))
    again = sympy.Piecewise(
        (logs(3 * x) + logs(2), x >= 3), (logs(6 * x), x > 1), (-sympy.tanh(x), True)
    )
    out["atoms_in_pieces"] = ke.prove(pieces, again).certificate.data
    out["refuted_at_the_closed_end_of_a_piece"] = ke.prove(
        sympy.Piecewise((logs(x), x > 0), (0, True)),
        sympy.Piecewise((logs(x), x >= 0), (0, True)),
    ).certificate.data
    touching = ke.mlp([([[1, 1], [1, -1], [2, 1]], [2, -3, 0]), ([[1, 7, 3]], [0])])
    bank = ConcatenatedBasis(
        (TruncatedPowerBasis(((Fraction(0), 1),)), MonomialBasis((1,)))
    )
    folded = with_bank([[2, 1], [1, 1]], bank, [[3, 0, 0, 1]], [2])
    found = ke.prove(touching, folded, domain=ke.Box(-1, 1))
    out["ridge_functions_on_a_box"] = found.certificate.data
    cubes = MonomialBasis((3,))
    odd = with_bank([[1, 1], [1, 3]], cubes, [[4, 4]], [0])
    even = with_bank([[1, 0], [1, 2], [1, 4]], cubes, [[1, 6, 1]], [0])
    out["ridge_powers_that_cancel"] = ke.prove(odd, even).certificate.data
    box = ke.Box(-1, 1)
    deep = kan([2, 2, 1], degree=2, seed=11, silu=True)
    coarse = ke.emit.rounded_copy(deep, "bfloat16")
    far = ke.distance(deep, coarse, box)
    out["supremum_layer_by_layer"] = far.certificate.data
    near = ke.prove(deep, coarse, domain=box, within=far.bound)
    out["within_layer_by_layer"] = near.certificate.data
    moved = ke.prove(*reordered(), domain=box, within=Fraction(1, 100))
    out["within_of_units_reordered"] = moved.certificate.data
    for degree, form in ((2, "hinge"), (3, "local")):
        theorem = ke.prove_schema(degree, form=form)
        out[f"schema_{form}_degree_{degree}"] = theorem.certificate.data
    out |= floats()
    out["exceeds_at_a_point"] = ke.prove(
        left, right, domain=ke.Box(-1, 4), within=Fraction(1, 8)
    ).certificate.data
    out["within_on_a_box"] = ke.distance(left, right, ke.Box(-1, 4)).certificate.data
    return out


def floats() -> dict[str, bytes]:
    """Bounds of float errors: hats, cubic splines in both forms, layers with SiLU."""
    box, out = ke.Box(-1, 1), dict[str, bytes]()
    even = KnotVector.of([Fraction(k, 2) for k in range(-5, 6)])
    layer = kan([2, 2], degree=3, seed=12)
    deep = kan([1, 2, 1], intervals=2, degree=2, seed=13, silu=True)
    for name, network, dtype, precision in (
        ("floats_of_hats", kan([2, 1], degree=1, seed=14), "float32", None),
        ("floats_of_cubic_splines", layer, "float32", None),
        ("floats_in_double", layer, "float64", None),
        ("floats_of_a_divided_sum", layers([2, 1], even, 3, silu=False), None, None),
        ("floats_layer_by_layer", deep, "float32", None),
        ("floats_in_split_products", deep, "float32", "tf32x3"),
    ):
        conversion = ke.convert(network, "local")
        module = ke.emit.torch_module(conversion, dtype, precision=precision)
        out[name] = ke.rounding_bound(module, network, box).certificate.data
    return out
