"""Cutting two words of stages into windows that are equal layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from kan_equiv.errors import NotSeparableError
from kan_equiv.exact.tensor import RationalTensor
from kan_equiv.ir.domain import Box
from kan_equiv.ir.linear import BlockDiagonal, Dense
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.prover.certify import Link
from kan_equiv.prover.compare import LayerDifference, compare_layers, needed_inputs

__all__ = ["Alignment", "Mismatch", "align"]

Word = tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The layer at which two networks could not be matched.

    ``left_start`` and ``right_start`` are stage positions; everything before is equal.
    """

    layer: int
    left_start: int
    right_start: int
    left: SeparableForm | None
    right: SeparableForm | None
    difference: LayerDifference | None
    reason: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """Links that turn left into right, or the deepest mismatch."""

    links: tuple[Link, ...]
    mismatch: Mismatch | None


def align(left: Network, right: Network, domain: Box | None) -> Alignment:
    """Match the layers of two networks; complete for single layers.

    Hidden units that nothing depends on are masked on both sides first.
    """
    cuts_left, cuts_right = _cuts(left), _cuts(right)
    if 1 in (left.depth, right.depth):
        spans = (0, len(left.stages)), (0, len(right.stages))
        whole = _match(left, right, *spans, domain)
        is_single = left.depth == right.depth == 1
        if isinstance(whole, tuple) or (is_single and whole.difference is not None):
            return _finish(whole)
    pairs = _pair_up(left, right, cuts_left, cuts_right)
    if pairs is None:
        fine = _with_leading_map(left, cuts_left), _with_leading_map(right, cuts_right)
        pairs = _pair_up(left, right, *fine)
    if pairs is None:
        reason = (
            f"the layers do not pair up: widths {_widths(left, cuts_left)} on the "
            f"left, {_widths(right, cuts_right)} on the right"
        )
        return Alignment((), Mismatch(0, 0, 0, None, None, None, reason))
    return _match_layers(left, right, pairs, domain)


def _finish(result: tuple[Link, ...] | Mismatch) -> Alignment:
    if isinstance(result, Mismatch):
        return Alignment((), result)
    return Alignment(result, None)


def _cuts(network: Network) -> list[int]:
    return [start for start, _ in network.layer_slices()] + [len(network.stages)]


def _with_leading_map(network: Network, cuts: list[int]) -> list[int]:
    """Return the cuts with one more after the affine stages that come first."""
    lead = 0
    while lead < len(network.stages) and isinstance(network.stages[lead], Affine):
        lead += 1
    return sorted({*cuts, lead})


def _widths(network: Network, cuts: list[int]) -> list[int]:
    return [network.stages[c - 1].out_features for c in cuts[1:]]


def _pair_up(
    left: Network, right: Network, a: list[int], b: list[int]
) -> list[tuple[tuple[int, int], tuple[int, int]]] | None:
    """Pair consecutive layers, joining layers of one side where widths ask for it."""
    out: list[tuple[tuple[int, int], tuple[int, int]]] = []
    i = j = 0
    while i < len(a) - 1 and j < len(b) - 1:
        step = _next_pair(left, right, a, b, i, j)
        if step is None:
            return None
        u, v = step
        out.append(((a[i], a[u]), (b[j], b[v])))
        i, j = u, v
    return out if i == len(a) - 1 and j == len(b) - 1 else None


def _next_pair(
    left: Network, right: Network, a: list[int], b: list[int], i: int, j: int
) -> tuple[int, int] | None:
    for total in range(2, len(a) + len(b)):
        for du in range(1, total):
            u, v = i + du, j + total - du
            if u >= len(a) or v >= len(b) or 1 not in (du, total - du):
                continue
            last = (u == len(a) - 1, v == len(b) - 1)
            widths = [
                n.stages[s - 1].out_features for n, s in ((left, a[u]), (right, b[v]))
            ]
            if last[0] != last[1] or widths[0] != widths[1]:
                continue
            if _is_separable(left, a[i], a[u]) and _is_separable(right, b[j], b[v]):
                return u, v
    return None


def _is_separable(network: Network, start: int, stop: int) -> bool:
    try:
        _separate(network, start, stop)
    except NotSeparableError:
        return False
    return True


def _separate(network: Network, start: int, stop: int) -> SeparableForm:
    return _separated(network.window(start, stop))


@lru_cache(maxsize=16)
def _separated(window: Network) -> SeparableForm:
    return separate(window.stages, window.in_features)


