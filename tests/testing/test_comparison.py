from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import kan_equiv as ke
from kan_equiv.errors import DomainError, ValidationError
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Box, Network
from kan_equiv.testing import assert_equivalent
from kan_equiv.testing.floats import FORMATS
from kan_equiv.testing.samples import samples_of
from tests.networks import CHECKPOINTS, kan

F = Fraction
BOX = Box(-1, 1)
EXACT = ke.mlp([([[1, -1]], [0]), ([[2]], [1])])


def right(x: np.ndarray) -> np.ndarray:
    return 2 * np.maximum(x[:, :1] - x[:, 1:], 0) + 1


def message(module: Any, reference: Network = EXACT, **options: Any) -> str:
    given = {"domain": BOX, "tolerance": 1e-9} | options
    with pytest.raises(AssertionError) as caught:
        assert_equivalent(reference, module, **given)
    return str(caught.value)


def pasted(text: str) -> tuple[str, Any]:
    """The ready-made test in a message, as source and as a function of ``module``."""
    source = text.partition("A test that keeps this case:\n\n")[2]
    name = re.search(r"def (test_\w+)\(\):", source)
    assert name is not None

    def run(module: Any) -> None:
        namespace: dict[str, Any] = {"module": module}
        exec(source, namespace)
        namespace[name[1]]()

    return source, run


def test_a_right_function_passes_and_is_not_called_proved() -> None:
    seen = assert_equivalent(EXACT, right, domain=BOX, tolerance=1e-12)
    assert seen.error <= 1e-12
    assert "not proved" in str(seen)
    assert seen.points > 150


def test_the_difference_is_computed_exactly() -> None:
    tiny = 2.0**-60
    text = message(lambda x: right(x) - tiny, tolerance=0)
    assert "largest" in text  # a float difference would be 0: 1 - 2^-60 rounds to 1
    third = ke.mlp([([[1]], [0]), ([["1/3"]], [0])])
    seen = assert_equivalent(
        third, lambda x: np.maximum(x, 0) / 3, domain=BOX, tolerance=1e-16
    )
    exact = third(seen.point)[0]
    assert seen.error == float(abs(F(seen.value) - exact)) > 0


def test_a_module_that_is_wrong_on_one_side_of_a_knot() -> None:
    """Wrong at x >= 0 only in the last bit: random points do not see it."""
    step = PiecewisePolynomial.truncated_power(F(1, 3), 0)
    reference = ke.kan([[step]])
    knot = float(F(1, 3))
    good = assert_equivalent(
        reference, lambda x: (x > knot).astype(float), domain=BOX, tolerance=0
    )  # the float next to 1/3 lies below it
    assert good.error == 0
    text = message(lambda x: (x >= knot).astype(float), reference, tolerance=0)
    assert "a knot of input 0" in text
    _, run = pasted(text)
    with pytest.raises(AssertionError):
        run(lambda x: (x >= knot).astype(float))
    run(lambda x: (x > knot).astype(float))


def test_the_pasted_test_fails_until_the_module_is_right() -> None:
    text = message(lambda x: right(x) + (x[:, :1] > 0.5) * 0.25)
    assert "further than 1e-09" in text
    source, run = pasted(text)
    assert "import numpy as np" in source
    run(right)
    with pytest.raises(AssertionError):
        run(lambda x: right(x) + 0.25)


def test_torch_modules_of_every_format() -> None:
    network = kan([2, 3, 1], degree=3, seed=2)
    conversion = ke.convert(network, "local")
    module = ke.emit.torch_module(conversion, dtype=torch.float32)
    seen = assert_equivalent(network, module, domain=Box(-4, 4), tolerance=1e-3)
    assert 0 < seen.error < 1e-3
    assert all(F(float(np.float32(float(x)))) == x for x in seen.point)
    text = message(module, network, domain=Box(-4, 4), tolerance=1e-12)
    source, run = pasted(text)
    assert "dtype=torch.float32" in source
    with pytest.raises(AssertionError):
        run(module)


