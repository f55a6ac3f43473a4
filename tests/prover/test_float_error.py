"""Bounds of float errors: never violated, near the ideal, replayed by the kernel."""

from __future__ import annotations

import copy
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.certificate.encode import encode_network
from kan_equiv.emit.float_code import float_code
from kan_equiv.emit.straight_line import straight_line_network
from kan_equiv.errors import (
    CertificateError,
    DomainError,
    NotSeparableError,
    ValidationError,
)
from kan_equiv.exact import FloatTensor
from kan_equiv.exact.rational import to_text
from kan_equiv.ir import Affine, Bank, Dense, Network
from kan_equiv.ir.straight_line import StraightLineBasis
from kan_equiv.kernel import products, straightline
from kan_equiv.kernel.floats import BITS, Arithmetic
from kan_equiv.prover.float_error import FloatModel, bound_rounding
from tests.emit.grids import equispaced, layers, linspace32
from tests.networks import CHECKPOINTS, FAMILIES, family_path, kan

F = Fraction
UNIT = ke.Box(-1, 1)
CUBIC = layers([4, 3], linspace32(5, 3, -1, 1), 3, seed=1, silu=False)
SILU = layers([3, 4, 2], linspace32(4, 3, -1, 1), 3, seed=2)
HATS = layers([3, 3, 2], linspace32(6, 1, -1, 1), 1, seed=3, silu=False)
CARDINAL = layers([3, 3], equispaced(4, 3, F(-1), F(1)), 3, seed=4, silu=False)


def emitted(network: Network, **options: object) -> torch.nn.Module:
    return ke.emit.torch_module(ke.convert(network, "local"), **options)


def knots_and_corners(network: Network, dtype: torch.dtype, count: int) -> torch.Tensor:
    """Breakpoints, the floats beside them, corners of the box, and random points."""
    rng = np.random.default_rng(5)
    marks = {-1.0, 1.0, 0.0}
    for f in network.stages[0].basis(0).functions():  # type: ignore[union-attr]
        marks |= {float(t) for t in f.breakpoints if -1 <= t <= 1}
    t = torch.tensor(sorted(marks), dtype=dtype)
    up, down = torch.full_like(t, 2), torch.full_like(t, -2)
    near = torch.cat([t, torch.nextafter(t, up), torch.nextafter(t, down)])
    near = near.clamp(-1, 1).numpy()
    n = network.in_features
    picked = rng.choice(near, (count, n))
    drawn = rng.uniform(-1, 1, (count, n))
    return torch.tensor(np.concatenate([picked, drawn]), dtype=dtype)


def errors(
    module: torch.nn.Module, network: Network, x: torch.Tensor
) -> list[list[Fraction]]:
    found = module(x).detach().double().tolist()
    out: list[list[Fraction]] = []
    for row, values in zip(x.double().tolist(), found, strict=True):
        true = [
            v if isinstance(v, Fraction) else (v.lower + v.upper) / 2
            for v in network([F(u) for u in row])
        ]
        out.append([abs(F(a) - b) for a, b in zip(values, true, strict=True)])
    return out


@pytest.mark.parametrize(
    ("network", "precision", "form"),
    [
        (CUBIC, "float32", "local"),
        (CUBIC, "float64", "local"),
        (CUBIC, "tf32", "local"),
        (CUBIC, "bfloat16x3", "local"),
        (SILU, "float32", "local"),
        (SILU, "float16x3", "local"),
        (HATS, "float32", "local"),
        (HATS, "float32x2", "local"),
        (HATS, "float32", "hinge"),
        (CARDINAL, "float32", "local"),
        (CARDINAL, "float16", "local"),
        (CARDINAL, "float64", "hinge"),
    ],
)
def test_the_bound_is_not_violated(network: Network, precision: str, form: str) -> None:
    dtype = "float64" if precision == "float64" else "float32"
    module = ke.emit.torch_module(ke.convert(network, form), dtype, precision=precision)
    bound = ke.rounding_bound(module, network, UNIT)
    assert kernel.check(bound.certificate.data).verdict == "valid"
    x = knots_and_corners(network, module.dtype, 60)
    found = errors(module, network, x)
    for line in found:
        assert all(e <= b for e, b in zip(line, bound.upper, strict=True))
    assert max(map(max, found)) > 0
    parts = zip(bound.parameters, bound.arithmetic, strict=True)
    assert tuple(a + b for a, b in parts) == bound.upper


