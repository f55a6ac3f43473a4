"""Questions for neural network verifiers, in VNN-LIB.

All of them describe what must *not* happen: ``unsat`` is the good answer. Numbers are
written as exact decimals; an end of a box that has none is moved outward, and a
tolerance inward, so that ``unsat`` implies the claim about the box that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kan_equiv.errors import ValidationError
from kan_equiv.exact.rational import to_fraction
from kan_equiv.ir.domain import Box

__all__ = ["vnnlib_equivalence", "vnnlib_property", "vnnlib_sensitivity"]

_DIGITS = 17


def vnnlib_equivalence(
    in_features: int, out_features: int, domain: Box, within: object
) -> str:
    """Return a VNN-LIB 2.0 query: can networks f and g differ by more than epsilon?

    Two networks are declared whose inputs are the same point of the box. They are not
    declared ``equal-to`` each other: that would assume what is asked.

    Args:
        in_features: inputs of both.
        out_features: outputs of both.
        domain: bounded closed box of the inputs.
        within: the tolerance epsilon, a rational >= 0.

    Raises:
        DomainError: the box is unbounded or of another dimension.
        ValidationError: a negative tolerance.
    """
    box = domain.for_inputs(in_features)
    lines = [*_networks(in_features, out_features, "")]
    lines += _inputs(box, "X[0,{}]")
    lines += [f"(assert (== X[0,{i}] U[0,{i}]))" for i in range(in_features)]
    return _joined([*lines, *_differ(out_features, within)])


def vnnlib_sensitivity(
    in_features: int, out_features: int, domain: Box, radius: object, within: object
) -> str:
    """Return a VNN-LIB 2.0 query about one network at two inputs, by ``equal-to``.

    Can outputs differ by more than epsilon at two points of the box that are at most
    ``radius`` apart in every coordinate?

    Raises:
        DomainError: the box is unbounded or of another dimension.
        ValidationError: a negative radius or tolerance.
    """
    box = domain.for_inputs(in_features)
    r = _outward(_not_negative(radius, "radius"), up=True)
    lines = [*_networks(in_features, out_features, "  (equal-to f)\n")]
    lines += [*_inputs(box, "X[0,{}]"), *_inputs(box, "U[0,{}]")]
    for i in range(in_features):
        lines += [
            f"(assert (<= (- X[0,{i}] U[0,{i}]) {r}))",
            f"(assert (<= (- U[0,{i}] X[0,{i}]) {r}))",
        ]
    return _joined([*lines, *_differ(out_features, within)])


def vnnlib_property(
    domain: Box,
    bounds: Sequence[tuple[object, object]],
) -> str:
    """Return a VNN-LIB 1.0 property of one network: can an output leave its bounds?

    Args:
        domain: bounded closed box with one interval per input.
        bounds: for each output (lower, upper), rationals or None.

    Raises:
        DomainError: the box is unbounded.
        ValidationError: no bound at all.
    """
    box = list(domain)
    lines = [f"(declare-const X_{i} Real)" for i in range(len(box))]
    lines += [f"(declare-const Y_{j} Real)" for j in range(len(bounds))]
    lines += _inputs(domain, "X_{}")
    cases: list[str] = []
    for j, (low, high) in enumerate(bounds):
        if low is not None:
            cases.append(f"(and (<= Y_{j} {_outward(to_fraction(low), up=True)}))")
        if high is not None:
            cases.append(f"(and (>= Y_{j} {_outward(to_fraction(high), up=False)}))")
    if not cases:
        raise ValidationError("a property needs a bound of at least one output")
    return "\n".join([*lines, f"(assert (or {' '.join(cases)}))"]) + "\n"


def _networks(n: int, m: int, relation: str) -> list[str]:
    left = f"  (declare-input X Real [1,{n}])\n  (declare-output Y Real [1,{m}])\n"
    right = f"  (declare-input U Real [1,{n}])\n  (declare-output V Real [1,{m}])\n"
    return [
        "(vnnlib-version <2.0>)",
        f"(declare-network f\n{left})",
        f"(declare-network g\n{relation}{right})",
    ]


def _inputs(box: Box, name: str) -> list[str]:
    lines: list[str] = []
    for i, interval in enumerate(box):
        low, high = interval.ends
        x = name.format(i)
        lines += [
            f"(assert (>= {x} {_outward(low, up=False)}))",
            f"(assert (<= {x} {_outward(high, up=True)}))",
        ]
    return lines


def _differ(outputs: int, within: object) -> list[str]:
    epsilon = _outward(_not_negative(within, "within"), up=False)
    cases: list[str] = []
    for j in range(outputs):
        cases += [
            f"(> (- Y[0,{j}] V[0,{j}]) {epsilon})",
            f"(> (- V[0,{j}] Y[0,{j}]) {epsilon})",
        ]
    return [f"(assert (or {' '.join(cases)}))"]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"


def _not_negative(value: object, name: str) -> Fraction:
    found = to_fraction(value, name)
    if found < 0:
        raise ValidationError(f"{name} must be >= 0, got {name}={found}")
    return found


def _outward(value: Fraction, up: bool) -> str:
    """Return the exact decimal, or the next one of 17 digits after the point.

    >>> _outward(Fraction(-1, 4), up=True), _outward(Fraction(1, 3), up=True)
    ('-0.25', '0.33333333333333334')
    """
    digits = 0
    rest = value.denominator
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        digits = max(digits, count)
    if rest != 1:
        digits = _DIGITS
    scaled = value * 10**digits
    whole = -(-scaled // 1) if up else scaled // 1
    text = str(abs(whole)).zfill(digits + 1)
    point = len(text) - digits
    sign = "-" if whole < 0 else ""
    return f"{sign}{text[:point]}.{text[point:] or '0'}"
