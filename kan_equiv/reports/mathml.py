"""Formulas as MathML: a few builders; text in them is split into names and signs."""

from __future__ import annotations

import re

from markupsafe import Markup

__all__ = ["frac", "math", "row", "sub", "sup", "total"]

_TOKEN = re.compile(r"(?P<mi>[^\W\d_]+)|(?P<mn>\d+(?:\.\d+)?)|(?P<mo>[^\w\s])")
_FLAT = Markup(' stretchy="false"')  # brackets as high as letters, not as sums


def row(*parts: str | Markup) -> Markup:
    """Return one expression; plain text is read as names, numbers and signs.

    >>> str(row("2 x < y"))
    '<mrow><mn>2</mn><mi>x</mi><mo>&lt;</mo><mi>y</mi></mrow>'
    """
    return Markup("<mrow>{}</mrow>").format(Markup("").join(map(_nodes, parts)))


def sub(base: str | Markup, index: str | Markup) -> Markup:
    """Return a base with a lower index."""
    return Markup("<msub>{}{}</msub>").format(row(base), row(index))


def sup(base: str | Markup, exponent: str | Markup) -> Markup:
    """Return a base with an exponent."""
    return Markup("<msup>{}{}</msup>").format(row(base), row(exponent))


def frac(top: str | Markup, bottom: str | Markup) -> Markup:
    """Return a fraction."""
    return Markup("<mfrac>{}{}</mfrac>").format(row(top), row(bottom))


def total(under: str | Markup) -> Markup:
    """Return a sum sign over what stands under it."""
    return Markup('<munder><mo largeop="true">∑</mo>{}</munder>').format(row(under))


def math(*parts: str | Markup) -> Markup:
    """Return a displayed formula."""
    return Markup('<math display="block">{}</math>').format(row(*parts))


def _nodes(part: str | Markup) -> Markup:
    if isinstance(part, Markup):
        return part
    found = ((m.lastgroup, m.group()) for m in _TOKEN.finditer(part))
    return Markup("").join(
        Markup("<{0}{1}>{2}</{0}>").format(
            Markup(tag), _FLAT if text in "()[]" else "", text
        )
        for tag, text in found
    )
