"""The basis made on chip: one Triton kernel for values and product of a part.

A tile of inputs is loaded once and serves all slots; each slot's values go from
registers straight into the product as its left operand, so that the columns (which
``aten`` writes to memory and reads again) never exist. Everything that ``torch`` has to
know is registered: fake tensors through ``triton_op``, gradients by the pointwise form.
"""

# Kernels are written in Triton's dialect, where parameters have no Python types.
# pyright: basic, reportFunctionMemberAccess=false

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.library import triton_op, wrap_triton

from kan_equiv.emit.formats import Precision
from kan_equiv.emit.program import KINDS, Part
from kan_equiv.emit.torch_values import values

__all__ = ["FUSED", "fused_product", "is_fused", "packed"]

FUSED = {"hat": 0, "cardinal": 1, "spline": 2, "power": 3}
"""Kinds that the kernel knows, by the number it knows them by."""

_INPUT_PRECISION = {"float32": "tf32x3", "tf32": "tf32"}
_BATCH, _OUTPUTS, _FEATURES = 64, 64, 32


def is_fused(part: Part, dtype: torch.dtype, precision: Precision) -> bool:
    """Return whether the kernel computes a part: float32, and one product."""
    plain = precision.terms == 1
    return plain and dtype == torch.float32 and part.kind in FUSED and part.degree > 0


def packed(part: Part, constants: dict[str, Tensor]) -> Tensor:
    """Return the constants of a part as one tensor (constants, slots, inputs or 1)."""
    rows: list[Tensor] = []
    width = max(c.shape[-1] for c in constants.values())
    for key in KINDS[part.kind]:
        c = constants[key]
        c = c if c.dim() == 3 else c[None]
        rows.append(c.expand(-1, part.slots, width))
    return torch.cat(rows).contiguous()


