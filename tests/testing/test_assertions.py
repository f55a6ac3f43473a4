from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from sympy import Abs, Max, Symbol

import kan_equiv as ke
from kan_equiv import api
from kan_equiv.certificate.encode import encode_network
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Box
from kan_equiv.testing import NotProvedError, assert_proved_equal
from kan_equiv.testing.sources import point_source
from tests.networks import kan, with_coefficient

NETWORK = kan([2, 2, 1], degree=2, seed=1)
TARGET = ke.convert(NETWORK).target
WRONG = with_coefficient(NETWORK, 0, (0, 1, 2), 0.5)


def run_pasted(error: NotProvedError, **names: Any) -> None:
    source = str(error).partition("A test that keeps this case:\n\n")[2]
    namespace: dict[str, Any] = dict(names)
    exec(source, namespace)
    namespace["test_left_and_right_agree_at_the_witness"]()


def test_a_proof_passes_and_comes_back() -> None:
    proof = assert_proved_equal(NETWORK, TARGET)
    assert isinstance(proof, ke.Proved)
    assert isinstance(assert_proved_equal(NETWORK, ke.convert(NETWORK)), ke.Proved)


def test_a_refutation_prints_its_witness_and_a_test() -> None:
    with pytest.raises(NotProvedError, match="refuted: output 0 at x =") as caught:
        assert_proved_equal(WRONG, TARGET)
    error = caught.value
    assert isinstance(error, AssertionError)
    assert isinstance(error.outcome, ke.Refuted)
    assert error.certificate is error.outcome.certificate
    run_pasted(error, left=NETWORK, right=TARGET)
    with pytest.raises(AssertionError):
        run_pasted(error, left=WRONG, right=TARGET)


def test_models_given_as_paths_are_loaded_by_the_pasted_test(tmp_path: Path) -> None:
    for name, network in (("a", WRONG), ("b", TARGET), ("c", NETWORK)):
        (tmp_path / f"{name}.kan").write_bytes(encode_network(network))
    with pytest.raises(NotProvedError) as caught:
        assert_proved_equal(tmp_path / "a.kan", str(tmp_path / "b.kan"))
    with pytest.raises(AssertionError):
        run_pasted(caught.value)
    (tmp_path / "a.kan").write_bytes((tmp_path / "c.kan").read_bytes())
    run_pasted(caught.value)


def test_values_with_atoms_are_compared_by_enclosures() -> None:
    left, right = kan([1, 1], silu=True, seed=2), kan([1, 1], silu=True, seed=3)
    with pytest.raises(NotProvedError, match="overlaps") as caught:
        assert_proved_equal(left, right)
    run_pasted(caught.value, left=left, right=left)
    with pytest.raises(AssertionError):
        run_pasted(caught.value, left=left, right=right)


def test_unknown_fails_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "prove", lambda *_, **__: ke.Unknown("out of time"))
    words = "neither proved equal nor refuted\nunknown: out of time"
    with pytest.raises(NotProvedError, match=words) as caught:
        assert_proved_equal(NETWORK, TARGET)
    assert isinstance(caught.value.outcome, ke.Unknown)
    assert caught.value.certificate is None


def test_the_domain_is_asked_about() -> None:
    hinge = PiecewisePolynomial.truncated_power(Fraction(3), 1)
    zero = ke.kan([[PiecewisePolynomial.of([])]])
    assert_proved_equal(ke.kan([[hinge]]), zero, domain=Box(-3, 3))
    with pytest.raises(NotProvedError):
        assert_proved_equal(ke.kan([[hinge]]), zero, domain=Box(-3, 4))


def test_long_points_are_written_on_lines() -> None:
    point = [Fraction(k, 10**12 + 1) for k in range(1, 9)]
    text = point_source(point, "    ")
    assert max(map(len, text.splitlines())) <= 88
    assert eval(text, {"Fraction": Fraction}) == point  # noqa: S307 - our own source


def test_the_pasted_test_takes_what_is_no_network() -> None:
    x = Symbol("x", real=True)
    line = torch.nn.Linear(1, 1)
    for left, right, mended in (
        (ke.from_sympy(Abs(x), x), ke.kan([[Max(x, 0)]]), ke.kan([[Abs(x)]])),
        (Abs(x), ke.convert(ke.kan([[x]])), ke.convert(ke.kan([[Abs(x)]]))),
        (line, {"weight": torch.ones(1, 1)}, line.state_dict()),
    ):
        with pytest.raises(NotProvedError) as caught:
            assert_proved_equal(left, right)
        run_pasted(caught.value, left=left, right=mended)
        with pytest.raises(AssertionError):
            run_pasted(caught.value, left=left, right=right)
