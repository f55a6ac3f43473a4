"""The command line: click and rich over the API."""

from __future__ import annotations
