"""Which of many alike edits of a certificate are tried."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

Place = TypeVar("Place", bound=tuple[Any, ...])
IN_FULL = 3


def thinned(fields: Iterable[tuple[Place, list[Any]]]) -> Iterator[tuple[Place, Any]]:
    """Every field is broken: in all ways given, or the next way if many are alike.

    Fields are alike whose paths differ in indices only; the first three are broken in
    all ways. When fuzzing (``HYPOTHESIS_PROFILE=fuzz``) all fields are.
    """
    everything = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
    seen: Counter[tuple[Any, ...]] = Counter()
    for path, wrongs in fields:
        shape = tuple(key if isinstance(key, str) else None for key in path)
        number = seen[shape]
        seen[shape] += 1
        if everything or number < IN_FULL or not wrongs:
            yield from ((path, wrong) for wrong in wrongs)
        else:
            yield path, wrongs[number % len(wrongs)]
