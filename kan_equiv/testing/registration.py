"""The entry point of hypothesis: ``from_type`` builds valid objects of our types.

Hypothesis calls :func:`register` when it is imported. Types are registered when the
package that holds them is imported (at once where it is already), so that hypothesis
alone loads nothing of kan_equiv but this file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

__all__ = ["STRATEGIES", "register"]

STRATEGIES: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "kan_equiv.exact": {
        "Enclosure": ("enclosures", {}),
        "FloatTensor": ("float_tensors", {"shape": (2, 3)}),
        "PiecewisePolynomial": ("piecewise_polynomials", {}),
        "Polynomial": ("polynomials", {}),
        "RationalTensor": ("rational_tensors", {"shape": (2, 3)}),
    },
    "kan_equiv.ir": {
        "Affine": ("affines", {}),
        "Atom": ("atoms", {}),
        "AtomBasis": ("atom_bases", {}),
        "BSplineBasis": ("bspline_bases", {}),
        "Bank": ("banks", {}),
        "Basis": ("bases", {"allow_atoms": True, "allow_ratios": True}),
        "BlockDiagonal": ("block_diagonals", {}),
        "Box": ("boxes", {}),
        "Composition": ("compositions", {}),
        "ConcatenatedBasis": ("concatenated_bases", {"allow_atoms": True}),
        "Dense": ("dense_maps", {}),
        "GuardedBasis": ("guarded_bases", {}),
        "Interleave": ("interleaves", {}),
        "Interval": ("intervals", {"allow_infinity": True}),
        "KnotVector": ("knot_vectors", {}),
        "LinearMap": ("linear_maps", {}),
        "LocalBasis": ("local_bases", {}),
        "Maximum": ("maximums", {}),
        "MonomialBasis": ("monomial_bases", {}),
        "Network": ("networks", {"kinds": ("kan", "mlp")}),
        "Parallel": ("parallels", {}),
        "PiecewiseBasis": ("piecewise_bases", {}),
        "Product": ("products", {}),
        "RationalBasis": ("rational_bases", {}),
        "Selection": ("selections", {}),
        "TruncatedPowerBasis": ("truncated_power_bases", {}),
        "Univariate": ("univariates", {"allow_ratios": True}),
        "VectorAtom": ("vector_atoms", {}),
    },
}
"""Package: type: name and arguments of its strategy."""


def register() -> None:
    """Register the types of loaded packages; the others when they are loaded."""
    waiting = [name for name in STRATEGIES if name not in sys.modules]
    if waiting:
        sys.meta_path.insert(0, _AfterImport(waiting))
    for name in STRATEGIES:
        if name in sys.modules:
            _register_types(sys.modules[name])


def _register_types(package: ModuleType) -> None:
    from hypothesis.strategies import register_type_strategy

    for name, (strategy, arguments) in STRATEGIES[package.__name__].items():
        build = partial(_resolve, strategy, arguments)
        register_type_strategy(getattr(package, name), build)


def _resolve(strategy: str, arguments: dict[str, Any], _: type) -> Any:
    strategies = import_module("kan_equiv.testing.strategies")
    return getattr(strategies, strategy)(**arguments)


class _AfterImport(MetaPathFinder):
    """Finds packages as ever, and has their types registered once they are executed."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = set(names)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname not in self.names:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module
            after = partial(_execute, execute)
            spec.loader.exec_module = after  # type: ignore[method-assign]
        return spec


def _execute(execute: Callable[[ModuleType], None], module: ModuleType) -> None:
    execute(module)
    _register_types(module)
