"""Derivations: a source network and the rewrites that lead to a target, recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kan_equiv.errors import ConversionError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Stage

__all__ = ["Derivation", "Range", "Step", "rewrite_each"]


@dataclass(frozen=True, slots=True)
class Range:
    """A word of stages maps a closed box into bounds, one interval per output.

    The kernel sees it where it halves cells of functions up to ``subdivisions`` times.
    """

    in_features: int
    stages: tuple[Stage, ...]
    domain: Box
    bounds: Box
    subdivisions: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One rewrite: at ``position`` the stages ``left`` are replaced by ``right``.

    Attributes:
        domain: where the two are equal, a closed box, or None for R^n.
        ranges: for a step on a box that is not the first stage's: what the stages
            before it reach, their words joined being exactly those stages.
    """

    rule: str
    position: int
    in_features: int
    left: tuple[Stage, ...]
    right: tuple[Stage, ...]
    domain: Box | None = None
    ranges: tuple[Range, ...] = ()
    judgement: str = "window_equal"


@dataclass(frozen=True, slots=True)
class Derivation:
    """Steps from ``source`` to ``target``; each is an equality of two windows."""

    source: Network
    steps: tuple[Step, ...]
    target: Network

    @classmethod
    def start(cls, source: Network) -> Derivation:
        """Return the derivation without steps."""
        return cls(source, (), source)

    def then(
        self,
        rule: str,
        position: int,
        length: int,
        right: Sequence[Stage],
        domain: Box | None = None,
        ranges: tuple[Range, ...] = (),
        judgement: str = "window_equal",
    ) -> Derivation:
        """Replace ``length`` stages at ``position`` of the target by ``right``."""
        stages = self.target.stages
        left = stages[position : position + length]
        new = (*stages[:position], *right, *stages[position + length :])
        width = (
            stages[position - 1].out_features if position else self.source.in_features
        )
        step = Step(
            rule, position, width, left, tuple(right), domain, ranges, judgement
        )
        target = Network(self.source.in_features, new)
        return Derivation(self.source, (*self.steps, step), target)


def rewrite_each(
    derivation: Derivation,
    rule: str,
    rewrite: Callable[[Stage], Sequence[Stage] | None],
) -> Derivation:
    """Apply a one-stage rewrite wherever it gives something new."""
    s = 0
    while s < len(derivation.target.stages):
        stage = derivation.target.stages[s]
        try:
            right = rewrite(stage)
        except ConversionError as error:
            raise ConversionError(f"stage {s}, rule {rule}: {error}") from error
        if right is None or tuple(right) == (stage,):
            s += 1
            continue
        derivation = derivation.then(rule, s, 1, right)
        s += len(right)
    return derivation
