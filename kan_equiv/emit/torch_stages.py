"""One torch module per kind of stage."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from kan_equiv.errors import ValidationError
from kan_equiv.exact.tensor import Tensor
from kan_equiv.ir.basis import (
    AtomBasis,
    Basis,
    BSplineBasis,
    ConcatenatedBasis,
    LocalBasis,
    MonomialBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.linear import BlockDiagonal, Dense, Selection
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Atom

__all__ = ["stage_module"]


def stage_module(stage: Stage, dtype: torch.dtype) -> nn.Module:
    """Return the module of one stage of a rounded network."""
    if isinstance(stage, Affine):
        return _affine(stage, dtype)
    if isinstance(stage, Bank):
        return BankModule(stage, dtype)
    raise ValidationError("Parallel stages are not emitted")


def _array(tensor: Tensor, dtype: torch.dtype) -> torch.Tensor:
    return torch.tensor(tensor.to_float64().copy(), dtype=dtype)


def _affine(stage: Affine, dtype: torch.dtype) -> nn.Module:
    bias = _array(stage.bias, dtype)
    weight = stage.weight
    if isinstance(weight, Selection):
        return SelectAndShift(weight.indices, bias)
    if isinstance(weight, BlockDiagonal):
        shapes = {(b.out_features, b.in_features) for b in weight.blocks}
        if len(shapes) == 1:
            blocks = torch.stack([_matrix(b, dtype) for b in weight.blocks])
            return BlockLinear(blocks, weight.block_of, bias)
    module = nn.Linear(weight.in_features, weight.out_features, dtype=dtype)
    with torch.no_grad():
        module.weight.copy_(_matrix(weight, dtype))
        module.bias.copy_(bias)
    return module


def _matrix(m: Any, dtype: torch.dtype) -> torch.Tensor:
    tensor = m.factors[0][0] if _is_plain(m) else m.to_rational()
    return _array(tensor, dtype)


def _is_plain(m: Any) -> bool:
    return isinstance(m, Dense) and len(m.factors) == 1 and m.factors[0][1] == "oc"


class SelectAndShift(nn.Module):
    """Copies of inputs plus a bias: (..., n) to (..., columns)."""

    def __init__(self, indices: tuple[int, ...], bias: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("indices", torch.tensor(indices, dtype=torch.int64))
        self.bias = nn.Parameter(bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Copy and shift."""
        return x.index_select(-1, self.get_buffer("indices")) + self.bias


