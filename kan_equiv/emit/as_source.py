"""A standalone, readable Python file that computes the emitted module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kan_equiv.certificate.model import write_atomically
from kan_equiv.emit.as_torch import torch_module
from kan_equiv.emit.planning import SupportsEmission
from kan_equiv.emit.program import Layer, Part, Program
from kan_equiv.emit.safetensors_file import safetensors_bytes
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["PythonSource", "python_source"]


@dataclass(frozen=True, slots=True)
class PythonSource:
    """Source code that needs only torch, and the tensors it reads.

    Attributes:
        code: the text of the file.
        dtype: of knots, bases and results.
        precision: of products, a key of ``PRECISIONS``.
        tensors: name to tensor, the state dict of the emitted module.
    """

    code: str
    dtype: str
    precision: str
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
    source: Network | SupportsEmission,
    dtype: Any = None,
    *,
    precision: Any = None,
    domain: Box | None = None,
    force: bool = False,
) -> PythonSource:
    """Return the emitted module, backend ``aten``, as one file of plain torch code.

    Arguments and errors are those of ``torch_module``.
    """
    module = torch_module(
        source, dtype, precision=precision, backend="aten", domain=domain, force=force
    )
    tensors = module.state_dict()
    program = module.program()
    assert program.precision is not None
    name = program.precision.name
    return PythonSource(_code(program, tensors), program.dtype, name, tensors)


def _code(program: Program, tensors: Mapping[str, Any]) -> str:
    from kan_equiv.emit import torch_products, torch_values

    precision = program.precision
    assert precision is not None
    lines: list[str] = []
    for l, layer in enumerate(program.layers):
        lines += _layer_code(l, layer, tensors)
    return _TEMPLATE.format(
        inputs=program.in_features,
        outputs=program.out_features,
        dtype=program.dtype,
        terms=precision.terms,
        values=precision.values,
        products=precision.products,
        functions=_section(torch_values) + "\n\n" + _section(torch_products),
        body="\n".join(lines),
    )


def _section(module: ModuleType) -> str:
    """Return what a module of ours defines, without its imports."""
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    _, _, rest = text.partition("\n__all__ = ")
    _, _, rest = rest.partition("]\n")
    return rest.strip()


def _layer_code(l: int, layer: Layer, tensors: Mapping[str, Any]) -> list[str]:
    pad = "        "
    key = f"layers.{l}"
    outputs = sum(len(o) for o in layer.outputs)
    lines = [f"{pad}# layer {l}, to {outputs} features"]
    for g, group in enumerate(layer.groups):
        for p, part in enumerate(group.parts):
            constants = ", ".join(
                f'"{c}": w["{name}"]'
                for c in part.constants
                if (name := f"{key}.{c}_{g}_{p}") in tensors
            )
            call = f'"{part.kind}", {part.degree}, "{part.name}", {{{constants}}}, x{g}'
            lines += [
                f"{pad}# {_describe(part, len(group.features))}",
                f"{pad}v = values({call})",
                f"{pad}v{g}_{p} = v.expand(-1, {part.slots}, -1).flatten(1)",
            ]
    ordered = sorted(layer.weights, key=lambda k: (k[2], k[0], k[1]))
    for h, features in enumerate(layer.outputs):
        lines.append(f"{pad}y{h} = {_sum(f'{key}.bias_{h}', tensors)}")
        for g, p, _ in (k for k in ordered if k[2] == h):
            name = f"{key}.weight_{g}_{p}_{h}"
            terms = ", ".join(f'w["{t}"]' for t in _terms(name, tensors))
            divisor = layer.groups[g].parts[p].divisor
            lines.append(
                f"{pad}y{h} = add_product(y{h}, v{g}_{p}, [{terms}], PRECISION, "
                f"{divisor})"
            )
        lines.append(f"{pad}y{h} = y{h}.expand(x0.shape[0], {len(features)})")
    names = ", ".join(f"x{h}" for h in range(len(layer.outputs)))
    values = ", ".join(f"y{h}" for h in range(len(layer.outputs)))
    return [*lines, f"{pad}{names} = {values}"]


def _describe(part: Part, inputs: int) -> str:
    of = f"of degree {part.degree}" if part.kind != "atom" else part.name
    return f"{part.slots} x {inputs} functions: {part.kind} {of}"


def _terms(name: str, tensors: Mapping[str, Any]) -> list[str]:
    more = [t for t in (f"{name}_{n}" for n in range(1, 4)) if t in tensors]
    return [name, *more]


def _sum(name: str, tensors: Mapping[str, Any]) -> str:
    return " + ".join(f'w["{t}"]' for t in _terms(name, tensors))


_TEMPLATE = '''"""A network emitted by kan_equiv.

Needs torch, and weights.safetensors beside this file.

Input (..., {inputs}), output (..., {outputs}). The equality of the exact networks is in
certificate.cert; what float arithmetic adds is not part of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from math import comb
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

DTYPE = torch.{dtype}
PRECISION = SimpleNamespace(terms={terms}, values="{values}", products={products})
STORED = {{
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
}}

{functions}


class Module(nn.Module):
    """The emitted network; tensors are buffers under the names of the file."""

    def __init__(self, tensors):
        super().__init__()
        self.keys = list(tensors)
        for n, key in enumerate(self.keys):
            self.register_buffer(f"tensor_{{n}}", tensors[key])

    def forward(self, x):
        w = {{key: getattr(self, f"tensor_{{n}}") for n, key in enumerate(self.keys)}}
        x0 = x.to(DTYPE).reshape(-1, {inputs})
{body}
        return x0.reshape(*x.shape[:-1], {outputs})


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
        flat = torch.frombuffer(raw, dtype=STORED[entry["dtype"]])
        out[key] = flat.reshape(entry["shape"])
    return out


def load(path=Path(__file__).with_name("weights.safetensors")):
    """Return the module with its weights."""
    return Module(read_safetensors(path)).eval()


if __name__ == "__main__":
    rows = [[float(v) for v in line.split()] for line in sys.stdin]
    for row in load()(torch.tensor(rows, dtype=DTYPE)).tolist():
        print(*row)
'''
