"""Hashing large frozen values once: tables are keyed by tensors and knots."""

from __future__ import annotations

__all__ = ["HashedOnce"]


class HashedOnce:
    """Base of frozen, slotted values whose hash is kept after its first use.

    A subclass defines ``__hash__`` as ``return self._hash_once(part, ...)``. The hash
    is no field, so it takes no part in ``==``, ``repr`` or pickles.
    """

    __slots__ = ("_hash",)
    _hash: int

    def _hash_once(self, *parts: object) -> int:
        try:
            return self._hash
        except AttributeError:
            value = hash(parts)
            object.__setattr__(self, "_hash", value)
            return value
