"""Maxima of coordinates, and words of them as differences of two maxima.

In a window, max(u, v) = v + max(u - v, 0).  Where u and v are functions of one index
(input or direction, see `ridges`), u - v is one too; any number of these are taken one
after the other.  Where they are affine in two directions, u - v is a multiple of one
more direction, plus a constant.

maxima_equal evaluates words of affine stages and maxima.  A coordinate is max(P) -
max(Q) for finite sets P and Q of affine forms of the inputs, by

    a (max P) = max(aP) for a > 0,      max P + max Q = max{p + q},
    max_i (max P_i - max Q_i) = M - sum of all max Q_j,
    M = max over i of (max P_i + sum of max Q_j, j not i).

Both sets are shifted by one form, so that the least of Q is 0.  Equal pairs of sets are
the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from .algebra import combine, single, substitute
from .multiplication import Groups, Part, Sums, plane
from .reader import Fields, InvalidError, need
from .stages import Affine, Network
from .windows import AFFINE, NOWHERE, Column, Columns, Window, column, read
from .work import spend, spend_product, words

if TYPE_CHECKING:
    from .enclosure import Interval
    from .mixing import Pending
    from .windows import Evaluator

NEEDS = ("cells", "mixing", "multiplication", "ridges")
MAX_FORMS = 1 << 12
ZERO = Fraction(0)
RELU = single(("step", ZERO, 1))
Form = tuple[Fraction, ...]  # the coefficients of the inputs, and a constant
Pair = tuple[frozenset[Form], frozenset[Form]]


class Maximum(Groups):
    """Output g is the greatest of the inputs listed in groups[g]."""

    def exact(self, values: Sequence[Fraction]) -> list[Fraction]:
        """The value at rational coordinates."""
        for i in (i for group in self.groups for i in group):
            spend_product(words(values[i].numerator) + words(values[i].denominator))
        return [max(values[i] for i in group) for group in self.groups]

    def enclose(self, values: Sequence[Interval], _: int) -> list[Interval]:
        """Intervals that hold the values."""
        parts = [[values[i] for i in group] for group in self.groups]
        return [(max(a for a, _ in p), max(b for _, b in p)) for p in parts]

    def expand(self, evaluator: Evaluator, columns: Columns) -> tuple[Columns, Pending]:
        """The maxima of columns, as sums of columns."""
        found: list[Column] = []
        places: list[int] = []
        for g, group in enumerate(self.groups):
            parts = maximum(evaluator, [columns[i] for i in group])
            found += [column(i, evaluator.trim(f, i)) for i, f in parts]
            places += [g] * len(parts)
        return found, [Sums(self.outputs, places)]


def maximum(evaluator: Evaluator, columns: Columns) -> list[Part]:
    """The greatest of columns as a sum of functions."""
    (i, f), *others = columns
    for j, g in others:
        if NOWHERE in (i, j) or i == j:
            above = evaluator.compose(RELU, combine([(1, 1, f), (-1, 1, g)]))
            i, f = max(i, j), combine([(1, 1, g), (1, 1, above)])
            continue
        need(len(columns) == 2, "a maximum of more than two directions: split it")
        return [(j, g), bend(evaluator, (i, f), (j, g))]
    return [(i, f)]


def bend(evaluator: Evaluator, u: Column, v: Column) -> Part:
    """max(u - v, 0) for two columns that are affine in different directions."""
    (i, f), (j, g) = u, v
    affine = f.terms.keys() <= AFFINE and g.terms.keys() <= AFFINE
    need(affine, "a maximum of functions of different directions that are not affine")
    (a, b), (c, d) = ([h.coefficient(p) for p in AFFINE] for h in (f, g))
    k, slope = plane(evaluator, {i: a, j: -c})
    return k, substitute(RELU, slope, b - d)


def judge(f: Fields, _: object) -> Window:
    """maxima_equal: both words are the same differences of maxima."""
    window = read(f)
    left, right = (pairs(word) for word in (window.left, window.right))
    for o, (a, b) in enumerate(zip(left, right, strict=True)):
        need(a == b, f"the sides have other affine pieces in output {o}")
    return window


def pairs(word: Network) -> list[Pair]:
    """For each output the two sets of affine forms."""
    n = word.inputs
    need(n <= MAX_FORMS, "too many inputs")
    origin: Form = (ZERO,) * (n + 1)
    zero = frozenset({origin})
    spend(32 * n * n)
    units = [(*origin[:i], Fraction(1), *origin[i + 1 :]) for i in range(n)]
    found: list[Pair] = [(frozenset({unit}), zero) for unit in units]
    for stage in word.stages:
        if isinstance(stage, Affine):
            found = mixed(stage, found, origin)
        elif isinstance(stage, Maximum):
            found = [greatest([found[i] for i in g], zero) for g in stage.groups]
        else:
            raise InvalidError("a stage that is neither affine nor a maximum")
    return found


def mixed(stage: Affine, found: Sequence[Pair], origin: Form) -> list[Pair]:
    """The rows of an affine stage."""
    bias, den = stage.bias.line(0, 1, stage.outputs)
    starts: list[Form] = [(*origin[:-1], Fraction(v, den)) for v in bias]
    above: list[frozenset[Form]] = [frozenset({start}) for start in starts]
    below: list[frozenset[Form]] = [frozenset({origin}) for _ in bias]
    for c, (p, q) in enumerate(found):
        line, d = stage.weight.column(c)
        for o, v in enumerate(line):
            if v:
                w, first, second = (v, p, q) if v > 0 else (-v, q, p)
                above[o] = plus(above[o], first, Fraction(w, d))
                below[o] = plus(below[o], second, Fraction(w, d))
    return [shifted(p, q) for p, q in zip(above, below, strict=True)]


def greatest(parts: Sequence[Pair], zero: frozenset[Form]) -> Pair:
    """The greatest of differences of maxima."""
    if all(q == zero for _, q in parts):
        sizes = sum(len(p) for p, _ in parts)
        need(sizes <= MAX_FORMS, f"more than {MAX_FORMS} affine pieces")
        spend(16 * sizes)
        return frozenset[Form]().union(*(p for p, _ in parts)), zero
    union: set[Form] = set()
    total = zero
    for k, (p, q) in enumerate(parts):
        for j, (_, other) in enumerate(parts):
            p = plus(p, other) if j != k else p
        union |= p
        total = plus(total, q)
    return shifted(frozenset(union), total)


def plus(
    p: Iterable[Form], q: frozenset[Form], factor: Fraction = Fraction(1)
) -> frozenset[Form]:
    """All sums of a form of p and a multiple of one of q."""
    first, second = list(p), list(q)
    size = len(first) * len(second)
    need(size <= MAX_FORMS, f"more than {MAX_FORMS} affine pieces")
    most = words_of(first) + words_of(second) + words_of([(factor,)])
    spend(size * len(first[0]) * (16 + (most * most >> 3)))
    return frozenset(
        tuple(a + factor * b for a, b in zip(u, v, strict=True))
        for u in first
        for v in second
    )


def words_of(forms: Sequence[Form]) -> int:
    """The words of the longest coefficient."""
    return max(words(v.numerator) + words(v.denominator) for f in forms for v in f)


def shifted(p: frozenset[Form], q: frozenset[Form]) -> Pair:
    """Both sets, less the least form of q."""
    least = min(q)
    if not any(least):
        return p, q
    move = frozenset({tuple(-v for v in least)})
    return plus(p, move), plus(q, move)
