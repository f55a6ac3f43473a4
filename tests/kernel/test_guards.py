"""Atoms on a part of the line: what they are there, and where they need be defined."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_equiv.kernel import algebra, check, guards
from kan_equiv.kernel.atoms import PARTIAL, atom_image
from kan_equiv.kernel.cells import restrict
from kan_equiv.kernel.partial import is_defined
from kan_equiv.kernel.reader import InvalidError
from kan_equiv.kernel.stages import ATOMS
from tests.kernel.builder import Builder, box, rat
from tests.kernel.evaluate import ATOMS as VALUES
from tests.kernel.test_partial import holds

F = Fraction
TINY = F(1, 10**30)
NUMBERS = st.fractions(min_value=-3, max_value=3, max_denominator=3)


def value(f, x):
    """The total function that a combination is."""
    total = mpmath.mpf(0)
    for g, c in f.terms.items():
        if g[0] == "cut":
            g, c = ("atom", *g[2:]), c * (x >= g[1])
        elif g[0] == "spike":
            g, c = ("atom", g[2], F(0), g[3]), c * (x == g[1])
        if g[0] != "atom":
            part = algebra.value_of(g, x)
            total += c * mpmath.mpf(part.numerator) / part.denominator
        else:
            _, name, a, b = g
            z = a * x + b
            if name not in PARTIAL or is_defined(name, z):
                total += c * VALUES[name](mpmath.mpf(z.numerator) / z.denominator)
    return total / f.den


@st.composite
def flagged(draw):
    ends = sorted(draw(st.sets(NUMBERS, max_size=3)))
    cells = [draw(st.integers(0, 1)) for _ in range(len(ends) + 1)]
    return ends, cells, [draw(st.integers(0, 1)) for _ in ends]


def stands(flags, x):
    ends, cells, points = flags
    return points[ends.index(x)] if x in ends else cells[sum(t < x for t in ends)]


names = st.sampled_from((*ATOMS, *PARTIAL))


@settings(deadline=None)
@given(names, NUMBERS.filter(bool), NUMBERS, flagged(), NUMBERS, NUMBERS, NUMBERS)
def test_substitution_and_restriction_keep_the_values(name, a, b, flags, c, d, x):
    """For log and sqrt where they stand, they are defined, or they do not stand."""
    f = guards.standing(atom_image(name, a, b), *flags)
    with mpmath.workdps(40):
        z = c * x + d
        inner = a * z + b
        if name in PARTIAL and not is_defined(name, inner):
            if any(t == z for t in flags[0]) or stands(flags, z):
                return
            truth = mpmath.mpf(0)
            if name == "log":  # log(c l) = log(c) + log(l) is not 0 where l < 0
                return
        else:
            plain = VALUES[name](mpmath.mpf(inner.numerator) / inner.denominator)
            truth = stands(flags, z) * plain
        assert abs(value(f, z) - truth) < 1e-30
        there = algebra.substitute(f, c, d)
        assert abs(value(there, x) - truth) < 1e-30
        for low, high in [(-3, 1), (None, z), (z, None), (z, z)]:
            if (low is None or low <= z) and (high is None or z <= high):
                kept = restrict(f, *(None if v is None else F(v) for v in (low, high)))
                assert abs(value(kept, z) - truth) < 1e-30


@given(st.sampled_from(PARTIAL), NUMBERS.filter(bool), NUMBERS, flagged(), NUMBERS)
def test_extents(name, a, b, flags, x):
    g = ("atom", name, a, b)
    try:
        extent = guards.extent(g, *flags)
    except InvalidError:
        ends = [*flags[0], -b / a]
        inner = sorted({*ends, *(s + F(1, 97) for s in ends), min(ends) - 1})
        allowed = [not stands(flags, t) or is_defined(name, a * t + b) for t in inner]
        assert False in allowed[allowed.index(True) :]
        return
    allowed = not stands(flags, x) or is_defined(name, a * x + b)
    assert holds(extent, x) == allowed


def guarded(b, *entries):
    listed = [
        {
            "atom": [name, rat(slope), rat(shift)],
            "ends": [rat(t) for t in ends],
            "cells": cells,
            "points": points,
        }
        for (name, slope, shift), ends, cells, points in entries
    ]
    return b.add("guarded", functions=listed)


def judged(left, right, domain=(), weights=None):
    """The verdict on sums of guarded atoms, the sums of each side's functions."""
    b = Builder()
    words = []
    for side in (left, right):
        bank = b.bank([guarded(b, *side)], [0])
        words.append([bank, b.linear([(weights or [1] * len(side))])])
    return check(b.equal(1, *words, domain))


LOG, LOG2 = ("log", 1, 0), ("log", 2, 0)
RIGHT = [0], [0, 1], [0]  # x > 0


