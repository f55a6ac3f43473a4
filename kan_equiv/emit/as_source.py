"""A standalone, readable Python file that computes the emitted module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kan_equiv.certificate.model import write_atomically
from kan_equiv.emit.as_torch import SupportsEmission, torch_module
from kan_equiv.emit.safetensors_file import safetensors_bytes
from kan_equiv.ir.network import Network

if TYPE_CHECKING:
    from kan_equiv.emit import torch_stages

__all__ = ["PythonSource", "python_source"]


@dataclass(frozen=True, slots=True)
class PythonSource:
    """Source code that needs only torch, and the tensors it reads.

    Attributes:
        code: the text of the file.
        tensors: name to tensor, the state dict of the emitted module.
    """

    code: str
    tensors: Mapping[str, Any] = field(repr=False)

    def save(
        self, directory: str | Path, metadata: Mapping[str, str] | None = None
    ) -> Path:
        """Write ``module.py`` and ``weights.safetensors`` into a directory."""
        folder = Path(directory)
        data = safetensors_bytes(self.tensors, metadata or {})
        write_atomically(folder / "weights.safetensors", data)
        return write_atomically(folder / "module.py", self.code.encode())


def python_source(
    source: Network | SupportsEmission, dtype: Any = None
) -> PythonSource:
    """Return the emitted module as one file of plain torch code.

    Raises:
        MissingExtraError: torch is not installed.
    """
    module: Any = torch_module(source, dtype)
    lines: list[str] = []
    for s, stage in enumerate(module):
        lines += [f"        # stage {s}: {_describe(stage)}", *_code(stage, str(s))]
    body = "\n".join(lines)
    first = source if isinstance(source, Network) else source.target
    code = _TEMPLATE.format(
        body=body, inputs=first.in_features, outputs=first.out_features
    )
    return PythonSource(code, module.state_dict())


def _describe(stage: Any) -> str:
    doc = (type(stage).__doc__ or "").strip().splitlines()[0]
    if type(stage).__name__ == "Linear":
        return f"linear map, {stage.in_features} to {stage.out_features} features"
    return doc.rstrip(".")


def _code(stage: Any, key: str) -> list[str]:
    from kan_equiv.emit import torch_stages

    pad = "        "
    if isinstance(stage, torch_stages.SelectAndShift):
        return [f'{pad}x = x.index_select(-1, w["{key}.indices"]) + w["{key}.bias"]']
    if isinstance(stage, torch_stages.BlockLinear):
        head = [
            f'{pad}blocks = w["{key}.blocks"]',
            f"{pad}y = x.unflatten(-1, ({stage.groups}, blocks.shape[-1]))",
        ]
        if stage.is_shared:
            head.append(f"{pad}y = functional.linear(y, blocks[0])")
        else:
            head.append(f'{pad}each = blocks.index_select(0, w["{key}.block_of"])')
            head.append(f'{pad}y = torch.einsum("...gc,grc->...gr", y, each)')
        return [*head, f'{pad}x = y.flatten(-2) + w["{key}.bias"]']
    if isinstance(stage, torch_stages.BankModule):
        return _bank_code(stage, key, pad)
    return [f'{pad}x = functional.linear(x, w["{key}.weight"], w["{key}.bias"])']


def _bank_code(stage: torch_stages.BankModule, key: str, pad: str) -> list[str]:
    if not stage.has_groups:
        calls = [
            _part(part, f"{key}.parts.{n}", "x") for n, part in enumerate(stage.parts)
        ]
        joined = ", ".join(calls)
        return [f"{pad}x = torch.cat([{joined}], dim=-1).flatten(-2)"]
    lines = [f"{pad}groups = []"]
    for b, modules in enumerate(stage.parts):
        parts: Any = modules
        lines.append(f'{pad}z = x.index_select(-1, w["{key}.inputs_{b}"])')
        calls = [
            _part(part, f"{key}.parts.{b}.{n}", "z") for n, part in enumerate(parts)
        ]
        joined = ", ".join(calls)
        lines.append(f"{pad}groups.append(torch.cat([{joined}], dim=-1).flatten(-2))")
    lines.append(
        f'{pad}x = torch.cat(groups, dim=-1).index_select(-1, w["{key}.order"])'
    )
    return lines


def _part(part: Any, key: str, x: str) -> str:
    name = type(part).__name__
    if name == "TruncatedPowers":
        return f'truncated_powers({x}, w["{key}.knots"], {list(part.degrees)})'
    if name == "LocalPowers":
        tensors = ", ".join(f'w["{key}.{t}"]' for t in ("knots", "centers", "sides"))
        return f"local_powers({x}, {tensors}, {part.degree})"
    if name == "Monomials":
        return f"monomials({x}, {list(part.degrees)})"
    table = list(zip(part.names, part.slopes, part.shifts, strict=True))
    return f"atoms({x}, {table})"


_TEMPLATE = '''"""A network emitted by kan_equiv.

