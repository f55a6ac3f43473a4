"""Bases in pieces, ratios, guarded atoms and programs that are none."""

from __future__ import annotations

from tests.soundness.corpus.small.writer import Writer, alone, first


def of(b: Writer, basis: int) -> None:
    """A file with a network of this basis, which nobody has to expand."""
    b.same(b.bank([basis], [0]))


# --- pieces ------------------------------------------------------------------------


def local(b: Writer, knots: list[str], *centers: int) -> None:
    of(b, b.add("local", knots=knots, degree=1, centers=list(centers)))


@alone("a local basis has a knot twice", "cells", "len(set(knots)) == len(knots)")
def local_of_a_knot_twice(b):
    local(b, ["0", "0", "1"], 1)


@alone("two centers for one B-spline", "cells", "len(centers) == len(knots) - p - 1")
def local_of_too_many_centers(b):
    local(b, ["0", "1", "2"], 1, 2)


@alone("the center is the first knot", "cells", "inside")
def local_of_a_center_at_the_end(b):
    local(b, ["0", "1", "2"], 0)


@alone("a breakpoint twice", "cells", "len(set(cuts)) == len(cuts)")
def pieces_of_a_breakpoint_twice(b):
    of(b, b.pieces(([0, 0], [[], [1], []], [0, 0])))


@first("two values at one breakpoint", "cells", "len(values) == len(cuts)")
def pieces_of_too_many_values(b):
    of(b, b.pieces(([0], [[], []], [0, 0])))


@alone("a piece of degree 65", "cells", "len(piece) <= MAX_DEGREE + 1")
def piece_of_degree_65(b):
    of(b, b.pieces(([], [[0] * 65 + [1]], [])))


@alone("the zero polynomial is []", "cells", "not piece or piece[-1] != 0")
def piece_that_ends_with_0(b):
    of(b, b.pieces(([], [[0]], [])))


# --- ratios ------------------------------------------------------------------------


def ratio(
    b: Writer, q: list[object], k: int, cuts: list[int], *pieces: list[int]
) -> None:
    of(b, b.ratios([(q, k, cuts, pieces)]))


@alone("the denominator is 1", "ratios", "degree >= 1")
def ratio_over_1(b):
    ratio(b, [1], 1, [], [])


@alone("the 33rd power of a square", "ratios", "degree * k <= MAX_DEGREE")
def ratio_over_degree_66(b):
    ratio(b, [1, 0, 1], 33, [], [1])


@alone("4097 bits in degree 64", "ratios", "degree * bits <= MAX_WORK")
def ratio_of_too_many_bits(b):
    ratio(b, [1 << 4096, *[0] * 63, 1], 1, [], [1])


@alone("the denominator is 2 x^2 + 2", "ratios", "q[-1] == 1")
def ratio_that_is_not_monic(b):
    ratio(b, [2, 0, 2], 1, [], [1])


@alone("a breakpoint twice", "ratios", "len(set(cuts)) == len(cuts)")
def ratio_of_a_breakpoint_twice(b):
    ratio(b, [1, 0, 1], 1, [0, 0], [1], [2], [1])


@first("two pieces and no breakpoint", "ratios", "len(pieces) == len(cuts) + 1")
def ratio_of_too_many_pieces(b):
    ratio(b, [1, 0, 1], 1, [], [1], [1])


@alone("x^2 over x^2 + 1", "ratios", "len(piece) <= degree")
def ratio_of_equal_degrees(b):
    ratio(b, [1, 0, 1], 1, [], [0, 0, 1])


@alone("the zero polynomial is []", "ratios", "not piece or piece[-1] != 0")
def ratio_that_ends_with_0(b):
    ratio(b, [1, 0, 1], 1, [], [0])


@alone("1/x at 0 is no 0", "ratios", "not (piece and has_root")
def ratio_of_a_pole(b):
    pole = b.bank([b.ratios([([0, 1], 1, [], [[1]])])], [0])
    zero = [b.linear([[0]])]
    b.equal(1, [pole], zero, [(0, 0)])


# --- guarded atoms -----------------------------------------------------------------


def guarded(
    b: Writer, atom: list[str], ends: list[str], cells: list[int], points: list[int]
) -> int:
    listed = {"atom": atom, "ends": ends, "cells": cells, "points": points}
    return b.add("guarded", functions=[listed])


@alone("sinh is no atom", "guards", "name in (*ATOMS, *PARTIAL)")
def piece_of_another_name(b):
    of(b, guarded(b, ["sinh", "1", "0"], [], [1], []))


@alone("a constant is no atom", "guards", "a != 0 or name in PARTIAL")
def piece_that_is_constant(b):
    of(b, guarded(b, ["sigmoid", "0", "0"], [], [1], []))


@alone("an end twice", "guards", "len(set(ends)) == len(ends)")
def piece_of_an_end_twice(b):
    of(b, guarded(b, ["sigmoid", "1", "0"], ["0", "0"], [1, 1, 1], [1, 1]))


@alone("one cell, and an end", "guards", "len(cells) == len(ends) + 1")
def piece_of_too_few_cells(b):
    of(b, guarded(b, ["sigmoid", "1", "0"], ["0"], [1], [1]))


@alone("an end without a flag", "guards", "len(points) == len(ends)")
def piece_of_too_few_points(b):
    of(b, guarded(b, ["sigmoid", "1", "0"], ["0"], [0, 1], []))


# --- programs ----------------------------------------------------------------------


def program(b: Writer, *instructions: list[object]) -> int:
    return b.bank([b.add("straight_line", programs=[list(instructions)])], [0])


@first("no instruction of this name", "straightline", "text(name) in ARITY")
def program_of_no_instruction(b):
    b.same(program(b, ["tan", 0]))


@alone("relu of two registers", "straightline", "len(rest) == arity + extra")
def program_of_too_many_registers(b):
    b.same(program(b, ["relu", 0, 0]))


@alone("log(x) - log(x) is not defined left of 0", "straightline", "value in ATOMS")
def program_of_a_log(b):
    word = program(b, ["atom", 0, "log"], ["subtract", 1, 1])
    b.equal(1, [word], [b.linear([[0]])])


@alone("a division in the middle", "straightline", "k + 1 == len(listed)")
def program_that_goes_on_after_a_division(b):
    b.equal(1, [program(b, ["divided", 0, "2"], ["add", 1, 1])], [])


@alone("x over 1/2 is 2 x", "straightline", "whole")
def program_divided_by_a_half(b):
    b.equal(1, [program(b, ["divided", 0, "1/2"])], [])


@alone("sigmoid(x + relu(x)) is not sigmoid(x)", "straightline", "affine")
def program_of_an_atom_that_bends(b):
    word = program(b, ["relu", 0], ["add", 0, 1], ["atom", 2, "sigmoid"])
    b.equal(1, [word], [b.atom("sigmoid")])


@alone("an atom of a constant", "straightline", "a != 0")
def program_of_a_constant_atom(b):
    word = program(b, ["constant", "0"], ["atom", 1, "sigmoid"])
    b.equal(1, [word], [b.linear([[0]], ["1/2"])])


@first(
    "a product of atoms", "straightline", "raise InvalidError('unsupported: only piece"
)
def program_of_a_product_of_atoms(b):
    word = [program(b, ["atom", 0, "sigmoid"], ["multiply", 0, 1])]
    b.equal(1, word, word)


@alone("the power 128", "straightline", "g[-1] + h[-1] <= MAX_DEGREE")
def program_of_high_degree(b):
    word = [program(b, *(["multiply", k, k] for k in range(7)))]
    b.equal(1, word, word)
