"""The emitted module: a program as parameters, buffers and one expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from kan_equiv.emit.formats import Precision
from kan_equiv.emit.program import Layer, Part, Program, Weight
from kan_equiv.emit.rounding import Array
from kan_equiv.emit.torch_gather import Cells, knots_of
from kan_equiv.emit.torch_products import add_product
from kan_equiv.emit.torch_values import values

__all__ = ["EmittedLayer", "EmittedNetwork"]

_STORED = {"tf32": "float32"}


class EmittedNetwork(nn.Module):
    """A network emitted by kan_equiv: (..., in_features) to (..., out_features).

    Coefficients and biases are parameters, knots are buffers and never leave their
    format: ``half()``, ``bfloat16()`` and autocast do not reach them. In training mode
    coefficients that are structurally zero (masks, padding) get no gradient.

    Attributes:
        backend: ``aten``, ``gather``, ``chunked`` or ``triton``; under ``torch.export``
            the module always is ``aten``.
        rows: inputs computed at once by ``chunked``.
    """

    def __init__(self, program: Program, backend: str = "aten", rows: int = 0) -> None:
        super().__init__()
        self.in_features = program.in_features
        self.out_features = program.out_features
        self.dtype = getattr(torch, program.dtype)
        self.precision = program.precision
        self.backend = backend
        self.rows = rows
        self.layers = nn.ModuleList(
            EmittedLayer(layer, self.dtype, program.precision, backend)  # type: ignore[arg-type]
            for layer in program.layers
        )
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Evaluate; the result has the module's dtype."""
        flat = x.to(self.dtype).reshape(-1, self.in_features)
        kind = flat.device.type
        if torch.is_autocast_enabled(kind):
            with torch.autocast(kind, enabled=False):
                y = self._all(flat)
        else:
            y = self._all(flat)
        return y.reshape(*x.shape[:-1], self.out_features)

    def _all(self, x: Tensor) -> Tensor:
        if self.backend != "chunked" or torch.compiler.is_exporting():
            return self._rows(x)
        if x.shape[0] <= self.rows:
            return self._rows(x)
        return torch.cat([self._rows(part) for part in x.split(self.rows)])

    def _rows(self, x: Tensor) -> Tensor:
        groups = [x]
        for layer in self.layers:
            groups = layer(groups)
        return groups[0]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Any:
        """Move between devices; formats stay what they are."""

        def same_format(t: Tensor) -> Tensor:
            out = fn(t)
            return out if out.dtype == t.dtype else t.to(out.device)

        return super()._apply(same_format, recurse)

    def program(self) -> Program:
        """Return the program with the numbers held now, bit for bit."""
        layers = tuple(layer.program() for layer in self.layers)  # type: ignore[operator]
        name = str(self.dtype).removeprefix("torch.")
        return Program(self.in_features, layers, name, self.precision)


