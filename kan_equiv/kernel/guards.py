"""Atoms on a part of the line, and 0 elsewhere: what stands in a piece.

    ("cut", t, name, a, b)    name(a*x + b) at t and right of it, 0 left of t
    ("spike", t, name, z)     the number name(z) at t, 0 elsewhere

name, a and b are in the normal form of `atoms`, and log and sqrt are 0 where they are
not defined, as in `partial`: so these are functions on all of R, and equal combinations
are the same function.  The atom on a union of intervals is a sum of them, for that is
what the indicator of a union is: cells that begin and end, and points.

An atom has to be defined only where it stands.  Where it is, or does not stand, is kept
as an extent, like where any other basis is defined; a window is refused if that is no
interval.  A witness looks at what stands at its point, and at nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from .algebra import Function, binomial, constant, transform
from .atoms import PARTIAL, UNIT, Generator, Image, UndefinedError, atom_image
from .enclosure import Interval, WideError
from .partial import NEVER, Extent, half_line, is_defined, meet
from .reader import Fields, contains, items, natural, need, rational
from .stages import ATOMS, Basis, increasing
from .work import spend

NEEDS = ("cells", "enclosure", "partial")
ONE = Fraction(1)
Flags = tuple[Sequence[Fraction], Sequence[int], Sequence[int]]


# --- the basis ---------------------------------------------------------------------


class Guarded(Basis):
    """Atoms, each on a union of intervals."""

    def __init__(self, f: Fields) -> None:
        self.entries: list[tuple[Generator, Flags]] = []
        for entry in items(f["functions"]):
            with Fields(entry, f.file) as g:
                name, *line = items(g["atom"], 3, 3)
                need(name in (*ATOMS, *PARTIAL), "unknown atom")
                a, b = (rational(v) for v in line)
                need(a != 0 or name in PARTIAL, "an atom with a = 0")
                ends = increasing(g["ends"])
                cells = [natural(v, 0, 1) for v in items(g["cells"])]
                points = [natural(v, 0, 1) for v in items(g["points"])]
            need(len(set(ends)) == len(ends), "a repeated end")
            need(len(cells) == len(ends) + 1, "not one cell more than ends")
            need(len(points) == len(ends), "not one flag per end")
            self.entries.append((("atom", name, a, b), (ends, cells, points)))
        super().__init__(len(self.entries), self.expanded)

    def expanded(self) -> list[Function]:
        """Sums of generators on all of R."""
        return [standing(atom_image(*g[1:]), *flags) for g, flags in self.entries]

    @cached_property
    def extent(self) -> Extent | None:
        partial = [(g, flags) for g, flags in self.entries if g[1] in PARTIAL]
        return meet(extent(g, *flags) for g, flags in partial)

    def functions_at(self, x: Fraction | Interval, bits: int) -> list[Function]:
        """The atoms that stand at x, uncut, and 0 for the others."""
        start, stop = (
            (x, x) if isinstance(x, Fraction) else (Fraction(v, 1 << bits) for v in x)
        )
        found: list[Function] = []
        for g, (ends, cells, points) in self.entries:
            spend(8 + len(ends))
            at = sum(t < start for t in ends)
            on_end = start in ends
            if start < stop and any(start <= t <= stop for t in ends):
                raise WideError("it is not seen which atom stands there")
            held = points[at] if on_end else cells[at]
            if held and g[1] in PARTIAL and g[2] == 0 and not is_defined(g[1], g[3]):
                raise UndefinedError(f"{g[1]} is not defined there")
            image = atom_image(*g[1:]) if held else []
            found.append(transform(constant(ONE), lambda _, image=image: image))
        return found


def standing(
    image: Image, ends: Sequence[Fraction], cells: Sequence[int], points: Sequence[int]
) -> Function:
    """A sum of generators where the flags are 1, and 0 elsewhere."""
    parts: Image = [(g, cells[0] * c) for g, c in image]
    for t, (before, after), held in zip(ends, pairwise(cells), points, strict=True):
        for g, c in image:
            parts += [(h, (after - before) * c * d) for h, d in right_of(g, t)]
            parts += [(h, (held - after) * c * d) for h, d in at_point(g, t)]
    return transform(constant(ONE), lambda _: parts)


def extent(
    g: Generator, ends: Sequence[Fraction], cells: Sequence[int], points: Sequence[int]
) -> Extent:
    """Where it is no atom, or is defined: an interval, or the file is refused."""
    own = half_line(g)
    cuts = sorted({*ends, *[t for t in (own.low, own.high) if t is not None]})
    inner = [(s + t) / 2 for s, t in pairwise(cuts)]
    probes = [cuts[0] - 1, *inner, cuts[-1] + 1] if cuts else [Fraction(0)]

    def fits(x: Fraction) -> bool:
        at = sum(t < x for t in ends)
        held = points[at] if x in ends else cells[at]
        return not held or is_defined(g[1], g[2] * x + g[3])

    line = [fits(probes[0])]
    for t, probe in zip(cuts, probes[1:], strict=True):
        line += [fits(t), fits(probe)]
    if True not in line:
        return NEVER
    first, last = line.index(True), len(line) - 1 - line[::-1].index(True)
    need(all(line[first:last]), "an atom that is allowed on no interval")
    # Even places are cells, odd ones the cuts between them.
    low = cuts[(first - 1) // 2] if first else None
    high = cuts[last // 2] if last + 1 < len(line) else None
    return Extent(
        low, low is None or first % 2 == 1, high, high is None or last % 2 == 1
    )


# --- the images of generators ------------------------------------------------------


def right_of(g: Generator, t: Fraction) -> Image:
    """What equals a power, an atom or one of ours at t and right of it, 0 left of t."""
    if g[0] == "atom":
        return [(("cut", t, *g[1:]), ONE)]
    if g[0] == "cut":
        return [(("cut", max(t, g[1]), *g[2:]), ONE)]
    if g[0] == "spike":
        return [(g, ONE)] if g[1] >= t else []
    need(g[0] == "power", f"a {g[0]} in the normal form of an atom")
    return [(("step", t, j), c) for j, c in enumerate(binomial(g[1], ONE, t))]


def at_point(g: Generator, t: Fraction) -> Image:
    """What equals a power or an atom at t, and is 0 elsewhere."""
    if g[0] == "power":
        return [(("point", t), t ** g[1])]
    return spikes(atom_image(g[1], Fraction(0), g[2] * t + g[3]), t)


def spikes(image: Image, t: Fraction) -> Image:
    """A constant at t, and 0 elsewhere."""
    return [
        (("point", t), c) if g == UNIT else (("spike", t, g[1], g[3]), c)
        for g, c in image
        if c
    ]


def substituted(g: Generator, a: Fraction, b: Fraction) -> Image:
    """g(a*x + b); for a = 0 the constant g(b)."""
    t, name, *line = g[1:]
    if g[0] == "spike":
        number = atom_image(name, Fraction(0), line[0])
        if a == 0:
            return number if b == t else []
        return spikes(number, (t - b) / a)
    inner = atom_image(name, line[0] * a, line[0] * b + line[1])
    if a == 0:
        return inner if b >= t else []
    # log(c l) = log(l) + log(c) fails at t if t is an open end of where log is defined.
    defined = name not in PARTIAL or is_defined(name, line[0] * t + line[1])
    need(
        defined or len(inner) == 1, "a log of another factor, cut where it is undefined"
    )
    s = (t - b) / a
    right = [(h, c * d) for e, c in inner for h, d in right_of(e, s)]
    if a > 0:
        return right
    # a < 0 turns [y >= t] into [x <= s] = 1 - [x >= s] + [x == s].
    point = [(h, c * d) for e, c in inner for h, d in at_point(e, s)]
    return [*inner, *[(h, -c) for h, c in right], *point]


def within(g: Generator, low: Fraction | None, high: Fraction | None) -> Image:
    """What equals g on [low, high] and depends on g there only, low < high."""
    t = g[1]
    if g[0] == "spike":
        return [(g, ONE)] if contains(low, high, t) else []
    bare: Generator = ("atom", *g[2:])
    if low is not None and t <= low:
        return [(bare, ONE)]
    if high is None or t < high:
        return [(g, ONE)]
    return at_point(bare, t) if t == high else []
