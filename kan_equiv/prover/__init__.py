"""Untrusted search: obligations, decision procedures, witnesses, distances."""

from __future__ import annotations