class EmittedLayer(nn.Module):
    """One layer: values of each part, products with coefficients, bias."""

    def __init__(
        self, layer: Layer, dtype: torch.dtype, precision: Precision, backend: str
    ) -> None:
        super().__init__()
        self.precision = precision
        # Numbers live in tensors only; of the program just its shape is kept.
        shape = {key: Weight(()) for key in sorted(layer.weights)}
        self._shape = replace(layer, weights=shape, biases=())
        self.parts: dict[tuple[int, int], Part] = {
            (g, p): part
            for g, group in enumerate(layer.groups)
            for p, part in enumerate(group.parts)
        }
        self._held = {key: _held(part) for key, part in self.parts.items()}
        self._names: dict[str, list[str]] = {}
        for (g, p), part in self.parts.items():
            for key in self._held[g, p]:
                tensor = torch.tensor(part.constants[key].copy(), dtype=dtype)
                self.register_buffer(f"{key}_{g}_{p}", tensor)
        stored = getattr(torch, _STORED.get(precision.weights, precision.weights))
        for (g, p, h), weight in layer.weights.items():
            for t, term in enumerate(weight.terms):
                tensor = torch.tensor(term.copy(), dtype=stored).flatten(0, 1)
                self._store(f"weight_{g}_{p}_{h}", t, tensor)
            mask = torch.tensor((weight.terms[0] != 0).any(axis=0))
            mask = mask[None] & torch.tensor(self.parts[g, p].active)[:, :, None]
            if not mask.all():
                name = f"mask_{g}_{p}_{h}"
                self.register_buffer(name, mask.flatten(0, 1), persistent=False)
        for h, terms in enumerate(layer.biases):
            for t, term in enumerate(terms):
                self._store(f"bias_{h}", t, torch.tensor(term.copy(), dtype=dtype))
        self.cells = nn.ModuleDict()
        if backend == "gather":
            for (g, p), part in self.parts.items():
                if knots_of(part) is not None and not precision.values:
                    self.cells[f"{g}_{p}"] = Cells(part, dtype)

        self._fused: dict[tuple[int, int], Callable[..., Tensor]] = {}
        if backend == "triton":
            self._prepare_kernels(dtype)

    @property
    def is_fused(self) -> bool:
        """Whether a part is computed by a kernel of our own."""
        return bool(self._fused)

    def _prepare_kernels(self, dtype: torch.dtype) -> None:
        from kan_equiv.emit import triton_kernels as kernels

        for (g, p), part in self.parts.items():
            if kernels.is_fused(part, dtype, self.precision):
                constants = kernels.packed(part, self._constants(g, p))
                self.register_buffer(f"packed_{g}_{p}", constants, persistent=False)
                self._fused[g, p] = kernels.fused_product

    def _store(self, name: str, term: int, tensor: Tensor) -> None:
        """Keep the leading term as a parameter, what it leaves as buffers."""
        if term:
            self.register_buffer(f"{name}_{term}", tensor)
            self._names[name].append(f"{name}_{term}")
        else:
            self.register_parameter(name, nn.Parameter(tensor))
            self._names[name] = []

    def _terms(self, name: str) -> list[Tensor]:
        rest = [self.get_buffer(more) for more in self._names[name]]
        return [self.get_parameter(name), *rest]

    def _weight(self, g: int, p: int, h: int) -> list[Tensor]:
        terms = self._terms(f"weight_{g}_{p}_{h}")
        mask = self._buffers.get(f"mask_{g}_{p}_{h}")
        if self.training and mask is not None:
            terms[0] = terms[0] * mask
        return terms

    def _constants(self, g: int, p: int) -> dict[str, Tensor]:
        return {key: self.get_buffer(f"{key}_{g}_{p}") for key in self._held[g, p]}

    def forward(self, xs: list[Tensor]) -> list[Tensor]:
        """Map groups of inputs (B, features) to groups of outputs."""
        outputs: list[Tensor] = []
        columns: dict[tuple[int, int], Tensor] = {}
        by_output = sorted(self._shape.weights, key=lambda k: (k[2], k[0], k[1]))
        for h in range(len(self._shape.outputs)):
            terms = self._terms(f"bias_{h}")
            total = terms[0] if len(terms) == 1 else terms[0] + terms[1]
            for g, p, _ in (k for k in by_output if k[2] == h):
                weight = self._weight(g, p, h)
                part = self.parts[g, p]
                cells = f"{g}_{p}"
                if cells in self.cells and not torch.compiler.is_exporting():
                    total = total + self._looked_up(xs[g], g, p, weight)
                    continue
                if (g, p) in self._fused and not torch.compiler.is_exporting():
                    total = self._fused[g, p](
                        total,
                        xs[g],
                        self.get_buffer(f"packed_{g}_{p}"),
                        weight[0],
                        part,
                        self.precision,
                    )
                    continue
                if (g, p) not in columns:
                    columns[g, p] = self._columns(xs[g], g, p)
                total = add_product(
                    total, columns[g, p], weight, self.precision, part.divisor
                )
            if total.dim() == 1:
                total = total.expand(xs[0].shape[0], -1)
            outputs.append(total)
        return outputs

    def _columns(self, x: Tensor, g: int, p: int) -> Tensor:
        part = self.parts[g, p]
        constants = self._constants(g, p)
        found = values(part.kind, part.degree, part.name, constants, x)
        return found.expand(-1, part.slots, -1).flatten(1)

    def _looked_up(self, x: Tensor, g: int, p: int, weight: list[Tensor]) -> Tensor:
        c = self._constants(g, p)
        origin, rate = c.get("origin"), c.get("rate")
        zero, one = x.new_zeros(()), x.new_ones(())
        cells = self.cells[f"{g}_{p}"]
        found = [
            cells(
                x,
                zero if origin is None else origin[0],
                one if rate is None else rate[0],
                w,
            )
            for w in weight
        ]
        return found[0] if len(found) == 1 else found[0] + found[1]

    def program(self) -> Layer:
        """Return the layer with the numbers held now."""
        weights = {
            key: Weight(
                tuple(
                    _array(t).reshape(*self.parts[key[:2]].active.shape, -1)
                    for t in self._terms("weight_{}_{}_{}".format(*key))
                )
            )
            for key in self._shape.weights
        }
        biases = tuple(
            tuple(_array(t) for t in self._terms(f"bias_{h}"))
            for h in range(len(self._shape.outputs))
        )
        groups = tuple(
            replace(
                group, parts=tuple(self._part(g, p) for p in range(len(group.parts)))
            )
            for g, group in enumerate(self._shape.groups)
        )
        return Layer(groups, self._shape.outputs, weights, biases)

    def _part(self, g: int, p: int) -> Part:
        part = self.parts[g, p]
        held = {k: _array(v) for k, v in self._constants(g, p).items()}
        constants: Mapping[str, Array] = {**part.constants, **held}
        return replace(part, constants=constants)


def _held(part: Part) -> list[str]:
    """Return the constants that need a buffer: an atom of x itself has none."""
    c = part.constants
    if part.kind == "atom" and (c["slopes"] == 1).all() and (c["shifts"] == 0).all():
        return []
    return list(c)


def _array(t: Tensor) -> Array:
    return t.detach().cpu().double().numpy()
