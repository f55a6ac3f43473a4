"""Curves as SVG: control points to pixels, rounded to a hundredth, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kan_equiv.exact.rational import about, to_float
from kan_equiv.ir.curve_family import curve_of
from kan_equiv.ir.curves import Dot, Segment, drawn_interval
from kan_equiv.ir.univariate import Univariate

__all__ = ["Frame", "dots_path", "run_path", "ticks_path", "univariate_svg"]

_COMMANDS = {1: "L", 2: "Q", 3: "C"}


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a rectangle of the plane lies in a picture of width x height pixels.

    Attributes:
        x: the two ends that are drawn at the left and right margin.
        y: the two ends that are drawn at the lower and upper margin.
    """

    x: tuple[Fraction, Fraction]
    y: tuple[Fraction, Fraction]
    width: int = 240
    height: int = 120
    margin: int = 8

    @classmethod
    def over(
        cls,
        x: tuple[Fraction, Fraction],
        y: tuple[Fraction, Fraction],
        width: int = 240,
        height: int = 120,
        margin: int = 8,
    ) -> Frame:
        """Return the frame of a rectangle; one without height gets some.

        >>> one = Fraction(1)
        >>> frame = Frame.over((-one, one), (-one, one))
        >>> frame.point(-one, -one), frame.point(one, one)
        ('8 112', '232 8')
        """
        low, high = y
        if low == high:
            low, high = low - 1, high + 1
        return cls(x, (low, high), width, height, margin)

    def point(self, x: Fraction, y: Fraction) -> str:
        """Return a point's pixels."""
        return f"{self.across(x)} {self.down(y)}"

    def across(self, x: Fraction) -> str:
        """Return the pixel column of an abscissa."""
        lo, hi = self.x
        return pixels(
            self.margin + (x - lo) * (self.width - 2 * self.margin) / (hi - lo)
        )

    def down(self, y: Fraction) -> str:
        """Return the pixel row of an ordinate."""
        lo, hi = self.y
        return pixels(
            self.height
            - self.margin
            - (y - lo) * (self.height - 2 * self.margin) / (hi - lo)
        )


def pixels(value: Fraction) -> str:
    """Return a number to a hundredth, without what need not be written.

    >>> pixels(Fraction(1, 3)), pixels(Fraction(5)), pixels(Fraction(-1, 1000))
    ('.33', '5', '0')
    """
    text = f"{to_float(value):.2f}".rstrip("0").rstrip(".")
    if text in ("", "-0"):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def run_path(runs: Iterable[Sequence[Segment]], frame: Frame) -> str:
    """Return the path data of a curve: one L, Q or C for each segment."""
    parts: list[str] = []
    for run in runs:
        first = run[0]
        parts.append(f"M{frame.point(first.lo, first.ordinates[0])}")
        for segment in run:
            points = [frame.point(x, y) for x, y in segment.points[1:]]
            parts.append(_COMMANDS[len(points)] + " ".join(points))
    return "".join(parts)


def dots_path(dots: Iterable[Dot], frame: Frame) -> str:
    """Return path data that a round line cap turns into dots."""
    return "".join(f"M{frame.point(d.x, d.y)}h0" for d in dots)


def ticks_path(at: Iterable[Fraction], frame: Frame, length: int = 4) -> str:
    """Return path data of short strokes at the lower edge."""
    return "".join(f"M{frame.across(t)} {frame.height}v-{length}" for t in at)


def univariate_svg(f: Univariate, width: int = 360, height: int = 180) -> str:
    """Return a plot of one function as a self-contained SVG, in the text's colour."""
    curve = curve_of(f, *drawn_interval([f]))
    low, high = curve.span or (Fraction(0), Fraction(0))
    frame = Frame.over((curve.lo, curve.hi), (low, high), width, height)
    label = (
        f"function of x from {about(curve.lo, 3)} to {about(curve.hi, 3)}, values in "
        f"[{about(low, 3)}, {about(high, 3)}], {len(curve.hinges)} hinges"
    )
    line = 'fill="none" stroke="currentColor"'
    axis = (
        f'<path {line} opacity=".3" d="M0 {frame.down(Fraction(0))}H{width}"/>'
        if low < 0 < high
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">{axis}'
        f'<path {line} opacity=".5" d="{ticks_path(f.breakpoints, frame)}"/>'
        f'<path {line} stroke-width="1.5" d="{run_path(curve.runs, frame)}"/>'
        f'<path {line} stroke-width="5" stroke-linecap="round" '
        f'd="{dots_path((*curve.hinges, *curve.values), frame)}"/></svg>'
    )