def test_pieces_are_compared_cell_by_cell():
    two = ("log", 0, 2)
    whole = [(LOG2, *RIGHT)]
    split = [(LOG, [0, 3], [0, 1, 0], [0, 1]), (LOG, [3], [0, 1], [0]), (two, *RIGHT)]
    assert judged(whole, split).verdict == "valid"
    assert judged(split, whole).verdict == "valid"
    for k, other in [
        (0, (LOG, [0, 3], [0, 1, 0], [0, 0])),
        (0, (LOG, [0, 3 + TINY], [0, 1, 0], [0, 1])),
        (1, (LOG, [3], [0, 1], [1])),
        (1, (LOG, [3], [1, 1], [1])),
        (2, (("log", 0, 3), *RIGHT)),
        (2, (two, [TINY], [0, 1], [0])),
        (2, (two, [0], [0, 1], [1])),
    ]:
        wrong = [*split]
        wrong[k] = other
        assert judged(whole, wrong).verdict == "invalid", other


@pytest.mark.parametrize(
    ("first", "second", "domain", "verdict"),
    [
        # total, open and closed at the end of the domain
        ((LOG, *RIGHT), (LOG, *RIGHT), (), "valid"),
        ((LOG, [0], [0, 1], [0]), (LOG, [0], [0, 1], [1]), (), "invalid"),
        # equal on [1, 2], but the second one is allowed on no interval
        ((LOG, [0], [0, 1], [0]), (LOG, [0], [0, 1], [1]), [(1, 2)], "invalid"),
        ((LOG, [0], [0, 1], [0]), (LOG, [], [1], []), (), "invalid"),
        ((LOG, [0], [0, 1], [0]), (LOG, [], [1], []), [(1, 2)], "valid"),
        ((LOG, [5], [1, 0], [0]), (LOG, [-7, 5], [0, 1, 0], [0, 0]), (), "invalid"),
        ((("sqrt", 1, 0), *RIGHT), (("sqrt", 4, 0), *RIGHT), (), "invalid"),
        ((("sqrt", 1, 0), *RIGHT), (("sqrt", 1, 0), [0], [0, 1], [1]), (), "valid"),
        ((("silu", 1, 0), *RIGHT), (("silu", 1, 0), [0], [0, 1], [1]), (), "valid"),
        ((("cos", 1, 0), *RIGHT), (("cos", 1, 0), [0], [0, 1], [1]), (), "invalid"),
        ((("cos", 1, 2), *RIGHT), (("cos", -1, -2), *RIGHT), (), "valid"),
    ],
)
def test_open_and_closed_ends(first, second, domain, verdict):
    assert judged([first], [second], domain).verdict == verdict
    assert judged([second], [first], domain).verdict == verdict


def test_an_atom_allowed_on_no_interval_is_refused_in_a_window():
    broken = (LOG, [-1], [0, 1], [0])  # not defined on ]-1, 0]
    found = judged([broken], [broken, broken])
    assert "allowed on no interval" in found.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cells": [0]}, "one cell more"),
        ({"cells": [0, 2]}, "integer from 0 to 1"),
        ({"cells": [0, True]}, "integer from 0 to 1"),
        ({"points": []}, "one flag per end"),
        ({"ends": ["0", "0"], "cells": [0, 1, 1], "points": [0, 0]}, "repeated"),
        ({"ends": ["1", "0"], "cells": [0, 1, 1], "points": [0, 0]}, "decrease"),
        ({"atom": ["relu", "1", "0"]}, "unknown atom"),
        ({"atom": ["silu", "0", "1"]}, "a = 0"),
        ({"atom": ["log", "1"]}, "list of 3"),
        ({"extra": 1}, "unknown keys"),
    ],
)
def test_malformed_entries_are_refused(change, reason):
    b = Builder()
    entry = {"atom": ["log", "1", "0"], "ends": ["0"], "cells": [0, 1], "points": [0]}
    bank = b.bank([b.add("guarded", functions=[entry | change])], [0])
    assert reason in check(b.equal(1, [bank], [bank, b.linear([[1]])])).reason


def test_bounds_and_ranges_and_regions_refuse_them():
    b = Builder()
    word = [b.bank([guarded(b, (("silu", 1, 0), *RIGHT))], [0])]
    net = b.network(1, *word)
    sides = {"left": net, "right": b.network(1), "domain": box([(-1, 2)])}
    b.claim = {"kind": "within", "epsilon": ["9"], **sides}
    b.judge("distance", bounds=["9"], subdivisions=0, points=[], attained=[], **sides)
    assert "unsupported" in check(b.bytes()).reason
    b.judgements.clear()
    b.claim = {"kind": "equal", **sides}
    for domain in ([(-1, 2)], [(-1, "inf")]):
        b.judgements.clear()
        b.judge(
            "range",
            in_features=1,
            stages=word,
            subdivisions=0,
            domain=box(domain),
            bounds=box([(-9, 9)]),
        )
        assert "unsupported" in check(b.bytes()).reason
    b.judgements.clear()
    window = {"in_features": 1, "left": word, "right": word, "domain": box([(1, 2)])}
    b.judge("regions_equal", cells=1, **window)
    assert "piecewise linear" in check(b.bytes()).reason


