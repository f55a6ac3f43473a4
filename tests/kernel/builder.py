"""A tiny certificate writer, independent of kan_equiv: plain dicts to bytes."""

from __future__ import annotations

import hashlib
import json
import struct
from fractions import Fraction
from math import prod

FORMATS = {"float16": "e", "float32": "f", "float64": "d"}


def rat(value):
    return str(Fraction(value))


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def container(header, buffers):
    text = canonical(header)
    return b"KANEQUIV" + len(text).to_bytes(8, "little") + text + b"".join(buffers)


class Builder:
    """Objects are added one by one; each method returns the index of its object."""

    def __init__(self):
        self.objects, self.buffers, self.judgements = [], [], []
        self.claim = None
        self.format = "kan_equiv.certificate"

    def add(self, kind, **fields):
        self.objects.append({"type": kind, **fields})
        return len(self.objects) - 1

    def buffer(self, data):
        self.buffers.append(bytes(data))
        return len(self.buffers) - 1

    def floats(self, shape, values, dtype="float32", name="t"):
        shape = list(shape)
        if dtype == "bfloat16":
            data = b"".join(struct.pack("<f", v)[2:] for v in values)
        else:
            data = struct.pack(f"<{prod(shape)}{FORMATS[dtype]}", *values)
        b = self.buffer(data)
        return self.add("float_tensor", dtype=dtype, shape=shape, buffer=b, name=name)

    def integers(self, shape, values, denominators=(1,), width=None, name="t"):
        if width is None:
            width = max(v.bit_length() for v in values) // 8 + 1
        data = b"".join(v.to_bytes(width, "little", signed=True) for v in values)
        dens = [str(d) for d in denominators]
        b = self.buffer(data)
        return self.add(
            "integer_tensor",
            shape=list(shape),
            width=width,
            buffer=b,
            denominators=dens,
            name=name,
        )

    def rationals(self, rows):
        """An integer tensor of rank 2 (or 1) with one denominator per last index."""
        from math import lcm

        flat = not isinstance(rows[0], (list, tuple))
        table = [rows] if flat else rows
        table = [[Fraction(v) for v in row] for row in table]
        dens = [
            lcm(*(row[c].denominator for row in table)) for c in range(len(table[0]))
        ]
        values = [int(v * d) for row in table for v, d in zip(row, dens, strict=True)]
        shape = [len(dens)] if flat else [len(table), len(dens)]
        return self.integers(shape, values, dens)

    def dense(self, out, groups, width, *factors):
        return self.add(
            "dense",
            out=out,
            groups=groups,
            width=width,
            factors=[list(f) for f in factors],
        )

    def matrix(self, rows):
        """A dense map from a table of rationals."""
        return self.dense(len(rows), 1, len(rows[0]), (self.rationals(rows), "oc"))

    def affine(self, weight, bias):
        if isinstance(bias, (list, tuple)):
            bias = self.rationals(bias)
        return self.add("affine", weight=weight, bias=bias)

    def linear(self, rows, bias=None):
        return self.affine(self.matrix(rows), bias or [0] * len(rows))

    def bank(self, bases, basis_of):
        return self.add("bank", bases=bases, basis_of=basis_of)

    def bspline(self, knots, degree):
        return self.add("bspline", knots=[rat(t) for t in knots], degree=degree)

    def powers(self, terms):
        return self.add("truncated_power", terms=[[rat(t), d] for t, d in terms])

    def atoms(self, atoms):
        return self.add("atom", atoms=[[n, rat(a), rat(b)] for n, a, b in atoms])

    def pieces(self, *functions):
        listed = [
            {
                "breakpoints": [rat(t) for t in cuts],
                "pieces": [[rat(c) for c in piece] for piece in pieces],
                "values": [rat(v) for v in values],
            }
            for cuts, pieces, values in functions
        ]
        return self.add("piecewise", functions=listed)

    def ratios(self, *functions):
        """Functions as lists of terms (denominator, power, breakpoints, pieces)."""
        return self.add("rational", functions=[[*map(ratio, f)] for f in functions])

    def selection(self, indices, columns):
        return self.add("selection", indices=list(indices), columns=columns)

    def product(self, groups, columns):
        return self.add("product", groups=[list(g) for g in groups], columns=columns)

    def maximum(self, groups, columns):
        return self.add("maximum", groups=[list(g) for g in groups], columns=columns)

    def network(self, in_features, *stages):
        return self.add("network", in_features=in_features, stages=list(stages))

    def window(self, n, left, right, domain=(), **extra):
        kind = "window_admitted" if extra else "window_equal"
        return self.judge(
            kind, in_features=n, left=left, right=right, domain=box(domain), **extra
        )

    def judge(self, kind, **fields):
        self.judgements.append({"kind": kind, **fields})
        return len(self.judgements) - 1

    def equal(self, n, left, right, domain=()):
        """The whole certificate of one window that is both networks."""
        a, b = self.network(n, *left), self.network(n, *right)
        w = self.window(n, list(left), list(right), domain)
        self.compose(a, b, [[0, w, "forward"]], domain)
        return self.bytes()

    def compose(self, a, b, steps, domain=()):
        self.claim = {"kind": "equal", "left": a, "right": b, "domain": box(domain)}
        self.judge("composition", left=a, right=b, domain=box(domain), steps=steps)

    def header(self):
        listed = [
            {"bytes": len(b), "sha256": hashlib.sha256(b).hexdigest()}
            for b in self.buffers
        ]
        return {
            "format": self.format,
            "version": 1,
            "objects": self.objects,
            "buffers": listed,
            "claim": self.claim,
            "judgements": self.judgements,
            "metadata": {"tool": "tests"},
        }

    def bytes(self):
        return container(self.header(), self.buffers)


def ratio(term):
    denominator, power, cuts, pieces = term
    return {
        "denominator": [rat(c) for c in denominator],
        "power": power,
        "breakpoints": [rat(t) for t in cuts],
        "pieces": [[rat(c) for c in piece] for piece in pieces],
    }


def box(domain):
    """Ends are rationals, or "-inf" and "inf" as they stand."""
    return [[v if "inf" in str(v) else rat(v) for v in ends] for ends in domain]


def jump_matrix(knots, degree):
    """B_k = sum_j M[k][j] max(x - t_j, 0)^p for distinct knots: divided differences."""
    p, rows = degree, []
    for k in range(len(knots) - p - 1):
        row = [Fraction(0)] * len(knots)
        for j in range(k, k + p + 2):
            others = [knots[j] - knots[m] for m in range(k, k + p + 2) if m != j]
            row[j] = (
                (-1) ** (p + 1) * (knots[k + p + 1] - knots[k]) / Fraction(prod(others))
            )
        rows.append(row)
    return rows
