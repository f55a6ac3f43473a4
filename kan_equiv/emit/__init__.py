"""Exact networks to the outside world: modules, source, weights, bundles."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kan_equiv.emit.as_smtlib import smtlib
    from kan_equiv.emit.as_source import PythonSource, python_source
    from kan_equiv.emit.as_torch import exact_network, torch_module
    from kan_equiv.emit.formats import PRECISIONS
    from kan_equiv.emit.measure import MeasuredError, measured_error
    from kan_equiv.emit.planning import Plan, emitted_network, plan

_DEFINED_IN = {
    "PRECISIONS": "formats",
    "MeasuredError": "measure",
    "Plan": "planning",
    "PythonSource": "as_source",
    "emitted_network": "planning",
    "exact_network": "as_torch",
    "measured_error": "measure",
    "plan": "planning",
    "python_source": "as_source",
    "smtlib": "as_smtlib",
    "torch_module": "as_torch",
}
__all__ = [
    "PRECISIONS",
    "MeasuredError",
    "Plan",
    "PythonSource",
    "emitted_network",
    "exact_network",
    "measured_error",
    "plan",
    "python_source",
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
