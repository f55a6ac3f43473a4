"""Exact networks to the outside world: modules, source, weights, bundles."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kan_equiv.emit.as_coq import coq_certificate
    from kan_equiv.emit.as_export import aoti_package, exported_program
    from kan_equiv.emit.as_onnx import onnx_model
    from kan_equiv.emit.as_smtlib import smtlib
    from kan_equiv.emit.as_source import PythonSource, python_source
    from kan_equiv.emit.as_torch import exact_network, torch_module
    from kan_equiv.emit.as_vnnlib import (
        vnnlib_equivalence,
        vnnlib_property,
        vnnlib_sensitivity,
    )
    from kan_equiv.emit.copies import pruned_copy, rounded_copy
    from kan_equiv.emit.formats import PRECISIONS
    from kan_equiv.emit.measure import MeasuredError, measured_error
    from kan_equiv.emit.planning import Plan, emitted_network, plan
    from kan_equiv.emit.relu_layers import relu_network, relu_onnx_model

_DEFINED_IN = {
    "PRECISIONS": "formats",
    "MeasuredError": "measure",
    "Plan": "planning",
    "PythonSource": "as_source",
    "aoti_package": "as_export",
    "coq_certificate": "as_coq",
    "emitted_network": "planning",
    "exact_network": "as_torch",
    "exported_program": "as_export",
    "measured_error": "measure",
    "onnx_model": "as_onnx",
    "plan": "planning",
    "pruned_copy": "copies",
    "python_source": "as_source",
    "relu_network": "relu_layers",
    "relu_onnx_model": "relu_layers",
    "rounded_copy": "copies",
    "smtlib": "as_smtlib",
    "torch_module": "as_torch",
    "vnnlib_equivalence": "as_vnnlib",
    "vnnlib_property": "as_vnnlib",
    "vnnlib_sensitivity": "as_vnnlib",
}
__all__ = [
    "PRECISIONS",
    "MeasuredError",
    "Plan",
    "PythonSource",
    "aoti_package",
    "coq_certificate",
    "emitted_network",
    "exact_network",
    "exported_program",
    "measured_error",
    "onnx_model",
    "plan",
    "pruned_copy",
    "python_source",
    "relu_network",
    "relu_onnx_model",
    "rounded_copy",
    "smtlib",
    "torch_module",
    "vnnlib_equivalence",
    "vnnlib_property",
    "vnnlib_sensitivity",
]


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"kan_equiv.emit.{_DEFINED_IN[name]}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value
