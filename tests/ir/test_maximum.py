from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from kan_equiv.certificate.container import unpack
from kan_equiv.certificate.decode import decode_objects
from kan_equiv.certificate.encode import encode_network
from kan_equiv.errors import NotSeparableError
from kan_equiv.exact import Enclosure
from kan_equiv.ir import Atom, AtomBasis, Bank, Maximum, Network, Product
from kan_equiv.ir.separable import separate
from kan_equiv.testing.strategies import maximums
from tests.networks import kan

F = Fraction


@given(maximums())
def test_values(stage: Maximum) -> None:
    x = [F(3 * i + 2, i + 1) * (-1) ** i for i in range(stage.inputs)]
    values = stage(x)
    assert values == [max(x[i] for i in group) for group in stage.groups]
    mixed = [Enclosure(v - 1, v + 1) if i % 2 else v for i, v in enumerate(x)]
    for value, found in zip(values, stage(mixed), strict=True):
        low, high = (
            (found.lower, found.upper)
            if isinstance(found, Enclosure)
            else (found, found)
        )
        assert low <= value <= high


@given(maximums())
def test_written_and_read(stage: Maximum) -> None:
    network = Network(stage.inputs, (stage,))
    header, buffers = unpack(encode_network(network))
    assert decode_objects(header["objects"], buffers)[-1] == network
    assert stage != Product(stage.groups, stage.inputs)


def test_maxima_of_one_input_are_edges() -> None:
    source = kan([2, 1], degree=1)
    columns = source.stages[0].out_features
    word = (source.stages[0], Maximum(((0, 1, 2), (3, columns - 1, 3)[:1]), columns))
    form = separate(word, 2)
    f = form.edge(0, 0)
    for x in (F(-2), F(0), F(1, 3), F(5)):
        assert f(x) == Network(2, word)([x, F(0)])[0]


def test_what_is_not_separable() -> None:
    with pytest.raises(
        NotSeparableError, match="stage 0 is a maximum of functions of 2"
    ):
        separate((Maximum(((0, 1),), 2),), 2)
    silu = Bank((AtomBasis((Atom("silu"), Atom("tanh"))),), (0,))
    with pytest.raises(NotSeparableError, match="stage 1, a maximum"):
        separate((silu, Maximum(((0, 1),), 2)), 1)
