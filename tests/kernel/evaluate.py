"""A second meaning of the objects: recursion over their dicts, in Fractions.

``b`` has ``objects`` and ``buffers``: a Builder, or the parts of a certificate. Atoms
are rounded to 60 digits, by mpmath.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from itertools import product
from math import prod

import mpmath

F = Fraction
DIGITS = 60
TOP = 100
"""Atoms beyond 2^TOP have no 60 digits after the point, and soon no memory either."""
BOTTOM = -20_000
"""Atoms below 2^BOTTOM are 0: no factor below 2^TOP brings them near 60 digits."""
ATOMS = {
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
    "exp": mpmath.exp,
    "gelu": lambda z: z * (1 + mpmath.erf(z / mpmath.sqrt(2))) / 2,
    "gaussian": lambda z: mpmath.exp(-z * z),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "log": mpmath.log,
    "sqrt": mpmath.sqrt,
}


class UndefinedError(ArithmeticError):
    """log or sqrt outside of its domain."""


SIZES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}
CODES = {"float16": "e", "float32": "f", "float64": "d"}


def tensor(b, index):
    """A dict from index tuples to Fractions."""
    o = b.objects[index]
    data, shape = b.buffers[o["buffer"]], o["shape"]
    count = prod(shape)
    if o["type"] == "integer_tensor":
        w, dens = o["width"], [int(d) for d in o["denominators"]]
        flat = []
        for k in range(count):
            n = int.from_bytes(data[k * w : (k + 1) * w], "little", signed=True)
            flat.append(F(n, dens[k % shape[-1]] if len(dens) > 1 else dens[0]))
    elif o["dtype"] == "bfloat16":
        flat = [
            F(struct.unpack("<f", b"\0\0" + data[2 * k : 2 * k + 2])[0])
            for k in range(count)
        ]
    else:
        flat = [F(v) for v in struct.unpack(f"<{count}{CODES[o['dtype']]}", data)]
    return dict(zip(product(*map(range, shape)), flat, strict=True))


def matrix(b, index):
    """Rows of Fractions."""
    o = b.objects[index]
    if o["type"] == "dense":
        rows = [[F(1)] * (o["groups"] * o["width"]) for _ in range(o["out"])]
        for reference, axes in o["factors"]:
            values = tensor(b, reference)
            for r, row in enumerate(rows):
                for c in range(len(row)):
                    where = {"o": r, "i": c // o["width"], "k": c % o["width"], "c": c}
                    row[c] *= values[tuple(where[a] for a in axes)]
        return rows
    if o["type"] == "selection":
        return [[F(c == i) for c in range(o["columns"])] for i in o["indices"]]
    if o["type"] == "block_diagonal":
        blocks = [matrix(b, o["blocks"][g]) for g in o["block_of"]]
        width, rows, left = sum(len(m[0]) for m in blocks), [], 0
        for m in blocks:
            for row in m:
                right = width - left - len(row)
                rows.append([F(0)] * left + row + [F(0)] * right)
            left += len(m[0])
        return rows
    if o["type"] == "interleave":
        parts, n = [matrix(b, p) for p in o["parts"]], o["inputs"]
        rows = []
        for r in range(len(parts[0])):
            row = []
            for i in range(n):
                for m in parts:
                    w = len(m[0]) // n
                    row += m[r][i * w : (i + 1) * w]
            rows.append(row)
        return rows
    result = matrix(b, o["maps"][0])
    for m in o["maps"][1:]:
        columns = list(zip(*result, strict=True))
        result = [
            [sum((x * y for x, y in zip(row, c, strict=True)), F(0)) for c in columns]
            for row in matrix(b, m)
        ]
    return result


class TooLargeError(ArithmeticError):
    """An atom's value is beyond 2^TOP."""


