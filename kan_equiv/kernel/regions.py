"""regions_equal: two continuous piecewise linear words agree cell by cell.

A point is written (X, Y, W) up to a positive factor: X/W and Y/W are its at most two
free coordinates; the others are fixed by the domain.  A *cell* is a closed convex cone
of such triples with W >= 0, given by integer generators in cyclic order.  On a cell
every coordinate of both words is a linear form (aX + bY + cW)/d, because

- an affine stage combines linear forms, and
- a bank of continuous functions, each one slope*z + offset between its breakpoints,
  keeps them linear after the cell is cut along z = t*W for each breakpoint t.

Why this is sound.  The first cells cover the domain.  A cut of a cell gives two cells
that cover it, and where a cell lies on one side already, the other part is a face of
it, so keeping the cell alone loses nothing.  By continuity a piece holds on the closed
cell.  A linear form is determined on a cone by its values at the generators; so equal
values there, cell by cell, are equality on the domain, whatever its dimension.

This is the enumeration of the activation regions of both words by subdivision of
polygons.  It misses no equality, but the cells may grow with the product of the squares
of the widths, so their number is stated and limited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import gcd, lcm

from .reader import Domain, Fields, InvalidError, natural, need
from .stages import Affine, Bank, Basis, Network, Parallel
from .windows import Window, read
from .work import spend, words

MAX_CELLS = 1 << 20
MAX_ENTRIES = 1 << 20  # of a matrix, which is multiplied out
MAX_BITS = 1 << 18  # of a coefficient of a linear form
Triple = tuple[int, int, int]
Cone = list[Triple]
Forms = tuple[list[Triple], int]  # linear forms over one denominator
Line = tuple[int, int]  # slope and offset over the denominator of the bank
Task = tuple[int, int, "Mixing | Bending"]  # it replaces the coordinates start:end


def judge(f: Fields, _: object) -> Window:
    """regions_equal: both words agree on each of the `cells` cells."""
    window, cells = read(f), natural(f["cells"], 1, MAX_CELLS)
    inputs, cones = begin(window.domain, window.left.inputs)
    plan = merged([list(tasks(word, 0)) for word in (window.left, window.right)])
    count = 0
    for cone in cones:
        for rays, (left, right) in walk(plan, cone, inputs):
            count += 1
            need(count <= cells, f"there are more than {cells} cells")
            for ray in rays:
                same = values(left, ray, right[1]) == values(right, ray, left[1])
                need(same, f"the sides differ at {ray}, a generator of cell {count}")
    need(count == cells, f"there are {count} cells, not {cells}")
    return window


def values(forms: Forms, ray: Triple, factor: int) -> list[int]:
    """The numerators at a generator, times a factor."""
    x, y, w = ray
    return [factor * (a * x + b * y + c * w) for a, b, c in forms[0]]


def begin(domain: Domain, inputs: int) -> tuple[Forms, list[Cone]]:
    """The inputs as linear forms, and cones that cover the domain."""
    sides = domain or [(None, None)] * inputs
    fixed = [a if a is not None and a == b else None for a, b in sides]
    free = [i for i, v in enumerate(fixed) if v is None]
    need(len(free) <= 2, f"{len(free)} inputs are free, which is more than 2")
    d = lcm(*[v.denominator for v in fixed if v is not None])
    forms = [(0, 0, int((v or 0) * d)) for v in fixed]
    for i, form in zip(free, [(d, 0, 0), (0, d, 0)], strict=False):
        forms[i] = form
    axes = [axis(*sides[i]) for i in free] + [[[(0, 1)]]] * (2 - len(free))
    return (forms, d), [corners(first, second) for first, second in product(*axes)]


def axis(low: Fraction | None, high: Fraction | None) -> list[list[tuple[int, int]]]:
    """Segments and half-lines by their ends n/m, where m = 0 is infinity."""
    left = (-1, 0) if low is None else low.as_integer_ratio()
    right = (1, 0) if high is None else high.as_integer_ratio()
    if low is None and high is None:
        return [[left, (0, 1)], [(0, 1), right]]
    return [[left, right]]


def corners(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> Cone:
    """The generators of a product of two segments or half-lines, around it."""
    around = [(p, q) for p in first[:1] for q in second]
    around += [(p, q) for p in first[1:] for q in reversed(second)]
    triples = [(n * v, u * m, m * v) for (n, m), (u, v) in around]
    return list(dict.fromkeys(primitive(t) for t in triples if any(t)))


def primitive(t: Triple) -> Triple:
    """The same ray with the least integers."""
    common = gcd(*t)
    return t[0] // common, t[1] // common, t[2] // common


def merged(words: Sequence[Sequence[Task]]) -> list[tuple[int, Task]]:
    """Both words in step, so that the cells of early layers are shared."""
    ranked = [
        ((k + 1) * len(words[1 - side]), side, k)
        for side, word in enumerate(words)
        for k in range(len(word))
    ]
    return [(side, words[side][k]) for _, side, k in sorted(ranked)]


def walk(
    plan: Sequence[tuple[int, Task]], cone: Cone, inputs: Forms
) -> Iterator[tuple[Cone, list[Forms]]]:
    """The final cells inside a cone and the outputs of both sides, depth first."""
    stack = [(cone, [inputs, inputs], 0, list[int]())]
    while stack:
        rays, sides, at, pieces = stack.pop()
        if at == len(plan):
            yield rays, sides
            continue
        side, (start, end, action) = plan[at]
        forms, d = sides[side]
        spend(8 * len(rays) + len(pieces) + words(d))
        k = len(pieces)
        if isinstance(action, Bending) and k < end - start:
            cells = cut(rays, forms[start + k], d, action.cuts[k])
            stack += [(part, sides, at, [*pieces, n]) for n, part in cells]
            continue
        changed, e = action.image(forms[start:end], d, pieces)
        spend(8 * (len(forms) + len(changed)) * words(d * e))
        others = [(a * e, b * e, c * e) for a, b, c in forms[:start] + forms[end:]]
        changed[:0], changed[len(changed) :] = others[:start], others[start:]
        both = list(sides)
        both[side] = reduced(changed, d * e)
        stack.append((rays, both, at + 1, []))


def cut(
    rays: Cone, form: Triple, d: int, cuts: Iterable[Fraction]
) -> Iterator[tuple[int, Cone]]:
    """The parts of the cell where form/d lies between breakpoints, by piece."""
    piece = 0
    for piece, t in enumerate(cuts):
        a, b, c = (v * t.denominator for v in form)
        c -= d * t.numerator
        levels = [a * x + b * y + c * w for x, y, w in rays]
        if max(levels) <= 0:
            break
        if min(levels) < 0:
            below: Cone = []
            above: Cone = []
            for k, (ray, v) in enumerate(zip(rays, levels, strict=True)):
                last, u = rays[k - 1], levels[k - 1]
                if u < 0 < v or v < 0 < u:
                    p, q = abs(v), abs(u)
                    x, y, w = (p * r + q * s for r, s in zip(last, ray, strict=True))
                    below.append(primitive((x, y, w)))
                    above.append(below[-1])
                if v <= 0:
                    below.append(ray)
                if v >= 0:
                    above.append(ray)
            yield piece, below
            rays = above
        piece += 1
    yield piece, rays


def reduced(forms: list[Triple], d: int) -> Forms:
    """The forms over their least common denominator."""
    numbers = [d, *[v for form in forms for v in form]]
    need(max(map(abs, numbers)).bit_length() <= MAX_BITS, "an integer is too long")
    common = gcd(*numbers)
    return [(a // common, b // common, c // common) for a, b, c in forms], d // common


class Mixing:
    """An affine stage, as integer rows over one denominator."""

    def __init__(self, stage: Affine) -> None:
        weight = stage.weight
        need(weight.inputs * weight.outputs <= MAX_ENTRIES, "a matrix is too large")
        spend(16 * weight.inputs * weight.outputs)
        columns = [weight.column(c) for c in range(weight.inputs)]
        columns.append(stage.bias.line(0, 1, stage.outputs))
        self.den = lcm(*[d for _, d in columns])
        whole = [[v * (self.den // d) for v in line] for line, d in columns]
        self.rows = list(zip(*whole, strict=True))

    def image(self, forms: list[Triple], d: int, _: object) -> tuple[list[Triple], int]:
        """The images over d times the denominator that is returned."""
        live = [(k, *form) for k, form in enumerate([*forms, (0, 0, d)]) if any(form)]
        images: list[Triple] = []
        spend(len(self.rows) * (8 + len(live)) * words(d))
        for row in self.rows:
            a = b = c = 0
            for k, p, q, r in live:
                if v := row[k]:
                    a, b, c = a + v * p, b + v * q, c + v * r
            images.append((a, b, c))
        return images, self.den


class Bending:
    """A bank: for each coordinate, breakpoints and the lines on each piece."""

    def __init__(self, stage: Bank) -> None:
        tables = {basis: pieces(basis) for basis in dict.fromkeys(stage.bases)}
        found = [
            v for _, t in tables.values() for part in t for line in part for v in line
        ]
        self.den = lcm(*[v.denominator for v in found])
        whole = {
            basis: [
                [(int(s * self.den), int(o * self.den)) for s, o in p] for p in table
            ]
            for basis, (_, table) in tables.items()
        }
        self.cuts = [tables[basis][0] for basis in stage.bases]
        self.lines = [whole[basis] for basis in stage.bases]

    def image(
        self, forms: list[Triple], d: int, chosen: list[int]
    ) -> tuple[list[Triple], int]:
        """The values on the chosen pieces, over d times what is returned."""
        images = [
            (s * a, s * b, s * c + o * d)
            for (a, b, c), n, lines in zip(forms, chosen, self.lines, strict=True)
            for s, o in lines[n]
        ]
        return images, self.den


def pieces(
    basis: Basis,
) -> tuple[list[Fraction], list[list[tuple[Fraction, Fraction]]]]:
    """Breakpoints, and (slope, offset) of all functions piece by piece.

    A step of degree 1 at t adds c to the slope and -c*t to the offset right of t.  All
    other generators but 1 and x bend, jump or are no polynomials.
    """
    lines: list[list[tuple[Fraction, Fraction]]] = []
    cuts = sorted({g[1] for f in basis.functions for g in f.terms if g[0] == "step"})
    spend(32 * basis.size * (1 + len(cuts)))
    for f in basis.functions:
        linear = all(
            g in (("power", 0), ("power", 1)) or (g[0], g[-1]) == ("step", 1)
            for g in f.terms
        )
        need(linear, "a function is not continuous and piecewise linear")
        slope, offset = (f.coefficient(("power", k)) for k in (1, 0))
        lines.append([(slope, offset)])
        for t in cuts:
            rise = f.coefficient(("step", t, 1))
            slope, offset = slope + rise, offset - rise * t
            lines[-1].append((slope, offset))
    return cuts, [list(part) for part in zip(*lines, strict=True)]


def tasks(word: Network, start: int) -> Iterator[Task]:
    """The stages, each with the slice of coordinates that it replaces."""
    for stage in word.stages:
        if isinstance(stage, Affine):
            yield start, start + stage.inputs, Mixing(stage)
        elif isinstance(stage, Bank):
            yield start, start + stage.inputs, Bending(stage)
        elif isinstance(stage, Parallel):
            at = start
            for part in stage.networks:
                yield from tasks(part, at)
                at += part.outputs
        else:
            raise InvalidError("unknown stage")
