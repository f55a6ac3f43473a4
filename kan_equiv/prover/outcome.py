"""What a proof attempt comes to: proved, refuted or unknown, and nothing between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from kan_equiv.certificate.model import Certificate
from kan_equiv.exact.enclosure import Number
from kan_equiv.exact.rational import about, to_float, to_text
from kan_equiv.ir.to_html import panel

if TYPE_CHECKING:
    from kan_equiv.prover.distance import Distance

__all__ = ["Outcome", "Proved", "Refuted", "SecondOpinion", "Unknown", "Witness"]


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What another tool says of obligations that the kernel has accepted; no proof.

    Attributes:
        tool: ``z3``, ``cvc5`` or ``sympy``.
        version: the version that was asked.
        sample: which obligations were asked, and out of how many.
        asked: how many were asked.
        agreed: how many the tool decided as the kernel did.
        undecided: how many it did not decide within its time limit.
        disagreements: what it decided otherwise, in words.
    """

    tool: str
    version: str
    sample: str
    asked: int
    agreed: int
    undecided: int
    disagreements: tuple[str, ...] = ()

    def __str__(self) -> str:
        counts = (
            f"{self.agreed} agree, {self.undecided} undecided, "
            f"{len(self.disagreements)} disagree"
        )
        return (
            f"second opinion of {self.tool} {self.version} on {self.sample}: {counts}"
        )


class _NotABool:
    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an outcome is proved, refuted or unknown, not true or false; use "
            "isinstance(outcome, Proved) or outcome.is_proved"
        )

    @property
    def verdict(self) -> str:
        """One word: ``proved``, ``refuted``, ``unknown`` or ``holey``."""
        return type(self).__name__.lower()

    @property
    def is_proved(self) -> bool:
        """Whether the kernel accepted a proof of the claim."""
        return isinstance(self, Proved)

    @property
    def is_refuted(self) -> bool:
        """Whether an exact point shows that the claim is false."""
        return isinstance(self, Refuted)

    def _repr_html_(self) -> str:
        certificate: Certificate | None = getattr(self, "certificate", None)
        rows: list[tuple[str, object]] = [("", str(self).partition(": ")[2])]
        if certificate is not None:
            size = f"{len(certificate.data):,} bytes"
            rows.append(("certificate", f"sha256 {certificate.digest}, {size}"))
        return panel(self.verdict, rows)


@dataclass(frozen=True, slots=True)
class Proved(_NotABool):
    """The claim holds for functions over the reals; the kernel replayed the proof."""

    certificate: Certificate
    statement: str
    second_opinion: SecondOpinion | None = None

    def __str__(self) -> str:
        return f"proved: {self.statement}"


@dataclass(frozen=True, slots=True, repr=False)
class Witness:
    """An exact rational point where the two sides differ.

    Attributes:
        point: exact rationals, one per input.
        output: index of an output that differs.
        left: value of the left side there, exact or a rigorous enclosure; None where
            the left side is not defined.
        right: value of the right side; disjoint from ``left``, or None where ``left``
            is not.
    """

    point: tuple[Fraction, ...]
    output: int
    left: Number | None
    right: Number | None

    @property
    def difference(self) -> float:
        """About left - right, as a float for reading only; NaN if one is undefined."""
        if self.left is None or self.right is None:
            return math.nan
        return to_float(self.left - self.right)  # type: ignore[operator]

    def __str__(self) -> str:
        shown = [_shown(v) for v in self.point[:6]]
        if len(self.point) > len(shown):
            shown.append(f"... {len(self.point)} coordinates")
        at = f"at x = ({', '.join(shown)})"
        if self.left is None or self.right is None:
            one, other = ("right", "left") if self.left is None else ("left", "right")
            return f"{at} the {one} side is defined and the {other} side is not"
        return (
            f"output {self.output} {at} is {_value(self.left)} on the left and "
            f"{_value(self.right)} on the right"
        )

    def __repr__(self) -> str:
        """Shorten: exact values are in the attributes."""
        return f"<Witness: {self}>"


@dataclass(frozen=True, slots=True, repr=False)
class Refuted(_NotABool):
    """The claim is false; the kernel re-evaluated the witness.

    Attributes:
        witness: the point, and both values there.
        certificate: what the kernel re-evaluated.
        epsilon: the bound that the difference exceeds; None for a refuted equality.
    """

    witness: Witness
    certificate: Certificate
    epsilon: Fraction | None = None
    second_opinion: SecondOpinion | None = None

    def __str__(self) -> str:
        w = self.witness
        if w.left is None or w.right is None:
            return f"refuted: {w}"
        gap = about(_middle(w.left) - _middle(w.right), 3)
        more = "" if self.epsilon is None else f", more than {about(self.epsilon, 3)}"
        return f"refuted: {w} (difference {gap}{more})"

    def __repr__(self) -> str:
        """Shorten: exact values are in the attributes."""
        return f"<Refuted: {str(self).removeprefix('refuted: ')}>"


@dataclass(frozen=True, slots=True)
class Unknown(_NotABool):
    """Neither a proof nor a witness was found; nothing is claimed.

    Attributes:
        reason: what was tried, and why it did not decide.
        certificate: a *holey* one, where a solver that the user allowed says that the
            two are equal: it names the solver, and the kernel takes that on trust.
        distance: what is known of the largest difference, where that was asked.
    """

    reason: str
    certificate: Certificate | None = None
    distance: Distance | None = None

    @property
    def verdict(self) -> str:
        return "unknown" if self.certificate is None else "holey"

    def __str__(self) -> str:
        return f"{self.verdict}: {self.reason}"


def _shown(v: Fraction) -> str:
    text = to_text(v)
    return text if len(text) < 24 else repr(to_float(v))


def _value(v: Number) -> str:
    nearest = to_float(v)
    return repr(nearest) if math.isfinite(nearest) else about(_middle(v))


def _middle(v: Number) -> Fraction:
    return v if isinstance(v, Fraction) else (v.lower + v.upper) / 2


Outcome: TypeAlias = Proved | Refuted | Unknown
