"""Float formats, and the precision modes in which a module multiplies."""

from __future__ import annotations

from dataclasses import dataclass

from kan_equiv.errors import ValidationError

__all__ = ["DTYPES", "FORMATS", "PRECISIONS", "Precision", "dtype_name", "precision_of"]

FORMATS = {
    "float64": (53, -1074, 1024),
    "float32": (24, -149, 128),
    "tf32": (11, -136, 128),
    "float16": (11, -24, 16),
    "bfloat16": (8, -133, 128),
}
"""Significand bits, exponent of the least positive number, and e with all below 2^e."""

DTYPES = ("float32", "float64")
"""Formats that knots, bases, biases and results may have; nothing less will do."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How the values of a basis A and the coefficients W are multiplied.

    W is stored as a sum of ``terms`` numbers of the format ``weights``. Where
    ``values`` names a format, A is split into as many terms of it, and the products of
    term a of A and term w of W with a + w < ``terms`` are added in the module's dtype;
    all other products are below the last bit.

    Attributes:
        name: what users write.
        weights: format of the terms of W.
        terms: how many terms.
        values: format of the terms of A, or "" where A stays as it is.
    """

    name: str
    weights: str
    terms: int = 1
    values: str = ""

    @property
    def products(self) -> tuple[tuple[int, int], ...]:
        """Pairs (term of A, term of W) that are multiplied."""
        if not self.values:
            return tuple((0, w) for w in range(self.terms))
        return tuple((a, w) for a in range(self.terms) for w in range(self.terms - a))


PRECISIONS = {
    p.name: p
    for p in (
        Precision("float64", "float64"),
        Precision("float32", "float32"),
        Precision("float32x2", "float32", 2),
        Precision("tf32", "tf32", 1, "tf32"),
        Precision("tf32x3", "tf32", 2, "tf32"),
        Precision("float16", "float16", 1, "float16"),
        Precision("float16x3", "float16", 2, "float16"),
        Precision("bfloat16", "bfloat16", 1, "bfloat16"),
        Precision("bfloat16x3", "bfloat16", 2, "bfloat16"),
        Precision("bfloat16x6", "bfloat16", 3, "bfloat16"),
    )
}
"""Precisions by name. ``x3`` and ``x6`` count products, ``float32x2`` two floats a
weight. Measured errors are in docs/explanation/performance.md."""


def dtype_name(dtype: object) -> str:
    """Return the name of a dtype given as text or as a torch dtype.

    Raises:
        ValidationError: knots and bases cannot be of this format.
    """
    name = str(dtype).removeprefix("torch.")
    if name not in DTYPES:
        raise ValidationError(
            f"dtype must be one of {list(DTYPES)}, got dtype={name!r}; shorter formats "
            "would move the knots. They are for products only: precision='bfloat16'"
        )
    return name


def precision_of(name: object, dtype: str) -> Precision:
    """Return the precision of a name; by default that of the dtype.

    Raises:
        ValidationError: no such precision, or a finer one than the dtype.
    """
    text = dtype if name is None else str(name).removeprefix("torch.")
    if text not in PRECISIONS:
        raise ValidationError(
            f"precision must be one of {list(PRECISIONS)}, got precision={text!r}"
        )
    if text == "float64" and dtype != "float64":
        raise ValidationError(
            f"precision='float64' needs dtype='float64', got dtype={dtype!r}"
        )
    if dtype == "float64" and text != "float64":
        raise ValidationError(
            f"precision={text!r} is for dtype='float32', got dtype='float64'"
        )
    return PRECISIONS[text]