def _strip(left: Word, right: Word) -> int:
    """Return how many trailing stages are the same on both sides (keeping a bank)."""
    n = 0
    while n < min(len(left), len(right)) - 1 and left[-1 - n] == right[-1 - n]:
        if isinstance(left[-1 - n], Bank):
            break
        n += 1
    return n


def _match(
    left: Network,
    right: Network,
    a: tuple[int, int],
    b: tuple[int, int],
    domain: Box | None,
) -> tuple[Link, ...] | Mismatch:
    """Link one window of left to one of right, or say how they differ."""
    lhs, rhs = left.stages[slice(*a)], right.stages[slice(*b)]
    width = left.window(*a).in_features
    if lhs == rhs:
        return ()
    stripped = _strip(lhs, rhs)
    if stripped:
        short_l, short_r = lhs[: len(lhs) - stripped], rhs[: len(rhs) - stripped]
        try:
            f, g = separate(short_l, width), separate(short_r, width)
        except NotSeparableError:
            pass
        else:
            same = f.out_features == g.out_features
            if same and compare_layers(f, g, domain, 1).is_equal:
                return (Link(b[0], width, short_l, short_r, domain=domain),)
    try:
        f, g = _separate(left, *a), _separate(right, *b)
    except NotSeparableError as error:
        return Mismatch(0, a[0], b[0], None, None, None, str(error))
    difference = compare_layers(f, g, domain)
    if difference.is_equal:
        return (Link(b[0], width, lhs, rhs, domain=domain),)
    return Mismatch(0, a[0], b[0], f, g, difference, "")


def _match_layers(
    left: Network,
    right: Network,
    pairs: list[tuple[tuple[int, int], tuple[int, int]]],
    domain: Box | None,
) -> Alignment:
    left_masks = _masks(left, [a for a, _ in pairs])
    right_masks = _masks(right, [b for _, b in pairs])
    masks = [_join(u, v) for u, v in zip(left_masks, right_masks, strict=True)]
    a_words = _masked_words(left, [a for a, _ in pairs], masks)
    b_words = _masked_words(right, [b for _, b in pairs], masks)
    links: list[Link] = list(_insertions(left, [a for a, _ in pairs], masks, False))
    first_mismatch: Mismatch | None = None
    position = 0
    for l, (x, y) in enumerate(zip(a_words, b_words, strict=True)):
        width = left.window(*pairs[l][0]).in_features
        box = domain if l == 0 else None
        found = _match(
            Network(width, x), Network(width, y), (0, len(x)), (0, len(y)), box
        )
        if isinstance(found, Mismatch):
            a, b = pairs[l]
            first_mismatch = Mismatch(
                l, a[0], b[0], found.left, found.right, found.difference, found.reason
            )
            break
        links += [replace(link, position=position, domain=box) for link in found]
        position += len(y)
    if first_mismatch is not None:
        return Alignment((), first_mismatch)
    links += reversed(list(_insertions(right, [b for _, b in pairs], masks, True)))
    return Alignment(tuple(links), None)


# --- dead hidden units --------------------------------------------------------


def _masks(network: Network, slices: list[tuple[int, int]]) -> list[list[bool]]:
    """Return, for the input of every layer but the first, which coordinates matter."""
    return [[], *(needed_inputs(_separate(network, *a)) for a in slices[1:])]


def _join(u: list[bool], v: list[bool]) -> Affine | None:
    keep = [x or y for x, y in zip(u, v, strict=True)]
    if all(keep):
        return None
    blocks = tuple(
        Dense.matrix(RationalTensor((1, 1), (k,), (1,)))
        for k in ((0, 1) if any(keep) else (0,))
    )
    return Affine.linear(BlockDiagonal(blocks, tuple(int(k) for k in keep)))


def _masked_words(
    network: Network, slices: list[tuple[int, int]], masks: list[Affine | None]
) -> list[Word]:
    """Return each layer's stages, followed by the mask of the next layer's input."""
    out: list[Word] = []
    for l, (start, stop) in enumerate(slices):
        mask = masks[l + 1] if l + 1 < len(masks) else None
        word = network.stages[start:stop]
        out.append((*word, mask) if mask is not None else word)
    return out


def _insertions(
    network: Network,
    slices: list[tuple[int, int]],
    masks: list[Affine | None],
    is_backward: bool,
) -> Iterator[Link]:
    """Yield the links that put every mask before its layer, in order of position."""
    shift = 0
    for l, (start, stop) in enumerate(slices):
        mask = masks[l]
        if mask is None:
            continue
        word = network.stages[start:stop]
        yield Link(start + shift, mask.in_features, word, (mask, *word), is_backward)
        shift += 1
