"""Coinciding grids become one basis: edges then differ in coefficients only."""

from __future__ import annotations

from kan_equiv.ir.stage import Bank, Stage

__all__ = ["share_banks"]

NAME = "share_banks"
LEMMA = "ShareBanks.share_banks"  # in proofs/theories


def share_banks(stage: Stage) -> tuple[Stage, ...] | None:
    """Rewrite a bank with equal bases as one that holds each basis once."""
    if not isinstance(stage, Bank):
        return None
    shared = Bank.of([stage.basis(i) for i in range(stage.in_features)])
    return None if shared == stage else (shared,)
