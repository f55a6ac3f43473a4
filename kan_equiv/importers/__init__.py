"""Outside world to exact networks: one file per KAN family."""

from __future__ import annotations

from kan_equiv.importers.detection import detect, load
from kan_equiv.importers.formats import FORMATS, Format
from kan_equiv.importers.model_report import (
    GridReport,
    LayerReport,
    ModelReport,
    describe,
)

__all__ = [
    "FORMATS",
    "Format",
    "GridReport",
    "LayerReport",
    "ModelReport",
    "describe",
    "detect",
    "load",
]
