"""Straight-line networks are what modules are over the reals, and compute in floats."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.emit import float_code as code
from kan_equiv.emit.straight_line import straight_line_network
from kan_equiv.emit.torch_values import ATOMS, values
from kan_equiv.emit.twin import exact_twin
from kan_equiv.errors import ValidationError
from kan_equiv.exact import FloatTensor
from kan_equiv.ir import Affine, Bank, Dense, Network, TruncatedPowerBasis
from kan_equiv.ir.straight_line import Builder, StraightLineBasis
from tests.emit.grids import equispaced, layers, linspace32
from tests.networks import CHECKPOINTS, kan

F = Fraction

OPERATIONS = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "relu": lambda a: np.maximum(a, a.dtype.type(0)),
    "absolute": np.abs,
    "negative": np.negative,
    "divided": lambda a: a,
}


def in_floats(program, x):
    """The program in numpy, one rounding an instruction; atoms by torch."""
    held = [x]
    for name, *rest in program:
        if name == "constant":
            held.append(np.full_like(x, float(rest[0])))
        elif name == "atom":
            z = torch.tensor(held[rest[0]])
            found = values("atom", 0, rest[1], {}, z.reshape(1, -1))
            held.append(found.reshape(-1).numpy())
        else:
            of = [held[r] for r in rest if isinstance(r, int)]
            held.append(OPERATIONS[name](*of))
    return held[-1]


def modules():
    grid = linspace32(5, 3, -1, 1)
    yield "spline", layers([3, 2], grid, 3), {}
    yield "cardinal", layers([2, 2], equispaced(4, 3, F(-1), F(1)), 3), {}
    yield "hat", layers([2, 2], linspace32(5, 1, -1, 1), 1), {}
    yield "quadratic", kan([2, 3, 2], degree=2, seed=3), {}
    hinge = layers([2, 2], linspace32(5, 1, -1, 1), 1)
    yield "power", hinge, {"to": "hinge", "dtype": "float32"}


MODULES = {
    name: ke.emit.torch_module(
        ke.convert(network, options.get("to", "local")), options.get("dtype")
    )
    for name, network, options in modules()
}


@pytest.mark.parametrize("name", MODULES)
def test_programs_compute_what_the_module_does_bit_for_bit(name: str) -> None:
    module = MODULES[name]
    layer = module.program().layers[0]
    network = straight_line_network(module.program())
    bank = network.stages[0]
    assert isinstance(bank, Bank)
    rng = np.random.default_rng(0)
    for group in layer.groups:
        for i, feature in enumerate(group.features):
            basis = bank.basis(feature)
            assert isinstance(basis, StraightLineBasis)
            x = rng.uniform(-3, 3, 400).astype(str(module.dtype)[6:])
            at = 0
            for part in group.parts:
                held = {
                    k: torch.tensor(
                        v[..., i : i + 1] if v.shape[-1] > 1 else v, dtype=module.dtype
                    )
                    for k, v in part.constants.items()
                }
                plain = part.kind == "atom" and (part.constants["slopes"] == 1).all()
                found = values(
                    part.kind,
                    part.degree,
                    part.name,
                    {} if plain else held,
                    torch.tensor(x)[:, None],
                )[:, :, 0].expand(-1, part.slots)
                for j in range(part.slots):
                    mine = in_floats(basis.programs[at], x)
                    assert np.array_equal(mine, found[:, j].numpy()), (part.kind, j)
                    at += 1


@pytest.mark.parametrize("name", [*MODULES, "pykan_cubic", "pykan_pwl"])
def test_over_the_reals_it_is_the_exact_twin(name: str) -> None:
    if name in MODULES:
        module = MODULES[name]
    else:
        module = ke.emit.torch_module(ke.convert(ke.load(CHECKPOINTS[name]), "local"))
    program = module.program()
    mine, twin = straight_line_network(program), exact_twin(program)
    assert isinstance(ke.prove(mine, twin), ke.Proved)


@pytest.mark.parametrize("precision", ["float32x2", "tf32x3", "bfloat16x6"])
def test_split_coefficients_add_up(precision: str) -> None:
    network = layers([2, 2], linspace32(3, 2, -1, 1), 2)
    module = ke.emit.torch_module(ke.convert(network, "local"), precision=precision)
    program = module.program()
    mine, twin = straight_line_network(program), exact_twin(program)
    for x in ([F(1, 3), F(-1, 7)], [F(5), F(0)]):
        pairs = zip(mine(x), twin(x), strict=True)
        assert all(abs(float(a) - float(b)) < 1e-25 for a, b in pairs)
    terms = len(next(iter(program.layers[0].weights.values())).terms)
    assert terms == int(precision[-1]) - (precision != "float32x2") - (
        2 if precision == "bfloat16x6" else 0
    )


@given(st.integers(0, 40), st.fractions(-3, 3))
def test_a_builder_writes_what_it_says(n: int, x: F) -> None:
    b = Builder()
    c = b.constant(F(n, 8))
    b.divided(b.multiply(b.maximum(0, c), b.relu(b.negative(0))), 3)
    basis = StraightLineBasis((b.program,))
    assert basis.evaluate(x) == [max(x, F(n, 8)) * max(-x, F(0)) / 3]


def test_jumps_and_other_backends_are_refused() -> None:
    step = Bank.of([TruncatedPowerBasis(((F(0), 0),))])
    line = Affine(
        Dense.matrix(FloatTensor.from_array(np.ones((1, 1), np.float32))),
        FloatTensor.from_array(np.zeros(1, np.float32)),
    )
    module = ke.emit.torch_module(Network(1, (step, line)), "float32")
    with pytest.raises(ValidationError, match="it has a jump"):
        code.float_code(module)
    hats = layers([2, 2], linspace32(30, 1, -1, 1), 1)
    gather = ke.emit.torch_module(ke.convert(hats, "local"), backend="gather")
    with pytest.raises(ValidationError, match="backend='gather'"):
        code.float_code(gather)
    with pytest.raises(ValidationError, match="got Linear"):
        code.float_code(torch.nn.Linear(2, 2))


def test_machines_that_do_not_do_what_is_assumed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = code.float_code(MODULES["spline"])
    code.check_machine(found)
    code.check_atoms(found, 8)
    with monkeypatch.context() as m:
        exact = torch.mm
        m.setattr(torch, "mm", lambda a, b: exact(a.bfloat16(), b.bfloat16()).float())
        with pytest.raises(ValidationError, match="products of matrices on device"):
            code.check_machine(found)
    with monkeypatch.context() as m:
        m.setattr(torch, "get_float32_matmul_precision", lambda: "high")
        with pytest.raises(ValidationError, match="float32_matmul_precision='high'"):
            code.check_machine(found)
    with monkeypatch.context() as m:
        m.setitem(
            ATOMS,
            "silu",
            lambda z: torch.nn.functional.silu(z) * (1 + 1e-5),
        )
        with pytest.raises(ValidationError, match="units roundoff, more than ulps=8"):
            code.check_atoms(found, 8)


def test_a_network_of_programs_is_a_network_like_any_other() -> None:
    network = straight_line_network(MODULES["hat"].program())
    assert isinstance(network, Network)
    assert isinstance(ke.prove(network, network), ke.Proved)
