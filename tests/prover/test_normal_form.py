from __future__ import annotations

import copy
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.exact import FloatTensor, PiecewisePolynomial
from kan_equiv.ir import Affine, Bank, Box, Dense, MonomialBasis, Network
from kan_equiv.prover.normal_form import normal_form, plain_word, prove_by_normal_form
from kan_equiv.prover.outcome import Outcome, Proved, Refuted, Unknown
from kan_equiv.prover.question import Deadline, Question
from tests.disguise import disguised, layers_of, random_layers, to_network
from tests.networks import CHECKPOINTS, kan, rational_points

F = Fraction
SHAPES = st.sampled_from([(1, 3, 2), (2, 3, 3, 1), (3, 4, 2, 3, 2), (4, 5, 1)])


def by_normal_form(left: Network, right: Network, domain: Box | None = None) -> bool:
    """Whether the tactic proves it; the kernel has accepted what it returns."""
    box = None if domain is None else domain.for_inputs(left.in_features)
    outcome = prove_by_normal_form(Question(left, right, box))
    if isinstance(outcome, Proved):
        assert kernel.check(outcome.certificate.data).verdict == "valid"
        return True
    assert isinstance(outcome, Unknown)
    return False


@given(shape=SHAPES, degree=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_disguised_networks_are_proved(
    shape: tuple[int, ...], degree: int, seed: int
) -> None:
    layers = random_layers(shape, seed)
    left = to_network(layers, degree)
    right = to_network(disguised(layers, seed + 1, degree), degree)
    assert by_normal_form(left, right)
    for x in rational_points(left, 5, seed):
        assert left(x) == right(x)


@given(shape=SHAPES, degree=st.integers(1, 2), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_the_normal_form_is_the_same_function_and_its_own_normal_form(
    shape: tuple[int, ...], degree: int, seed: int
) -> None:
    layers = disguised(random_layers(shape, seed), seed, degree)
    network = to_network(layers, degree)
    form = normal_form(network)
    assert form is not None
    again = normal_form(form.word)
    assert again is not None
    assert again.word == form.word
    for x in rational_points(network, 8, seed):
        assert form.word(x) == network(x)


@given(seed=st.integers(0, 99), data=st.data())
@settings(max_examples=25)
def test_near_misses_of_disguises_are_not_proved(
    seed: int, data: st.DataObject
) -> None:
    layers = random_layers((2, 4, 3, 1), seed)
    wrong = disguised(layers, seed)
    kind = data.draw(st.sampled_from(["sign", "swap", "entry", "bias"]))
    l = data.draw(st.integers(0, 1))
    w, b = wrong[l]
    u = data.draw(st.integers(0, len(b) - 1))
    if kind == "sign":  # a scale that is not positive
        w[u], b[u] = -w[u], -b[u]
        wrong[l + 1][0][:, u] *= -1
    elif kind == "swap":  # a permutation of rows that columns do not follow
        v = (u + 1) % len(b)
        w[[u, v]] = w[[v, u]]
    elif kind == "entry":
        w[u, 0] += F(1, 10**30)
    else:
        b[u] += F(1, 10**30)
    left, right = to_network(layers), to_network(wrong)
    outcome = ke.prove(left, right, timeout=20)
    if isinstance(outcome, Proved):  # a dead unit was hit
        points = rational_points(left, 40, seed)
        assert all(left(x) == right(x) for x in points)
    else:
        assert isinstance(outcome, Refuted), str(outcome)
        assert kernel.check(outcome.certificate.data).verdict == "valid"


def test_units_may_be_turned_around() -> None:
    """relu(-z) = relu(z) - z, so two units and a linear part say the same."""
    left = ke.mlp(
        [([[1, 2], [1, 0]], [1, 0]), ([[2, 1], [1, 1]], [0, 1]), ([[1, 1]], None)]
    )
    w, b = [[-1, -2], [1, 0], [1, 2], [-1, -2]], [-1, 0, 1, -1]
    # 2 relu(z) = 2 relu(-z) + 2 z and z = relu(z) - relu(-z)
    v = [[1, 1, 2, -1], [0, 1, 1, 0]]
    right = ke.mlp([(w, b), (v, [0, 1]), ([[1, 1]], None)])
    assert by_normal_form(left, right)
    v[0][3] = -2
    wrong = ke.mlp([(w, b), (v, [0, 1]), ([[1, 1]], None)])
    assert not by_normal_form(left, wrong)
    assert isinstance(ke.prove(left, wrong), Refuted)


def test_linear_hidden_layers_are_multiplied_out() -> None:
    w1, w2, w3 = [[1, 2], [3, 4], [5, 6]], [[1, 0, 1], [0, 1, 1]], [[1, -1]]
    linear = Bank((MonomialBasis((1,)),), (0,) * 3)
    relu = ke.mlp([(w2, None), (w3, None)]).stages
    first = ke.mlp([(w1, [1, 1, 1])]).stages
    left = Network(2, (*first, linear, *relu))
    right = ke.mlp([([[6, 8], [8, 10]], [2, 2]), (w3, None)])
    assert by_normal_form(left, right)
    assert not by_normal_form(left, ke.mlp([([[6, 8], [8, 10]], [2, 1]), (w3, None)]))


def test_networks_that_are_constant_in_disguise() -> None:
    left = ke.mlp([([[1], [1]], [0, 0]), ([[1, -1]], [3]), ([[2]], [1])])
    right = ke.mlp([([[5]], [0]), ([[0]], [-1]), ([[1]], [7])])
    assert by_normal_form(left, right)
    assert not by_normal_form(left, ke.mlp([([[5]], [0]), ([[0]], [1]), ([[1]], [7])]))


def test_atoms_are_permuted_but_not_scaled() -> None:
    w, v = [[1, 2], [3, 4], [5, 7]], [[1, 2, 3], [4, 5, 6]]
    left = ke.mlp([(w, [1, 2, 3]), (v, None), ([[1, 1]], None)], activation="tanh")
    right = ke.mlp(
        [(w[::-1], [3, 2, 1]), ([r[::-1] for r in v][::-1], None), ([[1, 1]], None)],
        activation="tanh",
    )
    assert by_normal_form(left, right)
    scaled = ke.mlp(
        [([[2, 4], *w[1:]], [2, 2, 3]), (v, None), ([[1, 1]], None)], activation="tanh"
    )
    assert not by_normal_form(left, scaled)
    assert isinstance(ke.prove(left, scaled), Refuted)


@pytest.mark.parametrize(
    ("name", "linear", "constant"),
    [("silu", -1, 0), ("gelu", -1, 0), ("tanh", 0, 0), ("sigmoid", 0, 1)],
)
def test_atoms_are_turned_around(name: str, linear: int, constant: int) -> None:
    """name(-z) = s name(z) + linear z + constant, the linear part by relu."""
    s = 1 if linear else -1
    w, b = [[1, 2], [3, -1]], [1, 2]
    left = ke.mlp([(w, b), ([[1, 2]], [0]), ([[1]], None)], activation=name)
    (first, bank, last, *rest) = left.stages
    assert isinstance(first, Affine)
    assert isinstance(bank, Bank)
    same = Bank.of([bank.bases[0]] * 2 + [MonomialBasis((1,))])
    # The first unit is turned: s name(-z) = name(z) + s linear z + s constant
    turned = ([[-1, -2], [3, -1], [1, 2]], [-1, 2, 1])
    for shift, expected in [(0, True), (1, False)]:
        v = ([[s, 2, -s * linear]], [-s * constant + shift])
        before, after = (ke.mlp([pair]).stages[0] for pair in (turned, v))
        right = Network(2, (before, same, after, *rest))
        assert by_normal_form(left, right) is expected
    assert last.in_features == 2


@pytest.mark.parametrize("name", ["pykan_pwl", "pykan_cubic"])
def test_targets_of_trained_checkpoints_in_disguise(name: str) -> None:
    network = ke.load(CHECKPOINTS[name])
    target = ke.convert(network, layout="sequential").target
    form = normal_form(target)
    assert form is not None
    rng = np.random.default_rng(0)
    stages = list(target.stages)
    for l in range(1, len(stages) - 1, 2):
        before, bank, after = stages[l - 1 : l + 2]
        assert isinstance(before, Affine) and isinstance(bank, Bank)  # noqa: PT018
        assert isinstance(after, Affine)
        order = rng.permutation(bank.in_features)
        (w, b), (v, c) = layers_of(Network(before.in_features, (before,))) + layers_of(
            Network(after.in_features, (after,))
        )
        stages[l - 1] = _affine(w[order], b[order])
        stages[l] = Bank.of([bank.basis(int(u)) for u in order])
        stages[l + 1] = _affine(v[:, order], c)
    other = Network(target.in_features, tuple(stages))
    assert other != target
    assert by_normal_form(target, other)
    assert by_normal_form(network, other)


def _affine(w: object, b: object) -> Affine:
    (stage,) = ke.mlp([(w, b)]).stages
    assert isinstance(stage, Affine)
    return stage


def test_hidden_nodes_of_a_kan_permuted() -> None:
    network = kan([2, 3, 2], degree=2, seed=5, silu=True)
    first, mix, second, out = network.stages
    assert isinstance(mix, Affine) and isinstance(second, Bank)  # noqa: PT018
    assert isinstance(out, Affine)
    order = [2, 0, 1]
    w, b = layers_of(Network(mix.in_features, (mix,)))[0]
    v, c = layers_of(Network(out.in_features, (out,)))[0]
    width = len(second.bases[0])
    columns = [i * width + k for i in order for k in range(width)]
    bank = Bank.of([second.basis(i) for i in order])
    stages = (first, _affine(w[order], b[order]), bank, _affine(v[:, columns], c))
    other = Network(2, stages)
    assert by_normal_form(network, other)
    assert isinstance(ke.prove(network, other), Proved)


# --- what hidden layers reach -----------------------------------------------------


def boxed() -> tuple[Network, Network, Box]:
    """On the box the second unit of layer 2 is active, its first one never."""
    first = ([[1, 2], [-1, 1]], [0, 0])
    left = ke.mlp(
        [first, ([[-1, -1], [1, 1], [1, -2]], [-1, 1, 0]), ([[3, 2, 1]], [5])]
    )
    w, b = [[0, 0], [1, 1], [1, -2]], [0, 0, 0]
    right = ke.mlp([first, (w, b), ([[1, 2, 1]], [7])])
    return left, right, Box(0, 1)


def test_units_that_never_bend_on_a_box() -> None:
    left, right, box = boxed()
    assert by_normal_form(left, right, box)
    outcome = ke.prove(left, right, domain=box)
    assert isinstance(outcome, Proved)
    header, _ = unpack(outcome.certificate.data)
    kinds = {j["kind"] for j in header["judgements"]}
    assert kinds == {"window_equal", "range", "composition"}


def test_a_unit_that_bends_at_one_corner_only() -> None:
    """relu(h - c), h up to 3 on the box, is 0 there for c = 3, and not for less."""
    box = Box(0, 1)
    first = ([[1, 2], [-1, 1]], [0, 0])
    nothing = ke.mlp([first, ([[1, 1]], [0]), ([[2]], None)])
    for bend, expected in [(F(-3), True), (F(-3) + F(1, 10**20), False)]:
        left = ke.mlp([first, ([[1, 1], [1, 0]], [0, bend]), ([[2, 5]], None)])
        assert by_normal_form(left, nothing, box) is expected
        outcome = ke.prove(left, nothing, domain=box)
        assert isinstance(outcome, Proved if expected else Refuted)
        if isinstance(outcome, Refuted):
            assert outcome.witness.point in box.for_inputs(2)
    assert not isinstance(ke.prove(left, nothing), Proved)


@given(seed=st.integers(0, 60), degree=st.integers(1, 2))
@settings(max_examples=15)
def test_disguised_on_a_box_with_units_that_never_bend(seed: int, degree: int) -> None:
    layers = random_layers((2, 3, 3, 1), seed)
    other = [(w.copy(), b.copy()) for w, b in disguised(layers, seed, degree)]
    w, b = other[1]
    never = w[:1] * 0 + F(1, 3), b[:1] * 0 - F(10**4)  # far below on the box
    other[1] = np.concatenate([w, never[0]]), np.append(b, never[1])
    other[2] = (
        np.concatenate([other[2][0], other[2][0][:, :1] + 1], axis=1),
        other[2][1],
    )
    left, right = to_network(layers, degree), to_network(other, degree)
    box = Box(-1, 1)
    assert by_normal_form(left, right, box)
    form = normal_form(left, box.for_inputs(2))
    assert form is not None
    for x in rational_points(left, 10, seed):
        y = [max(-1, min(1, v)) for v in x]
        assert form.word(y) == left(y)


def test_units_that_never_bend_on_all_of_space() -> None:
    """ReLU units are never negative, so a sum of them bends nothing."""
    first = ([[1, 2, 3], [0, 1, -1], [2, 0, 1]], [1, 2, 3])
    flat = ke.mlp([first, ([[1, 2, 4]], [2])])
    for bend, expected in [(F(0), True), (F(-1, 10**20), False)]:
        second = ([[1, 2, 3], [0, 0, 1]], [1, bend])
        deep = ke.mlp([first, second, ([[1, 1]], [1])])
        assert by_normal_form(deep, flat) is expected
        assert by_normal_form(flat, deep) is expected
        outcome = ke.prove(deep, flat)
        assert isinstance(outcome, Proved if expected else Refuted)


def test_relu_of_relu() -> None:
    first, same = (
        random_layers((4, 3), 5),
        np.array([[F(i == j) for j in range(3)] for i in range(3)]),
    )
    last = ([[1, -2, 3]], [0])
    once = ke.mlp([*first, last])
    twice = ke.mlp([*first, (same, None), last])
    assert by_normal_form(once, twice)
    same[2, 2] = F(-1)
    assert not by_normal_form(once, ke.mlp([*first, (same, None), last]))


def test_half_lines() -> None:
    rows = [[1, 2, 3], [4, 5, 6], [-1, 0, -2]]
    deep = ke.mlp(
        [(rows, [0, 0, 0]), ([[1, 1, 5], [1, 1, 1]], [0, 1]), ([[1, 1]], [0])]
    )
    flat = ke.mlp([([[10, 14, 18]], [1]), ([[1]], [0])])
    assert by_normal_form(deep, flat, Box(0, float("inf")))
    assert not by_normal_form(deep, flat, Box(F(-1, 10**9), float("inf")))
    assert isinstance(ke.prove(deep, flat), Refuted)


# --- certificates with premises ---------------------------------------------------


def certificate() -> tuple[dict[str, object], list[bytes]]:
    left, right, box = boxed()
    outcome = prove_by_normal_form(Question(left, right, box.for_inputs(2)))
    assert isinstance(outcome, Proved)
    header, buffers = unpack(outcome.certificate.data)
    header.pop("buffers")
    return header, buffers


def verdict(header: object, buffers: list[bytes]) -> str:
    return kernel.check(pack(header, buffers)).verdict  # type: ignore[arg-type]


def test_premises_cannot_be_left_out_or_exchanged() -> None:
    header, buffers = certificate()
    assert verdict(header, buffers) == "valid"
    steps = header["judgements"][-1]["steps"]  # type: ignore[index]
    citing = [n for n, step in enumerate(steps) if len(step) == 4]
    assert citing
    for n in citing:
        for wrong in ([], steps[n][3][:-1], steps[n][3] * 2, [steps[n][1]], None):
            other = copy.deepcopy(header)
            step = other["judgements"][-1]["steps"][n]  # type: ignore[index]
            step[3:] = [] if wrong is None else [wrong]
            assert verdict(other, buffers) == "invalid"


def test_every_bound_of_a_premise_counts() -> None:
    header, buffers = certificate()
    tried = 0
    judgements = header["judgements"]
    assert isinstance(judgements, list)
    for n, judgement in enumerate(judgements):
        if judgement["kind"] != "range":
            continue
        for key, step in (("bounds", 1), ("domain", -1)):
            for i, side in enumerate(judgement[key]):
                for end, sign in ((0, 1), (1, -1)):
                    moved = F(side[end]) + sign * step * F(1, 1 << 20)
                    other = copy.deepcopy(header)
                    other["judgements"][n][key][i][end] = str(moved)  # type: ignore[index]
                    # The window behind may hold on a larger box than what is reached.
                    if key == "domain" and n == 0:
                        continue
                    tried += 1
                    assert verdict(other, buffers) == "invalid", (n, key, i, end)
    assert tried >= 4


# --- limits -----------------------------------------------------------------------


def test_other_functions_have_other_normal_forms() -> None:
    left = to_network(random_layers((2, 3, 1), 1))
    right = to_network(random_layers((2, 3, 1), 2))
    outcome = prove_by_normal_form(Question(left, right))
    assert isinstance(outcome, Unknown)
    assert "layer 0" in outcome.reason


def test_jumps_have_no_plain_units() -> None:
    step = PiecewisePolynomial.truncated_power(F(0), 0)
    assert plain_word(ke.kan([[step]])) is None
    assert normal_form(ke.kan([[step]])) is None
    layer = ke.kan([[step]])
    assert prove_by_normal_form(Question(layer, layer)) is None


def test_no_time() -> None:
    network = to_network(random_layers((2, 3, 1), 1))
    other = to_network(disguised(random_layers((2, 3, 1), 1), 2))
    question = Question(network, other, None, Deadline.after(0))
    outcome: Outcome | None = prove_by_normal_form(question)
    assert outcome is None


def test_one_ulp_of_a_deep_float_weight() -> None:
    rng = np.random.default_rng(3)
    shapes = [(9, 4), (9, 9), (2, 9)]
    layers = [
        (rng.standard_normal(s).astype(np.float32), rng.standard_normal(s[0]))
        for s in shapes
    ]
    left = ke.mlp(layers)
    for l, (w, _) in enumerate(layers):
        changed = w.copy()
        changed[1, 2] = np.nextafter(changed[1, 2], np.float32(9))
        stages = list(left.stages)
        old = stages[2 * l]
        assert isinstance(old, Affine)
        weight = Dense.matrix(FloatTensor.from_array(changed))
        stages[2 * l] = Affine(weight, old.bias)
        right = Network(4, tuple(stages))
        assert not by_normal_form(left, right)
        assert isinstance(ke.prove(left, right), Refuted)
