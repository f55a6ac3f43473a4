"""Networks of which the corpus certifies something."""

from __future__ import annotations

from fractions import Fraction

import kan_equiv as ke
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Atom, Bank, Basis, Network, Univariate


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
