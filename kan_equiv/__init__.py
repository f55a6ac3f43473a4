"""Exact equivalence of Kolmogorov-Arnold networks and ReLU^p networks.

>>> import kan_equiv as ke

Every public name is imported on first use, so that importing the package loads the
standard library only: the checker must be able to run where nothing else is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kan_equiv import emit, testing
    from kan_equiv.api import (
        bundle,
        check,
        convert,
        diff,
        distance,
        from_sympy,
        kan,
        load,
        mlp,
        network_from_sympy,
        prove,
        prove_schema,
        report,
        rounding_bound,
    )
    from kan_equiv.ir.domain import Box
    from kan_equiv.prover.changes import Diff
    from kan_equiv.prover.conversion import Conversion
    from kan_equiv.prover.distance import Distance
    from kan_equiv.prover.float_error import RoundingBound
    from kan_equiv.prover.outcome import Proved, Refuted, Unknown
    from kan_equiv.prover.schema import Schema

    __version__: str

__all__ = [
    "Box",
    "Conversion",
    "Diff",
    "Distance",
    "Proved",
    "Refuted",
    "RoundingBound",
    "Schema",
    "Unknown",
    "__version__",
    "bundle",
    "check",
    "convert",
    "diff",
    "distance",
    "emit",
    "from_sympy",
    "kan",
    "load",
    "mlp",
    "network_from_sympy",
    "prove",
    "prove_schema",
    "report",
    "rounding_bound",
    "testing",
]

_DEFINED_IN = {
    "Box": "kan_equiv.ir.domain",
    "Conversion": "kan_equiv.prover.conversion",
    "Diff": "kan_equiv.prover.changes",
    "Distance": "kan_equiv.prover.distance",
    "Proved": "kan_equiv.prover.outcome",
    "Refuted": "kan_equiv.prover.outcome",
    "RoundingBound": "kan_equiv.prover.float_error",
    "Schema": "kan_equiv.prover.schema",
    "Unknown": "kan_equiv.prover.outcome",
    "bundle": "kan_equiv.api",
    "check": "kan_equiv.api",
    "convert": "kan_equiv.api",
    "diff": "kan_equiv.api",
    "distance": "kan_equiv.api",
    "from_sympy": "kan_equiv.api",
    "kan": "kan_equiv.api",
    "load": "kan_equiv.api",
    "mlp": "kan_equiv.api",
    "network_from_sympy": "kan_equiv.api",
    "prove": "kan_equiv.api",
    "prove_schema": "kan_equiv.api",
    "report": "kan_equiv.api",
    "rounding_bound": "kan_equiv.api",
}


def __getattr__(name: str) -> object:
    if name in _DEFINED_IN:
        value: object = getattr(import_module(_DEFINED_IN[name]), name)
    elif name in ("emit", "testing"):
        value = import_module(f"kan_equiv.{name}")
    elif name == "__version__":
        value = _installed_version()
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _installed_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("kan-equiv")
    except PackageNotFoundError:  # used from a source tree that is not installed
        return "0+uninstalled"