def test_a_nonlinear_function_of_pieces_with_atoms_is_refused():
    b = Builder()
    inner = b.bank([guarded(b, (("silu", 1, 0), *RIGHT))], [0])
    outer = b.bank([b.powers([(0, 1)])], [0])
    found = check(b.equal(1, [inner, outer], [inner, outer, b.linear([[1]])]))
    assert "not piecewise linear" in found.reason
    again = b.bank([guarded(b, (("tanh", 1, 0), *RIGHT))], [0])
    relu = b.bank([b.powers([(0, 1)])], [0])
    found = check(b.equal(1, [relu, again], [relu, again, b.linear([[1]])]))
    assert found.verdict == "invalid"


def refuting(entry, point, stated, other=("-5", "-5")):
    b = Builder()
    left = b.network(1, b.bank([guarded(b, entry)], [0]))
    right = b.network(1, b.linear([[0]], [F(other[0])]))
    sides = {"left": left, "right": right, "domain": []}
    b.claim = {"kind": "refuted", **sides}
    b.judge(
        "witness",
        point=[rat(point)],
        output=0,
        left_value=stated,
        right_value=list(other),
        **sides,
    )
    return check(b.bytes())


@pytest.mark.parametrize(
    ("entry", "point", "stated", "verdict"),
    [
        ((LOG, *RIGHT), 0, ["0", "1/9"], "valid"),  # it does not stand there
        ((LOG, *RIGHT), 0, ["0", "0"], "valid"),
        ((LOG, *RIGHT), -1, ["0", "1/9"], "valid"),
        ((LOG, *RIGHT), -1, "undefined", "invalid"),
        ((LOG, *RIGHT), 0, "undefined", "invalid"),
        ((LOG, [0], [0, 1], [1]), 0, "undefined", "valid"),
        ((LOG, [0], [0, 1], [1]), 0, ["0", "1/9"], "invalid"),
        ((LOG, [-1], [0, 1], [0]), F(-1, 2), "undefined", "valid"),
        ((LOG, [-1], [0, 1], [0]), -1, ["0", "1/9"], "valid"),
        ((LOG, [-1], [0, 1], [0]), 2, ["69/100", "7/10"], "valid"),
        ((LOG, [-1], [0, 1], [0]), 2, ["17/25", "69/100"], "invalid"),
        ((("sqrt", 0, -1), [0], [0, 1], [0]), 1, "undefined", "valid"),
        ((("sqrt", 0, -1), [0], [0, 1], [0]), 0, ["0", "1/9"], "valid"),
        ((("silu", -1, 0), *RIGHT), 1, ["-27/100", "-13/50"], "valid"),
        ((("silu", -1, 0), *RIGHT), -1, ["0", "1/9"], "valid"),
        ((("silu", -1, 0), *RIGHT), -1, ["1/10", "1/9"], "invalid"),
    ],
)
def test_a_witness_looks_at_what_stands_at_its_point(entry, point, stated, verdict):
    if isinstance(stated, list) and stated == ["0", "0"]:
        found = refuting(entry, point, stated)
    else:
        other = ("-5", "-49/10") if isinstance(stated, list) else ("-5", "-5")
        found = refuting(entry, point, stated, other)
    assert found.verdict == verdict, found.reason


def test_behind_a_layer_the_cell_has_to_be_seen():
    b = Builder()
    exp = b.bank([b.atoms([("exp", 1, 0)])], [0])
    step = b.bank([guarded(b, (LOG, [1], [0, 1], [1]))], [0])
    left, right = b.network(1, exp, step), b.network(1, b.linear([[1]], [5]))
    sides = {"left": left, "right": right, "domain": []}
    for point, value, verdict in [("2", "2", "valid"), ("-2", "0", "valid")]:
        b.claim, b.judgements = {"kind": "refuted", **sides}, []
        near = [rat(F(value) - TINY), rat(F(value) + TINY)]
        there = [rat(F(point) + 5 - TINY), rat(F(point) + 5 + TINY)]
        b.judge(
            "witness",
            point=[point],
            output=0,
            left_value=near,
            right_value=there,
            **sides,
        )
        assert check(b.bytes()).verdict == verdict


@pytest.mark.parametrize("c", [2, -2])
def test_the_factor_of_a_log_does_not_count_where_it_is_undefined(c):
    """log(c x) where c x > 0, else 0, is 0 at 0; the other side is log|c| there."""
    b, cells = Builder(), [0, 1] if c > 0 else [1, 0]
    log = {"atom": ["log", "1", "0"], "ends": ["0"], "cells": [0, 1], "points": [0]}
    own = {"atom": ["log", rat(c // 2), "0"], "ends": ["0"], "cells": cells}
    factor = {"atom": ["log", "0", "2"], "ends": ["0"], "cells": cells, "points": [1]}
    inner = b.bank([b.add("guarded", functions=[log])], [0])
    both = b.bank([b.add("guarded", functions=[own | {"points": [0]}, factor])], [0])
    data = b.equal(1, [b.linear([[c]]), inner], [both, b.linear([[1, 1]])])
    verdict = check(data)
    assert verdict.verdict == "invalid"
    assert "cut where it is undefined" in verdict.reason
