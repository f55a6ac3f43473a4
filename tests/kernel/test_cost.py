"""Ceilings of the words that the kernel writes: the same on every machine."""

from __future__ import annotations

import random
import struct
from fractions import Fraction
from math import gcd, lcm

import pytest

from kan_equiv.kernel import check, work
from tests.kernel.builder import Builder, jump_matrix

F = Fraction


def float32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def grids(n, count, rng):
    """Per-input float32 knots, never quite equidistant."""
    for _ in range(n):
        start, step = rng.uniform(-1.2, -0.8), rng.uniform(0.2, 0.3)
        yield [F(float32(start + step * j)) for j in range(count)]


def change_of_basis(n, degree, count):
    b = Builder()
    knots = list(grids(n, count, random.Random(0)))
    splines = b.bank([b.bspline(t, degree) for t in knots], list(range(n)))
    hinges = b.bank([b.powers([(s, degree) for s in t]) for t in knots], list(range(n)))
    blocks = [b.matrix(jump_matrix(t, degree)) for t in knots]
    grid = b.add("block_diagonal", blocks=blocks, block_of=list(range(n)))
    size = n * (count - degree - 1)
    zero = b.integers([size], [0] * size)
    return b.equal(n, [splines], [hinges, b.affine(grid, zero)])


def composed_layer(n, m, degree, count):
    """C (M h) against one exact matrix over a denominator per column."""
    rng, b = random.Random(1), Builder()
    knots = list(grids(n, count, rng))
    hinges = b.bank([b.powers([(s, degree) for s in t]) for t in knots], list(range(n)))
    matrices = [jump_matrix(t, degree) for t in knots]
    blocks = [b.matrix(rows) for rows in matrices]
    grid = b.add("block_diagonal", blocks=blocks, block_of=list(range(n)))
    size = count - degree - 1
    weights = [float32(rng.gauss(0, 0.1)) for _ in range(n * m * size)]
    mask = [float(rng.random() > 0.1) for _ in range(n * m)]
    factors = (b.floats([n, m, size], weights), "iok"), (b.floats([n, m], mask), "io")
    dense = b.dense(m, n, size, *factors)
    columns, dens = [], []
    for i, rows in enumerate(matrices):
        edges = [
            [int(F(w) * 2**60) if mask[i * m + o] else 0 for w in weights[s : s + size]]
            for o in range(m)
            for s in [(i * m + o) * size]
        ]
        for j in range(count):
            jumps = [(k, row[j]) for k, row in enumerate(rows) if row[j]]
            d = lcm(*[q.denominator for _, q in jumps])
            column = [sum(int(q * d) * e[k] for k, q in jumps) for e in edges]
            common = gcd(d * 2**60, *column)
            columns.append([v // common for v in column])
            dens.append(d * 2**60 // common)
    flat = [column[o] for o in range(m) for column in columns]
    product = b.dense(m, n, count, (b.integers([m, n * count], flat, dens), "oc"))
    bias = b.floats([m], [float32(rng.random()) for _ in range(m)])
    chain = b.add("composition", maps=[grid, dense])
    return b.equal(
        n, [hinges, b.affine(chain, bias)], [hinges, b.affine(product, bias)]
    )


def spent(data):
    """The words counted, as a part of what a file of this size may spend."""
    verdict = check(data)
    assert (verdict.verdict, verdict.reason) == ("valid", "")
    allowed = work.ALLOWANCE + work.PER_BYTE * len(data)
    return (allowed - work.PURSE.left) / allowed


@pytest.mark.parametrize(
    ("n", "degree", "count", "limit"),
    [(64, 1, 11, 0.006), (64, 3, 15, 0.015), (256, 3, 15, 0.035)],
)
def test_many_grids(n, degree, count, limit):
    assert spent(change_of_basis(n, degree, count)) < limit


def test_a_composed_layer():
    assert spent(composed_layer(64, 64, 3, 15)) < 0.007


def one_grid(n):
    b = Builder()
    knots = [F(k, 3) for k in range(15)]
    spline = b.bank([b.bspline(knots, 3)], [0] * n)
    hinges = b.bank([b.powers([(t, 3) for t in knots])], [0] * n)
    block = b.matrix(jump_matrix(knots, 3))
    grid = b.add("block_diagonal", blocks=[block], block_of=[0] * n)
    zero = b.integers([n * 11], [0] * (n * 11))
    return b.equal(n, [spline], [hinges, b.affine(grid, zero)])


def test_one_grid_is_proved_once():
    """A thousand inputs on one grid cost far less than a thousand grids."""
    assert spent(one_grid(1000)) < 200 * spent(one_grid(1))