class BlockLinear(nn.Module):
    """One small matrix per input, shared where grids coincide."""

    def __init__(
        self, blocks: torch.Tensor, block_of: tuple[int, ...], bias: torch.Tensor
    ) -> None:
        super().__init__()
        self.groups = len(block_of)
        self.is_shared = blocks.shape[0] == 1
        self.blocks = nn.Parameter(blocks)
        self.bias = nn.Parameter(bias)
        self.register_buffer("block_of", torch.tensor(block_of, dtype=torch.int64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Multiply every group of columns by its block."""
        width = self.blocks.shape[-1]
        y = x.unflatten(-1, (self.groups, width))
        if self.is_shared:
            out = functional.linear(y, self.blocks[0])
        else:
            each = self.blocks.index_select(0, self.get_buffer("block_of"))
            out = torch.einsum("...gc,grc->...gr", y, each)
        return out.flatten(-2) + self.bias


class BankModule(nn.Module):
    """The values of every input's basis: (..., n) to (..., columns)."""

    def __init__(self, bank: Bank, dtype: torch.dtype) -> None:
        super().__init__()
        flat = [_parts(b) for b in bank.bases]
        kinds = {tuple(_kind(p) for p in parts) for parts in flat}
        self.parts = nn.ModuleList()
        if len(kinds) == 1:
            for place in range(len(flat[0])):
                each = [parts[place] for parts in flat]
                chosen = [each[b] for b in bank.basis_of]
                self.parts.append(_part_module(chosen, dtype))
            self.has_groups = False
        else:
            self._split_by_kind(bank, flat, dtype)

    def _split_by_kind(
        self, bank: Bank, flat: list[list[Basis]], dtype: torch.dtype
    ) -> None:
        """Inputs of unlike bases: one part per basis, then columns back in order."""
        self.has_groups = True
        order: list[tuple[int, int]] = []
        for b, parts in enumerate(flat):
            inputs = [i for i, which in enumerate(bank.basis_of) if which == b]
            index = torch.tensor(inputs, dtype=torch.int64)
            self.register_buffer(f"inputs_{b}", index)
            modules = nn.ModuleList(
                [_part_module([p] * len(inputs), dtype) for p in parts]
            )
            self.parts.append(modules)
            size = sum(len(p) for p in parts)
            order.extend((i, k) for i in inputs for k in range(size))
        places = sorted(range(len(order)), key=order.__getitem__)
        self.register_buffer("order", torch.tensor(places, dtype=torch.int64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Evaluate all bases."""
        if not self.has_groups:
            values = [part(x) for part in self.parts]
            joined = values[0] if len(values) == 1 else torch.cat(values, dim=-1)
            return joined.flatten(-2)
        outputs: list[torch.Tensor] = []
        for b, modules in enumerate(self.parts):
            inner = x.index_select(-1, self.get_buffer(f"inputs_{b}"))
            values = [part(inner) for part in modules]  # type: ignore[union-attr]
            outputs.append(torch.cat(values, dim=-1).flatten(-2))
        every = torch.cat(outputs, dim=-1)
        return every.index_select(-1, self.get_buffer("order"))


def _parts(basis: Basis) -> list[Basis]:
    if isinstance(basis, ConcatenatedBasis):
        return [q for p in basis.parts for q in _parts(p)]
    return [basis]


def _kind(basis: Basis) -> object:
    if isinstance(basis, TruncatedPowerBasis):
        return ("power", tuple(d for _, d in basis.terms))
    if isinstance(basis, LocalBasis):
        return ("local", basis.degree, basis.centers)
    return basis


def _part_module(bases: list[Basis], dtype: torch.dtype) -> nn.Module:
    """Return the module of like bases, one per input; shared if they coincide."""
    distinct = bases[:1] if len(set(bases)) == 1 else bases
    first = bases[0]
    if isinstance(first, TruncatedPowerBasis):
        knots = [[float(t) for t, _ in b.terms] for b in distinct]  # type: ignore[attr-defined]
        return TruncatedPowers(
            torch.tensor(knots, dtype=dtype), [d for _, d in first.terms]
        )
    if isinstance(first, LocalBasis):
        rows = [[float(t) for t in b.knots.knots] for b in distinct]  # type: ignore[attr-defined]
        return LocalPowers(torch.tensor(rows, dtype=dtype), first)
    if isinstance(first, MonomialBasis):
        return Monomials(first.degrees)
    if isinstance(first, AtomBasis):
        return Atoms(first.atoms)
    assert isinstance(first, BSplineBasis)
    raise ValidationError(
        "B-spline banks are emitted in a converted form: convert(network, to='local')"
    )


class TruncatedPowers(nn.Module):
    """max(x - t, 0)^d: (..., n) to (..., n, K)."""

    def __init__(self, knots: torch.Tensor, degrees: list[int]) -> None:
        super().__init__()
        self.knots = nn.Parameter(knots, requires_grad=False)
        self.degrees = degrees
        self.is_uniform = len(set(degrees)) == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Evaluate."""
        z = x.unsqueeze(-1) - self.knots
        if self.is_uniform:
            return _power(z, self.degrees[0])
        columns = [_power(z[..., j], d) for j, d in enumerate(self.degrees)]
        return torch.stack(columns, dim=-1)


def _power(z: torch.Tensor, degree: int) -> torch.Tensor:
    if degree == 0:
        return (z >= 0).to(z.dtype)
    r = torch.relu(z)
    out = r
    for _ in range(degree - 1):
        out = out * r
    return out


class LocalPowers(nn.Module):
    """Clamped powers around the center of each spline: (..., n) to (..., n, B(p+1))."""

    def __init__(self, knots: torch.Tensor, basis: LocalBasis) -> None:
        super().__init__()
        self.degree = basis.degree
        terms = basis.terms()
        at = torch.tensor([j for _, j, _ in terms])
        center = torch.tensor([basis.centers[k] for k, _, _ in terms])
        side = torch.tensor([float(-s) for _, _, s in terms], dtype=knots.dtype)
        self.knots = nn.Parameter(knots[:, at], requires_grad=False)
        self.centers = nn.Parameter(knots[:, center], requires_grad=False)
        self.register_buffer("sides", side)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Evaluate: sides are +1 left of the center and -1 right of it."""
        side = self.get_buffer("sides")
        # min(x, c) on the left, max(x, c) on the right: one minimum after a sign.
        clamped = torch.minimum(x.unsqueeze(-1) * side, self.centers * side)
        return _power(clamped - self.knots * side, self.degree)


class Monomials(nn.Module):
    """x^d: (..., n) to (..., n, count)."""

    def __init__(self, degrees: tuple[int, ...]) -> None:
        super().__init__()
        self.degrees = degrees

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Evaluate."""
        return torch.stack([x**d for d in self.degrees], dim=-1)


class Atoms(nn.Module):
    """Named transcendentals of affine arguments: (..., n) to (..., n, count)."""

    def __init__(self, atoms: tuple[Atom, ...]) -> None:
        super().__init__()
        self.names = [a.name for a in atoms]
        self.slopes = [float(a.slope) for a in atoms]
        self.shifts = [float(a.shift) for a in atoms]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Evaluate."""
        columns: list[torch.Tensor] = []
        for name, a, b in zip(self.names, self.slopes, self.shifts, strict=True):
            z = x if (a, b) == (1.0, 0.0) else x * a + b
            columns.append(_ATOMS[name](z))
        return torch.stack(columns, dim=-1)


_ATOMS: dict[str, Any] = {
    "silu": functional.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "exp": torch.exp,
    "gelu": functional.gelu,
    "gaussian": lambda z: torch.exp(-z * z),
    "sin": torch.sin,
    "cos": torch.cos,
}
