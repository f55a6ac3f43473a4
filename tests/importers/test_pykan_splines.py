from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from kan.spline import B_batch

from kan_equiv.importers.pykan_splines import pykan_basis, repeated_knot_splines
from kan_equiv.ir import BSplineBasis, KnotVector


def compare(row: list[int], degree: int) -> None:
    """On a lattice that meets every knot; 1e-12 is float64 with divisions."""
    functions = pykan_basis(KnotVector.of(row), degree).functions()
    x = torch.arange(-2, 26, dtype=torch.float64)[:, None] / 4
    grid = torch.tensor([row], dtype=torch.float64)
    values = B_batch(x, grid, k=degree)[:, 0].numpy()
    for point, expected in zip(x[:, 0].tolist(), values, strict=True):
        exact = [float(f(Fraction(point))) for f in functions]  # type: ignore[arg-type]
        assert np.allclose(exact, expected, rtol=0, atol=1e-12)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 6), min_size=5, max_size=9).map(sorted), st.data())
def test_any_knots(row: list[int], data: st.DataObject) -> None:
    compare(row, data.draw(st.integers(1, 3)))


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("row", [[0, 1, 2, 3, 3, 4, 5, 6], [0, 0, 0, 1, 2, 3, 3, 3]])
def test_knots_at_the_ends_and_inside(row: list[int], degree: int) -> None:
    compare(row, degree)


def test_the_textbook_differs() -> None:
    knots = KnotVector.of([0, 1, 2, 3, 3, 4, 5, 6])
    textbook = tuple(f.pieces for f in BSplineBasis(knots, 3).functions())
    ours = repeated_knot_splines(knots, 3)
    assert [a == b for a, b in zip(textbook, ours, strict=True)] == [False] * 4


def test_equal_knots_everywhere_leave_nothing() -> None:
    functions = repeated_knot_splines(KnotVector.of([1] * 8), 2)
    assert len(functions) == 5
    assert all(f.is_zero for f in functions)
