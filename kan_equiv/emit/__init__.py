"""Exact networks to the outside world: modules, source, weights, bundles."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kan_equiv.emit.as_smtlib import smtlib
    from kan_equiv.emit.as_source import PythonSource, python_source
    from kan_equiv.emit.as_torch import emitted_network, torch_module
    from kan_equiv.emit.measure import MeasuredError, measured_error
    from kan_equiv.emit.rounding import round_network

_DEFINED_IN = {
    "MeasuredError": "measure",
    "PythonSource": "as_source",
    "emitted_network": "as_torch",
    "measured_error": "measure",
    "python_source": "as_source",
    "round_network": "rounding",
    "smtlib": "as_smtlib",
    "torch_module": "as_torch",
}
__all__ = [
    "MeasuredError",
    "PythonSource",
    "emitted_network",
    "measured_error",
    "python_source",
    "round_network",
    "smtlib",
    "torch_module",
]


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"kan_equiv.emit.{_DEFINED_IN[name]}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value
