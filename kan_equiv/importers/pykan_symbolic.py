"""The symbolic branch of pykan: edges mask (c f(a x + b) + d), added to the splines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate

from kan_equiv.errors import KanEquivError, LoadError, UnsupportedModelError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.importers.function_bases import Component, basis_of, components
from kan_equiv.importers.pointwise import line
from kan_equiv.importers.pykan_config import Names, PykanConfig
from kan_equiv.importers.pykan_functions import TOTAL, symbolic_function
from kan_equiv.importers.tensors import StateDict, take
from kan_equiv.ir.basis import Basis, ConcatenatedBasis
from kan_equiv.ir.linear import Dense, Interleave, Selection, compose
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Univariate

__all__ = ["SymbolicBranch", "symbolic_branch", "with_symbolic"]


@dataclass(frozen=True, slots=True)
class SymbolicBranch:
    """What the symbolic branch of a layer adds to its outputs.

    Attributes:
        constants: sum over the inputs of mask d, for each output.
        edges: (mask c, f(a x + b)) of the edges (output, input) that are fixed.
    """

    constants: list[Fraction]
    edges: Mapping[tuple[int, int], tuple[Fraction, Univariate]] = field(
        default_factory=dict[tuple[int, int], tuple[Fraction, Univariate]]
    )


def symbolic_branch(
    state: StateDict, layer: int, config: PykanConfig, shape: tuple[int, int]
) -> SymbolicBranch:
    """Read the symbolic branch of a layer.

    A zero mask leaves nothing where f is defined everywhere; f = '0' leaves mask d,
    which may have been trained.

    Args:
        state: the state dict.
        layer: its number.
        config: what the state dict does not hold.
        shape: (out_features, in_features); this branch has its outputs first.

    Raises:
        UnsupportedModelError: a function has no exact form, or is not defined
            everywhere though its mask is 0.
    """
    m, n = shape
    constants = [Fraction(0)] * m
    key = f"symbolic_fun.{layer}.mask"
    if not config.symbolic_enabled or key not in state:
        return SymbolicBranch(constants)
    masks = list(take(state, key, (m, n)).fractions())
    names = _names(config, layer, shape)
    if names is None and not any(masks):
        return SymbolicBranch(constants)
    affine = list(take(state, f"symbolic_fun.{layer}.affine", (m, n, 4)).fractions())
    edges: dict[tuple[int, int], tuple[Fraction, Univariate]] = {}
    for e, mask in enumerate(masks):
        o, i = divmod(e, n)
        name = names[o][i] if names else "of unknown name"
        where = f"layer {layer}, edge {i} -> {o}"
        a, b, c, d = affine[4 * e : 4 * e + 4]
        partial = names is not None and name not in TOTAL and config.y_th is None
        if partial and not (mask and c):
            raise UnsupportedModelError(
                f"{where} multiplies function {name!r}, which is not defined for every "
                f"x, by 0 (mask={float(mask)}, c={float(c)}); pykan computes 0 * NaN = "
                f"NaN there. Call model.unfix_symbolic({layer}, {i}, {o}), saveckpt, "
                "and load the files: reading them back leaves the function out"
            )
        if not mask:
            continue
        if names is None:
            raise UnsupportedModelError(
                f"{where} is fixed to a symbolic function, and a state dict does not "
                "say which: pass funs_name= (rows of names for each layer, print "
                "[layer.funs_name for layer in model.symbolic_fun] where it was made)"
            )
        constants[o] += mask * d
        if name != "0" and c:
            edges[o, i] = (mask * c, _edge(name, a, b, config.y_th, where))
    return SymbolicBranch(constants, edges)


def _edge(
    name: str, a: Fraction, b: Fraction, y_th: float | None, where: str
) -> Univariate:
    try:
        f = symbolic_function(name, y_th)
        if not a and f.atoms:
            raise UnsupportedModelError("a = 0 makes it an irrational constant")
        return f.compose(line(a, b))
    except KanEquivError as error:
        raise UnsupportedModelError(
            f"{where} is {name} of {float(a)} x + {float(b)}: {error}"
        ) from error


def with_symbolic(
    stages: Sequence[Stage], branch: SymbolicBranch, scales: Sequence[Fraction]
) -> tuple[Stage, ...]:
    """Add the functions of a symbolic branch to the bank of a layer.

    Args:
        stages: a bank and an affine stage; before them perhaps copies of the inputs,
            one for each edge (outputs first).
        branch: what is to be added; its constants are not.
        scales: what the branch is multiplied with, for each output.
    """
    if not branch.edges:
        return tuple(stages)
    *front, bank, affine = stages
    assert isinstance(bank, Bank)
    assert isinstance(affine, Affine)
    n = front[0].in_features if front else bank.in_features
    wanted: list[dict[Component, None]] = [{} for _ in range(bank.in_features)]
    entries: list[tuple[int, int, Component, Fraction]] = []
    for (o, i), (factor, f) in branch.edges.items():
        place = o * n + i if front else i
        for component, weight in components(f):
            wanted[place][component] = None
            entries.append((o, place, component, weight * factor * scales[o]))
    own = [basis_of(tuple(found)) if found else None for found in wanted]
    old = [bank.basis(i) for i in range(bank.in_features)]
    bases = [
        b if new is None else ConcatenatedBasis((*_parts(b), *_parts(new[0])))
        for b, new in zip(old, own, strict=True)
    ]
    starts = list(accumulate((len(b) for b in bases), initial=0))
    kept = [s + k for s, b in zip(starts, old, strict=False) for k in range(len(b))]
    added: dict[tuple[int, Component], int] = {}
    places: list[int] = []
    for i, new in enumerate(own):
        for k, component in enumerate(() if new is None else new[1]):
            added[i, component] = len(places)
            places.append(starts[i] + len(old[i]) + k)
    table = [Fraction(0)] * (affine.out_features * len(places))
    for o, place, component, value in entries:
        table[o * len(places) + added[place, component]] += value
    shape = (affine.out_features, len(places))
    symbolic = Dense.matrix(RationalTensor.from_fractions(table, shape, "symbolic"))
    weight = compose(
        Selection((*kept, *places), starts[-1]),
        Interleave(1, (affine.weight, symbolic)),
    )
    return (*front, Bank.of(bases), Affine(weight, affine.bias))


def _parts(basis: Basis) -> tuple[Basis, ...]:
    return basis.parts if isinstance(basis, ConcatenatedBasis) else (basis,)


def _names(config: PykanConfig, layer: int, shape: tuple[int, int]) -> Names | None:
    if config.names is None:
        return None
    if layer >= len(config.names):
        raise LoadError(f"symbolic.funs_name.{layer} is missing from the config")
    names = config.names[layer]
    if len(names) != shape[0] or any(len(row) != shape[1] for row in names):
        raise LoadError(
            f"symbolic.funs_name.{layer} must be {shape[0]} rows of {shape[1]} names"
        )
    return names
