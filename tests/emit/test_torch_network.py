from __future__ import annotations

import copy
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch

import kan_equiv as ke
from kan_equiv.emit.cost_model import choose_backend
from kan_equiv.errors import ValidationError
from kan_equiv.ir import KnotVector, Network
from tests.emit.grids import equispaced, layers, linspace32
from tests.networks import CHECKPOINTS, golden, kan

# The fourth, triton, has a test of its own: it needs a GPU or its interpreter.
BACKENDS = ("aten", "gather", "chunked")
GRIDS: dict[str, Callable[[int], KnotVector]] = {
    "equispaced": lambda p: equispaced(6, p, Fraction(-1), Fraction(1)),
    "float32": lambda p: linspace32(6, p, -1, 1),
    "adaptive": lambda p: KnotVector.of(
        np.float32(np.cumsum([0.01, 2, 0.1, 0.02, 1, 0.3, 0.2, 3, 1][: 5 + p])).tolist()
    ),
}


def source(grid: str, degree: int, sizes: tuple[int, ...] = (3, 4, 2)) -> Network:
    return layers(sizes, GRIDS[grid](degree), degree, seed=degree)


def modules(network: Network, dtype: str = "float64") -> dict[str, torch.nn.Module]:
    conversion = ke.convert(network, "local")
    out = {b: ke.emit.torch_module(conversion, dtype, backend=b) for b in BACKENDS}
    out["chunked"].rows = 3
    return out


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_backends_and_their_gradients_agree(grid: str, degree: int) -> None:
    network = source(grid, degree)
    found = modules(network)
    torch.manual_seed(degree)
    points = torch.randn(17, 3, dtype=torch.float64) * 2
    results: dict[str, list[torch.Tensor]] = {}
    for name, module in found.items():
        x = points.clone().requires_grad_()
        y = module(x)
        y.square().sum().backward()
        grads = [p.grad for p in module.parameters() if p.grad is not None]
        assert len(grads) == len(list(module.parameters()))
        assert x.grad is not None
        results[name] = [y.detach(), x.grad, *grads]
    for name in ("gather", "chunked"):
        for a, b in zip(results["aten"], results[name], strict=True):
            assert torch.allclose(a, b, rtol=1e-9, atol=1e-10), name
    exact = [network.to_float(p) for p in points.tolist()]
    assert np.allclose(results["aten"][0].numpy(), exact, rtol=1e-10, atol=1e-11)
    aten = copy.deepcopy(found["aten"])
    small = points[:2].clone().requires_grad_()
    assert torch.autograd.gradcheck(aten, (small,))


