"""What a proof attempt is asked, and the time it may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from kan_equiv.errors import ValidationError
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.prover.outcome import Outcome

__all__ = ["NO_DEADLINE", "Deadline", "Question", "Tactic"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock after which tactics stop, or none.

    >>> Deadline.after(None).is_over, Deadline.after(0).is_over
    (False, True)
    """

    moment: float | None = None

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """Return the deadline that many seconds from now.

        Raises:
            ValidationError: it is no number of seconds, or a negative one.
        """
        try:
            is_wrong = seconds is not None and not seconds >= 0
        except TypeError:
            is_wrong = True
        if is_wrong:
            raise ValidationError(
                "timeout must be None or a number of seconds >= 0, got "
                f"timeout={seconds!r}"
            )
        return cls(None if seconds is None else time.monotonic() + seconds)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.moment is not None and time.monotonic() >= self.moment

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the deadline, at least 0; None where there is none."""
        if self.moment is None:
            return None
        return max(0.0, self.moment - time.monotonic())

    def halfway(self) -> Deadline:
        """Return the deadline at which half of the time left is over."""
        left = self.seconds_left
        return Deadline.after(None if left is None else left / 2)


NO_DEADLINE = Deadline()
"""All the time in the world."""


@dataclass(frozen=True, slots=True)
class Question:
    """Are two networks of one shape the same function on R^n or on a box?

    Attributes:
        left: a network.
        right: a network with as many inputs and outputs.
        domain: a box with one interval per input, or None for R^n.
        deadline: when tactics have to stop.
        progress: told in a few words what is being tried.
    """

    left: Network
    right: Network
    domain: Box | None = None
    deadline: Deadline = NO_DEADLINE
    progress: Callable[[str], None] | None = field(default=None, repr=False)

    def stop(self) -> bool:
        """Whether the time is up."""
        return self.deadline.is_over

    def tell(self, words: str) -> None:
        """Report what is being tried, where somebody listens."""
        if self.progress is not None:
            self.progress(words)


Tactic: TypeAlias = Callable[[Question], Outcome | None]
"""An attempt: Proved or Refuted end the search, Unknown adds its reason, None is mute.

Tactics are untrusted: what they return was accepted by the kernel, or is Unknown.
"""
