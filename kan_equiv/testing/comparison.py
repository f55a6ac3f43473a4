"""Comparing somebody's module with an exact network, point by point.

What is measured here is evidence, never a proof: a module that passes has been looked
at where it most easily goes wrong, and nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kan_equiv import api
from kan_equiv.errors import DomainError, ValidationError
from kan_equiv.exact import Number
from kan_equiv.ir import Box, Network
from kan_equiv.prover.conversion import Conversion
from kan_equiv.testing.floats import FORMATS
from kan_equiv.testing.modules import Callee, callee_of
from kan_equiv.testing.samples import Sample, samples_of

__all__ = ["Comparison", "assert_equivalent"]

EXACT_BITS = 192


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was seen of a module beside the exact network: figures, no proof.

    Attributes:
        points: at how many points it was called.
        error: the largest difference seen, rounded to a float.
        point: where that was, exactly.
        output: at which output.
        value: what the module returned there.
        exact: the exact value there (a float where an enclosure is known).
        where: the sort of point.
    """

    points: int
    error: float
    point: tuple[Fraction, ...]
    output: int
    value: float
    exact: Fraction | float
    where: str

    def __str__(self) -> str:
        x = ", ".join(repr(float(v)) for v in self.point[:6])
        if len(self.point) > 6:
            x += f", ... {len(self.point)} coordinates"
        return (
            f"sampled at {self.points} points, not proved: largest error "
            f"{self.error:.3g} at output {self.output}, x = ({x}), {self.where}: "
            f"returned {self.value!r}, exactly {float(self.exact)!r}"
        )


def assert_equivalent(
    reference: object,
    module: Any,
    *,
    domain: Box,
    tolerance: float,
    relative_tolerance: float = 0.0,
    samples: int = 64,
    seed: int = 0,
    dtype: Any = None,
) -> Comparison:
    """Assert that a module returns what an exact network says, at many points.

    At every point and output, |module(x) - exact(x)| <= tolerance +
    relative_tolerance |exact(x)|, computed exactly. The points: corners, vertices of
    the cells of the first layer, its knots with the floats next below and above each,
    points inside cells, random points. Batches of 1, 2 and all points are tried.

    Args:
        reference: anything :func:`kan_equiv.load` accepts.
        module: a torch module, or a callable of arrays of shape (batch, in_features)
            that returns shape (batch, out_features). A module is run in evaluation
            mode without gradients, and left as it was.
        domain: a bounded closed box; every point lies in it.
        tolerance: absolute, >= 0.
        relative_tolerance: relative to the exact value, >= 0.
        samples: how many points of each sort, at most.
        seed: of the random points.
        dtype: float format of the inputs, of torch or numpy; default that of the
            module's first parameter, float64 for other callables.

    Returns:
        The figures. They are evidence, not a proof.

    Raises:
        AssertionError: a value too far off, NaN or infinite, or another shape; with
            the point and a test to paste.
        DomainError: the box is unbounded or has another number of inputs.
        ValidationError: a negative tolerance, or a dtype that is no float format.

    >>> import kan_equiv as ke, numpy as np
    >>> exact = ke.mlp([([[1, -1]], [0]), ([[2]], [1])])
    >>> seen = assert_equivalent(
    ...     exact,
    ...     lambda x: 2 * np.maximum(x[:, :1] - x[:, 1:], 0) + 1,
    ...     domain=ke.Box(-1, 1),
    ...     tolerance=1e-12,
    ... )
    >>> seen.points > 100, seen.error < 1e-12
    (True, True)
    """
    network = _exact(reference)
    box = domain.for_inputs(network.in_features)
    if not box.is_bounded:
        raise DomainError(f"points are drawn from a bounded box, got domain={domain}")
    for name, value in (
        ("tolerance", tolerance),
        ("relative_tolerance", relative_tolerance),
    ):
        if not (math.isfinite(value) and value >= 0):
            raise ValidationError(f"{name} must be >= 0, got {name}={value}")
    callee = callee_of(module, dtype)
    points = samples_of(network, box, FORMATS[callee.dtype], samples, seed)
    if not points:
        raise DomainError(f"no {callee.dtype} number was found in the box {box}")
    allowed = Fraction(tolerance), Fraction(relative_tolerance)
    return _compare(network, callee, points, allowed)


