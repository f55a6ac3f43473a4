"""One check each: what the kernel would accept if it left that check out."""

from tests.soundness.corpus.small import (
    bases,
    files,
    layers,
    objects,
    rounding,
    schemas,
    steps,
    values,
    words,
)
from tests.soundness.corpus.small.writer import SMALL

__all__ = [
    "SMALL",
    "bases",
    "files",
    "layers",
    "objects",
    "rounding",
    "schemas",
    "steps",
    "values",
    "words",
]
