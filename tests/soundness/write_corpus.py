"""Writes proofs/certificates anew: ``python -m tests.soundness.write_corpus``."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import sympy

import kan_equiv as ke
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.ir import (
    Affine,
    Atom,
    Bank,
    Basis,
    ConcatenatedBasis,
    Dense,
    KnotVector,
    Maximum,
    MonomialBasis,
    Network,
    Product,
    TruncatedPowerBasis,
    Univariate,
)
from kan_equiv.prover.normal_form import prove_by_normal_form
from kan_equiv.prover.question import Question
from kan_equiv.prover.regions import prove_by_regions
from tests.emit.grids import layers
from tests.kernel.hostile import exp_after_a_shift, wide_identity
from tests.networks import CHECKPOINTS, kan

CORPUS = Path(__file__).parents[2] / "proofs" / "certificates"


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


def reordered() -> tuple[Network, Network]:
    """Two hidden layers, and nearly the same with hidden units permuted and scaled."""
    first = [[1, 2], [-1, 1], ["1/2", -3]], ["1/4", "1/3", 0]
    left = ke.mlp([first, ([[1, -1, 2], [2, 1, 1]], [0, 1]), ([[1, 1]], [0])])
    moved = [["1/4", "-3/2"], [1, 2], [-2, 2]], [0, "1/4", "2/3"]
    rows = [[2, 2, "1/2"], [4, "1001/1000", "-1/2"]]
    right = ke.mlp([moved, (rows, [1, 0]), ([[1, 1]], [0])])
    return left, right


def reflections() -> tuple[Network, Network]:
    """Atoms of -x + 1/2, one an input, and the same by identities."""
    names = ("silu", "gelu", "sigmoid", "tanh", "sin", "cos", "gaussian", "tanh")
    zero, one, half = PiecewisePolynomial.of([]), Fraction(1), Fraction(1, 2)
    atoms = [Atom(name, -one, half) for name in names]
    right: list[Univariate] = []
    for k, atom in enumerate(atoms):
        found = atom.reflected() if k < len(atoms) - 1 else atom.as_sigmoid()
        assert found is not None
        c, other, line = found
        right.append(Univariate(line, ((other, c),)))
    left = [Univariate(zero, ((atom, one),)) for atom in atoms]
    return ke.kan([left]), ke.kan([right])


def with_bank(
    rows: list[list[int]], basis: Basis, out: list[list[int]], constants: list[int]
) -> Network:
    """One hidden layer with the same basis for every row."""
    (first,) = ke.mlp([(rows, None)]).stages
    (last,) = ke.mlp([(out, constants)]).stages
    return Network(len(rows[0]), (first, Bank((basis,), (0,) * len(rows)), last))


def never_bending() -> tuple[Network, Network, ke.Box]:
    """On [0, 1]^2 one unit of the second layer is always active, another one never."""
    first = ([[1, 2], [-1, 1]], [0, 0])
    second = ([[-1, -1], [1, 1], [1, -2]], [-1, 1, 0])
    left = ke.mlp([first, second, ([[3, 2, 1]], [5])])
    right = ke.mlp([first, ([[1, 1], [1, -2]], [0, 0]), ([[2, 1]], [7])])
    return left, right, ke.Box(0, 1).for_inputs(2)


def turned_around() -> tuple[Network, Network]:
    """relu(z) = relu(-z) + z and z = relu(z) - relu(-z), in a deep network."""
    last = [[1, 1]], None
    left = ke.mlp([([[1, 2], [1, 0]], [1, 0]), ([[2, 1], [1, 1]], [0, 1]), last])
    w, b = [[-1, -2], [1, 0], [1, 2], [-1, -2]], [-1, 0, 1, -1]
    return left, ke.mlp([(w, b), ([[1, 1, 2, -1], [0, 1, 1, 0]], [0, 1]), last])


def out_of_reach(inputs: int) -> tuple[Network, Network]:
    """Second layers that differ where the first one never comes."""
    knots = [PiecewisePolynomial.truncated_power(Fraction(t), 1) for t in (0, 1, 5)]
    small = knots[0] - knots[1]
    first = ke.kan([[small] * inputs]).stages
    left, right = knots[0], knots[0] + knots[2]
    a, b = (Network(inputs, first + ke.kan([[f]]).stages) for f in (left, right))
    return a, b


Change = Callable[[Any], Any]


def edit(*path: Any, to: Any) -> Change:
    def change(header: Any) -> None:
        at = header
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = to

    return change


def find(header: Any, kind: str, nth: int = 0) -> Any:
    return [o for o in header["objects"] if o["type"] == kind][nth]


def within(kind: str, key: str, to: Any) -> Change:
    def change(header: Any) -> None:
        find(header, kind)[key] = to

    return change


def drop_last_step(header: Any) -> None:
    header["judgements"][-1]["steps"].pop()


def swap_sides(header: Any) -> None:
    claim = header["claim"]
    claim["left"], claim["right"] = claim["right"], claim["left"]


def move_knot(header: Any) -> None:
    knots = find(header, "bspline")["knots"]
    knots[2] = str(Fraction(knots[2]) + Fraction(1, 1 << 60))


def move_hinge(header: Any) -> None:
    term = find(header, "truncated_power")["terms"][3]
    term[0] = str(Fraction(term[0]) + Fraction(1, 1 << 60))


def lower_degree(header: Any) -> None:
    find(header, "truncated_power")["terms"][2][1] = 1


def drop_hinge(header: Any) -> None:
    find(header, "truncated_power")["terms"].pop()


def scale_denominator(header: Any) -> None:
    tensor = next(
        o
        for o in header["objects"]
        if o["type"] == "integer_tensor" and len(o["shape"]) == 2
    )
    tensor["denominators"][0] = str(int(tensor["denominators"][0]) + 1)


def forward_reference(header: Any) -> None:
    header["objects"][-1]["stages"][0] = len(header["objects"]) + 1


def cite_later(header: Any) -> None:
    header["judgements"][-1]["steps"][0][1] = len(header["judgements"])


def shift_atom(header: Any) -> None:
    find(header, "atom")["atoms"][0][2] = str(Fraction(1, 2) + Fraction(1, 10**30))


def turn_atom(header: Any) -> None:
    find(header, "atom")["atoms"][0][1:] = ["1", "-1/2"]


def rename_atom(header: Any) -> None:
    find(header, "atom")["atoms"][0][0] = "gelu"


def constant_of_log(to: str) -> Change:
    def change(header: Any) -> None:
        atoms = [a for o in header["objects"] for a in o.get("atoms", [])]
        next(a for a in atoms if a == ["log", "0", "3"])[2] = to

    return change


def guard(key: str, to: Any) -> Change:
    def change(header: Any) -> None:
        bases = [o for o in header["objects"] if o["type"] == "guarded"]
        functions = [f for basis in bases for f in basis["functions"]]
        next(f for f in functions if f["atom"] == ["log", "6", "0"])[key] = to

    return change


def moved_root(header: Any) -> None:
    atoms = [a for o in header["objects"] for a in o.get("atoms", [])]
    next(a for a in atoms if a[:2] == ["sqrt", "8"])[2] = str(4 + Fraction(1, 10**30))


def root_for_log(header: Any) -> None:
    atoms = [a for o in header["objects"] for a in o.get("atoms", [])]
    next(a for a in atoms if a == ["log", "1", "-1"])[0] = "sqrt"


def swap_values(header: Any) -> None:
    place = header["judgements"][0]
    values = place["left_value"], place["right_value"]
    place["right_value"], place["left_value"] = values


def shrink_bound(header: Any) -> None:
    for entry in (header["judgements"][-1]["bounds"], header["claim"]["epsilon"]):
        entry[0] = str(Fraction(entry[0]) - Fraction(1, 1 << 40))


def fewer_cells(header: Any) -> None:
    header["judgements"][0]["cells"] -= 1


def knot_in_reach(header: Any) -> None:
    function = find(header, "piecewise", -1)["functions"][0]
    function["breakpoints"][1] = function["values"][1] = "3/2"
    function["pieces"][2][0] = "-3/2"


def jump_out_of_reach(header: Any) -> None:
    find(header, "piecewise", -1)["functions"][0]["pieces"][2][0] = "-4"


def shrink_error(header: Any) -> None:
    last = header["judgements"][-1]["layers"][-1]["errors"]
    for entry in (last, header["claim"]["epsilon"]):
        entry[0] = str(Fraction(entry[0]) * Fraction(99, 100))


def programs(header: Any) -> Any:
    return find(header, "straight_line")["programs"]


def another_instruction(old: str, new: str) -> Change:
    def change(header: Any) -> None:
        line = next(i for p in programs(header) for i in p if i[0] == old)
        line[0] = new

    return change


def constant_off(header: Any) -> None:
    line = next(i for p in programs(header) for i in p if i[0] == "constant")
    line[1] = str(Fraction(line[1]) + Fraction(1, 1 << 60))


def division_left_out(header: Any) -> None:
    for program in programs(header):
        program.pop()


def copy_differs(header: Any) -> None:
    """The first function of the second copy is 0."""
    held = programs(header)
    held[len(held) // 2] = [["constant", "0"]]


def in_both_statements(change: Callable[[Any], object]) -> Change:
    """A change of what a schema says, in its claim and in its judgement."""

    def changed(header: Any) -> None:
        for statement in (header["claim"], *header["judgements"]):
            change(statement)

    return changed


def in_another_format(name: str) -> Change:
    def change(header: Any) -> None:
        for place in (header["claim"], header["judgements"][-1]):
            place["format"] = name

    return change


def distance_not_cited(header: Any) -> None:
    header["judgements"][-1]["within"] = []


def shrink_float_error(header: Any) -> None:
    error = header["judgements"][-1]["layers"][-1]["errors"]
    epsilon = header["claim"]["epsilon"]
    less = Fraction(error[0]) / (1 << 20)
    for entry in (error, epsilon):
        entry[0] = str(Fraction(entry[0]) - less)


def equality_left_out(header: Any) -> None:
    header["judgements"][-1]["right_equal"] = []


def scale_not_undone(header: Any) -> None:
    """The first diagonal map of the aligned network has another first entry."""
    diagonal = find(header, "block_diagonal")
    diagonal["block_of"][0] = diagonal["block_of"][1]


def factor_left_out(header: Any) -> None:
    last = [o for o in header["objects"] if o["type"] == "product"][-1]
    last["groups"][0].pop()


def reach_less(header: Any) -> None:
    bounds = judgement(header, "range")["bounds"]
    bounds[0][1] = "5/2"


def raise_attained(header: Any) -> None:
    for entry in (header["judgements"][-1]["attained"], header["claim"]["attained"]):
        entry[0] = str(Fraction(entry[0]) * Fraction(101, 100))


def raise_epsilon(header: Any) -> None:
    for place in (header["judgements"][-1], header["claim"]):
        place["epsilon"] = "1000"


def shrink_image(header: Any) -> None:
    for judgement in header["judgements"]:
        if judgement["kind"] == "range":
            for ends in judgement["bounds"]:
                ends[0] = str((Fraction(ends[0]) + Fraction(ends[1])) / 2)


def wider_box(header: Any) -> None:
    for place in (header["claim"], *header["judgements"]):
        place["domain"] = [["-1", "16/5"], ["-1", "16/5"]]


def ratio_term(key: str, to: Any) -> Change:
    def change(header: Any) -> None:
        find(header, "rational")["functions"][0][0][key] = to

    return change


def all_of_space(header: Any) -> None:
    for place in (header["claim"], *header["judgements"]):
        place["domain"] = []


HINGE: dict[str, tuple[str, Change]] = {
    "unknown_version": ("version 2 is not known", edit("version", to=2)),
    "unknown_format": ("the format has another name", edit("format", to="cert")),
    "unknown_claim": ("a kind of claim that is none", edit("claim", "kind", to="eq")),
    "unknown_judgement": (
        "a kind of judgement that is none",
        edit("judgements", 0, "kind", to="trust_me"),
    ),
    "unknown_object": ("an object of no known type", within("bank", "type", "tank")),
    "extra_key": ("a key that the format lacks", within("bank", "note", "hi")),
    "claim_on_a_box": (
        "the proof is for R^n",
        edit("claim", "domain", to=[["0", "1"]]),
    ),
    "last_step_missing": ("the steps end elsewhere", drop_last_step),
    "sides_swapped": ("the composition shows the other order", swap_sides),
    "knot_moved": ("a spline's knot is off by 2^-60", move_knot),
    "hinge_moved": ("a hinge is off by 2^-60", move_hinge),
    "hinge_of_lower_degree": ("a hinge has degree 1 in place of 2", lower_degree),
    "hinge_missing": ("fewer hinges than knots", drop_hinge),
    "grid_map_denominator": ("one column of the grid map is off", scale_denominator),
    "forward_reference": ("an object refers to a later one", forward_reference),
    "cites_a_later_judgement": ("a step cites what is not shown yet", cite_later),
    "step_at_minus_one": (
        "a step stands before the word",
        edit("judgements", -1, "steps", 0, 0, to=-1),
    ),
    "step_elsewhere": (
        "the window does not stand there",
        edit("judgements", -1, "steps", 0, 0, to=1),
    ),
    "step_backward": (
        "the right side does not stand there",
        edit("judgements", -1, "steps", 0, 2, to="backward"),
    ),
    "wrong_in_features": (
        "the window has another number of inputs",
        edit("judgements", 0, "in_features", to=3),
    ),
    "boolean_for_integer": (
        "true is no integer",
        edit("judgements", 0, "in_features", to=True),
    ),
    "no_judgements": ("a claim without a proof", edit("judgements", to=[])),
    "unreduced_rational": (
        "2/4 is not in lowest terms",
        within("bspline", "knots", ["0", "2/4", "1", "2", "3", "4", "5", "6"]),
    ),
    "decreasing_knots": (
        "knots decrease",
        within("bspline", "knots", ["0", "2", "1", "3", "4", "5", "6", "7"]),
    ),
    "degree_changed": (
        "the splines have another degree",
        within("bspline", "degree", 1),
    ),
    "negative_index": ("basis -1", within("bank", "basis_of", [0, -1])),
    "unused_basis": (
        "a bank has a basis that no input uses",
        within("bank", "basis_of", [0, 0]),
    ),
}


def judgement(header: Any, kind: str, nth: int = 0) -> Any:
    return [j for j in header["judgements"] if j["kind"] == kind][nth]


def citing(header: Any) -> Any:
    """A step that cites ranges."""
    return next(s for s in header["judgements"][-1]["steps"] if len(s) == 4)


def no_ranges(header: Any) -> None:
    del citing(header)[3]


def empty_ranges(header: Any) -> None:
    citing(header)[3] = []


def ranges_twice(header: Any) -> None:
    citing(header)[3] *= 2


def window_as_range(header: Any) -> None:
    step = citing(header)
    step[3] = [step[1]]


def bound_too_small(header: Any) -> None:
    side = judgement(header, "range")["bounds"][0]
    side[1] = str(Fraction(side[1]) - Fraction(1, 1 << 40))


def range_of_a_smaller_box(header: Any) -> None:
    judgement(header, "range")["domain"][0] = ["0", "1/2"]


def range_of_other_stages(header: Any) -> None:
    judgement(header, "range")["stages"].reverse()


def claim_on_a_larger_box(header: Any) -> None:
    for place in (header["claim"], header["judgements"][-1]):
        place["domain"] = [["0", "1"], ["0", "2"]]


OTHERS: dict[str, tuple[str, str, Change]] = {
    **{
        f"premises_{change.__name__}": ("hidden_units_that_never_bend", why, change)
        for why, change in (
            ("a window on a box inside the word cites no ranges", no_ranges),
            ("the cited ranges stop before the window", empty_ranges),
            ("the cited ranges go beyond the window", ranges_twice),
            ("a step cites a window as a range", window_as_range),
            ("a bound is 2^-40 too small", bound_too_small),
            ("the range is of a part of the claim's box", range_of_a_smaller_box),
            ("the range is of other stages", range_of_other_stages),
            ("the claim's box is larger than that of the range", claim_on_a_larger_box),
        )
    },
    "product_with_a_factor_less": (
        "products_as_squares",
        "the product of pairs leaves out a factor",
        factor_left_out,
    ),
    "range_that_leaves_out_a_bend": (
        "mlp_as_splines_on_a_box",
        "a hidden unit reaches more than its grid",
        reach_less,
    ),
    "box_too_wide": ("equal_on_a_box_only", "they differ right of 3", wider_box),
    "bound_too_small": (
        "within_on_a_box",
        "the bound is 2^-40 too small",
        shrink_bound,
    ),
    "error_too_small": (
        "within_layer_by_layer",
        "the error of the last layer is a hundredth too small",
        shrink_error,
    ),
    "image_too_small": (
        "within_layer_by_layer",
        "the box between the layers is half of the image",
        shrink_image,
    ),
    "layer_left_out": (
        "within_layer_by_layer",
        "the words do not make up the networks",
        lambda header: header["judgements"][-1]["layers"].pop(0),
    ),
    "transfer_without_equality": (
        "within_of_units_reordered",
        "nothing says that the aligned network is the right one",
        equality_left_out,
    ),
    "scale_of_a_unit_not_undone": (
        "within_of_units_reordered",
        "a unit is scaled, and not scaled back",
        scale_not_undone,
    ),
    "attained_too_large": (
        "supremum_layer_by_layer",
        "less is attained at the point",
        raise_attained,
    ),
    "attained_in_a_layer_too_large": (
        "within_on_a_box",
        "less is attained at the point",
        raise_attained,
    ),
    **{
        f"floats_{name}": (base, why, change)
        for name, base, why, change in (
            (
                "error_too_small",
                "floats_of_cubic_splines",
                "the bound is one part in 2^20 too small",
                shrink_float_error,
            ),
            (
                "constant_off",
                "floats_of_hats",
                "a constant is off by 2^-60, and no float32",
                constant_off,
            ),
            (
                "maximum_for_minimum",
                "floats_of_hats",
                "another function over the reals",
                another_instruction("minimum", "maximum"),
            ),
            (
                "sum_for_difference",
                "floats_of_cubic_splines",
                "another function over the reals",
                another_instruction("subtract", "add"),
            ),
            (
                "without_division",
                "floats_of_a_divided_sum",
                "the sum is not divided by 3!",
                division_left_out,
            ),
            (
                "in_single",
                "floats_in_double",
                "float64 numbers in a float32 program",
                in_another_format("float32"),
            ),
            (
                "copy_differs",
                "floats_in_split_products",
                "the copies of a column differ",
                copy_differs,
            ),
            (
                "as_one_term",
                "floats_in_split_products",
                "unsplit products in tf32 are farther off",
                edit("judgements", -1, "terms", to=1),
            ),
            (
                "another_machine",
                "floats_layer_by_layer",
                "the claim is of atoms within 4 units",
                edit("claim", "ulps", to=4),
            ),
            (
                "image_too_small",
                "floats_layer_by_layer",
                "the box between the layers is half of the image",
                shrink_image,
            ),
            (
                "distance_not_cited",
                "floats_of_hats",
                "nothing bounds the difference over the reals",
                distance_not_cited,
            ),
            (
                "claims_the_reals",
                "floats_of_hats",
                "a bound of float errors shows no claim over the reals",
                edit("claim", "kind", to="within"),
            ),
            (
                "layer_left_out",
                "floats_layer_by_layer",
                "the layers do not make up the program",
                lambda header: header["judgements"][-1]["layers"].pop(0),
            ),
        )
    },
    "exceeds_less": (
        "exceeds_at_a_point",
        "the difference at the point is smaller",
        raise_epsilon,
    ),
    "witness_value_wrong": (
        "refuted_at_a_point",
        "another value than the kernel finds",
        edit("judgements", 0, "left_value", to=["1", "1"]),
    ),
    "witness_point_of_equality": (
        "refuted_at_a_point",
        "the sides agree at this point",
        edit("judgements", 0, "point", to=["0", "0"]),
    ),
    "witness_claims_equality": (
        "refuted_at_a_point",
        "a witness proves no equality",
        edit("claim", "kind", to="equal"),
    ),
    "witness_of_other_length": (
        "refuted_at_a_point",
        "the point has one coordinate",
        edit("judgements", 0, "point", to=["4"]),
    ),
    "maximum_of_two_of_three": (
        "maxima_in_pairs",
        "the third input is left out of one side",
        edit("objects", 0, "groups", 0, 2, to=1),
    ),
    "regions_one_cell_short": (
        "regions_of_a_plane",
        "there is one cell more than stated",
        fewer_cells,
    ),
    "regions_knot_in_reach": (
        "regions_of_a_plane",
        "the knot that no input reaches is moved to 3/2",
        knot_in_reach,
    ),
    "regions_of_a_jump": (
        "regions_of_a_plane",
        "the hinge out of reach becomes a jump",
        jump_out_of_reach,
    ),
    "atom_shifted": (
        "atoms_by_their_identities",
        "the argument of the first silu is off by 1e-30",
        shift_atom,
    ),
    "atom_turned": (
        "atoms_by_their_identities",
        "silu(x - 1/2) in place of silu(-x + 1/2)",
        turn_atom,
    ),
    "atom_renamed": (
        "atoms_by_their_identities",
        "gelu in place of silu",
        rename_atom,
    ),
    "ratio_with_a_root": (
        "ratios_of_polynomials",
        "x^2 - 1 has roots where the ratio stands",
        ratio_term("denominator", ["-1", "0", "1"]),
    ),
    "ratio_with_a_root_at_the_end": (
        "ratios_on_a_half_line",
        "x - 1 is 0 at the closed end of the cell",
        ratio_term("denominator", ["-1", "1"]),
    ),
    "ratio_not_monic": (
        "ratios_of_polynomials",
        "the denominator is 2 x^2 + 1",
        ratio_term("denominator", ["1", "0", "2"]),
    ),
    "ratio_of_another_denominator": (
        "ratios_of_polynomials",
        "the denominator is x^2 + 4 + 10^-30",
        ratio_term("denominator", [str(4 + Fraction(1, 10**30)), "0", "1"]),
    ),
    "ratio_to_another_power": (
        "ratios_of_polynomials",
        "the power is 2",
        ratio_term("power", 2),
    ),
    "ratio_of_high_degree": (
        "ratios_of_polynomials",
        "the numerator has the degree of the denominator",
        ratio_term("pieces", [["0", "0", "1"]]),
    ),
    "half_line_left_out": (
        "ratios_on_a_half_line",
        "the functions differ left of 1",
        all_of_space,
    ),
    "all_of_space_as_a_box": (
        "ratios_of_polynomials",
        "R^n has one spelling, []",
        edit("claim", "domain", to=[["-inf", "inf"], ["-inf", "inf"]]),
    ),
    "ridge_box_too_wide": (
        "ridge_functions_on_a_box",
        "a unit is active on the wider box",
        wider_box,
    ),
    "ridge_unit_of_degree_2": (
        "ridge_functions_on_a_box",
        "the units of the left side are squares",
        within("truncated_power", "terms", [["0", 2]]),
    ),
    "ridge_fourth_powers": (
        "ridge_powers_that_cancel",
        "the cubes cancel, fourth powers do not",
        within("monomial", "degrees", [4]),
    ),
    "log_of_another_constant": (
        "logs_and_roots",
        "log(5) in place of log(3)",
        constant_of_log("5"),
    ),
    "log_of_a_constant_that_is_not_defined": (
        "logs_and_roots",
        "log(0) is no constant",
        constant_of_log("0"),
    ),
    "root_at_another_point": (
        "logs_and_roots",
        "a branch point is moved by 1e-30",
        moved_root,
    ),
    "one_point_is_left": (
        "defined_nowhere",
        "log(x - 1) becomes sqrt(x - 1): that side is defined at 1",
        root_for_log,
    ),
    "half_line_left_out_of_a_root": (
        "square_of_a_root_on_a_half_line",
        "left of 0 only one side is defined",
        all_of_space,
    ),
    "defined_after_all": (
        "refuted_where_one_side_is_defined",
        "at 1 both sides are defined",
        edit("judgements", 0, "point", to=["1"]),
    ),
    "the_other_side_is_defined": (
        "refuted_where_one_side_is_defined",
        "it is the left side that is not defined",
        swap_values,
    ),
    "both_sides_undefined": (
        "refuted_where_one_side_is_defined",
        "the right side is defined",
        edit("judgements", 0, "right_value", to="undefined"),
    ),
    "undefined_is_no_number": (
        "refuted_where_one_side_is_defined",
        "the left side has no value",
        edit("judgements", 0, "left_value", to=["0", "1"]),
    ),
    "inside_of_both_domains": (
        "refuted_at_the_end_of_a_domain",
        "a little right of the end both sides are defined",
        edit("judgements", 0, "point", to=[str(Fraction(1, 3) + Fraction(1, 10**30))]),
    ),
    "piece_moved": (
        "atoms_in_pieces",
        "log(6 x) begins at 1 + 1e-30",
        guard("ends", [str(1 + Fraction(1, 10**30))]),
    ),
    "piece_closed": (
        "atoms_in_pieces",
        "log(6 x) stands at 1 too",
        guard("points", [1]),
    ),
    "piece_out_of_its_domain": (
        "atoms_in_pieces",
        "log(6 x) begins at -1",
        guard("ends", ["-1"]),
    ),
    "piece_with_a_flag_of_2": (
        "atoms_in_pieces",
        "an atom stands or does not",
        guard("cells", [0, 2]),
    ),
    "end_of_a_piece_open": (
        "refuted_at_the_closed_end_of_a_piece",
        "log(x) does not stand at 0",
        lambda header: find(header, "guarded", -1)["functions"][0].update(points=[0]),
    ),
    "schema_of_another_sign": (
        "schema_hinge_degree_2",
        "the weight of the first unit is negated",
        in_both_statements(lambda s: s["rows"][0]["weight"][0].__setitem__(0, "-1")),
    ),
    "schema_without_a_factor": (
        "schema_local_degree_3",
        "a denominator lacks a factor",
        in_both_statements(lambda s: s["rows"][1]["weight"][0][2].pop()),
    ),
    "schema_of_units_in_another_order": (
        "schema_local_degree_3",
        "units have one order",
        in_both_statements(lambda s: s["rows"].reverse()),
    ),
    "schema_not_in_lowest_terms": (
        "schema_hinge_degree_2",
        "a factor stands above and below",
        in_both_statements(lambda s: s["rows"][0]["weight"][0][1].insert(0, [1, 0])),
    ),
    "schema_of_another_degree": (
        "schema_hinge_degree_2",
        "the units are those of degree 2",
        in_both_statements(lambda s: s.update(degree=1)),
    ),
    "schema_claims_more": (
        "schema_hinge_degree_2",
        "the judgement shows another statement",
        edit("claim", "rows", 0, "weight", 0, 0, to="2"),
    ),
    "enclosures_elsewhere": (
        "refuted_with_enclosures",
        "the stated interval misses the value",
        edit("judgements", 0, "left_value", to=["1000", "1001"]),
    ),
}


def bad(sources: dict[str, bytes]) -> tuple[dict[str, bytes], dict[str, str]]:
    out: dict[str, bytes] = {}
    why: dict[str, str] = {}
    changes = {k: ("layer_hinge_degree_2", *v) for k, v in HINGE.items()} | OTHERS
    for name, (base, reason, change) in changes.items():
        header, buffers = unpack(sources[base])
        header.pop("buffers")
        broken = copy.deepcopy(header)
        change(broken)
        version = broken.pop("version")
        data = pack(broken, buffers)
        if version != 1:
            data = data.replace(b'"version":1', b'"version":2')
        out[name], why[name] = data, reason
    plain = sources["layer_hinge_degree_2"]
    flipped = bytearray(plain)
    flipped[-1] ^= 1
    for name, reason, data in (
        ("cut_short", "the last byte is missing", plain[:-1]),
        ("trailing_byte", "a byte too many", plain + b"\0"),
        ("flipped_bit", "a buffer has another sha256", bytes(flipped)),
        ("not_ours", "no magic bytes", b"PK\3\4" + plain[4:]),
        ("empty", "no bytes at all", b""),
        ("spaces_in_header", "the header is not canonical", _spaced(plain)),
        (
            "slope_of_exp_rounded_down",
            "the bound is below the difference by one part in 2^129",
            exp_after_a_shift(below=1)[0],
        ),
        ("small_and_wide", "2^24 inputs in 400 bytes", wide_identity()),
    ):
        out[name], why[name] = data, reason
    return out, why


def _spaced(data: bytes) -> bytes:
    size = int.from_bytes(data[8:16], "little")
    text = data[16 : 16 + size].replace(b'"claim":', b'"claim": ', 1)
    return data[:8] + len(text).to_bytes(8, "little") + text + data[16 + size :]


def main() -> None:
    accepted = good()
    rejected, why = bad(accepted)
    for folder, files in (("good", accepted), ("bad", rejected)):
        place = CORPUS / folder
        place.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (place / f"{name}.cert").write_bytes(data)
    text = json.dumps(dict(sorted(why.items())), indent=1) + "\n"
    (CORPUS / "bad" / "manifest.json").write_text(text)


if __name__ == "__main__":
    main()
