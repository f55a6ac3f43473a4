"""What an emitted module computes in floats, and what is assumed of the machine.

The bound of the float error speaks of a model of arithmetic. Here a module is taken
apart into that model, and what can be tried out of it on this machine is tried out.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv import kernel
from kan_equiv.certificate.encode import encode_network
from kan_equiv.emit.formats import FORMATS
from kan_equiv.emit.program import Program
from kan_equiv.emit.rounding import round_to
from kan_equiv.emit.straight_line import straight_line_network
from kan_equiv.errors import ValidationError
from kan_equiv.exact.enclosure import (
    PARTIAL_ATOM_NAMES,
    Enclosure,
    atom_enclosure,
    working_precision,
)
from kan_equiv.ir.network import Network

__all__ = ["FloatCode", "check_atoms", "check_machine", "code_of", "float_code"]

TRIED = 64
"""How many numbers each assumption is tried on."""

_ABSOLUTE = {"gelu": Fraction(1), "gaussian": Fraction(1)}
_FLOOR = Fraction(1, 1 << 64)


@dataclass(frozen=True, slots=True)
class FloatCode:
    """A module as straight-line programs and sums of products.

    Attributes:
        network: banks of straight-line programs and affine stages in turn.
        dtype: of values and sums.
        values: format that values are rounded to before products, or "".
        terms: how many terms of it a value and a coefficient are split into.
        atoms: names of the atoms that occur.
        device: where the module is.
    """

    network: Network
    dtype: str
    values: str
    terms: int
    atoms: tuple[str, ...]
    device: str

    @property
    def digest(self) -> str:
        """The digest of the network's content: ``right`` of a bound's verdict."""
        return kernel.check(encode_network(self.network)).right


def float_code(module: object) -> FloatCode:
    """Take an emitted module apart, with the numbers that it holds now.

    Raises:
        ValidationError: no emitted module, or a backend or function whose operations
            are not covered.
    """
    from kan_equiv.emit.torch_network import EmittedLayer, EmittedNetwork

    if not isinstance(module, EmittedNetwork):
        raise ValidationError(
            f"an emitted module is needed, got {type(module).__name__}; make one with "
            "emit.torch_module(convert(network, to='local'))"
        )
    for l, layer in enumerate(module.layers):
        assert isinstance(layer, EmittedLayer)
        if len(layer.cells) or layer.is_fused:
            raise ValidationError(
                f"layer {l} runs on backend={module.backend!r}, whose operations are "
                "not covered by the bound; emit the module with backend='aten'"
            )
    return code_of(module.program(), str(next(module.parameters()).device))


def code_of(program: Program, device: str = "cpu") -> FloatCode:
    """Take a rounded program apart, as the backend ``aten`` computes it.

    Raises:
        ValidationError: a function whose operations are not covered.
    """
    assert program.precision is not None
    names = {
        part.name
        for layer in program.layers
        for group in layer.groups
        for part in group.parts
        if part.kind == "atom"
    }
    if partial := sorted(names & {*PARTIAL_ATOM_NAMES}):
        raise ValidationError(
            f"the network holds {' and '.join(partial)}, not defined everywhere, and "
            "the bound of float errors does not cover them"
        )
    values = program.precision.values
    return FloatCode(
        straight_line_network(program),
        program.dtype,
        values,
        program.precision.terms if values else 1,
        tuple(sorted(names)),
        device,
    )


def check_machine(code: FloatCode) -> None:
    """Try out that sums and products on the module's device are rounded to nearest.

    Raises:
        ValidationError: they are not; for products the message names the settings.
    """
    import torch

    if torch.get_float32_matmul_precision() != "highest":
        raise ValidationError(
            "products of matrices may be rounded to a shorter format: torch's "
            f"float32_matmul_precision={torch.get_float32_matmul_precision()!r}. The "
            "bound assumes torch.set_float32_matmul_precision('highest')"
        )
    dtype = getattr(torch, code.dtype)
    rng = random.Random(0)
    bits = FORMATS[code.dtype][0]
    numbers = [
        [
            rng.choice((-1, 1)) * rng.randrange(1 << bits) * 2.0 ** -rng.randrange(bits)
            for _ in range(TRIED)
        ]
        for _ in range(2)
    ]
    a, b = (torch.tensor(line, dtype=dtype, device=code.device) for line in numbers)
    pairs = [(Fraction(x), Fraction(y)) for x, y in zip(*numbers, strict=True)]
    sums = [round_to(x + y, code.dtype) for x, y in pairs]
    products = [round_to(x * y, code.dtype) for x, y in pairs]
    _same("sums", (a + b).tolist(), sums, code)
    _same("products", (a * b).tolist(), products, code)
    # Off the diagonal everything is 0, so nothing else is rounded.
    diagonal = torch.mm(torch.diag(a), torch.diag(b)).diagonal().tolist()
    _same("products of matrices", diagonal, products, code)


def _same(
    what: str, found: list[float], expected: list[Fraction], code: FloatCode
) -> None:
    for x, y in zip(found, expected, strict=True):
        if Fraction(x) != y:
            raise ValidationError(
                f"{what} on device={code.device!r} are not IEEE {code.dtype} rounded "
                f"to nearest: got {x!r} for {float(y)!r}. The bound assumes that they "
                "are; see torch.set_float32_matmul_precision('highest') and "
                "torch.backends.cuda.matmul.allow_tf32 = False"
            )


def check_atoms(code: FloatCode, ulps: int) -> None:
    """Compare the atoms of a module with enclosures at sampled arguments.

    Raises:
        ValidationError: an atom is farther from its value than ``ulps`` units roundoff.
    """
    import torch

    from kan_equiv.emit.torch_values import ATOMS

    rng = random.Random(1)
    dtype = getattr(torch, code.dtype)
    size = [10.0 ** rng.uniform(-6, 1.4) for _ in range(2 * TRIED)]
    z = torch.tensor([rng.choice((-1, 1)) * s for s in size], dtype=dtype)
    unit = Fraction(1, 1 << FORMATS[code.dtype][0])
    for name in code.atoms:
        found = ATOMS[name](z.to(code.device)).tolist()
        for x, value in zip(z.tolist(), found, strict=True):
            with working_precision(160):
                true = atom_enclosure(name, Enclosure.exact(Fraction(x)))
            off = max(abs(Fraction(value) - end) for end in (true.lower, true.upper))
            scale = abs(true.upper) + _ABSOLUTE.get(name, _FLOOR)
            if off > ulps * unit * scale:
                raise ValidationError(
                    f"{name}({x!r}) on device={code.device!r} is off by "
                    f"{float(off / unit / scale):.3g} units roundoff, more than "
                    f"ulps={ulps}; pass a larger ulps="
                )