@pytest.mark.parametrize("grid", GRIDS)
def test_cells_are_found_at_knots_and_next_to_them(grid: str) -> None:
    network = source(grid, 3, (1, 2))
    spline = network.stages[0].bases[0].parts[0]
    t = torch.tensor([float(v) for v in spline.knots.knots], dtype=torch.float32)
    points = torch.cat([t, t.nextafter(t + 1), t.nextafter(t - 1)])[:, None]
    found = modules(network, "float32")
    for point, row in zip(points.tolist(), found["gather"](points), strict=True):
        exact = network.to_float(point)
        assert row.tolist() == pytest.approx(exact, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("grid", GRIDS)
def test_unusual_inputs(grid: str, backend: str) -> None:
    module = modules(source(grid, 3), "float32")[backend]
    assert module(torch.zeros(3)).shape == (2,)
    assert module(torch.zeros(5, 7, 3)).shape == (5, 7, 2)
    assert module(torch.zeros(0, 3)).shape == (0, 2)
    assert module(torch.zeros(2, 0, 3)).shape == (2, 0, 2)
    assert module(torch.zeros(4, 3, dtype=torch.float64)).dtype == torch.float32
    strided = torch.randn(3, 6)
    assert torch.equal(module(strided.T), module(strided.T.contiguous()))
    x = torch.zeros(4, 3)
    x[1, 0], x[2, 1], x[3, 2] = torch.nan, 1e30, -1e30
    y = module(x)
    assert y[1].isnan().all()
    assert y[[0, 2, 3]].isfinite().all()
    assert torch.equal(y[0], module(torch.zeros(4, 3))[0])


def test_huge_inputs_overflow_one_sided_powers_only() -> None:
    conversion = ke.convert(layers([1, 1], linspace32(4, 3, -1, 1), 3, silu=False))
    module = ke.emit.torch_module(conversion, "float64")
    huge = torch.tensor([[1e30], [1e200]], dtype=torch.float64)
    assert module(huge)[1].isnan().all()


def test_half_and_autocast_leave_the_knots_alone() -> None:
    module = modules(source("float32", 3), "float32")["aten"]
    x = torch.rand(8, 3) * 2 - 1
    before = module(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(module(x), before)
    halved = copy.deepcopy(module).half().to(torch.bfloat16)
    assert torch.equal(halved(x), before)
    assert all(t.dtype == torch.float32 for t in halved.state_dict().values())


@pytest.mark.parametrize("name", ["efficient_kan", "pykan_cubic"])
def test_precisions_are_as_good_as_they_say(name: str) -> None:
    data = golden(name)
    x, y = torch.tensor(data["x"]), data["y"]
    conversion = ke.convert(ke.load(CHECKPOINTS[name]), "local")
    scale = np.abs(y).max()
    errors: dict[str, float] = {}
    for precision in ke.emit.PRECISIONS:
        dtype = "float64" if precision == "float64" else "float32"
        module = ke.emit.torch_module(conversion, dtype, precision=precision)
        found = module(x.to(module.dtype)).detach().double().numpy()
        errors[precision] = np.abs(found - y).max() / scale
    assert errors["float64"] < 1e-12
    for split in ("float32", "float32x2", "tf32x3", "float16x3", "bfloat16x6"):
        assert errors[split] < 5e-6
    assert errors["bfloat16x3"] < 1e-4
    for one in ("tf32", "float16"):
        assert 1e-5 < errors[one] < 5e-3
    assert 1e-4 < errors["bfloat16"] < 5e-2


def test_coefficients_are_stored_in_the_precision() -> None:
    conversion = ke.convert(source("float32", 3), "local")
    module = ke.emit.torch_module(conversion, precision="bfloat16")
    formats = {k: t.dtype for k, t in module.state_dict().items()}
    for key, dtype in formats.items():
        is_weight = ".weight_" in key
        assert dtype == (torch.bfloat16 if is_weight else torch.float32)
    three = ke.emit.torch_module(conversion, precision="bfloat16x6")
    weights = [k for k in three.state_dict() if ".weight_" in k]
    assert len(weights) == 3 * len([k for k in formats if ".weight_" in k])


def test_gradients_pass_through_split_products() -> None:
    conversion = ke.convert(source("float32", 3), "local")
    whole = ke.emit.torch_module(conversion, backend="aten")
    for precision in ("tf32x3", "float16x3", "bfloat16x6"):
        module = ke.emit.torch_module(conversion, precision=precision)
        grads = []
        for m in (whole, module):
            x = torch.linspace(-1, 1, 12).reshape(4, 3).requires_grad_()
            m(x).sum().backward()
            grads.append(x.grad)
        # The leading terms alone, so as good as a product in the format itself.
        assert torch.allclose(*grads, rtol=2e-2, atol=2e-2)


# --- training ----------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW])
def test_fine_tuning_keeps_masks_and_grids(
    backend: str, optimizer: Callable[..., torch.optim.Optimizer]
) -> None:
    network = kan([2, 3, 2], degree=2, silu=False, masked=[(0, 0, 1), (1, 2, 0)])
    module = ke.emit.torch_module(
        ke.convert(network, "local"), "float32", backend=backend
    )
    before = {k: v.clone() for k, v in module.state_dict().items()}
    zero = {k: v == 0 for k, v in before.items() if ".weight_" in k}
    assert sum(int(z.sum()) for z in zero.values()) == 10
    module.train()
    steps = optimizer(module.parameters(), lr=0.05)
    x, target = torch.randn(32, 2), torch.randn(32, 2)
    losses = []
    for _ in range(5):
        steps.zero_grad()
        loss = (module(x) - target).square().mean()
        loss.backward()
        steps.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    after = module.eval().state_dict()
    for key, value in after.items():
        if ".weight_" in key:
            assert torch.equal(value == 0, zero[key])
            assert not torch.equal(value, before[key])
        elif ".bias_" not in key:
            assert torch.equal(value, before[key])
    trained = ke.emit.exact_network(module)
    for point in ([0.25, -0.5], [1.0, 2.0]):
        y = module(torch.tensor(point)).tolist()
        assert y == pytest.approx(trained.to_float(point), rel=1e-4, abs=1e-4)
    assert ke.prove(network, trained).is_refuted


def test_modules_of_other_origin_have_no_exact_network() -> None:
    with pytest.raises(ValidationError, match="emitted module"):
        ke.emit.exact_network(torch.nn.Linear(1, 1))


# --- the rule ----------------------------------------------------------------------


def test_the_backend_follows_the_rule_and_can_be_overridden() -> None:
    few = ke.convert(layers([2, 2], linspace32(5, 3, -1, 1), 3), "local")
    many = ke.convert(layers([2, 2], linspace32(20, 3, -1, 1), 3), "local")
    assert ke.emit.torch_module(few).backend == "aten"
    assert ke.emit.torch_module(many).backend == "gather"
    assert ke.emit.torch_module(many, precision="bfloat16").backend == "aten"
    assert ke.emit.torch_module(many, backend="aten").backend == "aten"
    huge = ke.emit.torch_module(few, batch=1 << 24)
    assert (huge.backend, huge.rows % 64) == ("chunked", 0)
    with pytest.raises(ValidationError, match="backend must be"):
        ke.emit.torch_module(few, backend="cuda")
    single = ke.emit.plan(few).program
    assert choose_backend(single, "cuda", 1 << 14).backend == "triton"
    double = ke.emit.plan(few, "float64").program
    assert choose_backend(double, "cuda", 1 << 20).backend == "aten"
    assert choose_backend(double, "cpu", 1 << 20).backend == "chunked"
    program = ke.emit.plan(many).program
    assert "0.17 of the splines" in choose_backend(program).reason


@pytest.mark.parametrize(("backend", "grid"), [*zip(BACKENDS, GRIDS, strict=True)])
def test_compiles_as_one_graph(backend: str, grid: str) -> None:
    torch.compiler.reset()
    module = modules(source(grid, 3), "float32")[backend]
    compiled = torch.compile(module, fullgraph=True, backend="eager")
    for batch in (2, 6, 5):
        x = torch.randn(batch, 3)
        assert torch.allclose(compiled(x), module(x), atol=1e-5)


def test_vmap_and_copies() -> None:
    module = modules(source("float32", 3), "float32")["aten"]
    x = torch.randn(4, 3)
    y = torch.func.vmap(copy.deepcopy(module))(x)
    assert torch.allclose(y, module(x), atol=1e-6)
