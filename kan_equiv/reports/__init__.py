"""Outcomes and conversions to people: plain text."""

from __future__ import annotations