Needs torch, and weights.safetensors beside this file.

Input (..., {inputs}), output (..., {outputs}). The equality of the exact networks is in
certificate.cert; what float arithmetic adds is not part of it.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

ATOMS = {{
    "silu": functional.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "exp": torch.exp,
    "gelu": functional.gelu,
    "gaussian": lambda z: torch.exp(-z * z),
    "sin": torch.sin,
    "cos": torch.cos,
}}
DTYPES = {{"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}}


def power(z, degree):
    """max(z, 0)^degree; for degree 0 the indicator of z >= 0."""
    if degree == 0:
        return (z >= 0).to(z.dtype)
    r = torch.relu(z)
    out = r
    for _ in range(degree - 1):
        out = out * r
    return out


def truncated_powers(x, knots, degrees):
    """(..., n) to (..., n, K): max(x - t, 0)^d for each knot."""
    z = x.unsqueeze(-1) - knots
    if len(set(degrees)) == 1:
        return power(z, degrees[0])
    return torch.stack([power(z[..., j], d) for j, d in enumerate(degrees)], dim=-1)


def local_powers(x, knots, centers, sides, degree):
    """(..., n) to (..., n, K): powers of min(x, c) - t and of t - max(x, c)."""
    clamped = torch.minimum(x.unsqueeze(-1) * sides, centers * sides)
    return power(clamped - knots * sides, degree)


def monomials(x, degrees):
    """(..., n) to (..., n, count): x^d."""
    return torch.stack([x**d for d in degrees], dim=-1)


def atoms(x, table):
    """(..., n) to (..., n, count): name(a * x + b)."""
    columns = []
    for name, a, b in table:
        columns.append(ATOMS[name](x if (a, b) == (1.0, 0.0) else x * a + b))
    return torch.stack(columns, dim=-1)


class Module(nn.Module):
    """The emitted network; tensors are buffers under the names of the file."""

    def __init__(self, tensors):
        super().__init__()
        self.keys = list(tensors)
        for n, key in enumerate(self.keys):
            self.register_buffer(f"tensor_{{n}}", tensors[key])

    def forward(self, x):
        w = {{key: getattr(self, f"tensor_{{n}}") for n, key in enumerate(self.keys)}}
{body}
        return x


def read_safetensors(path):
    """Read a safetensors file with the standard library and torch."""
    data = Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    out = {{}}
    for key, entry in header.items():
        start, stop = (8 + size + v for v in entry["data_offsets"])
        raw = bytearray(data[start:stop])
        flat = torch.frombuffer(raw, dtype=DTYPES[entry["dtype"]])
        out[key] = flat.reshape(entry["shape"])
    return out


def load(path=Path(__file__).with_name("weights.safetensors")):
    """Return the module with its weights."""
    return Module(read_safetensors(path)).eval()


if __name__ == "__main__":
    rows = [[float(v) for v in line.split()] for line in sys.stdin]
    module = load()
    kind = next(t.dtype for t in module.buffers() if t.dtype.is_floating_point)
    for row in module(torch.tensor(rows, dtype=kind)).tolist():
        print(*row)
'''
