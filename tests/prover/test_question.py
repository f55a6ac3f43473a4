from __future__ import annotations

import pytest

import kan_equiv as ke
from kan_equiv.errors import ValidationError
from kan_equiv.prover import equality
from kan_equiv.prover.outcome import Outcome, Unknown
from kan_equiv.prover.question import Deadline, Question
from tests.networks import kan


def test_deadlines() -> None:
    assert Deadline.after(None).seconds_left is None
    assert Deadline.after(0).seconds_left == 0
    ahead = Deadline.after(3600)
    assert not ahead.is_over
    assert ahead.seconds_left is not None
    assert 3000 < ahead.seconds_left <= 3600


def test_tactics_run_in_order_until_one_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []
    network = kan([1, 1])
    proof = ke.prove(network, network)

    def unsure(_: Question) -> Outcome | None:
        called.append("unsure")
        return Unknown("not mine")

    def mute(_: Question) -> Outcome | None:
        called.append("mute")
        return None

    def sure(_: Question) -> Outcome | None:
        called.append("sure")
        return proof

    monkeypatch.setattr(equality, "TACTICS", (unsure, mute, sure, unsure))
    assert ke.prove(network, network) is proof
    assert called == ["unsure", "mute", "sure"]
    monkeypatch.setattr(equality, "TACTICS", (unsure, mute))
    outcome = ke.prove(network, network)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "not mine"


def test_no_tactic_starts_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Question] = []

    def mute(question: Question) -> Outcome | None:
        called.append(question)
        return None

    monkeypatch.setattr(equality, "TACTICS", (mute, mute))
    outcome = ke.prove(kan([1, 1]), kan([1, 1], seed=1), timeout=0)
    assert len(called) == 1
    assert isinstance(outcome, Unknown)
    assert "timeout after 0 s" in outcome.reason


def test_progress_hears_what_is_tried() -> None:
    heard: list[str] = []
    network = kan([2, 1])
    ke.prove(network, network, progress=heard.append)
    assert heard
    assert all(heard)


def test_an_interrupt_passes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Question) -> Outcome | None:
        raise KeyboardInterrupt

    monkeypatch.setattr(equality, "TACTICS", (interrupted,))
    with pytest.raises(KeyboardInterrupt):
        ke.prove(kan([1, 1]), kan([1, 1]))


@pytest.mark.parametrize("seconds", ["x", -1, float("nan"), [1]])
def test_a_timeout_is_a_number_of_seconds(seconds: object) -> None:
    a = kan([1, 1])
    for ask in (
        lambda: ke.prove(a, a, timeout=seconds),
        lambda: ke.prove(a, a, domain=ke.Box(0, 1), within=1, timeout=seconds),
        lambda: ke.distance(a, a, ke.Box(0, 1), timeout=seconds),
    ):
        with pytest.raises(ValidationError, match=r"timeout must be .* got timeout="):
            ask()
