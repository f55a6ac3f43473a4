from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kan_equiv.errors import ValidationError
from kan_equiv.testing.floats import FORMATS, format_of


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
@given(data=st.data())
def test_rounding_and_neighbours_are_the_machine_s(
    name: str, data: st.DataObject
) -> None:
    kind, form = np.dtype(name).type, FORMATS[name]
    big = float(np.finfo(name).max) / 4
    exact = data.draw(st.fractions(Fraction(-big), Fraction(big)) | st.floats(-1, 1))
    exact = Fraction(exact)
    near = form.nearest(exact)
    if name == "float64":  # others would be rounded twice
        assert near == Fraction(float(exact))
    x = kind(float(near))
    assert Fraction(float(x)) == near
    below, above = form.neighbours(near)
    assert float(below) == float(np.nextafter(x, kind(-np.inf)))
    assert float(above) == float(np.nextafter(x, kind(np.inf)))
    assert abs(near - exact) <= min(abs(below - exact), abs(above - exact))
    assert float(form.largest) == np.finfo(name).max


@pytest.mark.parametrize("value", [1.0, -1.0, 0.0, 3.0, -0.375, 2.0**-133])
def test_bfloat16(value: float) -> None:
    x = torch.tensor(value, dtype=torch.bfloat16)
    form = FORMATS["bfloat16"]
    assert form.nearest(Fraction(value)) == Fraction(value)
    infinity = torch.tensor(torch.inf, dtype=x.dtype)
    ends = (torch.nextafter(x, sign * infinity) for sign in (-1, 1))
    assert [float(v) for v in form.neighbours(Fraction(value))] == [*map(float, ends)]
    assert float(form.largest) == torch.finfo(torch.bfloat16).max


def test_formats_by_any_name() -> None:
    for dtype in ("float32", np.float32, np.dtype("float32"), torch.float32):
        assert format_of(dtype)[0] == "float32"
    for wrong in ("int8", torch.int64, None):
        with pytest.raises(ValidationError, match="dtype"):
            format_of(wrong)
