from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given

from kan_equiv.certificate.container import unpack
from kan_equiv.certificate.decode import decode_objects
from kan_equiv.certificate.encode import encode_network
from kan_equiv.errors import NotSeparableError, ValidationError
from kan_equiv.exact import Enclosure
from kan_equiv.ir import Network, Product
from kan_equiv.ir.separable import separate
from kan_equiv.testing.strategies import products, rational_points

F = Fraction


@given(products())
def test_values_and_sizes(stage: Product) -> None:
    x = [F(3 * i + 2, i + 1) * (-1) ** i for i in range(stage.inputs)]
    values = stage(x)
    assert values == [prod(x[i] for i in group) for group in stage.groups]
    assert stage.out_features == len(values)
    assert stage.arity == max(len(group) for group in stage.groups)
    enclosed = stage([Enclosure.exact(v) for v in x])
    for value, found in zip(values, enclosed, strict=True):
        assert found.lower <= value <= found.upper


@given(products(), rational_points(min_inputs=4, max_inputs=4))
def test_written_and_read(stage: Product, x: tuple[Fraction, ...]) -> None:
    network = Network(stage.inputs, (stage,))
    header, buffers = unpack(encode_network(network))
    again = decode_objects(header["objects"], buffers)[-1]
    assert again == network
    assert again(x[: stage.inputs]) == network(x[: stage.inputs])


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (((0,), ()), r"groups\[1\] is empty"),
        (((0, 2),), r"groups\[0\] names input 2, which must lie in 0..1"),
        (((-1,),), "names input -1"),
    ],
)
def test_bad_groups_are_named(groups: tuple[tuple[int, ...], ...], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Product(groups, 2)


def test_a_product_is_not_separable() -> None:
    with pytest.raises(NotSeparableError, match="product_to_squares rewrites it"):
        separate((Product(((0, 1),), 2),), 2)
