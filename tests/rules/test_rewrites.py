from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.encode import Encoder
from kan_equiv.certificate.model import Certificate
from kan_equiv.errors import ConversionError
from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    BlockDiagonal,
    BSplineBasis,
    ConcatenatedBasis,
    Dense,
    KnotVector,
    Network,
    PiecewiseBasis,
    TruncatedPowerBasis,
)
from kan_equiv.rules.bspline_to_local import bspline_to_local
from kan_equiv.rules.bspline_to_truncated_power import (
    bspline_to_truncated_power,
    grid_map,
)
from kan_equiv.rules.convert import derive_compact, derive_target
from kan_equiv.rules.counts import count
from kan_equiv.rules.share_banks import share_banks
from tests.networks import kan, rational_points

knot_rows = st.lists(
    st.fractions(-4, 4, max_denominator=16), min_size=7, max_size=10, unique=True
).map(sorted)


def accepts(left: Any, right: Any, inputs: int) -> bool:
    """Whether the kernel accepts the equality of two words of stages."""
    encoder = Encoder()
    a = encoder.network(Network(inputs, tuple(left)))
    b = encoder.network(Network(inputs, tuple(right)))
    window = {
        "kind": "window_equal",
        "in_features": inputs,
        "left": encoder.stages(left),
        "right": encoder.stages(right),
        "domain": [],
    }
    sides = {"left": a, "right": b, "domain": []}
    steps = {"kind": "composition", **sides, "steps": [[0, 0, "forward"]]}
    certificate = Certificate.build(
        encoder, {"kind": "equal", **sides}, [window, steps]
    )
    return kernel.check(certificate.data).verdict == "valid"


@given(row=knot_rows, degree=st.integers(1, 4), rule=st.sampled_from("tl"))
def test_splines_change_basis_exactly(
    row: list[Fraction], degree: int, rule: str
) -> None:
    bank = Bank.of([BSplineBasis(KnotVector.of(row), degree)])
    rewrite = bspline_to_truncated_power if rule == "t" else bspline_to_local
    new = rewrite(bank)
    assert new is not None
    target = Network(1, new)
    points = [*row, *[(a + b) / 2 for a, b in pairwise(row)]]
    for x in [*points, row[0] - 1, row[-1] + 1]:
        assert list(target([x])) == bank([x])
    assert accepts([bank], new, 1)


def changed_entry(affine: Affine, place: int, change: Fraction) -> Affine:
    weight = affine.weight
    assert isinstance(weight, BlockDiagonal)
    block = weight.blocks[0].to_rational()
    flat = list(block.fractions())
    flat[place] += change
    dense = Dense.matrix(RationalTensor.from_fractions(flat, block.shape))
    return Affine(BlockDiagonal((dense,), weight.block_of), affine.bias)


@given(row=knot_rows, degree=st.integers(1, 3), data=st.data())
def test_a_grid_map_off_by_a_hair_is_rejected(
    row: list[Fraction], degree: int, data: st.DataObject
) -> None:
    bank = Bank.of([BSplineBasis(KnotVector.of(row), degree)])
    for rewrite in (bspline_to_truncated_power, bspline_to_local):
        new = rewrite(bank)
        assert new is not None
        new_bank, affine = new
        assert isinstance(affine, Affine)
        size = affine.weight.out_features * affine.weight.in_features
        place = data.draw(st.integers(0, size - 1))
        wrong = changed_entry(affine, place, Fraction(1, 1 << 60))
        assert not accepts([bank], [new_bank, wrong], 1)


def test_fewer_hinges_than_knots_are_wrong_outside_the_grid() -> None:
    knots = KnotVector.of(range(8))
    rows = grid_map(knots, 2)
    kept = TruncatedPowerBasis(tuple((t, 2) for t in knots.knots[:-3]))
    flat = [r.get(j, Fraction(0)) for r in rows for j in range(5)]
    matrix = RationalTensor.from_fractions(flat, (5, 5))
    weight = BlockDiagonal((Dense.matrix(matrix),), (0,))
    bank = Bank.of([BSplineBasis(knots, 2)])
    assert not accepts([bank], [Bank.of([kept]), Affine.linear(weight)], 1)


