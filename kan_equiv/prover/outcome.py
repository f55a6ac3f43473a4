"""What a proof attempt comes to: proved, refuted or unknown, and nothing between."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn, TypeAlias

from kan_equiv.certificate.model import Certificate
from kan_equiv.exact.enclosure import Number

__all__ = ["Outcome", "Proved", "Refuted", "Unknown", "Witness"]


class _NotABool:
    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an outcome is proved, refuted or unknown, not true or false; use "
            "isinstance(outcome, Proved) or outcome.is_proved"
        )

    @property
    def is_proved(self) -> bool:
        """Whether the kernel accepted a proof of the claim."""
        return isinstance(self, Proved)

    @property
    def is_refuted(self) -> bool:
        """Whether an exact point shows that the claim is false."""
        return isinstance(self, Refuted)


@dataclass(frozen=True, slots=True)
class Proved(_NotABool):
    """The claim holds for functions over the reals; the kernel replayed the proof."""

    certificate: Certificate
    statement: str

    def __str__(self) -> str:
        return f"proved: {self.statement}"


@dataclass(frozen=True, slots=True)
class Witness:
    """An exact rational point where the two sides differ.

    Attributes:
        point: exact rationals, one per input.
        output: index of an output that differs.
        left: value of the left side there, exact or a rigorous enclosure.
        right: value of the right side; disjoint from ``left``.
    """

    point: tuple[Fraction, ...]
    output: int
    left: Number
    right: Number

    @property
    def difference(self) -> float:
        """About left - right, as a float for reading only."""
        return float(self.left - self.right)  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Refuted(_NotABool):
    """The claim is false; the kernel re-evaluated the witness."""

    witness: Witness
    certificate: Certificate

    def __str__(self) -> str:
        w = self.witness
        shown = [str(v) if len(str(v)) < 24 else repr(float(v)) for v in w.point[:6]]
        if len(w.point) > len(shown):
            shown.append(f"... {len(w.point)} coordinates")
        point = ", ".join(shown)
        return (
            f"refuted: output {w.output} at x = ({point}) is {float(w.left)!r} on the "
            f"left and {float(w.right)!r} on the right (difference {w.difference:.3g})"
        )


@dataclass(frozen=True, slots=True)
class Unknown(_NotABool):
    """Neither a proof nor a witness was found; nothing is claimed."""

    reason: str

    def __str__(self) -> str:
        return f"unknown: {self.reason}"


Outcome: TypeAlias = Proved | Refuted | Unknown
