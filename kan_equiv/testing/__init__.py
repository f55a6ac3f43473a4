"""Property-based testing of exact networks, and of your own layers against them.

>>> from kan_equiv.testing import assert_equivalent, assert_proved_equal, strategies

Names are imported on first use: the pytest plugin and hypothesis's entry point live in
this package and must cost nothing where they are not used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kan_equiv.testing import strategies
    from kan_equiv.testing.assertions import NotProvedError, assert_proved_equal
    from kan_equiv.testing.comparison import Comparison, assert_equivalent
    from kan_equiv.testing.pairs import NearMiss, Pair

__all__ = [
    "Comparison",
    "NearMiss",
    "NotProvedError",
    "Pair",
    "assert_equivalent",
    "assert_proved_equal",
    "strategies",
]

_DEFINED_IN = {
    "Comparison": "kan_equiv.testing.comparison",
    "NearMiss": "kan_equiv.testing.pairs",
    "NotProvedError": "kan_equiv.testing.assertions",
    "Pair": "kan_equiv.testing.pairs",
    "assert_equivalent": "kan_equiv.testing.comparison",
    "assert_proved_equal": "kan_equiv.testing.assertions",
}


def __getattr__(name: str) -> object:
    if name == "strategies":
        value: object = _strategies()
    elif name in _DEFINED_IN:
        value = getattr(import_module(_DEFINED_IN[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _strategies() -> object:
    try:
        return import_module("kan_equiv.testing.strategies")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "hypothesis":
            raise
        from kan_equiv.errors import MissingExtraError

        raise MissingExtraError(
            "strategies need hypothesis: python -m pip install 'kan-equiv[testing]'"
        ) from error
