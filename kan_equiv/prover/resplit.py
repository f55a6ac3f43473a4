"""Finding the layers of one network inside the multiplied-out stages of another.

In a plain MLP the linear map of one layer and the copies, scales and shifts of the
next are one dense stage. If every row of that stage is, as a function of the inputs of
the layer, a multiple of one output of the other network's layer plus a constant, then
the stage factors through those outputs: A = B o C with C the outputs themselves and B
one entry a row. Permuted and rescaled hidden units are found the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.errors import NotSeparableError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.linear import Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.prover.certify import Link
from kan_equiv.prover.compare import output_functionals

__all__ = ["Resplit", "resplit"]

MAX_FUNCTIONALS = 1 << 22


@dataclass(frozen=True, slots=True)
class Resplit:
    """A network with dense stages factored, and the links back to the original."""

    network: Network
    links: tuple[Link, ...]


def resplit(model: Network, network: Network) -> Resplit | None:
    """Factor stages of ``network`` so that its layers end where those of ``model`` do.

    Returns None where some layer of ``model`` is not found in it.
    """
    slices = model.layer_slices()
    word = list(network.stages)
    links: list[Link] = []
    start = 0
    for a, b in slices[:-1]:
        window = model.window(a, b)
        try:
            form = separate(window.stages, window.in_features)
        except NotSeparableError:
            return None
        found = _find(form, word, start, window.in_features)
        if found is None:
            return None
        at, outputs, units = found
        old = word[at]
        assert isinstance(old, Affine)
        word[at : at + 1] = [outputs, units]
        pair: tuple[Stage, ...] = (outputs, units)
        if outputs != old:
            links.append(Link(at, old.in_features, (old,), pair, is_backward=True))
            start = at + 1
        else:
            del word[at + 1]
            start = at + 1
    result = Network(network.in_features, tuple(word))
    return Resplit(result, tuple(reversed(links)))


def _find(
    form: SeparableForm, word: list[Stage], start: int, width: int
) -> tuple[int, Affine, Affine] | None:
    """Find the affine stage after ``start`` whose rows are outputs of the layer."""
    keys = _signatures(form)
    if keys is None:
        return None
    where = {key: (o, scale, c) for o, (key, scale, c) in enumerate(keys) if key}
    seen_bank = False
    for at in range(start, len(word) - 1):
        stage = word[at]
        seen_bank = seen_bank or isinstance(stage, Bank)
        if not seen_bank or not isinstance(stage, Affine):
            continue
        try:
            rows = _signatures(separate(word[start : at + 1], width))
        except NotSeparableError:
            return None
        if rows is None:
            return None
        if all(not key or key in where for key, _, _ in rows):
            return _factor(stage, rows, where, form.out_features, at)
    return None


Signature = tuple[object, Fraction, Fraction]


def _factor(
    stage: Affine,
    rows: list[Signature],
    where: dict[object, tuple[int, Fraction, Fraction]],
    m: int,
    at: int,
) -> tuple[int, Affine, Affine] | None:
    """Return (position, outputs, units) with units o outputs = stage."""
    n = stage.in_features
    table: list[dict[int, Fraction]] = [{} for _ in range(m)]
    bias = [Fraction(0)] * m
    unit_rows: list[dict[int, Fraction]] = []
    unit_bias: list[Fraction] = []
    own = list(stage.bias.fractions())
    done: set[int] = set()
    for r, (key, scale, constant) in enumerate(rows):
        if not key:
            unit_rows.append({})
            unit_bias.append(constant)
            continue
        o, other, base = where[key]
        factor = scale / other
        shift = constant - factor * base
        unit_rows.append({o: factor})
        unit_bias.append(shift)
        if o not in done:
            done.add(o)
            table[o] = {c: v / factor for c, v in stage.weight.row(r).items()}
            bias[o] = (own[r] - shift) / factor
    outputs = Affine(_dense(table, n), _vector(bias))
    units = Affine(_dense(unit_rows, m), _vector(unit_bias))
    return at, outputs, units


def _signatures(form: SeparableForm) -> list[Signature] | None:
    """Return (shape, scale, constant) per output; equal shapes are proportional."""
    if len(form.columns) * form.out_features > MAX_FUNCTIONALS:
        return None
    out: list[Signature] = []
    for values, constant in output_functionals(form):
        items = sorted(((str(k), v) for k, v in values.items()), key=lambda kv: kv[0])
        if not items:
            out.append(((), Fraction(1), constant))
            continue
        scale = items[0][1]
        out.append((tuple((k, v / scale) for k, v in items), scale, constant))
    return out


def _dense(rows: list[dict[int, Fraction]], n: int) -> Dense:
    flat: Iterator[Fraction] = (
        row.get(c, Fraction(0)) for row in rows for c in range(n)
    )
    return Dense.matrix(RationalTensor.from_fractions(flat, (len(rows), n)))


def _vector(values: list[Fraction]) -> RationalTensor:
    return RationalTensor.from_fractions(values, (len(values),))
