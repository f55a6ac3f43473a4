"""Multiplication nodes as layers of squares: exact, proved, emitted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, log2

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv.errors import CertificateError
from kan_equiv.ir import Affine, Bank, MonomialBasis, Network, Product
from kan_equiv.prover.certify import certify_equal, links_of
from kan_equiv.rules.derivation import Derivation
from kan_equiv.rules.product_to_squares import product_to_squares
from kan_equiv.testing.strategies import products
from tests.networks import CHECKPOINTS, golden, kan, rational_points

F = Fraction
MULT = ke.load(CHECKPOINTS["pykan_mult"])


@settings(deadline=None)
@given(stage=products(max_arity=6), form=st.sampled_from(["hinge", "local", "kan"]))
def test_products_of_any_arity(stage: Product, form: str) -> None:
    network = Network(stage.inputs, (stage,))
    conversion = ke.convert(network, form)
    assert conversion.prove().is_proved
    for x in rational_points(network, 3):
        assert network(x) == conversion.target(x)
    banks = [s for s in conversion.compact.stages if isinstance(s, Bank)]
    squares = [b for b in banks if MonomialBasis((2,)) in b.bases]
    assert len(squares) == ceil(log2(stage.arity))


@settings(deadline=None, max_examples=20)
@given(stage=products(max_inputs=3, max_arity=3))
def test_products_on_boxes_and_against_near_misses(stage: Product) -> None:
    network = Network(stage.inputs, (stage,))
    conversion = ke.convert(network, "kan", domain=ke.Box(-1, 2))
    assert conversion.prove().is_proved
    if stage.arity > 1:  # what is left has units
        assert ke.prove(network, ke.convert(network).target).is_proved
    first, *others = stage.groups
    other = Network(stage.inputs, (Product(((*first, 0), *others), stage.inputs),))
    assert isinstance(ke.prove(network, other), ke.Refuted)


@pytest.mark.parametrize("form", ["hinge", "local"])
@pytest.mark.parametrize("layout", ["layers", "sequential"])
def test_a_trained_model_with_multiplication_nodes(form: str, layout: str) -> None:
    conversion = ke.convert(MULT, form, layout=layout)
    assert "product_to_squares" in [s.rule for s in conversion.steps]
    assert conversion.prove().is_proved
    data = golden("pykan_mult")
    module = ke.emit.torch_module(conversion, "float64")
    x = torch.tensor(data["x"], dtype=torch.float64)
    with torch.no_grad():
        y = module(x).numpy()
    assert np.abs(y - data["y"]).max() <= 1e-9 * np.abs(data["y"]).max()


def test_given_separately_it_is_found_in_normal_form() -> None:
    target = ke.convert(MULT, layout="sequential").target
    assert ke.prove(MULT, target).is_proved
    stages = list(target.stages)
    last = stages[-1]
    assert isinstance(last, Affine)
    rows = replace(last, bias=ke.mlp([([[0]], ["1/1000"])]).stages[0].bias)  # type: ignore[union-attr]
    changed = Network(target.in_features, (*stages[:-1], rows))
    assert isinstance(ke.prove(MULT, changed), ke.Refuted)


def test_products_around_which_all_is_equal() -> None:
    first, last = kan([2, 4], degree=1), kan([2, 1], degree=1, seed=1)
    product = Product(((0, 1, 2), (3,)), 4)
    left = Network(2, (*first.stages, product, *last.stages))
    hinges = ke.convert(first).target
    right = Network(2, (*hinges.stages, product, *last.stages))
    assert ke.prove(left, right).is_proved


def test_other_stages_stay() -> None:
    source = kan([2, 3, 1])
    assert product_to_squares(Derivation.start(source)).steps == ()


# --- near misses ------------------------------------------------------------------


def rejected(source: Network, derivation: Derivation) -> bool:
    try:
        certify_equal(source, derivation.target, links_of(derivation.steps))
    except CertificateError:
        return True
    return False


def test_wrong_squares_and_wrong_pairs_are_refused() -> None:
    source = Network(3, (Product(((0, 1, 2), (2,)), 3),))
    right = product_to_squares(Derivation.start(source))
    assert not rejected(source, right)
    product = source.stages[0]
    assert isinstance(product, Product)
    pairs, rest = product.in_pairs()
    wrong = [
        (replace(pairs, groups=((0, 0), (2,), (2,))), rest),
        (replace(pairs, groups=((0, 1), (1,), (2,))), rest),
    ]
    wrong.append((pairs, Product(((0, 1, 1), (2,)), 3)))
    wrong.append((pairs, Product(((0,), (2,)), 3)))
    for stages in wrong:
        for judgement in ("products_equal", "window_equal"):
            start = Derivation.start(source)
            assert rejected(
                source, start.then("split", 0, 1, stages, judgement=judgement)
            )
    pair = Network(2, (Product(((0, 1), (1,)), 2),))
    step = product_to_squares(Derivation.start(pair)).steps[0]
    first, bank, last = step.right
    assert isinstance(first, Affine)
    assert isinstance(last, Affine)
    assert isinstance(bank, Bank)
    cube = MonomialBasis((3,))
    table = last.weight.to_rational()
    for c in range(len(table.numerators)):
        numbers = list(table.numerators)
        numbers[c] += 1
        off = replace(table, numerators=tuple(numbers))
        weight = type(ke.mlp([([[1]], None)]).stages[0].weight).matrix(off)  # type: ignore[union-attr]
        changed = (first, bank, Affine(weight, last.bias))
        assert rejected(pair, Derivation.start(pair).then("off", 0, 1, changed))
    for b in range(len(bank.bases)):
        bases = tuple(cube if k == b else basis for k, basis in enumerate(bank.bases))
        changed = (first, Bank(bases, bank.basis_of), last)
        assert rejected(pair, Derivation.start(pair).then("off", 0, 1, changed))
