"""Attack certified bounds of float errors on trained checkpoints, at many points.

    python -m tests.soundness.attack_rounding            # 10^6 points a checkpoint
    python -m tests.soundness.attack_rounding 10000 pykan_pwl

Points are random, at breakpoints and the floats beside them, at ends of cells and
corners of the box. The module is compared with its float64 sibling, whose own bound is
some 10^8 times smaller and is allowed for, so that no violation is missed or invented
but within that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import torch

import kan_equiv as ke
from kan_equiv.errors import KanEquivError
from kan_equiv.ir import Bank, Network
from tests.networks import CHECKPOINTS, FAMILIES, family_path

POINTS = 10**6
BATCH = 4096
BOX = ke.Box(-1, 1)


@dataclass(frozen=True)
class Attack:
    """What came out: at every output the bound, and the largest difference seen."""

    bound: ke.RoundingBound
    reference: ke.RoundingBound
    seen: np.ndarray
    points: int

    @property
    def violations(self) -> list[int]:
        pairs = zip(self.bound.upper, self.reference.upper, strict=True)
        return [
            o for o, (b, r) in enumerate(pairs) if Fraction(float(self.seen[o])) > b + r
        ]


def load(name: str) -> Network:
    if name in CHECKPOINTS:
        return ke.load(CHECKPOINTS[name])
    return ke.load(family_path(name), **FAMILIES[name])


def marks(network: Network, dtype: torch.dtype) -> list[np.ndarray]:
    """For every input breakpoints inside the box, the floats beside them, its ends."""
    bank = network.stages[0]
    out: list[np.ndarray] = []
    for i in range(network.in_features):
        found = {-1.0, 0.0, 1.0}
        functions = bank.basis(i).functions() if isinstance(bank, Bank) else ()
        for f in functions:
            found |= {float(t) for t in f.breakpoints if -1 <= t <= 1}
        t = torch.tensor(sorted(found), dtype=dtype)
        beside = [torch.nextafter(t, torch.full_like(t, s)) for s in (-2.0, 2.0)]
        out.append(torch.cat([t, *beside]).clamp(-1, 1).double().numpy())
    return out


def batches(network: Network, dtype: torch.dtype, points: int) -> Iterator[np.ndarray]:
    """Points of the box in batches, all of them floats of the dtype."""
    rng = np.random.default_rng(0)
    n, near = network.in_features, marks(network, dtype)
    corners = np.array(list(product((-1.0, 1.0), repeat=min(n, 10))))
    done = 0
    while done < points:
        size = min(BATCH, points - done)
        picked = np.stack([rng.choice(t, size) for t in near], axis=1)
        drawn = rng.uniform(-1, 1, (size, n))
        kind = rng.integers(0, 4, (size, 1))
        mixed = np.where(rng.random((size, n)) < 0.5, picked, drawn)
        x = np.select([kind == 0, kind == 1, kind == 2], [drawn, picked, mixed], drawn)
        corner = corners[rng.integers(0, len(corners), size)]
        wide = np.concatenate([corner] * -(-n // corner.shape[1]), axis=1)[:, :n]
        x = np.where((kind == 3) & (rng.random((size, 1)) < 0.5), wide, x)
        yield torch.tensor(x, dtype=dtype).double().numpy()
        done += size


@cache
def sibling(name: str, form: str) -> tuple[ke.Conversion, torch.nn.Module, Any]:
    """A conversion, its float64 module, and the bound of that one."""
    conversion = ke.convert(load(name), form)
    module = ke.emit.torch_module(conversion, "float64", backend="aten")
    return conversion, module, ke.rounding_bound(module, conversion, BOX)


def attack(
    name: str, points: int, precision: str = "float32", form: str = "local"
) -> Attack:
    """Compare a module with its float64 sibling at many points."""
    conversion, exact, reference = sibling(name, form)
    network = conversion.source
    module = ke.emit.torch_module(
        conversion, "float32", precision=precision, backend="aten"
    )
    bound = ke.rounding_bound(module, conversion, BOX)
    seen = np.zeros(network.out_features)
    count = 0
    with torch.no_grad():
        for x in batches(network, torch.float32, points):
            y = module(torch.tensor(x, dtype=torch.float32)).double()
            z = exact(torch.tensor(x))
            seen = np.maximum(seen, (y - z).abs().amax(0).numpy())
            count += len(x)
    return Attack(bound, reference, seen, count)


def main(points: int, names: list[str]) -> int:
    failed = 0
    for name in names:
        try:
            found = attack(name, points)
        except KanEquivError as error:
            sys.stdout.write(f"{name}: no bound: {error}\n")
            continue
        worst = float(found.seen.max())
        failed += len(found.violations)
        sys.stdout.write(
            f"{name}: {found.points} points, largest error {worst:.3g}, bound "
            f"{float(found.bound.bound):.3g} ({float(found.bound.bound) / worst:.3g} "
            f"times it), violations {found.violations}\n"
        )
    return failed


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else POINTS
    sys.exit(main(count, sys.argv[2:] or [*CHECKPOINTS, *FAMILIES]))
