"""Straight-line programs: what float code is over the reals."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv.emit.straight_line import straight_line_network
from kan_equiv.emit.twin import exact_twin
from kan_equiv.prover.outcome import Proved
from tests.emit.grids import equispaced, layers, linspace32
from tests.kernel.builder import Builder
from tests.proofs.agreement import (
    compared,
    needs_checker,
    words_of_mutations,
)

needs_checker()

F = Fraction
NETWORKS = {
    "hat": layers([2, 1], linspace32(3, 1, -1, 1), 1),
    "spline": layers([1, 2], linspace32(3, 3, -1, 1), 3),
    "cardinal": layers([2, 1], equispaced(2, 3, F(-1), F(1)), 3),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_code_is_its_exact_twin(name: str, tmp_path: Path) -> None:
    program = ke.emit.torch_module(ke.convert(NETWORKS[name], "local")).program()
    outcome = ke.prove(straight_line_network(program), exact_twin(program))
    assert isinstance(outcome, Proved)
    data = outcome.certificate.data
    assert compared(data, tmp_path) == "valid"
    words = words_of_mutations(data, tmp_path, ("objects",))
    assert words["invalid"] > 50
    assert words["unsupported"] < 10


def file_of(program: list[Any], pieces: tuple[Any, ...]) -> bytes:
    """The program is the piecewise function (breakpoints, pieces, values)."""
    b = Builder()
    code = b.add("straight_line", programs=[program])
    other = b.pieces(pieces)
    return b.equal(1, [b.bank([code], [0])], [b.bank([other], [0])])


X = ([], [[0, 1]], [])
RELU = ([0], [[], [0, 1]], [0])
SIZE = ([0], [[0, -1], [0, 1]], [0])
TENT = ([-1, 0, 1], [[], [1, 1], [1, -1], []], [0, 1, 0])
CASES: list[tuple[list[Any], tuple[Any, ...], str]] = [
    ([], X, "valid"),
    ([["relu", 0]], RELU, "valid"),
    ([["relu", 1]], RELU, "invalid"),  # a register that is not there yet
    ([["relu", 0, 0]], RELU, "invalid"),
    ([["absolute", 0]], SIZE, "valid"),
    ([["negative", 0], ["maximum", 0, 1]], SIZE, "valid"),
    ([["negative", 0], ["minimum", 0, 1], ["negative", 2]], SIZE, "valid"),
    ([["negative", 0], ["minimum", 0, 1]], SIZE, "invalid"),
    ([["relu", 0], ["relu", 1]], RELU, "valid"),
    ([["relu", 0], ["multiply", 0, 1]], ([0], [[], [0, 0, 1]], [0]), "valid"),
    ([["multiply", 0, 0], ["relu", 1]], ([], [[0, 0, 1]], []), "invalid"),
    (
        [["constant", "1"], ["absolute", 0], ["subtract", 1, 2], ["relu", 3]],
        TENT,
        "valid",
    ),
    (
        [
            ["constant", "2"],
            ["subtract", 0, 1],
            ["relu", 2],
            ["multiply", 0, 3],
            ["divided", 4, "3"],
        ],
        ([2], [[], [0, F(-2, 3), F(1, 3)]], [0]),
        "valid",
    ),
    ([["divided", 0, "1"]], X, "valid"),
    ([["divided", 0, "0"]], X, "invalid"),
    ([["divided", 0, "1/2"]], X, "invalid"),
    ([["divided", 0, "1"], ["add", 1, 1]], X, "invalid"),
    ([["constant", 1]], X, "invalid"),
    ([["cosine", 0]], X, "invalid"),
    ([["atom", 0, "log"]], X, "invalid"),
    ([[]], X, "invalid"),
]


@pytest.mark.parametrize(("program", "pieces", "word"), CASES)
def test_programs(
    program: list[Any], pieces: tuple[Any, ...], word: str, tmp_path: Path
) -> None:
    assert compared(file_of(program, pieces), tmp_path) == word


def test_an_atom_of_a_program(tmp_path: Path) -> None:
    for program, word in (
        (
            [["add", 0, 0], ["constant", "1"], ["add", 1, 2], ["atom", 3, "sin"]],
            "valid",
        ),
        (
            [["add", 0, 0], ["constant", "-1"], ["add", 1, 2], ["atom", 3, "sin"]],
            "invalid",
        ),
        ([["relu", 0], ["atom", 1, "sin"]], "invalid"),
        ([["constant", "1"], ["atom", 1, "sin"]], "invalid"),
        ([["atom", 0, "sin"], ["multiply", 1, 1]], "invalid"),
        ([["atom", 0, "sin"], ["relu", 1]], "invalid"),
    ):
        b = Builder()
        code = b.add("straight_line", programs=[program])
        right = b.bank([b.atoms([("sin", 2, 1)])], [0])
        assert compared(b.equal(1, [b.bank([code], [0])], [right]), tmp_path) == word


def test_degrees_end_at_64(tmp_path: Path) -> None:
    squares = [["multiply", k, k] for k in range(6)]
    for program, word in (
        (squares, "valid"),
        ([*squares, ["multiply", 6, 0]], "invalid"),
    ):
        data = file_of(program, ([], [[*[0] * 64, 1]], []))
        assert compared(data, tmp_path) == word