def _exact(reference: object) -> Network:
    if isinstance(reference, Conversion):
        return reference.target
    return api.load(reference)


def _compare(
    network: Network,
    callee: Callee,
    samples: list[Sample],
    allowed: tuple[Fraction, Fraction],
) -> Comparison:
    """Compare in batches of 1, 2 and all; raise at the worst point if it is too far."""
    worst: tuple[Fraction, Comparison] | None = None
    largest: Comparison | None = None
    failed = 0
    exact = [network(s.point, EXACT_BITS) for s in samples]
    for batch in (slice(0, 1), slice(0, 2), slice(0, None)):
        chosen = samples[batch]
        y = callee([s.point for s in chosen], network.out_features)
        for sample, values, row in zip(chosen, exact[batch], y.tolist(), strict=True):
            for o, (v, got) in enumerate(zip(values, row, strict=True)):
                if not math.isfinite(got):
                    _refuse(callee, sample, o, got, v)
                error, size = _distance(v, Fraction(got))
                seen = Comparison(
                    len(samples),
                    float(error),
                    sample.point,
                    o,
                    got,
                    v if isinstance(v, Fraction) else float(v),
                    sample.where
                    + (f", in a batch of {batch.stop}" if batch.stop else ""),
                )
                if largest is None or seen.error > largest.error:
                    largest = seen
                excess = error - allowed[0] - allowed[1] * size
                if excess > 0 and batch.stop is None:
                    failed += 1
                if excess > 0 and (worst is None or excess > worst[0]):
                    worst = excess, seen
    assert largest is not None
    if worst is not None:
        _fail(callee, worst[1], allowed, max(failed, 1))
    return largest


def _distance(exact: Number, got: Fraction) -> tuple[Fraction, Fraction]:
    """Return a lower bound of |got - exact|, and an upper bound of |exact|."""
    if isinstance(exact, Fraction):
        return abs(got - exact), abs(exact)
    lower, upper = exact.lower, exact.upper
    gap = max(lower - got, got - upper, Fraction(0))
    return gap, max(abs(lower), abs(upper))


def _refuse(callee: Callee, sample: Sample, o: int, got: float, exact: Number) -> None:
    x = [float(v) for v in sample.point]
    raise AssertionError(
        f"the module returned {got} at output {o}, x = {x}, {sample.where}; the exact "
        f"value is {float(exact)!r}\n\nA test that keeps this case:\n\n"
        f"{_test(callee, sample.point, f'assert isfinite(y[0, {o}].item())', 'math')}"
    )


def _fail(
    callee: Callee, seen: Comparison, allowed: tuple[Fraction, Fraction], failed: int
) -> None:
    absolute, relative = (float(v) for v in allowed)
    bound = repr(absolute) + (f" + {relative!r} * abs(exact)" if relative else "")
    text = str(seen.exact)
    exact = f'Fraction("{text}")' if len(text) <= 60 else repr(float(seen.exact))
    if isinstance(seen.exact, float):
        exact = repr(seen.exact)
    o = seen.output
    claim = f"exact = {exact}\n    assert abs(y[0, {o}].item() - exact) <= {bound}"
    raise AssertionError(
        f"the module is further than {bound} from the exact network at {failed} "
        f"values\n{seen}\n\nA test that keeps this case:\n\n"
        f"{_test(callee, seen.point, claim, 'fractions' if 'Frac' in exact else '')}"
    )


def _test(callee: Callee, point: tuple[Fraction, ...], claim: str, needs: str) -> str:
    """Return a test to paste where ``module`` is what was called."""
    imports = {
        "math": "from math import isfinite\n\n",
        "fractions": "from fractions import Fraction\n\n",
    }.get(needs, "")
    library = "import torch" if callee.is_torch else "import numpy as np"
    rows = [float(v) for v in point]
    return (
        f"{imports}{library}\n\n\n"
        "def test_the_module_at_the_witness():\n"
        f"    x = [{rows}]\n"
        f"    y = module({callee.source})\n"
        f"    {claim}\n"
    )
