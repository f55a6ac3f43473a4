"""From a conversion to the rounded program that every format writes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from kan_equiv.emit.formats import DTYPES, Precision, dtype_name, precision_of
from kan_equiv.emit.lowering import lower
from kan_equiv.emit.program import Layer, Part, Program, round_program
from kan_equiv.emit.rounding import Array, as_fractions, total_of
from kan_equiv.emit.shrinking import shrink
from kan_equiv.emit.twin import exact_twin
from kan_equiv.errors import ValidationError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network

__all__ = ["Plan", "SupportsEmission", "emitted_network", "plan"]


class SupportsEmission(Protocol):
    """What emission needs to know of a conversion."""

    @property
    def target(self) -> Network: ...
    @property
    def compact(self) -> Network: ...
    @property
    def form(self) -> str: ...
    @property
    def layout(self) -> str: ...


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What will be emitted, in numbers.

    Attributes:
        exact: the program before rounding; over the reals equal to the source.
        program: the program whose floats are written.
        inexact: where the first parameter stands that rounding changed, or "".
    """

    exact: Program
    program: Program
    inexact: str

    @property
    def is_exact(self) -> bool:
        """Whether all parameters are exactly those of the exact program."""
        return not self.inexact

    @property
    def network(self) -> Network:
        """The exact network that the floats are."""
        return exact_twin(self.program)

    def __str__(self) -> str:
        precision = self.program.precision
        name = self.program.dtype if precision is None else precision.name
        if self.is_exact:
            return f"{self.program.dtype}, {name} products: parameters exactly equal"
        return (
            f"{self.program.dtype}, {name} products: parameters rounded, first at "
            f"{self.inexact}"
        )


def plan(
    source: Network | SupportsEmission,
    dtype: Any = None,
    precision: Any = None,
    *,
    domain: Box | None = None,
    as_splines: bool = False,
    force: bool = False,
) -> Plan:
    """Lower, shrink and round a network.

    Args:
        source: a conversion (its compact network is emitted, the target where the
            layout is sequential), or a converted network.
        dtype: ``float32`` or ``float64``, by default float32 for the local form and
            float64 otherwise; ``auto`` is the first of float32, float32 with two floats
            a coefficient, and float64 that holds all parameters exactly.
        precision: of products, see ``PRECISIONS``; by default the dtype's.
        domain: closed box outside of which the module may be another function.
        as_splines: B-splines are held by their knots, as ``gather`` evaluates them.
        force: allow the hinge form of degree >= 2 below float64.

    Raises:
        ValidationError: unknown dtype or precision, a stage that has to be converted
            first, the hinge form in a format that destroys it, a number beyond its
            format, or no dtype that holds all parameters exactly.
    """
    if isinstance(source, Network):
        network, form = source, ""
    else:
        form = source.form
        network = source.target if source.layout == "sequential" else source.compact
    exact = shrink(lower(network), domain)
    if as_splines:
        exact = _held_as_splines(exact)
    if str(dtype) == "auto":
        return _smallest(exact)
    name = dtype_name(dtype) if dtype is not None else _default(form)
    mode = precision_of(precision, name)
    if not force and name != "float64":
        _refuse_cancellation(exact, form, mode)
    return _rounded(exact, name, mode)


def emitted_network(
    source: Network | SupportsEmission,
    dtype: Any = None,
    precision: Any = None,
    *,
    domain: Box | None = None,
    force: bool = False,
) -> tuple[Network, str]:
    """Return the exact network that an emitted module holds, and its dtype's name.

    Arguments and errors are those of ``plan``.
    """
    found = plan(source, dtype, precision, domain=domain, force=force)
    return found.network, found.program.dtype


def _default(form: str) -> str:
    return "float32" if form == "local" else "float64"


def _rounded(exact: Program, dtype: str, precision: Precision) -> Plan:
    program = round_program(exact, dtype, precision)
    return Plan(exact, program, _first_difference(exact, program))


def _smallest(exact: Program) -> Plan:
    tried = [("float32", "float32"), ("float32", "float32x2"), ("float64", "float64")]
    reason = ""
    for dtype, name in tried:
        try:
            found = _rounded(exact, dtype, precision_of(name, dtype))
        except ValidationError as error:
            reason = str(error)
            continue
        if found.is_exact:
            return found
        reason = found.inexact
    raise ValidationError(
        f"dtype='auto' asks for exactly equal parameters, and none of {list(DTYPES)} "
        f"holds them: in float64 the first that is rounded is {reason}. Name a dtype; "
        "the certificate then says how far rounding moves the function"
    )


def _first_difference(exact: Program, program: Program) -> str:
    for l, (a, b) in enumerate(zip(exact.layers, program.layers, strict=True)):
        for where, x, y in _numbers(a, b):
            at = _where_differs(x, y)
            if at is not None:
                return f"layer {l}, {where}{list(at)}"
    return ""


def _numbers(a: Layer, b: Layer) -> list[tuple[str, Array, tuple[Array, ...]]]:
    out: list[tuple[str, Array, tuple[Array, ...]]] = []
    for g, group in enumerate(a.groups):
        for p, part in enumerate(group.parts):
            held = b.groups[g].parts[p].constants
            out += [
                (f"{part.kind} {key}", values, (held[key],))
                for key, values in part.constants.items()
            ]
    out += [("weight", w.terms[0], b.weights[k].terms) for k, w in a.weights.items()]
    out += [("bias", x[0], y) for x, y in zip(a.biases, b.biases, strict=True)]
    return out


def _where_differs(exact: Array, terms: tuple[Array, ...]) -> tuple[int, ...] | None:
    first, *others = terms
    if others:
        differs = np.asarray(as_fractions(exact) != total_of(terms), dtype=bool)
    elif exact.dtype != object:
        differs = exact != first
    else:
        pairs = zip(exact.ravel(), first.ravel().tolist(), strict=True)
        flat = [a.as_integer_ratio() != b.as_integer_ratio() for a, b in pairs]
        differs = np.array(flat, dtype=bool).reshape(exact.shape)
    if not differs.any():
        return None
    return tuple(int(i) for i in np.argwhere(differs)[0])


def _refuse_cancellation(exact: Program, form: str, precision: Precision) -> None:
    """Refuse one-sided powers of degree >= 2 where they lose their digits."""
    for l, layer in enumerate(exact.layers):
        for group in layer.groups:
            for part in group.parts:
                one_sided = part.kind == "power" and part.degree >= 2
                if one_sided and (part.slots > 1 or form == "hinge"):
                    local = "to='local', " if form == "hinge" else ""
                    raise ValidationError(
                        f"layer {l} has one-sided powers of degree {part.degree}, "
                        f"which cancel in precision={precision.name!r}: of degree 3 "
                        "in float32 they are off by about 1e-4 (G=5), 4e-3 (G=20), "
                        f"0.5 (G=100) of the function's size. Take {local}"
                        "dtype='float64', or force=True"
                    )


def _held_as_splines(program: Program) -> Program:
    """Replace two-sided splines and hats by the same splines, held by their knots."""
    layers = [
        replace(
            layer,
            groups=tuple(
                replace(group, parts=tuple(_by_knots(p) for p in group.parts))
                for group in layer.groups
            ),
        )
        for layer in program.layers
    ]
    return replace(program, layers=tuple(layers))


def _by_knots(part: Part) -> Part:
    c = part.constants
    if part.kind == "spline":
        knots = c["knots"]
    elif part.kind == "hat":
        middle = c["left"] + 1 / c["rise"]
        knots = np.stack([c["left"], middle, c["right"]])
    else:
        return part
    return replace(part, kind="bspline", constants={"knots": knots})
