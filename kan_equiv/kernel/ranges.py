"""range: a word of stages maps a domain into bounds; ends may be infinite.

Outputs are functions of one input (or direction, see `ridges`), or sums of such, and a
sum is at most the sum of what its terms are at most.  On bounded intervals they are
bounded in `hulls`.  An unbounded interval is cut at its outermost breakpoint s: on the
tail d(s + u), u > 0, or d(s - u), is one polynomial, and it is at most its constant
coefficient if no other one is positive.  Otherwise it counts as unbounded.  An atom
lies there in the interval that it lies in everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .algebra import Function, Generator, binomial
from .composition import Range
from .distance import MAX_SUBDIVISIONS
from .linear import Vector
from .mixing import Group, groups
from .multiples import Multiples
from .reader import Fields, Interval, contains, domain, natural, need
from .stages import Network
from .windows import NOWHERE, Evaluator, State
from .work import spend, words

NEEDS = ("cells", "distance", "enclosure", "hulls", "mixing", "multiples")
ZERO = Fraction(0)
Ends = tuple[Fraction | None, Fraction | None]
EVERYWHERE: dict[str, Ends] = {
    "sigmoid": (ZERO, Fraction(1)),
    "gaussian": (ZERO, Fraction(1)),
    "sin": (Fraction(-1), Fraction(1)),
    "cos": (Fraction(-1), Fraction(1)),
    "silu": (Fraction(-3, 10), None),  # -0.2784... at -1.278...
    "gelu": (Fraction(-1, 5), None),  # -0.1699... at -0.751...
    "exp": (ZERO, None),
}


def judge(f: Fields, _: object) -> Range:
    """The word of stages maps the domain into the bounds."""
    word = Network(f, "stages", natural(f["in_features"], 1))
    where = domain(f["domain"], word.inputs)
    bounds = domain(f["bounds"], word.outputs)
    cuts = natural(f["subdivisions"], 0, MAX_SUBDIVISIONS)
    evaluator = Evaluator(f.file, where)
    outputs = sums(evaluator, evaluator.run(word))
    for o, ((low, high), parts) in enumerate(zip(bounds, outputs, strict=False)):
        for sign, end in ((1, high), (-1, low)):
            if end is not None:
                found = [s.greatest(place, sign, cuts) for s, place in parts]
                known = [v for v in found if v is not None]
                inside = len(known) == len(found) and sum(known) <= sign * end
                need(inside, f"output {o} leaves its bounds")
    return Range(word, where, bounds)


class Span:
    """Functions d_o, o = 0, 1, ..., of one input on an interval."""

    def __init__(self, known: dict[Generator, Vector], ends: Interval) -> None:
        marks = {g[1] for g in known if g[0] in ("step", "point")}
        marks = {t for t in marks if contains(*ends, t)}
        marks |= {x for x in ends if x is not None}
        first, last = min(marks, default=ZERO), max(marks, default=ZERO)
        self.inner = Multiples(known, first, last)
        self.atoms = [(g[1], *v) for g, v in known.items() if g[0] == "atom"]
        rational = {g: v for g, v in known.items() if g[0] != "atom"}
        outputs = len(next(iter(known.values()))[0])
        self.tails = [
            taylor(rational, start, way, outputs)
            for end, start, way in zip(ends, (first, last), (-1, 1), strict=True)
            if end is None
        ]

    def greatest(self, o: int, sign: int, cuts: int) -> Fraction | None:
        """An upper bound of sign*d_o; None if there may be none."""
        found = [self.inner.greatest(o, sign, cuts)]
        for tail in self.tails:
            start, *others = [sign * row[o] for row in tail]
            spend(16 * len(self.atoms))
            for name, line, den in self.atoms:
                weight = sign * Fraction(line[o], den)
                end = EVERYWHERE.get(name, (None, None))[weight > 0]
                if weight and end is None:
                    return None
                start += weight * (end or 0)
            if any(c > 0 for c in others):
                return None
            found.append(start)
        return max(found)


def taylor(
    known: dict[Generator, Vector], start: Fraction, way: int, outputs: int
) -> list[list[Fraction]]:
    """d_o(start + way*u), u > 0, in ascending powers of u, beyond all breakpoints."""
    degree = max([0, *(g[-1] for g in known if g[0] in ("power", "step"))])
    total = [[ZERO] * outputs for _ in range(degree + 1)]
    for g, (line, den) in known.items():
        need(
            g[0] in ("power", "step", "point"), f"unsupported: a {g[0]} on a half-line"
        )
        if g[0] == "power" or (g[0] == "step" and way > 0):
            shift = start if g[0] == "power" else start - g[1]
            spend((g[-1] + 1) * len(line) * words(den))
            spend(16 * len(line) * (g[-1] + 1))
            for k, c in enumerate(binomial(g[-1], Fraction(way), shift)):
                pairs = zip(total[k], line, strict=True)
                total[k] = [a + c * Fraction(v, den) for a, v in pairs]
    return total


def sums(evaluator: Evaluator, state: State) -> list[Sequence[tuple[Span, int]]]:
    """For every output the functions that it is the sum of, and their places."""
    ends: dict[int, Interval] = {NOWHERE: (ZERO, ZERO)}

    def span(i: int, known: dict[Generator, Vector]) -> Span:
        return Span(known, ends.get(i) or evaluator.interval(i) or (None, None))

    if not state.pending:
        memo: dict[tuple[int, Function], Span] = {}
        for i, g in state.columns:
            if g.terms and (i, g) not in memo:
                memo[i, g] = span(i, {h: ([c], g.den) for h, c in g.terms.items()})
        return [[(memo[c], 0)] if c[1].terms else [] for c in state.columns]
    by_input, (integers, den) = groups(state, None)
    spans = [span(NOWHERE, {("power", 0): (integers, den)})]
    for i, terms in by_input.items():
        group = Group(terms)
        if group.terms:
            spans.append(span(i, {g: group.coefficient(g) for g in group.generators}))
    return [[(s, o) for s in spans] for o in range(len(integers))]