def ideal(module: torch.nn.Module, network: Network) -> list[float]:
    """gamma_K times the summed magnitudes, and the errors of the values, at the worst
    of many points of every input, and the parameters' rounding that is attained."""
    code = straight_line_network(module.program())  # type: ignore[operator]
    bank, affine = code.stages
    assert isinstance(bank, Bank)
    assert isinstance(affine, Affine)
    weight = np.abs(affine.weight.to_rational().to_float64())
    gamma = max(np.count_nonzero(weight, axis=1)) * 2.0**-24
    total = gamma * np.abs(affine.bias.to_float64())
    model, scale, start = Arithmetic("float32", 8), 1 << BITS, 0
    for i in range(code.in_features):
        basis = bank.basis(i)
        assert isinstance(basis, StraightLineBasis)
        texts = [
            [[to_text(a) if isinstance(a, F) else a for a in line] for line in program]
            for program in basis.programs
        ]
        programs = [straightline.decode(text) for text in texts]
        ready = [model.prepared(p) for p in programs]
        divisors = np.array([straightline.divisor(p) for p in programs])
        columns = weight[:, start : start + len(ready)] / divisors
        best = np.zeros(len(total))
        for step in range(-100, 101):
            x = step * scale // 100
            runs = [model.run(p, x, x) for p in ready]
            size = np.array([max(abs(a), abs(b)) / scale for a, b, _ in runs])
            off = np.array([e / scale for *_, e in runs])
            best = np.maximum(best, columns @ (gamma * size + off))
        total += best
        start += len(ready)
    moved = ke.distance(network, ke.emit.exact_network(module), UNIT).attained
    return [float(a) + float(b) for a, b in zip(total, moved, strict=True)]


@pytest.mark.parametrize("degree", [1, 3])
@pytest.mark.parametrize("width", [(1, 1), (6, 4)])
def test_single_layers_are_within_twice_the_ideal(
    degree: int, width: tuple[int, int]
) -> None:
    for grid in (linspace32(5, degree, -1, 1), equispaced(5, degree, F(-1), F(1))):
        network = layers(width, grid, degree, seed=degree, silu=False)
        module = emitted(network)
        bound = ke.rounding_bound(module, network, UNIT)
        for value, least in zip(bound.upper, ideal(module, network), strict=True):
            assert least * 0.99 <= value <= 2 * least


def test_its_parts_and_what_it_says() -> None:
    module = emitted(SILU)
    bound = ke.rounding_bound(module, SILU, UNIT, samples=20)
    assert bound.observed is not None
    assert 0 < bound.observed < bound.bound == max(bound.upper)
    assert len(bound.layers) == 2
    assert bound.layers[1].errors == bound.arithmetic
    first, second = str(bound).splitlines()
    assert "by float32 arithmetic; the largest error seen is" in first
    assert second == f"assumed: {'; '.join(bound.assumptions)}"
    assert any("SiLU and other atoms" in a for a in bound.assumptions)
    assert any("no TF32" in a for a in bound.assumptions)
    claim = kernel.check(bound.certificate.data).claim
    assert claim.startswith(
        "computed in floats, right differs from left over the reals"
    )
    assert "at every float32 point of the box [-1, 1]^3; IEEE float32" in claim
    assert "atoms within 8 units roundoff" in claim


def test_the_certificate_names_the_program_of_the_module() -> None:
    module = emitted(CUBIC)
    bound = ke.rounding_bound(module, CUBIC, UNIT)
    verdict = kernel.check(bound.certificate.data)
    assert verdict.right == float_code(module).digest
    with torch.no_grad():
        next(module.parameters())[0, 0] += 1e-6
    assert verdict.right != float_code(module).digest


def test_a_shallow_reduction_gives_less() -> None:
    module = emitted(SILU)
    deep = ke.rounding_bound(module, SILU, UNIT)
    shallow = ke.rounding_bound(module, SILU, UNIT, reduction_depth=5)
    assert shallow.bound < deep.bound
    assert "at most 5 additions deep" in kernel.check(shallow.certificate.data).claim
    same = ke.rounding_bound(module, SILU, UNIT, reduction_depth=10_000)
    assert same.upper == deep.upper


def test_finer_arithmetic_and_larger_boxes() -> None:
    single, double = emitted(CUBIC), emitted(CUBIC, dtype="float64")
    bounds = [ke.rounding_bound(m, CUBIC, UNIT).bound for m in (single, double)]
    assert bounds[1] < bounds[0] / 2**28
    wider = ke.rounding_bound(single, CUBIC, ke.Box(-4, 4))
    assert wider.bound >= bounds[0]


