"""ChebyKAN (SynodicMonth): Chebyshev polynomials of tanh.

The original computes cos(d acos(tanh x)), which is the polynomial T_d(tanh x)::

    y_o = sum_i sum_d cheby_coeffs[i, o, d] T_d(tanh x_i)
"""

from __future__ import annotations

from collections.abc import Sequence

from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.polynomial import Polynomial
from kan_equiv.importers.chain import load_chain, prefixes_of
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.layers import kan_layer
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import AtomBasis, PiecewiseBasis
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Bank, Stage
from kan_equiv.ir.univariate import Atom

__all__ = ["FAMILY", "chebyshev", "load_cheby_kan"]

REQUIRED = ("cheby_coeffs",)


def is_cheby_kan(state: StateDict) -> bool:
    """Whether the keys hold ChebyKANLayer layers."""
    return bool(prefixes_of(state, REQUIRED))


def chebyshev(degree: int) -> tuple[Polynomial, ...]:
    """Return T_0 ... T_degree.

    >>> [str(p) for p in chebyshev(2)]
    ['1', 'x', '2*x^2 - 1']
    """
    found = [Polynomial.of([1]), Polynomial.of([0, 1])]
    for _ in range(degree - 1):
        found.append(Polynomial.of([0, 2]) * found[-1] - found[-2])
    return tuple(found[: degree + 1])


def load_cheby_kan(state: StateDict, *, prefix: str | Sequence[str] = "") -> Network:
    """Import a chain of ChebyKANLayer from a state dict.

    Args:
        state: the state dict.
        prefix: what the keys of the chain start with, or a list with the prefix of each
            layer in the order they are applied, if nothing stands between them.

    Raises:
        UnsupportedModelError: layers of unknown order, or other weights beside them.
    """
    tanh = AtomBasis((Atom("tanh"),))

    def layer(p: str, _: int, inputs: int | None) -> tuple[Stage, ...]:
        coefficients = take(state, p + "cheby_coeffs", (inputs, None, None))
        n, m, size = coefficients.shape
        polynomials = [PiecewisePolynomial((), (t,), ()) for t in chebyshev(size - 1)]
        basis = PiecewiseBasis(tuple(polynomials))
        factors = ((coefficients, "iok"),)
        bank, affine = kan_layer([basis] * n, (m, n, size), factors, None, ())
        return Bank((tanh,), (0,) * n), bank, affine

    return load_chain(state, REQUIRED, ("arange",), "ChebyKANLayer", prefix, layer)


FAMILY = Family(
    Format(
        "cheby-kan",
        "state dict of SynodicMonth/ChebyKAN",
        "Chebyshev polynomials",
        "tanh of each input (units of that kind)",
        ("prefix",),
        "prefix where layers have names of their own",
        "both forms: tanh units, then ReLU^p units of degrees 2 to the degree",
        "cheby_kan",
    ),
    is_cheby_kan,
    load_cheby_kan,
)
