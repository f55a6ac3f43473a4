"""Outside world to exact networks: one file per KAN family."""

from __future__ import annotations

from kan_equiv.importers.load import FORMATS, Format, detect, load

__all__ = ["FORMATS", "Format", "detect", "load"]
