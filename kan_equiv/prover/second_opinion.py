"""Second opinions: another tool decides anew what the kernel has accepted.

The obligations come out of the certificate: the windows that are equal, edge by edge
where they are sums of functions of single inputs, or the witness. The answers are put
on record beside the outcome, which stays what the kernel says.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from kan_equiv.certificate.container import unpack
from kan_equiv.certificate.decode import decode_objects
from kan_equiv.errors import KanEquivError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.ir.build import kan
from kan_equiv.ir.domain import Box, Interval
from kan_equiv.ir.network import Network
from kan_equiv.ir.separable import SeparableForm, separate
from kan_equiv.ir.to_smtlib import difference_to_smtlib
from kan_equiv.ir.univariate import Univariate
from kan_equiv.prover.outcome import Outcome, SecondOpinion, Unknown
from kan_equiv.prover.search import separates
from kan_equiv.prover.tools import Answer, Tool

__all__ = ["with_second_opinion"]

SECONDS_EACH = 10.0
ENTRY_LIMIT = 1 << 14
"""Entries of the matrices of a window that is asked as a whole."""
PIECE_LIMIT = 20_000
"""Pieces that SymPy is to put a witness into."""
UNINTERPRETED = Answer("unknown", "atoms are any functions to a solver")
PARTIAL = Answer("unknown", "log and sqrt are not defined everywhere")


@dataclass(frozen=True, slots=True)
class _Edge:
    """f and g differ by a constant: an edge of a window, up to what the biases take."""

    name: str
    left: Univariate
    right: Univariate
    interval: Interval

    def ask(self, tool: Tool, seconds: float) -> Answer:
        if tool.name == "sympy":
            return _ask_sympy(tool, self.left, self.right, self.interval, seconds)
        domain = None if self.interval == Interval(None, None) else Box([self.interval])
        left, right = kan([[self.left]]), kan([[self.right]])
        return _ask_smt(tool, left, right, domain, seconds)

    def confirms(self, point: tuple[Fraction, ...]) -> bool:
        left, right = kan([[self.left]]), kan([[self.right]])
        return separates(left, right, point) is not None


@dataclass(frozen=True, slots=True)
class _Whole:
    """Two networks are equal on a domain."""

    name: str
    left: Network
    right: Network
    domain: Box | None

    def ask(self, tool: Tool, seconds: float) -> Answer:
        return _ask_smt(tool, self.left, self.right, self.domain, seconds)

    def confirms(self, point: tuple[Fraction, ...]) -> bool:
        return separates(self.left, self.right, point) is not None


@dataclass(frozen=True, slots=True)
class _Window:
    """A window and its obligations, which are written out when they are drawn.

    ``edges`` lists the outputs that an input reaches, input by input; None for a word
    that is no sum of functions of single inputs.
    """

    index: int
    left: Network
    right: Network
    domain: Box | None
    forms: tuple[SeparableForm, SeparableForm] | None
    edges: tuple[tuple[int, ...], ...] = ()

    def __len__(self) -> int:
        return 1 if self.forms is None else sum(map(len, self.edges))

    def draw(self, n: int) -> _Edge | _Whole:
        if self.forms is None:
            return _Whole(f"window {self.index}", self.left, self.right, self.domain)
        i = 0
        while n >= len(self.edges[i]):
            n -= len(self.edges[i])
            i += 1
        o = self.edges[i][n]
        f, g = (form.edge(i, o).with_positive_slopes() for form in self.forms)
        side = None if self.domain is None else self.domain.intervals[i]
        interval = Interval(None, None) if side is None else side
        at = next((t for t in (interval.lo, interval.hi) if t is not None), Fraction(0))
        shift = f.pieces(at) - g.pieces(at) + f.ratios(at) - g.ratios(at)
        g = g + Univariate(PiecewisePolynomial.of([shift]))
        return _Edge(f"window {self.index}, input {i}, output {o}", f, g, interval)


def with_second_opinion(
    outcome: Outcome, tool: str, sample: int = 20, seconds: float = SECONDS_EACH
) -> Outcome:
    """Return the outcome with what a tool says of a sample of its obligations.

    A disagreement is a warning as well, and says whether exact evaluation bears it out.
    An unknown outcome has no obligations and is returned as it is.

    Args:
        outcome: what ``prove`` found.
        tool: ``z3``, ``cvc5`` or ``sympy``.
        sample: how many obligations are drawn, at most.
        seconds: the time limit of each.

    Raises:
        MissingExtraError: the tool is not installed.
        ValidationError: no such tool.
    """
    if isinstance(outcome, Unknown):
        return outcome
    with Tool.running(tool) as asked:
        if outcome.is_refuted:
            opinion = _on_witness(outcome.certificate.data, asked, seconds)
        else:
            opinion = _on_windows(outcome.certificate.data, asked, sample, seconds)
    for words in opinion.disagreements:
        warnings.warn(
            f"{tool} {opinion.version} disagrees with the kernel: {words}. The outcome "
            "is what the kernel says; please report this",
            UserWarning,
            stacklevel=3,
        )
    return replace(outcome, second_opinion=opinion)


def _on_windows(data: bytes, tool: Tool, sample: int, seconds: float) -> SecondOpinion:
    every = list(_windows(data))
    windows = [w for w in every if tool.name != "sympy" or w.forms is not None]
    total = sum(map(len, windows))
    drawn = sorted(random.Random(0).sample(range(total), min(sample, total)))
    agreed = undecided = 0
    disagreements: list[str] = []
    for n in drawn:
        obligation = _pick(windows, n)
        answer = obligation.ask(tool, seconds)
        if answer.verdict == "unsat":
            agreed += 1
        elif answer.verdict == "unknown":
            undecided += 1
        else:
            disagreements.append(_disagreement(obligation, answer))
    edges = sum(len(w) for w in windows if w.forms is not None)
    parts = [(edges, "edges (window, input, output)"), (total - edges, "whole windows")]
    what = " and ".join(f"{n} {name}" for n, name in parts if n)
    how = "all" if len(drawn) == total else "drawn with seed 0"
    text = f"{len(drawn)} of {what}, {how}, {seconds:g} s each" if what else "nothing"
    if left_out := len(every) - len(windows):
        text += (
            f" ({left_out} windows mix inputs: sympy is asked about functions of one "
            "input only, z3 and cvc5 about such windows too)"
        )
    return SecondOpinion(
        tool.name,
        tool.version,
        text,
        len(drawn),
        agreed,
        undecided,
        tuple(disagreements),
    )


def _disagreement(obligation: _Edge | _Whole, answer: Answer) -> str:
    if answer.point is None:
        return f"{obligation.name} differs, at no point that it names"
    at = ", ".join(map(str, answer.point[:6]))
    confirmed = obligation.confirms(answer.point)
    words = "bears it out" if confirmed else "does not bear it out"
    return f"{obligation.name} differs at ({at}); exact evaluation {words}"


def _on_witness(data: bytes, tool: Tool, seconds: float) -> SecondOpinion:
    header, objects = _read(data)
    judgement = header["judgements"][-1]
    left, right = (objects[judgement[side]] for side in ("left", "right"))
    point = [Fraction(v) for v in judgement["point"]]
    try:
        if left.is_partial or right.is_partial:
            answer = PARTIAL
        elif tool.name == "sympy":
            answer = _sympy_at(tool, left, right, point, judgement["output"], seconds)
        elif left.has_atoms or right.has_atoms:
            answer = UNINTERPRETED
        else:
            answer = _ask_smt(tool, left, right, Box([(v, v) for v in point]), seconds)
    except KanEquivError as error:
        answer = Answer("unknown", str(error))
    disagreements = ("the sides are equal at the witness",)
    return SecondOpinion(
        tool.name,
        tool.version,
        f"the witness, {seconds:g} s",
        1,
        int(answer.verdict == "sat"),
        int(answer.verdict == "unknown"),
        disagreements if answer.verdict == "unsat" else (),
    )


# --- asking -----------------------------------------------------------------------


def _ask_smt(
    tool: Tool, left: Network, right: Network, domain: Box | None, seconds: float
) -> Answer:
    """Ask a solver; where atoms are involved its ``sat`` means nothing."""
    if left.is_partial or right.is_partial:
        return PARTIAL
    text = difference_to_smtlib(left, right, domain)
    answer = tool.smtlib(text, left.in_features, seconds)
    if answer.verdict == "sat" and (left.has_atoms or right.has_atoms):
        return UNINTERPRETED
    return answer


def _ask_sympy(
    tool: Tool, f: Univariate, g: Univariate, interval: Interval, seconds: float
) -> Answer:
    import sympy

    if not f.domain.is_everywhere or not g.domain.is_everywhere:
        return PARTIAL
    x = sympy.Symbol("x", real=True)
    left, right = (sympy.srepr(h.to_sympy(x)) for h in (f, g))
    lo, hi = (None if v is None else str(v) for v in (interval.lo, interval.hi))
    return tool.functions(left, right, (lo, hi), seconds)


def _sympy_at(
    tool: Tool,
    left: Network,
    right: Network,
    point: list[Fraction],
    output: int,
    seconds: float,
) -> Answer:
    import sympy

    xs = [sympy.Rational(v.numerator, v.denominator) for v in point]
    values = [
        sympy.srepr(sympy.sympify(n.to_sympy(xs, PIECE_LIMIT)[output]))
        for n in (left, right)
    ]
    return tool.functions(values[0], values[1], (None, None), seconds)


# --- obligations ------------------------------------------------------------------


def _read(data: bytes) -> tuple[dict[str, Any], list[Any]]:
    header, buffers = unpack(data)
    return header, decode_objects(header["objects"], buffers)


def _windows(data: bytes) -> Iterator[_Window]:
    """Yield what the judgements say: every window of the certificate."""
    header, objects = _read(data)
    for index, judgement in enumerate(header["judgements"]):
        if "in_features" not in judgement or "right" not in judgement:
            continue
        left, right = (_word(judgement, side, objects) for side in ("left", "right"))
        domain = _box(judgement["domain"])
        try:
            a, b = (separate(n.stages, n.in_features) for n in (left, right))
        except KanEquivError:
            if _entries(left) + _entries(right) <= ENTRY_LIMIT:
                yield _Window(index, left, right, domain, None)
            continue
        edges = tuple(
            tuple(sorted(_reached(a, i) | _reached(b, i)))
            for i in range(left.in_features)
        )
        yield _Window(index, left, right, domain, (a, b), edges)


def _reached(form: SeparableForm, i: int) -> set[int]:
    """Return the outputs that depend on an input."""
    rows, integers, _ = form.weight.columns(form.columns_of(i))
    return set(rows[(integers != 0).any(axis=1)].tolist())


def _word(judgement: Mapping[str, Any], side: str, objects: list[Any]) -> Network:
    stages = tuple(objects[n] for n in judgement[side])
    return Network(judgement["in_features"], stages)


def _box(pairs: list[list[str]]) -> Box | None:
    ends = {"-inf": None, "inf": None}
    sides = [[ends.get(v, v) for v in pair] for pair in pairs]
    return Box([(a, b) for a, b in sides]) if sides else None


def _entries(network: Network) -> int:
    return sum(s.in_features * s.out_features for s in network.stages)


def _pick(windows: list[_Window], n: int) -> _Edge | _Whole:
    for window in windows:
        if n < len(window):
            return window.draw(n)
        n -= len(window)
    raise IndexError(n)
