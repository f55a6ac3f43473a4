"""In which order the layers of a state dict are applied, where its keys tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kan_equiv.errors import MissingArgumentError, UnsupportedModelError

__all__ = ["chosen", "numbered", "ordered"]


def chosen(found: Sequence[str], prefix: str | Sequence[str], kind: str) -> list[str]:
    """Return the layers' prefixes that ``prefix`` names, a list keeping its order.

    Raises:
        UnsupportedModelError: there is none, or a listed one is not there.
    """
    shown = ", ".join(repr(p) for p in found[:8])
    if isinstance(prefix, str):
        picked = [p for p in found if p.startswith(prefix)]
        if not picked:
            raise UnsupportedModelError(
                f"no {kind} layer starts with prefix={prefix!r}; there are {shown}"
            )
        return picked
    wanted = [next((q for q in (p, p + ".", p + "/") if q in found), p) for p in prefix]
    absent = [p for p in wanted if p not in found]
    if absent or not wanted:
        raise UnsupportedModelError(
            f"prefix={list(prefix)} must list {kind} layers; there are {shown}"
        )
    return wanted


def numbered(prefixes: Sequence[str]) -> list[tuple[int, str]] | None:
    """Return (number, prefix) sorted, if the prefixes differ in one number only.

    >>> numbered(["net.10.", "net.2."])
    [(2, 'net.2.'), (10, 'net.10.')]
    >>> numbered(["encoder.0.", "decoder.0."]) is None
    True
    """
    split = [re.split(r"(\d+)", p) for p in prefixes]
    if len({len(s) for s in split}) != 1:
        return None
    places = [a for a in range(len(split[0])) if len({s[a] for s in split}) > 1]
    if len(places) != 1 or not split[0][places[0]].isdigit():
        return None
    return sorted((int(s[places[0]]), p) for s, p in zip(split, prefixes, strict=True))


def ordered(prefixes: Sequence[str], kind: str) -> list[str]:
    """Return the prefixes in the order of their numbers 0, 1, 2, ...

    Raises:
        MissingArgumentError: they are no such row, so that the order, or a module
            without weights in between, is unknown.
    """
    if len(prefixes) == 1:
        return list(prefixes)
    row = numbered(prefixes)
    if row is None or [number for number, _ in row] != list(range(len(row))):
        raise MissingArgumentError(
            f"the keys do not tell in which order the {kind} layers are applied, and "
            f"what stands between: {', '.join(repr(p) for p in prefixes[:8])}. Pass "
            "prefix=, the start of one chain, or the list of layers in their order"
        )
    return [p for _, p in row]
