"""Small files that ask for much: refused after an amount of work that is counted."""

from __future__ import annotations

import threading

import pytest

from kan_equiv.kernel import check, work
from kan_equiv.kernel.reader import InvalidError
from tests.kernel.builder import Builder
from tests.kernel.hostile import HOSTILE, wide_identity

TOO_MUCH = "more work than a file of this size may ask for"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name, monkeypatch):
    """With a smaller allowance, so that the refusal comes early."""
    monkeypatch.setattr(work, "ALLOWANCE", 1 << 20)
    monkeypatch.setattr(work, "PER_BYTE", 1)
    verdict = check(HOSTILE[name]())
    assert verdict.verdict == "invalid"
    assert TOO_MUCH in verdict.reason


@pytest.mark.parametrize("name", ["wide_identity", "exact_powers", "enclosed_powers"])
def test_what_is_refused_before_it_is_written(name):
    assert TOO_MUCH in check(HOSTILE[name]()).reason


def test_every_check_begins_anew():
    """A refused file takes nothing from the next one, nor from other threads."""
    b = Builder()
    relu = b.bank([b.powers([(0, 1)])], [0])
    honest = b.equal(1, [relu], [relu, b.linear([[1]])])
    assert TOO_MUCH in check(wide_identity()).reason
    assert check(honest).verdict == "valid"
    with pytest.raises(InvalidError, match=TOO_MUCH):
        work.spend(1 << 40)
    found = []
    thread = threading.Thread(target=lambda: found.append(check(honest).verdict))
    thread.start()
    thread.join()
    assert found == ["valid"]


def test_many_networks_side_by_side_take_linear_time():
    b, n = Builder(), 20000
    network = b.network(1, b.bank([b.powers([(0, 1)])], [0]))
    stage = b.add("parallel", networks=[network] * n)
    verdict = check(b.equal(n, [stage], [stage]))
    assert (verdict.verdict, verdict.reason) == ("valid", "")