def test_relative_tolerance_is_added() -> None:
    big = ke.mlp([([[1]], [0]), ([[10**6]], [10**6])])

    def off(x: np.ndarray) -> np.ndarray:
        return 10**6 * np.maximum(x, 0) * (1 + 1e-6) + 10**6

    assert_equivalent(big, off, domain=BOX, tolerance=0, relative_tolerance=1e-6)
    text = message(off, big, tolerance=0, relative_tolerance=1e-7)
    assert "1e-07 * abs(exact)" in text
    _, run = pasted(text)
    with pytest.raises(AssertionError):
        run(off)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_values_that_are_no_numbers_are_refused_by_name(bad: float) -> None:
    def module(x: np.ndarray) -> np.ndarray:
        return np.where(x[:, :1] == 1, bad, right(x))

    text = message(module, tolerance=1e9)
    assert f"returned {bad} at output 0" in text
    _, run = pasted(text)
    run(right)
    with pytest.raises(AssertionError):
        run(module)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (lambda x: right(x)[:, 0], r"returned \(1,\)"),
        (lambda x: right(x).T if len(x) > 1 else right(x), r"give shape \(2, 1\)"),
        (lambda x: np.hstack([right(x)] * 2), r"returned \(1, 2\)"),
    ],
)
def test_shapes_are_checked_in_batches_of_one_too(module: Any, words: str) -> None:
    assert re.search(words, message(module))


def test_what_depends_on_the_batch_is_found() -> None:
    text = message(lambda x: right(x) + (len(x) == 1))
    assert "in a batch of 1" in text


def test_a_module_is_left_as_it_was() -> None:
    linear = nn.Linear(2, 1)
    module = nn.Sequential(linear, nn.Dropout(0.9)).double()
    module[1].train(False)
    module[0].train(True)
    exact = ke.mlp([(linear.weight.detach().numpy(), linear.bias.detach().numpy())])
    assert_equivalent(exact, module, domain=BOX, tolerance=1e-12)
    assert [m.training for m in module.modules()] == [True, True, False]
    assert linear.weight.grad is None
    module.train()  # dropout is off while we look
    assert_equivalent(exact, module, domain=BOX, tolerance=1e-12)
    with torch.no_grad():
        assert_equivalent(
            exact, linear, domain=BOX, tolerance=1e-12, dtype=torch.float64
        )


def test_atoms_are_compared_with_enclosures() -> None:
    network = ke.load(CHECKPOINTS["pykan_float64"])
    module = ke.emit.torch_module(ke.convert(network, "local"), dtype=torch.float64)
    assert_equivalent(network, module, domain=BOX, tolerance=1e-9, samples=16)
    options = {"dtype": torch.float64, "samples": 8}
    message(lambda x: module(x) + 1e-3, network, **options)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"domain": Box(0, math.inf)}, DomainError, "bounded"),
        ({"domain": Box([(0, 1)])}, DomainError, "2 inputs"),
        ({"tolerance": -1}, ValidationError, "tolerance=-1"),
        ({"tolerance": math.nan}, ValidationError, "tolerance=nan"),
        ({"relative_tolerance": -1e-9}, ValidationError, "relative_tolerance"),
        ({"dtype": "int8"}, ValidationError, "int8"),
        ({"dtype": "bfloat16"}, ValidationError, "numpy has no bfloat16"),
        ({"domain": Box([("1/3", "1/3"), (0, 1)])}, DomainError, "float64"),
    ],
)
def test_wrong_arguments(options: Any, error: type, words: str) -> None:
    given = {"domain": BOX, "tolerance": 1e-9} | options
    with pytest.raises(error, match=words):
        assert_equivalent(EXACT, right, **given)
    with pytest.raises(ValidationError, match="callable"):
        assert_equivalent(EXACT, 3, domain=BOX, tolerance=0)


def test_points_are_numbers_of_the_format_around_every_knot() -> None:
    layer = kan([2, 1], intervals=4, degree=2, seed=1)
    for name in ("float16", "bfloat16", "float32", "float64"):
        form = FORMATS[name]
        box = Box(-3, 3).for_inputs(2)
        samples = samples_of(layer, box, form, 64, 0)
        assert len({s.point for s in samples}) == len(samples)
        for s in samples:
            assert s.point in box
            assert all(form.nearest(x) == x for x in s.point)
        bank = layer.stages[0]
        for i in range(2):
            seen = {s.point[i] for s in samples}
            for t in bank.basis(i).knots.breakpoints:  # type: ignore[union-attr]
                at = form.nearest(t)
                for x in (at, *form.neighbours(at)):
                    assert x in seen or not -3 <= x <= 3
        kinds = {s.where.partition(" of input")[0] for s in samples}
        assert {"random", "inside a cell", "cell vertex", "a knot"} <= kinds
