"""Sums that are functions of one direction: the verified checker and the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.builder import Builder
from tests.proofs.agreement import compared, needs_checker

needs_checker()

LINES = [[1, 1], [1, 0], [0, 1]]  # x + y, x and y


def bank(b: Builder, *degrees: int) -> int:
    """relu for a 0, and x for a 1."""
    bases = {0: b.powers([(0, 1)]), 1: b.add("monomial", degrees=[1])}
    used = sorted(set(degrees))
    listed = [used.index(d) for d in degrees]
    return b.bank([bases[d] for d in used], listed)


def mixed(b: Builder, *row: int) -> list[int]:
    """Multiples of relu(x + y), x and y are added."""
    return [b.linear(LINES), bank(b, 0, 1, 1), b.linear([row])]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ((1, 1, 1), "valid"),  # relu(x + y) + x + y
        ((1, -1, -1), "valid"),
        ((1, 1, 2), "invalid"),  # relu(x + y) + x + 2 y, of two directions
        ((0, 1, 2), "valid"),
        ((0, 0, 0), "valid"),
    ],
)
def test_a_bank_after_a_sum(row: tuple[int, ...], word: str, tmp_path: Path) -> None:
    b = Builder()
    stages = [*mixed(b, *row), bank(b, 0)]
    assert compared(b.equal(2, stages, stages), tmp_path) == word


def test_a_bank_after_lines_that_cancel(tmp_path: Path) -> None:
    """relu(x + y) + x + y - (x + y)."""
    b = Builder()
    lines = b.linear([*LINES, [1, 1]])
    word = [lines, bank(b, 0, 1, 1, 1), b.linear([[1, 1, 1, -1]]), bank(b, 0)]
    right = [b.linear([[1, 1]]), bank(b, 0)]
    assert compared(b.equal(2, word, right), tmp_path) == "valid"


def test_maxima_of_three_along_one_direction(tmp_path: Path) -> None:
    b = Builder()
    lines = b.linear([[1, 1], [2, 2], [1, 1], [0, 0]], [0, 0, 1, 3])
    left, right = ([lines, b.maximum([g], 4)] for g in ([0, 1, 2, 3], [3, 2, 1, 0]))
    assert compared(b.equal(2, left, right), tmp_path) == "valid"


@pytest.mark.parametrize("group", [[0, 1, 1], [1, 1, 0], [0, 1, 2]])
def test_maxima_of_three_in_two_directions(group: list[int], tmp_path: Path) -> None:
    """The kernel takes them in pairs only, though two of the three are along y."""
    b = Builder()
    lines = b.linear([[1, 0], [0, 1], [0, 2]])
    words = ([lines, b.maximum([g], 3)] for g in (group, group[::-1]))
    assert compared(b.equal(2, *words), tmp_path) == "invalid"


def test_maxima_and_products_of_sums(tmp_path: Path) -> None:
    """What is no function of one direction stands alone at the end of a word."""
    for outer in ([[0]], [[0, 1]]):
        b = Builder()
        larger = b.maximum([[0, 1], [1]], 2)
        word = [larger, b.product(outer, 2)]
        assert (
            compared(b.equal(2, word, [b.maximum([[0, 1]], 2)]), tmp_path) == "invalid"
        )
        b = Builder()
        word = [b.maximum([[0, 1], [1]], 2), b.maximum(outer, 2)]
        assert (
            compared(b.equal(2, word, [b.maximum([[0, 1]], 2)]), tmp_path) == "invalid"
        )
