"""Meaning-preserving rewrites of windows of stages, one rule a file."""

from __future__ import annotations
