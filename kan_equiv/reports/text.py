"""Plain text: outcomes, verdicts, bundles, and the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any, Protocol

from kan_equiv.exact.enclosure import Enclosure, Number
from kan_equiv.kernel import Verdict
from kan_equiv.reports.distance import distance_data, distance_lines

__all__ = [
    "bundle_lines",
    "certified_lines",
    "looks_like_rounding",
    "outcome_data",
    "outcome_headline",
    "outcome_lines",
    "table",
    "trail_lines",
    "verdict_headline",
    "verdict_lines",
]

ROUNDING = 1e-5
"""Relative differences below this could come from float16 or float32 weights."""


class Witness(Protocol):
    """An exact point where two networks differ."""

    @property
    def point(self) -> tuple[Fraction, ...]: ...
    @property
    def output(self) -> int: ...
    @property
    def left(self) -> Number | None: ...
    @property
    def right(self) -> Number | None: ...
    @property
    def difference(self) -> float: ...


def trail_lines(trail: Mapping[str, Any]) -> list[str]:
    """Return the statements apart: they are of different kinds.

    >>> for line in trail_lines(
    ...     {
    ...         "source": "a",
    ...         "proved": "b",
    ...         "certified": "c",
    ...         "floats": "d",
    ...         "measured": "e",
    ...     }
    ... ):
    ...     print(line)
    source     a
    proved     b
    certified  c
    floats     d
    measured   e
    """
    names = ("source", "proved", "certified", "floats", "measured")
    return [f"{name:<10} {trail[name]}" for name in names]


def certified_lines(trail: Mapping[str, Any]) -> list[str]:
    """Return what is certified of the weights and of floats, apart from the proof."""
    return [f"{name:<10} {trail[name]}" for name in ("certified", "floats")]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table as lines: first column flush left, the others flush right.

    >>> print("\\n".join(table(["layer", "bound"], [["0", "1e-7"], ["1", "0"]])))
    layer  bound
    0       1e-7
    1          0
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(v.rjust(w) for v, w in zip(line[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for line in (head, *rows)
    ]


def bundle_lines(summary: Mapping[str, Any]) -> list[str]:
    """Return the trail, the counts before and after, and what units remain."""
    before, after = (summary[side]["counts"] for side in ("source", "target"))
    rows = [
        [name.replace("_", " "), str(before[name]), str(after[name])]
        for name in ("parameters", "hidden_units", "bases")
    ]
    units = (
        "ReLU^p and identity only"
        if summary["is_pure_relu"]
        else "ReLU^p, identity, and the source's base functions (SiLU or the like)"
    )
    return [
        *trail_lines(summary["trail"]),
        *table(["counts", "source", "target"], rows),
        f"units: {units}",
        f"form {summary['form']}, layout {summary['layout']}, {summary['dtype']}",
    ]


def verdict_headline(verdict: Verdict) -> str:
    """Return one sentence of what the kernel says."""
    if verdict.verdict == "valid":
        return verdict.claim
    if verdict.verdict == "holey":
        return f"{verdict.claim}, if {len(verdict.holes)} admitted steps hold"
    if verdict.judgement is None:
        return verdict.reason
    return f"judgement {verdict.judgement}: {verdict.reason}"


def verdict_lines(verdict: Verdict) -> list[str]:
    """Return which networks the kernel's verdict speaks of, and its admitted steps."""
    lines = [f"admitted: {hole}" for hole in verdict.holes]
    if verdict.verdict == "invalid" and verdict.claim:
        lines.append(f"the certificate claims: {verdict.claim}")
    if verdict.left:
        lines.append(f"left   {verdict.left}")
        lines.append(f"right  {verdict.right}")
    if verdict.file_sha256:
        lines.append(f"file   {verdict.file_sha256}")
    lines.append(f"kernel modules: {' '.join(verdict.modules)}")
    return lines


def outcome_headline(outcome: object) -> str:
    """Return the sentence of an outcome without its first word."""
    return str(outcome).partition(": ")[2]


def outcome_lines(outcome: object) -> list[str]:
    """Return what else a reader of an outcome should know."""
    lines: list[str] = []
    witness: Witness | None = getattr(outcome, "witness", None)
    if getattr(outcome, "epsilon", None) is not None:
        witness = None  # how small it is was asked, and answered
    if witness is not None and looks_like_rounding(witness):
        scale = _scale(witness)
        lines.append(
            f"this looks like rounding: at output {witness.output} the two differ by "
            f"{abs(witness.difference):.3g}, {abs(witness.difference) / scale:.1e} of "
            "the value; over the reals they differ all the same"
        )
    if getattr(outcome, "distance", None) is not None:
        lines += distance_lines(outcome.distance)  # type: ignore[attr-defined]
    opinion = getattr(outcome, "second_opinion", None)
    if opinion is not None:
        lines.append(str(opinion))
        lines += [f"DISAGREES: {words}" for words in opinion.disagreements]
    return lines


def looks_like_rounding(witness: Witness) -> bool:
    """Return whether the difference is as small as float rounding makes it."""
    return abs(witness.difference) < ROUNDING * _scale(witness)  # NaN is not


def _is_one_sided(witness: Witness) -> bool:
    return witness.left is None or witness.right is None


def _scale(witness: Witness) -> float:
    sides = (witness.left, witness.right)
    return max([abs(float(v)) for v in sides if v is not None] + [1e-300])


def outcome_data(outcome: Any) -> dict[str, Any]:
    """Return an outcome as plain data: ``verdict`` first; numbers exact, as text.

    Values that are known only within an enclosure are pairs of exact ends; where one
    side is not defined, its value is ``undefined`` and the difference is null.
    """
    data: dict[str, Any] = {"verdict": outcome.verdict}
    for name in ("statement", "reason"):
        if hasattr(outcome, name):
            data[name] = getattr(outcome, name)
    witness: Witness | None = getattr(outcome, "witness", None)
    if witness is not None:
        data |= {
            "point": [str(v) for v in witness.point],
            "output": witness.output,
            "left": _ends(witness.left),
            "right": _ends(witness.right),
            "difference": None if _is_one_sided(witness) else witness.difference,
            "looks_like_rounding": looks_like_rounding(witness),
        }
    if getattr(outcome, "epsilon", None) is not None:
        data["epsilon"] = str(outcome.epsilon)
    if getattr(outcome, "distance", None) is not None:
        data["distance"] = distance_data(outcome.distance)
    if getattr(outcome, "second_opinion", None) is not None:
        data["second_opinion"] = asdict(outcome.second_opinion)
    return data


def _ends(value: Number | None) -> str | list[str]:
    if value is None:
        return "undefined"
    if isinstance(value, Enclosure):
        return [str(value.lower), str(value.upper)]
    return str(value)