@triton.jit
def _relu(z):
    return tl.maximum(z, 0.0, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def _power(z, P: tl.constexpr):
    r = _relu(z)
    out = r
    for _ in tl.static_range(P - 1):
        out = out * r
    return out


@triton.jit
def _constant(C, q, j, features, is_feature, scq, scj, scn):
    at = C + q * scq + j * scj + features * scn
    return tl.load(at, mask=is_feature, other=0.0)[None, :]


@triton.jit
def _values(
    x, C, j, features, is_feature, scq, scj, scn, KIND: tl.constexpr, P: tl.constexpr
):
    if KIND == 0:
        left = _constant(C, 0, j, features, is_feature, scq, scj, scn)
        rise = _constant(C, 1, j, features, is_feature, scq, scj, scn)
        right = _constant(C, 2, j, features, is_feature, scq, scj, scn)
        fall = _constant(C, 3, j, features, is_feature, scq, scj, scn)
        up = (x - left) * rise
        down = (right - x) * fall
        out = _relu(tl.minimum(up, down, propagate_nan=tl.PropagateNan.ALL))
    elif KIND == 1:
        origin = _constant(C, 0, j, features, is_feature, scq, scj, scn)
        rate = _constant(C, 1, j, features, is_feature, scq, scj, scn)
        center = _constant(C, 2, j, features, is_feature, scq, scj, scn)
        v = tl.abs((x - origin) * rate - center)
        out = _power((P + 1) / 2 - v, P)
        sign = -1.0
        factor = P + 1.0
        for k in tl.static_range(1, (P + 2) // 2):
            if 2 * k < P + 1:
                out += sign * factor * _power((P + 1) / 2 - k - v, P)
            sign = -sign
            factor = factor * (P + 1 - k) / (k + 1)
    elif KIND == 2:
        H: tl.constexpr = (P + 1) // 2
        center = _constant(C, H, j, features, is_feature, scq, scj, scn)
        left = tl.minimum(x, center, propagate_nan=tl.PropagateNan.ALL)
        right = tl.maximum(x, center, propagate_nan=tl.PropagateNan.ALL)
        last: tl.constexpr = 2 * P + 3
        out = -_constant(C, last, j, features, is_feature, scq, scj, scn)
        for q in tl.static_range(P + 2):
            t = _constant(C, q, j, features, is_feature, scq, scj, scn)
            if q < H:
                s = _constant(C, P + 2 + q, j, features, is_feature, scq, scj, scn)
                out = out + s * _power(left - t, P)
            elif q > H:
                s = _constant(C, P + 1 + q, j, features, is_feature, scq, scj, scn)
                out = out + s * _power(t - right, P)
    else:
        t = _constant(C, 0, j, features, is_feature, scq, scj, scn)
        out = _power(x - t, P)
    return out


@triton.jit
def _fused(
    X,
    C,
    W,
    TOTAL,
    Y,
    B,
    N,
    M,
    J,
    sxb,
    sxn,
    scq,
    scj,
    scn,
    swj,
    swn,
    swm,
    stb,
    stm,
    syb,
    sym,
    scale,
    KIND: tl.constexpr,
    P: tl.constexpr,
    PRECISION: tl.constexpr,
    BATCH: tl.constexpr,
    OUTPUTS: tl.constexpr,
    FEATURES: tl.constexpr,
):
    rows = tl.program_id(0) * BATCH + tl.arange(0, BATCH)
    columns = tl.program_id(1) * OUTPUTS + tl.arange(0, OUTPUTS)
    is_row = rows[:, None] < B
    is_column = columns[None, :] < M
    long_rows = rows[:, None].to(tl.int64)
    total = tl.zeros((BATCH, OUTPUTS), dtype=tl.float32)
    for start in range(0, N, FEATURES):
        features = start + tl.arange(0, FEATURES)
        is_feature = features < N
        x = tl.load(
            X + long_rows * sxb + features[None, :] * sxn,
            mask=is_row & is_feature[None, :],
            other=0.0,
        )
        for j in range(J):
            a = _values(x, C, j, features, is_feature, scq, scj, scn, KIND, P)
            w = tl.load(
                W + j * swj + features[:, None] * swn + columns[None, :] * swm,
                mask=is_feature[:, None] & is_column,
                other=0.0,
            )
            total = tl.dot(a.to(w.dtype), w, total, input_precision=PRECISION)
    at = TOTAL + long_rows * stb + columns[None, :] * stm
    before = tl.load(at, mask=is_row & is_column, other=0.0)
    out = Y + long_rows * syb + columns[None, :] * sym
    tl.store(out, before + total / scale, mask=is_row & is_column)


@triton_op("kan_equiv::fused_product", mutates_args={})
def _fused_product(
    total: Tensor,
    x: Tensor,
    constants: Tensor,
    weight: Tensor,
    kind: int,
    degree: int,
    divisor: int,
    precision: str,
) -> Tensor:
    batch, inputs = x.shape
    outputs = weight.shape[1]
    y = torch.empty((batch, outputs), dtype=x.dtype, device=x.device)
    if not batch:
        return y
    slots = constants.shape[1]
    start = total.expand(batch, outputs)
    w = weight.reshape(slots, inputs, outputs)
    shared = constants.shape[2] == 1
    grid = (triton.cdiv(batch, _BATCH), triton.cdiv(outputs, _OUTPUTS))
    wrap_triton(_fused)[grid](
        x, constants, w, start, y, batch, inputs, outputs, slots,
        x.stride(0), x.stride(1),
        constants.stride(0), constants.stride(1), 0 if shared else 1,
        w.stride(0), w.stride(1), w.stride(2),
        start.stride(0), start.stride(1), y.stride(0), y.stride(1), float(divisor),
        KIND=kind, P=degree, PRECISION=precision,
        BATCH=_BATCH, OUTPUTS=_OUTPUTS, FEATURES=_FEATURES,
    )  # fmt: skip
    return y


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    del output
    total, x, constants, weight, *numbers = inputs
    ctx.save_for_backward(x, constants, weight)
    ctx.numbers = numbers
    ctx.total_shape = total.shape


def _gradients(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    """Differentiate the pointwise form at the same point."""
    x, constants, weight = ctx.saved_tensors
    kind, degree, divisor, _ = ctx.numbers
    name = next(k for k, number in FUSED.items() if number == kind)
    slots = constants.shape[1]
    with torch.enable_grad():
        point = x.detach().requires_grad_()
        w = weight.detach().requires_grad_()
        unpacked = _unpacked(name, degree, constants)
        columns = values(name, degree, "", unpacked, point).expand(-1, slots, -1)
        y = columns.flatten(1) @ w.to(point.dtype) / divisor
    at_x, at_weight = torch.autograd.grad(y, (point, w), grad)
    at_total = grad if len(ctx.total_shape) == 2 else grad.sum(0)
    return (at_total, at_x, None, at_weight, None, None, None, None)


def _unpacked(kind: str, degree: int, constants: Tensor) -> dict[str, Tensor]:
    if kind != "spline":
        return {key: constants[q] for q, key in enumerate(KINDS[kind])}
    p = degree
    return {
        "knots": constants[: p + 2],
        "scales": constants[p + 2 : 2 * p + 3],
        "offsets": constants[2 * p + 3],
    }


_fused_product.register_autograd(_gradients, setup_context=_keep)


def fused_product(
    total: Tensor,
    x: Tensor,
    constants: Tensor,
    weight: Tensor,
    part: Part,
    precision: Precision,
) -> Tensor:
    """Return total + values(x) @ weight / divisor without the columns in memory.

    Args:
        total: (outputs,) or (B, outputs).
        x: inputs (B, inputs).
        constants: what ``packed`` made.
        weight: (slots * inputs, outputs), knot-major.
        part: what the constants are of.
        precision: of one product; float32 runs as three TF32 products.
    """
    mode = _INPUT_PRECISION.get(precision.name, "ieee")
    return _fused_product(
        total, x, constants, weight, FUSED[part.kind], part.degree, part.divisor, mode
    )
