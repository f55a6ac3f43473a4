"""Polynomials of tanh (ChebyKAN), written in other polynomials and other atoms."""

from __future__ import annotations

from fractions import Fraction

import pytest

import kan_equiv as ke
from kan_equiv.exact import Polynomial, RationalTensor
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    BlockDiagonal,
    Dense,
    MonomialBasis,
    Network,
    PiecewiseBasis,
)
from kan_equiv.prover.normal_form import normal_form
from tests.networks import DATA

F = Fraction
ZERO = F(0)
CHEBY = ke.load(DATA / "cheby_kan.pt")
WRITTEN = {
    "tanh(x)": (Atom("tanh"), [0, 1]),
    "-tanh(-x)": (Atom("tanh", F(-1)), [0, -1]),
    "2 sigmoid(2x) - 1": (Atom("sigmoid", F(2)), [-1, 2]),
    "1 - 2 sigmoid(-2x)": (Atom("sigmoid", F(-2)), [1, -2]),
}


def rewritten(network: Network, name: str, off: Fraction = ZERO) -> Network:
    """Monomials of another atom, times the matrix of T_d(outer(y)) in powers of y."""
    atom, outer = WRITTEN[name]
    stages: list[Affine | Bank] = []
    for stage in network.stages:
        assert isinstance(stage, (Affine, Bank))
        basis = stage.bases[0] if isinstance(stage, Bank) else None
        if isinstance(basis, PiecewiseBasis):
            size = len(basis)
            polynomials = [
                f.pieces[0].compose(Polynomial.of(outer)) for f in basis.pieces
            ]
            rows = [p.coefficient(k) for p in polynomials for k in range(size)]
            rows[-1] += off
            table = Dense.matrix(RationalTensor.from_fractions(rows, (size, size)))
            of = (0,) * stage.in_features
            stages.append(Bank((MonomialBasis(tuple(range(size))),), of))
            stages.append(Affine.linear(BlockDiagonal((table,), of)))
        elif isinstance(basis, AtomBasis):
            stages.append(Bank((AtomBasis((atom,)),), (0,) * stage.in_features))
        else:
            stages.append(stage)
    return Network(network.in_features, tuple(stages))


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("depth", [1, 2])
def test_a_trained_chebyshev_network_written_otherwise(name: str, depth: int) -> None:
    source = CHEBY.layer(0) if depth == 1 else CHEBY
    assert ke.prove(source, rewritten(source, name)).is_proved


@pytest.mark.parametrize("name", WRITTEN)
def test_a_highest_coefficient_that_is_off_is_refuted(name: str) -> None:
    source = CHEBY.layer(0)
    other = rewritten(source, name, F(1, 2**20))
    assert isinstance(ke.prove(source, other), ke.Refuted)


def test_powers_of_shifted_arguments_are_one_polynomial() -> None:
    """(x + y + 3)^3 against its powers of x + y, and with one of them off."""
    left = Network(
        2,
        (
            ke.mlp([([[1, 1]], [3])]).stages[0],
            Bank((MonomialBasis((3,)),), (0,)),
        ),
    )
    rows = [[27, 9, 1]]

    def right(square: int) -> Network:
        bank = Bank((MonomialBasis((1, 2, 3)),), (0,))
        first = ke.mlp([([[1, 1]], [0])]).stages[0]
        weights = [[rows[0][0], square, rows[0][2]]]
        return Network(2, (first, bank, ke.mlp([(weights, [27])]).stages[0]))

    forms = [normal_form(n) for n in (left, right(9), right(8))]
    assert all(forms)
    assert ke.prove(left, right(9)).is_proved
    assert isinstance(ke.prove(left, right(8)), ke.Refuted)