def test_the_mirrored_sign_matters_for_even_degree() -> None:
    bank = Bank.of([BSplineBasis(KnotVector.of([0, 1, 3, 4]), 2)])
    new = bspline_to_local(bank)
    assert new is not None
    affine = new[1]
    assert isinstance(affine, Affine)
    for place in range(3):
        value = affine.weight.row(0)[place]
        assert not accepts(
            [bank], [new[0], changed_entry(affine, place, -2 * value)], 1
        )


def test_repeated_knots_use_lower_degrees() -> None:
    bank = Bank.of([BSplineBasis(KnotVector.of([0, 1, 1, 2, 3, 4]), 2)])
    new = bspline_to_truncated_power(bank)
    assert new is not None
    basis = new[0].bases[0]  # type: ignore[union-attr]
    assert (Fraction(1), 1) in basis.terms
    assert accepts([bank], new, 1)


def test_full_multiplicity_is_a_jump_and_refused() -> None:
    network = Network(1, (Bank.of([BSplineBasis(KnotVector.of([0, 0, 0, 1, 2]), 2)]),))
    with pytest.raises(ConversionError, match="discontinuous at knot t=0"):
        ke.convert(network)


@given(
    sizes=st.lists(st.integers(1, 3), min_size=2, max_size=3),
    degree=st.integers(1, 3),
    seed=st.integers(0, 99),
    silu=st.booleans(),
    form=st.sampled_from(["hinge", "local"]),
    layout=st.sampled_from(["layers", "sequential"]),
)
def test_whole_networks_keep_their_values(
    sizes: list[int], degree: int, seed: int, silu: bool, form: str, layout: str
) -> None:
    source = kan(sizes, degree=degree, seed=seed, silu=silu)
    compact = derive_compact(source, form)
    target = derive_target(compact, layout)
    for x in rational_points(source, 3, seed):
        y, z = source(x, 256), target.target(x, 256)
        if silu:
            assert all(a.overlaps(b) for a, b in zip(y, z, strict=True))
        else:
            assert y == z == compact.target(x)


def test_sharing_is_structural() -> None:
    basis = BSplineBasis(KnotVector.of(range(6)), 2)
    twice = Bank((basis, BSplineBasis(KnotVector.of(range(6)), 2)), (0, 1))
    shared = share_banks(twice)
    assert shared == (Bank((basis,), (0, 0)),)
    assert share_banks(shared[0]) is None


def test_symbolic_edges_become_hinges() -> None:
    f = PiecewisePolynomial.from_right_pieces(
        (0, 1),
        [
            PiecewisePolynomial.of(c).pieces[0]
            for c in ([0, -2], [0, Fraction(-1, 2)], [Fraction(-5, 2), 2])
        ],
    )
    conversion = ke.convert(ke.kan([[f]]))
    affine = next(s for s in conversion.compact.stages if isinstance(s, Affine))
    assert affine.weight.row(0) == {0: -2, 1: Fraction(3, 2), 2: Fraction(5, 2)}
    assert conversion.is_pure_relu


def test_parts_that_become_several_stay_beside_the_others() -> None:
    bend = PiecewisePolynomial.of([0, -1]) + PiecewisePolynomial.truncated_power(
        Fraction(1), 1
    ).scale(2)
    mixed = ConcatenatedBasis((AtomBasis((Atom("silu"),)), PiecewiseBasis((bend,))))
    affine = Affine.linear(Dense.matrix(RationalTensor((1, 2), (1, 1), (1,))))
    network = Network(1, (Bank((mixed,), (0,)), affine))
    compact = derive_compact(network, "hinge").target.stages[0]
    assert isinstance(compact, Bank)
    (basis,) = compact.bases
    assert isinstance(basis, ConcatenatedBasis)
    assert not any(isinstance(part, ConcatenatedBasis) for part in basis.parts)
    assert ke.convert(network).prove().is_proved


def test_pure_relu_is_refused_where_silu_remains() -> None:
    with pytest.raises(ConversionError, match="4 hidden units are silu"):
        ke.convert(kan([2, 2, 1], silu=True), pure_relu=True)


def test_counts_are_made_by_one_rule() -> None:
    source = kan([3, 2], intervals=4, degree=1)
    before, after = ke.convert(source).parameters
    assert before.parameters == 3 * 2 * 5 + 1
    assert before == count(source)
    assert after.widths == (3, 21, 21, 15, 2)
    assert after.hidden_units == 21