def bspline(t, k, p, x):
    if p == 0:
        return F(t[k] <= x < t[k + 1])
    up, down = t[k + p] - t[k], t[k + p + 1] - t[k + 1]
    left = (x - t[k]) / up * bspline(t, k, p - 1, x) if up else F(0)
    right = (t[k + p + 1] - x) / down * bspline(t, k + 1, p - 1, x) if down else F(0)
    return left + right


def atom(name, z):
    if (name == "log" and z <= 0) or (name == "sqrt" and z < 0):
        raise UndefinedError(f"{name}({z})")
    with mpmath.workdps(DIGITS + 20):
        value = ATOMS[name](mpmath.mpf(z.numerator) / z.denominator)
        sign, mantissa, exponent, bits = value._mpf_
    if exponent + bits > TOP:
        raise TooLargeError(f"{name} of {float(z):.3g}")
    if exponent + bits < BOTTOM:
        return F(0)
    return (-1) ** sign * F(mantissa) * F(2) ** exponent


def basis(b, index, x):
    """The values at x."""
    o = b.objects[index]
    kind = o["type"]
    if kind == "bspline":
        t, p = [F(s) for s in o["knots"]], o["degree"]
        return [bspline(t, k, p, x) for k in range(len(t) - p - 1)]
    if kind == "truncated_power":
        return [max(x - F(t), F(0)) ** d if d else F(x >= F(t)) for t, d in o["terms"]]
    if kind == "atom":
        return [atom(name, x * F(a) + F(c)) for name, a, c in o["atoms"]]
    if kind == "monomial":
        return [x**d for d in o["degrees"]]
    if kind == "rational":
        return [sum((ratio(t, x) for t in f), F(0)) for f in o["functions"]]
    if kind == "concatenation":
        return [v for part in o["bases"] for v in basis(b, part, x)]
    if kind == "local":
        t, p, values = [F(s) for s in o["knots"]], o["degree"], []
        for k, center in enumerate(o["centers"]):
            c = t[center]
            values += [max(min(x, c) - t[j], F(0)) ** p for j in range(k, center)]
            after = range(center + 1, k + p + 2)
            values += [max(t[j] - max(x, c), F(0)) ** p for j in after]
        return values
    values = []
    for f in o["functions"]:
        cuts = [F(t) for t in f["breakpoints"]]
        if x in cuts:
            values.append(F(f["values"][cuts.index(x)]))
        else:
            piece = f["pieces"][sum(t < x for t in cuts)]
            values.append(sum((F(c) * x**k for k, c in enumerate(piece)), F(0)))
    return values


def ratio(term, x):
    """The right piece holds at a breakpoint; 0 where the numerator's piece is 0."""
    cell = sum(F(t) <= x for t in term["breakpoints"])
    if not term["pieces"][cell]:
        return F(0)
    n, d = (
        sum((F(c) * x**k for k, c in enumerate(p)), F(0))
        for p in (term["pieces"][cell], term["denominator"])
    )
    return n / d ** term["power"]


def network(b, index, point):
    return stages(b, b.objects[index]["stages"], point)


def stages(b, word, point):
    values = [F(x) for x in point]
    for index in word:
        o = b.objects[index]
        if o["type"] == "affine":
            bias = tensor(b, o["bias"])
            values = [
                sum((w * x for w, x in zip(row, values, strict=True)), bias[r,])
                for r, row in enumerate(matrix(b, o["weight"]))
            ]
        elif o["type"] == "bank":
            chosen = [o["bases"][c] for c in o["basis_of"]]
            pairs = zip(chosen, values, strict=True)
            values = [v for g, x in pairs for v in basis(b, g, x)]
        elif o["type"] == "maximum":
            values = [max(values[i] for i in g) for g in o["groups"]]
        elif o["type"] == "product":
            values = [prod((values[i] for i in g), start=F(1)) for g in o["groups"]]
        else:
            joined = []
            for part in o["networks"]:
                n = b.objects[part]["in_features"]
                joined += network(b, part, values[:n])
                values = values[n:]
            values = joined
    return values