def test_exact_parameters_leave_arithmetic_alone() -> None:
    module = emitted(HATS, dtype="float64")
    code = straight_line_network(module.program())  # type: ignore[operator]
    bound = bound_rounding(code, code, FloatModel("float64"), UNIT)
    assert not any(bound.parameters)
    assert kernel.check(bound.certificate.data).verdict == "valid"


@pytest.mark.parametrize("name", ["cheby_kan", "jaxkan", "power_mlp", "wav_kan"])
def test_families_of_models(name: str) -> None:
    network = ke.load(family_path(name), **FAMILIES[name])
    conversion = ke.convert(network, "local")
    module = ke.emit.torch_module(conversion, "float32", backend="aten")
    bound = ke.rounding_bound(module, conversion, UNIT)
    verdict = kernel.check(bound.certificate.data)
    assert verdict.verdict == "valid"
    assert verdict.left == kernel.check(encode_network(network)).left
    x = torch.rand(40, network.in_features) * 2 - 1
    for line in errors(module, network, x):
        assert all(e <= b for e, b in zip(line, bound.upper, strict=True))


def test_the_network_alone_may_not_pair_up_and_the_conversion_does() -> None:
    network = ke.load(CHECKPOINTS["pykan_mult"])
    conversion = ke.convert(network, "local")
    module = ke.emit.torch_module(conversion, "float32", backend="aten")
    with pytest.raises(NotSeparableError, match="pass the conversion"):
        ke.rounding_bound(module, network, UNIT)
    bound = ke.rounding_bound(module, conversion, UNIT)

    def without_equality(h: dict) -> None:
        transfer = next(j for j in h["judgements"] if j["kind"] == "transfer")
        transfer["left_equal"] = []

    assert "does not lead" in changed(bound, without_equality).reason


def test_errors_that_grow_without_end_have_no_bound() -> None:
    x = sympy.Symbol("x", real=True)
    wave = ke.kan([[ke.from_sympy(1000 * sympy.sin(1000 * x), x)]])
    network = Network(1, wave.stages * 8)
    module = emitted(network, dtype="float64")
    with pytest.raises(CertificateError, match=r"beyond 2\^64 in layer 4 of 8"):
        ke.rounding_bound(module, network, UNIT)


def test_one_point_and_one_constant() -> None:
    at = ke.Box([("1/2", "1/2")] * 4)
    module = emitted(CUBIC)
    bound = ke.rounding_bound(module, CUBIC, at)
    found = errors(module, CUBIC, torch.full((1, 4), 0.5))
    assert max(found[0]) <= bound.bound <= ke.rounding_bound(module, CUBIC, UNIT).bound


def test_wide_values_may_overflow() -> None:
    module = emitted(CUBIC)
    with pytest.raises(CertificateError, match="may overflow"):
        ke.rounding_bound(module, CUBIC, ke.Box(-1, "1" + "0" * 38))
    bias = FloatTensor.from_array(np.full(3, 2e38, dtype=np.float32))
    near_the_end = Network(4, (CUBIC.stages[0], Affine(CUBIC.stages[1].weight, bias)))  # type: ignore[union-attr]
    with pytest.raises(CertificateError, match="a sum may overflow"):
        ke.rounding_bound(emitted(near_the_end), near_the_end, UNIT)


def test_boxes_without_ends_and_other_modules_are_refused() -> None:
    module = emitted(CUBIC)
    with pytest.raises(DomainError, match="bounded box"):
        ke.rounding_bound(module, CUBIC, ke.Box(0, float("inf")))
    with pytest.raises(ValidationError, match="an emitted module is needed"):
        ke.rounding_bound(torch.nn.Linear(4, 3), CUBIC, UNIT)
    with pytest.raises(ValidationError, match="shapes must agree"):
        ke.rounding_bound(module, SILU, UNIT)


# --- near misses ----------------------------------------------------------------------


def changed(bound: ke.RoundingBound, change: object) -> kernel.Verdict:
    header, buffers = unpack(bound.certificate.data)
    header.pop("buffers")
    header = copy.deepcopy(header)
    change(header)  # type: ignore[operator]
    return kernel.check(pack(header, buffers))


