"""Points that reach every cell of every hidden function, guessed in floats.

A network is explored at many points at once in float64; what counts is through which
cell (between which knots) each coordinate passes at each bank. A few points are picked
that reach all cells that any point reached; cells in between, that none happened to
hit, are found by bisection on a segment. Floats only propose points: what is said about
a network rests on its exact values there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from kan_equiv.exact.rational import to_float
from kan_equiv.ir.basis import Basis
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.ir.univariate import Univariate

__all__ = ["covering_points"]

Array: TypeAlias = "np.ndarray[Any, Any]"
Stop: TypeAlias = Callable[[], bool]
BITS = 24
LARGEST = 1e300
HALVINGS = 40
BATCH = 256
SCALES = (Fraction(1), Fraction(1, 4), Fraction(8), Fraction(64))
ATOMS: dict[str, Callable[[Array], Array]] = {
    "silu": lambda z: z / (1 + np.exp(-z)),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "exp": np.exp,
    "gelu": lambda z: z * (1 + np.tanh(0.7978845608 * (z + 0.044715 * z**3))) / 2,
    "gaussian": lambda z: np.exp(-z * z),
    "sin": np.sin,
    "cos": np.cos,
}


def covering_points(
    networks: Sequence[Network],
    start: Box,
    domain: Box | None,
    samples: int,
    stop: Stop,
    with_bisection: bool,
) -> Iterator[list[Fraction]]:
    """Yield exact points of the domain, those first that reach most new cells.

    Args:
        networks: networks with the same inputs.
        start: a bounded box around which to sample.
        domain: where points may lie, or None for R^n.
        samples: how many points are explored.
        stop: asked now and then; True ends the exploration early.
        with_bisection: whether cells that no sample reached are looked for.
    """
    rng = np.random.default_rng(0)
    points = _samples(rng, start, domain, samples)
    if not all(_is_known(s) for n in networks for s in n.stages):
        yield from _exact(points, domain)
        return
    with np.errstate(all="ignore"):
        probe = _Probe(networks)
        found = probe.cells(points)
        if with_bisection:
            more = probe.between(points, found, stop)
            points = np.concatenate([points, more])
            found = np.concatenate([found, probe.cells(more)])
    for n in _cover(found, stop):
        yield from _exact(points[n : n + 1], domain)


def _samples(rng: Any, start: Box, domain: Box | None, count: int) -> Array:
    """Return points with few bits around the start box, at several scales."""
    ends = np.array([[to_float(v) for v in side.ends] for side in start])
    ends = np.clip(ends, -LARGEST, LARGEST)
    middle, half = ends.mean(axis=1), (ends[:, 1] - ends[:, 0]) / 2
    scales = SCALES if domain is None or not domain.is_bounded else SCALES[:2]
    parts = [middle[None, :]]
    for scale in scales:
        unit = rng.integers(
            -(1 << 11), (1 << 11) + 1, (count // len(scales), len(half))
        )
        parts.append(middle + unit / (1 << 11) * half * float(scale))
    return _inside(np.concatenate(parts), domain)


def _inside(points: Array, domain: Box | None) -> Array:
    """Round to few bits, then move into the domain (up to float rounding)."""
    size = 2.0 ** np.ceil(np.log2(np.maximum(np.abs(points).max(axis=0), 1e-9)))
    points = np.round(points / size * 2**BITS) / 2**BITS * size
    if domain is None:
        return points
    lo = [-np.inf if i.lo is None else to_float(i.lo) for i in domain]
    hi = [np.inf if i.hi is None else to_float(i.hi) for i in domain]
    return np.clip(points, lo, hi)


def _exact(points: Array, domain: Box | None) -> Iterator[list[Fraction]]:
    lines: list[list[float]] = points.tolist()
    for line in lines:
        if not np.isfinite(line).all():
            continue
        point = [Fraction(v) for v in line]
        if domain is not None:  # its ends need not be floats
            point = [_clamped(v, i) for v, i in zip(point, domain, strict=True)]
        yield point


def _clamped(v: Fraction, side: Interval) -> Fraction:
    v = v if side.lo is None else max(v, side.lo)
    return v if side.hi is None else min(v, side.hi)


def _cover(found: Array, stop: Stop) -> Iterator[int]:
    """Yield all points, greedily those with the most cells not seen yet."""
    _, ids = np.unique(
        found + np.arange(found.shape[1]) * (found.max(initial=0) + 1),
        return_inverse=True,
    )
    ids = ids.reshape(found.shape)
    fresh = np.ones(ids.max(initial=0) + 1, dtype=bool)
    left = np.ones(len(found), dtype=bool)
    while left.any() and not stop():
        gain = np.where(left, fresh[ids].sum(axis=1), -1)
        best = int(gain.argmax())
        if gain[best] == 0:
            fresh[:] = True  # all cells are reached: once more, by other points
        yield best
        left[best] = False
        fresh[ids[best]] = False


class _Probe:
    """Float evaluation of networks with a record of the cells that are passed."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self.networks = networks
        self._memo: dict[int, Any] = {}

    def arguments(self, points: Array) -> Iterator[tuple[Array, list[Array]]]:
        """Yield (arguments, breakpoints of each) at every bank of every network."""
        for network in self.networks:
            y = points
            for stage in network.stages:
                if isinstance(stage, Bank):
                    yield y, [self._marks(b) for b in _bases(stage)]
                y = self._apply(stage, y)

    def cells(self, points: Array) -> Array:
        """Return cell indices, one row a point, one column a coordinate of a bank."""
        columns = [
            np.searchsorted(t, y[:, i], side="right")
            for y, marks in self.arguments(points)
            for i, t in enumerate(marks)
        ]
        return np.stack(columns, axis=1) if columns else np.zeros((len(points), 0), int)

    def between(self, points: Array, found: Array, stop: Stop) -> Array:
        """Return points in cells that none reached, between two that were reached."""
        goals: list[tuple[int, int, int, float]] = []
        at = 0
        for y, marks in self.arguments(points):
            for i, t in enumerate(marks):
                z = y[:, i]
                low, high = int(z.argmin()), int(z.argmax())
                seen = set(found[:, at].tolist())
                inner = range(int(found[low, at]) + 1, int(found[high, at]))
                goals += [
                    (at, low, high, (t[c - 1] + t[c]) / 2)
                    for c in inner
                    if c not in seen
                ]
                at += 1
        out = [np.zeros((0, points.shape[1]))]
        for s in range(0, len(goals), BATCH):
            if stop():
                break
            out.append(self._bisect(points, goals[s : s + BATCH]))
        return np.concatenate(out)

    def _bisect(
        self, points: Array, goals: Sequence[tuple[int, int, int, float]]
    ) -> Array:
        """Return points on segments where a coordinate has about the wanted value."""
        low = points[[g[1] for g in goals]]
        high = points[[g[2] for g in goals]]
        target = np.array([g[3] for g in goals])
        rows, columns = np.arange(len(goals)), np.array([g[0] for g in goals])
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            every = np.concatenate([y for y, _ in self.arguments(middle)], axis=1)
            below = (every[rows, columns] < target)[:, None]
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return low

    def _apply(self, stage: Stage, y: Array) -> Array:
        if isinstance(stage, Bank):
            sizes = [len(b) for b in stage.bases]
            starts = np.cumsum([0, *(sizes[b] for b in stage.basis_of)])
            out = np.empty((len(y), int(starts[-1])))
            for b, basis in enumerate(stage.bases):
                which = [i for i, c in enumerate(stage.basis_of) if c == b]
                for k, f in enumerate(basis.functions()):
                    out[:, starts[which] + k] = self._values(f, y[:, which])
            return out
        assert isinstance(stage, Affine)
        if id(stage) not in self._memo:
            self._memo[id(stage)] = _floats(stage)
        weight, bias = self._memo[id(stage)]
        return y @ weight.T + bias

    def _values(self, f: Univariate, z: Array) -> Array:
        cuts = np.array([to_float(t) for t in f.pieces.breakpoints])
        degree = f.pieces.degree
        table = np.array(
            [
                [to_float(p.coefficient(r)) for r in range(degree + 1)]
                for p in f.pieces.pieces
            ]
        )
        chosen = table[np.searchsorted(cuts, z, side="right")]
        total = chosen[..., degree]
        for r in range(degree - 1, -1, -1):
            total = total * z + chosen[..., r]
        for atom, c in f.atoms:
            inner = to_float(atom.slope) * z + to_float(atom.shift)
            total = total + to_float(c) * ATOMS[atom.name](inner)
        return total

    def _marks(self, basis: Basis) -> Array:
        key = id(basis)
        if key not in self._memo:
            marks = {t for f in basis.functions() for t in f.breakpoints}
            self._memo[key] = np.array([to_float(t) for t in sorted(marks)])
        return self._memo[key]


def _bases(bank: Bank) -> list[Basis]:
    return [bank.bases[b] for b in bank.basis_of]


def _is_known(stage: Stage) -> bool:
    """Whether floats can follow a stage."""
    if isinstance(stage, Affine):
        return True
    return isinstance(stage, Bank) and all(
        not f.ratios
        and all(a.name in ATOMS and a.where.is_everywhere for a, _ in f.atoms)
        for basis in stage.bases
        for f in basis.functions()
    )


def _floats(stage: Affine) -> tuple[Array, Array]:
    rows, ints, d = stage.weight.columns(range(stage.in_features))
    weight = np.zeros((stage.out_features, stage.in_features))
    weight[rows] = _divided(ints, d)
    return weight, np.array([to_float(v) for v in stage.bias.fractions()])


def _divided(ints: Array, d: int) -> Array:
    """Return ints / d, each rounded once; what overflows is infinite."""
    flat: list[int] = ints.ravel().tolist()
    return np.array([_quotient(v, d) for v in flat]).reshape(ints.shape)


def _quotient(v: int, d: int) -> float:
    try:
        return v / d
    except OverflowError:
        return float("inf") if v > 0 else float("-inf")
