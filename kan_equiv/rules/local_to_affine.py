"""Local bases by ReLU alone: min(x, c) = c - relu(c - x), max(x, c) = c + relu(x - c).

A bank with local bases becomes two hidden layers: relu(c - x) and relu(x - c) for each
center (and x itself where another column needs it), then ReLU^p of affine images of
single units. The second weight holds only 0, 1 and -1, one block for all grids.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.basis import (
    Basis,
    ConcatenatedBasis,
    LocalBasis,
    TruncatedPowerBasis,
)
from kan_equiv.ir.linear import BlockDiagonal, Dense, LinearMap
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.rules.expand_to_affine import (
    IDENTITY_COLUMN,
    Plan,
    copies,
    plan,
    post_stage,
)

__all__ = ["local_to_affine"]

NAME = "local_to_affine"
LEMMA = "LocalToAffine.local_to_affine"  # in proofs/theories
RELU = TruncatedPowerBasis(((Fraction(0), 1),))


@dataclass(frozen=True, slots=True)
class _TwoLayers:
    """First units of x, then second = mix @ first + shifts, then a plain plan."""

    slopes: tuple[int, ...]
    shifts: tuple[Fraction, ...]
    first: tuple[Basis, ...]
    mix: LinearMap
    mix_shifts: tuple[Fraction, ...]
    second: Plan


def _two_layers(basis: Basis) -> _TwoLayers:
    parts = basis.parts if isinstance(basis, ConcatenatedBasis) else (basis,)
    slopes: list[int] = []
    shifts: list[Fraction] = []
    first: list[Basis] = []
    rows: list[dict[int, int]] = []
    mix_shifts: list[Fraction] = []
    columns: list[Basis] = []
    posts: list[Plan] = []
    identity = -1
    for part in parts:
        if isinstance(part, LocalBasis):
            t = part.knots
            base = len(first)
            for c in part.centers:
                slopes += [-1, 1]
                shifts += [t[c], -t[c]]
                first += [RELU, RELU]
            repu = TruncatedPowerBasis(((Fraction(0), part.degree),))
            n = len(part)
            for k, j, side in part.terms():
                rows.append({base + 2 * k + (side > 0): -1})
                mix_shifts.append(abs(t[part.centers[k]] - t[j]))
            columns += [repu] * n
            posts.append(Plan((1,) * n, (Fraction(0),) * n, (repu,) * n, None))
            continue
        p = plan(part)
        if identity < 0:
            identity = len(first)
            slopes.append(1)
            shifts.append(Fraction(0))
            first.append(IDENTITY_COLUMN)
        for slope, shift in zip(p.slopes, p.shifts, strict=True):
            rows.append({identity: slope})
            mix_shifts.append(shift)
        columns += p.columns
        posts.append(p)
    width = len(first)
    flat = tuple(row.get(u, 0) for row in rows for u in range(width))
    mix = Dense.matrix(RationalTensor((len(rows), width), flat, (1,), "signs"))
    post: LinearMap | None = None
    if any(p.post is not None for p in posts):
        weight = post_stage(posts).weight
        post = weight
    second = Plan((1,) * len(rows), tuple(mix_shifts), tuple(columns), post)
    return _TwoLayers(
        tuple(slopes), tuple(shifts), tuple(first), mix, tuple(mix_shifts), second
    )


def local_to_affine(stage: Stage) -> tuple[Stage, ...] | None:
    """Rewrite a bank that has local bases as two column-wise hidden layers."""
    if not isinstance(stage, Bank) or not any(_has_local(b) for b in stage.bases):
        return None
    forms = [_two_layers(b) for b in stage.bases]
    used = [forms[b] for b in stage.basis_of]
    sources = [i for i, f in enumerate(used) for _ in f.first]
    shifts = [s for f in used for s in f.shifts]
    slopes = [s for f in used for s in f.slopes]
    mix: dict[LinearMap, int] = {}
    mix_of = tuple(mix.setdefault(f.mix, len(mix)) for f in used)
    mix_shifts = [s for f in used for s in f.mix_shifts]
    stages: tuple[Stage, ...] = (
        Affine(copies(sources, slopes, stage.in_features), _vector(shifts)),
        Bank.of([b for f in used for b in f.first]),
        Affine(BlockDiagonal(tuple(mix), mix_of), _vector(mix_shifts)),
        Bank.of([b for f in used for b in f.second.columns]),
    )
    if all(f.second.post is None for f in forms):
        return stages
    return (*stages, post_stage([f.second for f in used]))


def _has_local(basis: Basis) -> bool:
    if isinstance(basis, ConcatenatedBasis):
        return any(_has_local(b) for b in basis.parts)
    return isinstance(basis, LocalBasis)


def _vector(values: list[Fraction]) -> RationalTensor:
    return RationalTensor.from_fractions(values, (len(values),), "shifts")