def test_a_bound_one_unit_below_what_the_kernel_finds_is_refused() -> None:
    module = emitted(CUBIC)
    bound = ke.rounding_bound(module, CUBIC, UNIT)
    header, _ = unpack(bound.certificate.data)
    judgement = header["judgements"][-1]
    model = products.Model("float32", "", 1, 8, 0)
    word = judgement["layers"][0]["stages"]
    box = ((F(-1), F(1)),) * 4
    true = products.added(bound.certificate.data, word, box, model, judgement["cuts"])

    def stated(values: list[Fraction]) -> object:
        def change(h: dict) -> None:
            h["judgements"][-1]["layers"][0]["errors"] = [to_text(v) for v in values]
            near = [F(v) for v in h["judgements"][0]["bounds"]]
            h["claim"]["epsilon"] = [
                to_text(a + b) for a, b in zip(values, near, strict=True)
            ]

        return change

    assert changed(bound, stated(true)).verdict == "valid"
    for o in range(3):
        less = [*true]
        less[o] *= 1 - F(1, 2**53)
        found = changed(bound, stated(less))
        assert found.verdict == "invalid"
        assert f"output {o}: the error may be larger" in found.reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("format", "float64", "does not show the claim"),
        ("values", "tf32", "does not show the claim"),
        ("ulps", 4, "does not show the claim"),
        ("depth", 3, "does not show the claim"),
    ],
)
def test_claim_and_judgement_speak_of_the_same_machine(
    field: str, value: object, reason: str
) -> None:
    bound = ke.rounding_bound(emitted(CUBIC), CUBIC, UNIT)

    def one(h: dict) -> None:
        h["claim"][field] = value

    def both(h: dict) -> None:
        h["claim"][field] = h["judgements"][-1][field] = value

    assert reason in changed(bound, one).reason
    other = changed(bound, both)
    if other.verdict == "valid":  # true of another machine, and says so
        assert other.claim != kernel.check(bound.certificate.data).claim
    else:
        assert field == "values"


def test_numbers_of_a_longer_format_are_refused() -> None:
    module = emitted(CUBIC, dtype="float64")
    code = straight_line_network(module.program())  # type: ignore[operator]
    with pytest.raises(CertificateError, match="no float32"):
        bound_rounding(CUBIC, code, FloatModel("float32"), UNIT)
    single = emitted(CUBIC).program()  # type: ignore[operator]
    code = straight_line_network(single)
    with pytest.raises(CertificateError, match="no bfloat16"):
        bound_rounding(CUBIC, code, FloatModel("float32", "bfloat16"), UNIT)


def test_copies_of_columns_must_be_copies() -> None:
    module = emitted(CUBIC, precision="tf32x3")
    code = straight_line_network(module.program())  # type: ignore[operator]
    right = FloatModel("float32", "tf32", 2)
    assert bound_rounding(CUBIC, code, right, UNIT).bound > 0
    with pytest.raises(CertificateError, match="copies of an input's functions differ"):
        bound_rounding(CUBIC, code, FloatModel("float32", "tf32", 3), UNIT)


def test_layers_ranges_and_distances_must_fit() -> None:
    bound = ke.rounding_bound(
        emitted(kan([2, 2, 1], seed=3)), kan([2, 2, 1], seed=3), UNIT
    )

    def judgement(h: dict) -> dict:
        return h["judgements"][-1]

    cases = [
        (lambda h: judgement(h)["layers"].pop(), "0 to 0 entries"),
        (lambda h: judgement(h)["layers"].pop(0), "make up the program"),
        (lambda h: judgement(h).update(within=[]), "nothing is cited"),
        (lambda h: judgement(h).update(within=[0]), "of other networks"),
        (lambda h: judgement(h)["layers"][0].update(range=[0]), "no range of it"),
        (lambda h: judgement(h)["layers"][0]["stages"].reverse(), "not chain"),
        (lambda h: h["claim"]["domain"].__setitem__(0, ["-2", "1"]), "show the claim"),
    ]
    for change, reason in cases:
        found = changed(bound, change)
        assert found.verdict == "invalid"
        assert reason in found.reason, (reason, found.reason)


def test_a_network_without_programs_has_no_bound() -> None:
    with pytest.raises(CertificateError, match="straight-line"):
        bound_rounding(CUBIC, CUBIC, FloatModel("float32"), UNIT)


def test_weights_that_are_no_floats() -> None:
    module = emitted(HATS, dtype="float64")
    code = straight_line_network(module.program())  # type: ignore[operator]
    stages = [*code.stages]
    size = stages[1].weight.in_features  # type: ignore[union-attr]
    matrix = np.full((3, size), 0.1)
    stages[1] = Affine(
        Dense.matrix(FloatTensor.from_array(matrix)),
        stages[1].bias,  # type: ignore[union-attr]
    )
    other = Network(code.in_features, tuple(stages))
    bound_rounding(other, other, FloatModel("float64"), UNIT)
    with pytest.raises(CertificateError, match="no float32"):
        bound_rounding(other, other, FloatModel("float32"), UNIT)
