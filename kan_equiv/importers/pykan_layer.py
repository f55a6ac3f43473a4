"""One layer of pykan 0.1 to 0.2.8: splines, base, symbolic branch, multiplication."""

from __future__ import annotations

from itertools import accumulate

from kan_equiv.errors import LoadError, MissingArgumentError
from kan_equiv.exact.tensor import FloatTensor, RationalTensor
from kan_equiv.importers.layers import degree_of, kan_layer, spline_bases
from kan_equiv.importers.pykan_config import PykanConfig
from kan_equiv.importers.pykan_splines import pykan_basis
from kan_equiv.importers.pykan_symbolic import symbolic_branch, with_symbolic
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import Basis
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Affine, Stage

__all__ = ["new_layer"]


def new_layer(
    state: StateDict, l: int, base: Basis | None, config: PykanConfig
) -> tuple[Stage, ...]:
    """Return the stages of one layer.

    Raises:
        LoadError: tensors do not fit, or knots decrease.
        UnsupportedModelError: a symbolic edge has no exact form, or the factors of a
            multiplication node are not known.
    """
    coef = take(state, f"act_fun.{l}.coef", (None, None, None))
    n, m, size = coef.shape
    if f"node_scale_{l}" not in state:
        raise LoadError(
            f"tensor node_scale_{l} is missing: pykan's expand_depth leaves new nodes "
            "out of the state dict, so the file does not hold the whole model"
        )
    grid = take(state, f"act_fun.{l}.grid", (n, None))
    degree = degree_of(grid, size, l)
    mask = take(state, f"act_fun.{l}.mask", (n, m))
    node = take(state, f"node_scale_{l}", (None,))
    node_bias = take(state, f"node_bias_{l}", node.shape)
    groups = _groups(node.shape[0], l, m, config)
    subnode = take(state, f"subnode_scale_{l}", (m,))
    common = ((mask, "io"), (subnode, "o"))
    scale_sp = take(state, f"act_fun.{l}.scale_sp", (n, m))
    scale_base = take(state, f"act_fun.{l}.scale_base", (n, m))
    symbolic = symbolic_branch(state, l, config, (m, n))
    scales = list(subnode.fractions())
    shifts = take(state, f"subnode_bias_{l}", (m,)).fractions()
    triples = zip(scales, shifts, symbolic.constants, strict=True)
    bias = [q * constant + b for q, b, constant in triples]
    after: tuple[Stage, ...] = ()
    if groups is None:
        common = (*common, (node, "o"))
        pairs = zip(node.fractions(), bias, node_bias.fractions(), strict=True)
        bias = [s * b + c for s, b, c in pairs]
        scales = [q * s for q, s in zip(scales, node.fractions(), strict=True)]
    else:
        after = (Product(groups, m), Affine(_diagonal(node), node_bias))
    layer = kan_layer(
        spline_bases(grid, l, lambda knots: pykan_basis(knots, degree)),
        (m, n, size),
        ((coef, "iok"), (scale_sp, "io"), *common),
        base,
        ((scale_base, "io"), *common),
        RationalTensor.from_fractions(bias, (m,), f"bias of layer {l}"),
    )
    return (*with_symbolic(layer, symbolic, scales), *after)


def _groups(
    nodes: int, l: int, subnodes: int, config: PykanConfig
) -> tuple[tuple[int, ...], ...] | None:
    """Return the subnodes of each node, None where each node has its own.

    Multiplication nodes take two or more subnodes each, so the counts differ.
    """
    if nodes == subnodes:
        return None
    if config.widths is None or l + 1 >= len(config.widths):
        raise MissingArgumentError(
            f"layer {l} ends in multiplication nodes ({subnodes} subnodes for {nodes} "
            "nodes), and a state dict does not say which subnodes each multiplies: "
            "load the checkpoint by its prefix or the live model, or pass width= and "
            "mult_arity= (print model.width, model.mult_arity where it was made)"
        )
    plain, products = config.widths[l + 1]
    arities = config.arities_of(l + 1)
    if plain + products != nodes or plain + sum(arities) != subnodes:
        raise LoadError(
            f"layer {l}: width={[plain, products]} and mult_arity={list(arities)} do "
            f"not fit {subnodes} subnodes for {nodes} nodes"
        )
    starts = accumulate(arities, initial=plain)
    blocks = [tuple(range(s, s + k)) for s, k in zip(starts, arities, strict=False)]
    return (*((o,) for o in range(plain)), *blocks)


def _diagonal(scale: FloatTensor) -> Dense:
    n = scale.shape[0]
    ones = tuple(int(o == i) for o in range(n) for i in range(n))
    identity = RationalTensor((n, n), ones, (1,), "identity")
    return Dense(n, n, 1, ((scale, "o"), (identity, "oi")))
