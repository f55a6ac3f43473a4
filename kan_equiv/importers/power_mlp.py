"""PowerMLP (Iri-sated): ReLU^p layers, each with a SiLU branch beside it.

Per block, with p = repu_order, and a Linear layer at the end::

    x <- max(fc.weight x + fc.bias, 0)^p + res.fc.weight silu(x)
"""

from __future__ import annotations

from fractions import Fraction

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.importers.arguments import integer
from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.linear_stack import linear_affine
from kan_equiv.importers.tensors import StateDict, optional, take
from kan_equiv.ir.basis import AtomBasis, TruncatedPowerBasis
from kan_equiv.ir.linear import BlockDiagonal, Dense, Interleave, Selection, compose
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Atom

__all__ = ["FAMILY", "load_power_mlp"]

FIRST = "res_layers.0.fc.weight"


def _roots(state: StateDict) -> list[str]:
    return [k.removesuffix(FIRST) for k in state if k.endswith(FIRST)]


def is_power_mlp(state: StateDict) -> bool:
    """Whether the keys are those of PowerMLP."""
    return any(r + "fc.weight" in state for r in _roots(state))


def load_power_mlp(
    state: StateDict, *, repu_order: int | None = None, prefix: str = ""
) -> Network:
    """Import a PowerMLP from a state dict.

    Args:
        state: the state dict.
        repu_order: the power p of its ReLU^p units; no file holds it.
        prefix: what the keys of the model start with.

    Raises:
        MissingArgumentError: repu_order is not given.
        UnsupportedModelError: no such model, or other weights beside it.
    """
    power = integer(repu_order, "repu_order", "the power of the ReLU^p units", 1)
    known: set[str] = set()
    depth = 0
    stages: list[Stage] = []
    while (p := f"{prefix}res_layers.{depth}.") + "fc.weight" in state:
        keys = [p + "fc.weight", p + "fc.bias", p + "res.fc.weight"]
        known.update(k for k in keys if k in state)
        width = stages[-1].out_features if stages else None
        stages += _block(state, p, width, power)
        depth += 1
    last = prefix + "fc."
    if not depth or last + "weight" not in state:
        raise UnsupportedModelError(
            f"no PowerMLP with prefix={prefix!r}: {prefix}{FIRST} and {last}weight are "
            f"needed; there are {', '.join(sorted(state)[:8])}"
        )
    known |= {last + "weight", last + "bias"}
    if others := [k for k in state if k.startswith(prefix) and k not in known]:
        raise UnsupportedModelError(
            f"other weights stand beside the blocks: {', '.join(others[:4])}"
        )
    end = linear_affine(state[last + "weight"], optional(state, last + "bias"), last)
    if end.in_features != stages[-1].out_features:
        raise LoadError(
            f"tensor {last}weight takes {end.in_features} inputs, the block before "
            f"gives {stages[-1].out_features}"
        )
    return Network(stages[0].in_features, (*stages, end))


def _block(
    state: StateDict, p: str, width: int | None, power: int
) -> tuple[Stage, ...]:
    take(state, p + "fc.weight", (None, width))
    linear = linear_affine(
        state[p + "fc.weight"], optional(state, p + "fc.bias"), p + "fc."
    )
    m, n = linear.out_features, linear.in_features
    repu = TruncatedPowerBasis(((Fraction(0), power),))
    if p + "res.fc.weight" not in state:
        return linear, Bank((repu,), (0,) * m)
    # Two copies of x: one goes through the Linear layer, one to the SiLU units.
    both = Selection((*range(n), *range(n)), n)
    same = Selection(tuple(range(n)), n)
    assert isinstance(linear.weight, Dense)
    first = compose(both, BlockDiagonal((linear.weight, same), (0, 1)))
    shifts = [*linear.bias.fractions(), *[Fraction(0)] * n]
    bias = RationalTensor.from_fractions(shifts, (m + n,), p + "fc.bias")
    silu = AtomBasis((Atom("silu"),))
    res = Dense.matrix(take(state, p + "res.fc.weight", (m, n)))
    total = Interleave(1, (Selection(tuple(range(m)), m), res))
    return (
        Affine(first, bias),
        Bank((repu, silu), (0,) * m + (1,) * n),
        Affine.linear(total),
    )


FAMILY = Family(
    Format(
        "power-mlp",
        "state dict of Iri-sated/PowerMLP",
        "Linear and ReLU^p units",
        "SiLU branch (units of that kind); none with res=False",
        ("repu_order", "prefix"),
        "repu_order",
        "both forms: it is such a network already",
        "power_mlp",
    ),
    is_power_mlp,
    load_power_mlp,
)
