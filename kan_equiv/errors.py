"""One exception tree for the whole package.

Every message says what was asked, what was got (``name=value``), where, and what to
do.  ``KanEquivError`` catches all of them; ``LoadError`` is bad outside input (exit
code 4 on the command line), the others are misuse of the API or an impossible wish.
"""

from __future__ import annotations

__all__ = [
    "CertificateError",
    "ConversionError",
    "DomainError",
    "EmissionError",
    "IrrationalBreakpointError",
    "KanEquivError",
    "LoadError",
    "MissingArgumentError",
    "MissingExtraError",
    "NoBoundError",
    "NonFiniteWeightError",
    "NotSeparableError",
    "SizeLimitError",
    "UndecidedError",
    "UndefinedError",
    "UnsupportedExpressionError",
    "UnsupportedModelError",
    "ValidationError",
]


class KanEquivError(Exception):
    """Base of every error that kan_equiv raises on purpose."""


class ValidationError(KanEquivError, ValueError):
    """A value breaks the invariant of the object that it was meant for."""


class DomainError(KanEquivError, ValueError):
    """A box or an interval is malformed, or a point lies outside of it."""


class UndefinedError(DomainError):
    """A function has no value at a point: log there, or sqrt, is not defined."""


class UndecidedError(DomainError):
    """An enclosure does not tell whether a point is in a domain of definition."""


class NotSeparableError(KanEquivError):
    """A word of stages is not a sum of functions of single inputs."""


class NoBoundError(KanEquivError):
    """No bound of the largest difference of two networks is known; none is claimed."""


class IrrationalBreakpointError(KanEquivError):
    """Pieces would meet at an irrational point, which exact pieces cannot hold."""


class UnsupportedExpressionError(KanEquivError):
    """A symbolic expression holds something that has no exact counterpart here."""


class SizeLimitError(KanEquivError):
    """A symbolic result would be too large to be of use."""


class ConversionError(KanEquivError):
    """No exact conversion of the asked form exists for this network."""


class EmissionError(KanEquivError):
    """A format cannot carry the network, or a tool that writes it is missing."""


class CertificateError(KanEquivError):
    """A certificate or a bundle cannot be read or written."""


class LoadError(KanEquivError):
    """A model file or object cannot be brought in exactly."""


class UnsupportedModelError(LoadError):
    """The model is of a family, or uses a feature, that is not supported."""


class MissingArgumentError(LoadError):
    """The file does not hold a hyper-parameter that its meaning depends on."""


class NonFiniteWeightError(LoadError, ValueError):
    """A weight is NaN or infinite, so it is no real number."""


class MissingExtraError(KanEquivError, ImportError):
    """An optional dependency is needed; the message holds the pip command."""
