"""Networks that share stages nobody looks into: equal around them, so equal.

Vector atoms (layer normalization) are equal to themselves only; Parallel stages
(residual branches), products and maxima are kept whole here. At such stages both words
are cut, and each pair of segments is proved equal on its own: what goes into an equal
stage is equal.
"""

from __future__ import annotations

from dataclasses import replace

from kan_equiv.ir.domain import Box
from kan_equiv.ir.maximum import Maximum
from kan_equiv.ir.network import Network
from kan_equiv.ir.product import Product
from kan_equiv.ir.stage import Parallel, Stage
from kan_equiv.ir.vector_atom import VectorAtom
from kan_equiv.prover.align import align
from kan_equiv.prover.certify import Link, certify_equal
from kan_equiv.prover.normal_form import matching_links
from kan_equiv.prover.outcome import Outcome, Unknown
from kan_equiv.prover.question import Question

__all__ = ["prove_by_congruence"]

Word = tuple[Stage, ...]


def prove_by_congruence(question: Question) -> Outcome | None:
    """Prove two networks equal that have the same stages of these kinds."""
    left, right = _cut(question.left), _cut(question.right)
    if len(left) == len(right) == 1:
        return None
    question.tell("comparing around vector atoms, parallel stages, products and maxima")
    if left[1::2] != right[1::2]:
        return Unknown(
            "vector atoms, parallel stages, products or maxima differ: around them "
            "nothing is matched"
        )
    links: list[Link] = []
    position, width = 0, question.left.in_features
    for n, (a, b) in enumerate(zip(left, right, strict=True)):
        if n % 2 == 0:
            found = _segment(Network(width, a), Network(width, b), question, position)
            if found is None:
                return Unknown(f"segment {n // 2} between vector atoms is not matched")
            links += found
        position += len(b)
        width = b[-1].out_features if b else width
    return certify_equal(question.left, question.right, links, question.domain)


def _cut(network: Network) -> list[Word]:
    """Return segments and barriers in turn, segments first and last."""
    out: list[Word] = [()]
    for stage in network.stages:
        if isinstance(stage, (Maximum, Parallel, Product, VectorAtom)):
            out += [(stage,), ()]
        else:
            out[-1] = (*out[-1], stage)
    return out


def _segment(
    left: Network, right: Network, question: Question, position: int
) -> tuple[Link, ...] | None:
    """Return links from one segment to the other, at their place in the word."""
    if left == right:
        return ()
    if left.out_features != right.out_features:
        return None
    domain: Box | None = question.domain if position == 0 else None
    links: tuple[Link, ...] | None = None
    if left.stages and right.stages:
        alignment = align(left, right, domain)
        links = alignment.links if alignment.mismatch is None else None
    if links is None:
        found = matching_links(left, right, domain, question.stop, position == 0)
        links = found if isinstance(found, tuple) else None
    if links is None:
        return None
    return tuple(replace(k, position=k.position + position) for k in links)
