"""Property-based testing of exact networks, and of your own layers against them.

>>> from kan_equiv.testing import strategies

Names are imported on first use: the pytest plugin and hypothesis's entry point live in
this package and must cost nothing where they are not used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kan_equiv.testing import strategies

__all__ = ["strategies"]

_DEFINED_IN: dict[str, str] = {}


def __getattr__(name: str) -> object:
    if name == "strategies":
        value: object = import_module("kan_equiv.testing.strategies")
    elif name in _DEFINED_IN:
        value = getattr(import_module(_DEFINED_IN[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
