"""The families that can be loaded: as lines, and as the table of the reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

__all__ = ["formats_lines", "formats_table"]


class Form(Protocol):
    """What is known of one family."""

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def exact(self) -> str: ...
    @property
    def opaque(self) -> str: ...
    @property
    def arguments(self) -> tuple[str, ...]: ...
    @property
    def demanded(self) -> str: ...
    @property
    def conversion(self) -> str: ...
    @property
    def golden(self) -> str: ...


def formats_lines(formats: Iterable[Form]) -> list[str]:
    """Return a heading and indented lines for each family."""
    lines: list[str] = []
    for f in formats:
        lines += [
            f.name,
            f"  source     {f.source}",
            f"  exact      {f.exact}",
            f"  opaque     {f.opaque}",
            f"  arguments  {', '.join(f.arguments) or 'none'}",
            f"  demanded   {f.demanded}",
            f"  convert    {f.conversion}",
        ]
    return lines


def formats_table(formats: Iterable[Form]) -> list[str]:
    """Return the lines of a Markdown table, one row a family."""
    head = ("format", "source", "exact", "opaque", "demanded", "`convert`", "golden")
    rows = [
        (
            f"`{f.name}`",
            f.source,
            f.exact,
            f.opaque,
            f.demanded,
            f.conversion,
            f"`{f.golden}`" if f.golden else "",
        )
        for f in formats
    ]
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
