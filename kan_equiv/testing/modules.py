"""Calling somebody's module on a batch of exact points, and reading what it returns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from kan_equiv.errors import ValidationError
from kan_equiv.testing.floats import format_of

__all__ = ["Callee", "callee_of"]


@dataclass(frozen=True, slots=True)
class Callee:
    """A module or function, and how to hand it numbers.

    Attributes:
        module: what is called, on an array or tensor of shape (batch, in_features).
        dtype: name of the float format of its inputs.
        tensor: makes an input out of rows of floats.
    """

    module: Callable[[Any], Any]
    dtype: str
    tensor: Callable[[list[list[float]]], Any]

    @property
    def source(self) -> str:
        """Python for the input, with ``x`` the rows."""
        library = "torch.tensor" if self.is_torch else "np.array"
        prefix = "torch" if self.is_torch else "np"
        return f"{library}(x, dtype={prefix}.{self.dtype})"

    @property
    def is_torch(self) -> bool:
        """Whether inputs are torch tensors."""
        return not isinstance(self.tensor([[0.0]]), np.ndarray)

    def __call__(self, points: Sequence[Sequence[Fraction]], out: int) -> Any:
        """Return float64 outputs of shape (batch, out).

        Raises:
            AssertionError: the output has another shape.
        """
        x = self.tensor([[float(v) for v in point] for point in points])
        with _evaluating(self.module):
            y = self.module(x)
        if hasattr(y, "detach"):
            y = y.detach().cpu().double().numpy()
        y = np.asarray(y, dtype=np.float64)
        if y.shape != (len(points), out):
            raise AssertionError(
                f"a batch of shape {tuple(x.shape)} must give shape "
                f"{(len(points), out)}, and the module returned {y.shape}"
            )
        return y


def callee_of(module: Any, dtype: Any) -> Callee:
    """Find out whether a callable takes torch tensors or numpy arrays.

    A torch module takes tensors of the dtype and on the device of its first float
    parameter or buffer; other callables take numpy arrays, or tensors where ``dtype``
    is one of torch.

    Raises:
        ValidationError: not callable, or no float format.
    """
    if not callable(module):
        raise ValidationError(f"module must be callable, got {type(module).__name__}")
    torch: Any = sys.modules.get("torch")
    is_module = torch is not None and isinstance(module, torch.nn.Module)
    if torch is not None and (is_module or type(dtype).__module__ == "torch"):
        device = None
        if is_module:
            called: Any = module
            tensors: list[Any] = [*called.parameters(), *called.buffers()]
            floats = [t for t in tensors if t.is_floating_point()]
            device = floats[0].device if floats else None
            dtype = dtype or (floats[0].dtype if floats else torch.get_default_dtype())
        name, _ = format_of(dtype)
        kind = getattr(torch, name)
        return Callee(
            module, name, lambda rows: torch.tensor(rows, dtype=kind, device=device)
        )
    name, _ = format_of(dtype or "float64")
    if name == "bfloat16":
        raise ValidationError("numpy has no bfloat16; pass a torch dtype")
    return Callee(module, name, lambda rows: np.array(rows, dtype=name))


@contextmanager
def _evaluating(module: Any) -> Generator[None]:
    """Switch a torch module to evaluation without gradients, and back again."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    parts = list(module.modules()) if isinstance(module, torch.nn.Module) else []
    training = [part.training for part in parts]
    try:
        if parts:
            module.eval()
        with torch.no_grad():
            yield
    finally:
        for part, flag in zip(parts, training, strict=True):
            part.training = flag
