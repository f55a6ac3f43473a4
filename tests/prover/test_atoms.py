"""Layers with atoms: equal by identities, different by verified points."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.exact.enclosure import ATOM_NAMES, working_precision
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    Box,
    ConcatenatedBasis,
    Dense,
    MonomialBasis,
    Network,
    Univariate,
)
from kan_equiv.ir import atom as atom_module
from kan_equiv.ir.univariate import linear_combination
from kan_equiv.prover.outcome import Proved, Refuted, Unknown
from kan_equiv.testing.strategies import (
    atoms,
    piecewise_polynomials,
    rationals,
    univariates,
)

F = Fraction
TINY = F(1, 10**30)
ZERO = PiecewisePolynomial.of([])
DOMAINS = [None, Box(-2, 3), Box(F(1, 3), F(2, 3)), Box([(0, None)])]


def atom(name: str, slope: object = 1, shift: object = 0, c: object = 1) -> Univariate:
    return Univariate(ZERO, ((Atom(name, F(slope), F(shift)), F(c)),))


def line(*coefficients: object) -> Univariate:
    return Univariate(PiecewisePolynomial.of(coefficients))


def proved(f: Univariate, g: Univariate, domain: Box | None = None) -> None:
    outcome = ke.prove(ke.kan([[f]]), ke.kan([[g]]), domain=domain)
    assert isinstance(outcome, Proved), str(outcome)


def refuted(f: Univariate, g: Univariate, domain: Box | None = None) -> None:
    """Refuted at a point that tells them apart by other means as well."""
    outcome = ke.prove(ke.kan([[f]]), ke.kan([[g]]), domain=domain)
    assert isinstance(outcome, Refuted), str(outcome)
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    (x,) = outcome.witness.point
    assert domain is None or x in domain.for_inputs(1).intervals[0]
    with working_precision(4096):
        difference = (f - g)(x)
    assert difference != 0 if isinstance(difference, F) else not difference.contains(0)


IDENTITIES = {
    "silu(-z)": (atom("silu", -2, 3), atom("silu", 2, -3) + line(3, -2)),
    "gelu(-z)": (atom("gelu", -2, 3), atom("gelu", 2, -3) + line(3, -2)),
    "sigmoid(-z)": (atom("sigmoid", -2, 3), line(1) - atom("sigmoid", 2, -3)),
    "tanh(-z)": (atom("tanh", -2, 3), atom("tanh", 2, -3, -1)),
    "sin(-z)": (atom("sin", -2, 3), atom("sin", 2, -3, -1)),
    "cos(-z)": (atom("cos", -2, 3), atom("cos", 2, -3)),
    "gaussian(-z)": (atom("gaussian", -2, 3), atom("gaussian", 2, -3)),
    "tanh(z)": (atom("tanh", 2, 3), atom("sigmoid", 4, 6, 2) - line(1)),
    "silu(z) - silu(-z)": (atom("silu") - atom("silu", -1), line(0, 1)),
}


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_identities_and_their_near_misses(name: str, domain: Box | None) -> None:
    f, g = IDENTITIES[name]
    proved(f, g, domain)
    (a, c), *rest = f.atoms
    others = Univariate(f.pieces, tuple(rest))
    for wrong in (
        atom(a.name, a.slope, a.shift, -c),
        atom(a.name, a.slope, a.shift, c + TINY),
        atom(a.name, a.slope + TINY, a.shift, c),
        atom(a.name, a.slope, a.shift + TINY, c),
    ):
        refuted(others + wrong, g, domain)
    refuted(f + line(TINY), g, domain)


def rewritten(draw: st.DrawFn, f: Univariate) -> Univariate:
    """The same function: parts of atoms reflected, or tanh as sigmoid."""
    terms = [(F(1), Univariate(f.pieces, (), f.ratios))]
    for a, c in f.atoms:
        found = (F(1), a, ZERO)
        if draw(st.booleans()):
            found = a.as_sigmoid() or found
        d, other, rest = found
        turned = other.reflected() if draw(st.booleans()) else None
        terms.append((c, Univariate(rest)))
        e, other, rest = turned or (F(1), other, ZERO)
        part = draw(rationals())
        terms.append((c * d * part, Univariate(rest, ((other, e),))))
        again = found[1]
        terms.append((c * d * (1 - part), Univariate(ZERO, ((again, F(1)),))))
    return linear_combination(terms)


@st.composite
def equal_pairs(draw: st.DrawFn) -> tuple[Univariate, Univariate]:
    f = draw(univariates(max_atoms=3, max_breakpoints=2))
    return f, rewritten(draw, f)


domains = st.sampled_from([*DOMAINS, Box(F(1, 2), F(1, 2)), Box(0, 0)])


@settings(max_examples=40, deadline=None)
@given(equal_pairs(), domains)
def test_functions_rewritten_by_identities_are_proved_equal(
    pair: tuple[Univariate, Univariate], domain: Box | None
) -> None:
    proved(*pair, domain)


@settings(max_examples=40, deadline=None)
@given(
    equal_pairs(),
    st.sampled_from(DOMAINS),
    atoms(),
    st.sampled_from([F(1), F(-1, 7), TINY]),
)
def test_one_more_atom_is_refuted(
    pair: tuple[Univariate, Univariate], domain: Box | None, extra: Atom, c: F
) -> None:
    f, g = pair
    refuted(f, g + Univariate(ZERO, ((extra, c),)), domain)


def test_a_value_at_one_breakpoint_counts_beside_atoms() -> None:
    point = PiecewisePolynomial((F(1, 3),), (ZERO.pieces[0],) * 2, (TINY,))
    jump = PiecewisePolynomial.truncated_power(F(1, 3), 0)
    for name in ATOM_NAMES:
        f = atom(name, 2, F(1, 7))
        refuted(f, f + Univariate(point))
        refuted(f + Univariate(jump), f + Univariate(jump + point), Box(0, F(1, 3)))
        proved(f, f + Univariate(point), Box(1, 2))
    # The first bank may stand after affine stages.
    f, g = (ke.kan([[atom("silu") + Univariate(p)]]) for p in (ZERO, point))
    left, right = (
        Network(1, (affine([[3]], [F(1, 5)]), *layer.stages)) for layer in (f, g)
    )
    assert isinstance(ke.prove(left, right), Refuted)


few_atoms = st.builds(
    Atom,
    st.sampled_from(ATOM_NAMES),
    st.sampled_from([F(1), F(-1), F(2), F(1, 2)]),
    st.sampled_from([F(0), F(1), F(-1)]),
)
combinations = st.builds(
    Univariate,
    piecewise_polynomials(max_breakpoints=1, max_degree=1),
    st.dictionaries(few_atoms, st.sampled_from([F(1), F(-1), F(2)]), max_size=5).map(
        lambda d: tuple(d.items())
    ),
)


@settings(max_examples=60, deadline=None)
@given(combinations, combinations, st.sampled_from(DOMAINS))
def test_single_layers_are_never_unknown(
    f: Univariate, g: Univariate, domain: Box | None
) -> None:
    """Whatever the pair: the normal forms decide, and every outcome is replayed."""
    outcome = ke.prove(ke.kan([[f]]), ke.kan([[g]]), domain=domain)
    assert not isinstance(outcome, Unknown), outcome.reason
    if domain is None:
        equal = f.normal_form() == g.normal_form()
        assert isinstance(outcome, Proved) == equal


no_gelu = tuple(n for n in ATOM_NAMES if n != "gelu")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_points_are_never_unknown_without_gelu(data: st.DataObject) -> None:
    """Two inputs with one value each, and a third that is free."""
    names = st.sampled_from(no_gelu)
    near = st.sampled_from([F(0), F(1), F(-1), F(2), F(1, 2)])
    rows = [
        [
            Univariate(ZERO, ((Atom(data.draw(names), F(s), data.draw(near)), F(1)),))
            for s in (1, -1, 2)
        ]
        for _ in range(2)
    ]
    box = Box([(1, 1), (data.draw(near),) * 2, (-1, 1)])
    left, right = (ke.kan([row]) for row in rows)
    assert not isinstance(ke.prove(left, right, domain=box), Unknown)


def test_constants_of_several_inputs_add_up() -> None:
    """2 sigmoid(2) + tanh(-1/2) = 2 sigmoid(-1) - 1 + silu(2)."""
    left = ke.kan([[atom("sigmoid", 1, 0, 2), atom("tanh")]])
    right = ke.kan(
        [[atom("sigmoid", F(-1, 2), 0, 2), line(-1) + atom("silu", 1, F(5, 2))]]
    )
    box = Box([(2, 2), (F(-1, 2), F(-1, 2))])
    assert isinstance(ke.prove(left, right, domain=box), Proved)
    other = ke.kan([[atom("sigmoid", F(-1, 2), 0, 2), atom("silu", 1, F(5, 2))]])
    assert isinstance(ke.prove(left, other, domain=box), Refuted)
    assert isinstance(ke.prove(left, right, domain=Box([(2, 2), (-1, 0)])), Refuted)


# --- networks ----------------------------------------------------------------------


def affine(rows: Sequence[Sequence[object]], bias: Sequence[object] = ()) -> Affine:
    flat = [F(v) for row in rows for v in row]
    weight = RationalTensor.from_fractions(flat, (len(rows), len(rows[0])))
    zeros = [F(v) for v in bias] or [F(0)] * len(rows)
    return Affine(
        Dense.matrix(weight), RationalTensor.from_fractions(zeros, (len(rows),))
    )


def silu_mlp(flipped: bool, c: object = -1) -> Network:
    """Linear, three SiLU units, Linear; each unit as silu(-z) + z if flipped."""
    plain = AtomBasis((Atom("silu"),))
    mirror = ConcatenatedBasis((AtomBasis((Atom("silu", F(c)),)), MonomialBasis((1,))))
    last = [[2, -1, F(1, 3)], [1, 5, 7]]
    if flipped:
        last = [[v for v in row for _ in (0, 1)] for row in last]
    return Network(
        2,
        (
            affine([[1, 2], [F(-1, 3), 1], [0, 5]], [1, 0, F(1, 7)]),
            Bank((mirror if flipped else plain,), (0, 0, 0)),
            affine(last, [0, 1]),
        ),
    )


def test_hidden_units_of_an_mlp_written_by_their_reflections() -> None:
    outcome = ke.prove(silu_mlp(False), silu_mlp(True))
    assert isinstance(outcome, Proved), str(outcome)
    near = ke.prove(silu_mlp(False), silu_mlp(True, -1 + TINY))
    assert isinstance(near, Refuted), str(near)


def kan_of(turn: bool, extra: object = 0) -> Network:
    """Three layers with a bit of everything; every atom reflected if asked."""

    def edge(name: str, slope: object, shift: object, c: object) -> Univariate:
        f = atom(name, slope, shift, c)
        ((a, _),) = f.atoms
        found = a.reflected() if turn else None
        if found is None:
            return f
        d, other, rest = found
        return Univariate(rest, ((other, d),)).scale(F(c))

    first = [
        [edge("silu", 1, 0, 1), edge("tanh", F(1, 2), 1, F(1, 3))],
        [edge("gelu", -1, 1, F(1, 2)), edge("sin", 1, 0, 1) + line(0, 1)],
    ]
    second = [
        [edge("sigmoid", 2, 0, 1), edge("gaussian", 1, F(1, 2), -2)],
        [edge("cos", 1, 1, 1), edge("silu", -1, 0, F(3, 4))],
    ]
    last = [[edge("exp", F(-1, 4), 0, 1) + line(extra), edge("silu", 3, 1, 1)]]
    return ke.kan([first, second, last])


def test_deep_networks_with_reflected_edges() -> None:
    assert isinstance(ke.prove(kan_of(False), kan_of(True)), Proved)
    outcome = ke.prove(kan_of(False), kan_of(True, TINY), domain=Box(-1, 1))
    assert isinstance(outcome, Refuted), str(outcome)


def test_sums_of_atoms_that_are_lines_pass_the_next_layer() -> None:
    first = [[atom("silu") - atom("silu", -1)]]
    relu = Univariate(PiecewisePolynomial.truncated_power(F(0), 1))
    assert isinstance(ke.prove(ke.kan([first, [[relu]]]), ke.kan([[relu]])), Proved)


def test_dead_inputs_by_an_identity() -> None:
    nothing = atom("tanh") + atom("tanh", -1)
    left, right = ke.kan([[nothing, line(0, 2)]]), ke.kan([[line(), line(0, 2)]])
    assert isinstance(ke.prove(left, right), Proved)


# --- what stays open ---------------------------------------------------------------


def test_what_the_kernel_cannot_enclose_is_unknown() -> None:
    left, right = ke.kan([[atom("exp")]]), ke.kan([[atom("exp", 1, 0, 2)]])
    outcome = ke.prove(left, right, domain=Box(5000, 6000))
    assert isinstance(outcome, Unknown)
    assert "exp beyond 4096" in outcome.reason
    assert isinstance(ke.prove(left, right), Refuted)
    far = ke.prove(ke.kan([[atom("gaussian")]]), ke.kan([[0]]), domain=Box(100, 101))
    assert isinstance(far, Unknown)
    assert "4096 bits do not show it" in far.reason
    near = ke.prove(ke.kan([[atom("gaussian")]]), ke.kan([[0]]), domain=Box(50, 60))
    assert isinstance(near, Refuted)


def test_steep_and_far_away_atoms_are_told_apart_near_their_centers() -> None:
    refuted(atom("sigmoid", 10**9, 10**15), line(1))
    refuted(atom("gaussian", 10**6, -(10**12) + 1), line())
    refuted(atom("exp", 10**6, 10**12), line())
    refuted(atom("sin", 10**20, 1), atom("sin", 10**20, 1 + TINY))


def test_values_of_gelu_at_points_are_not_known_to_be_independent() -> None:
    """Equal written forms are proved, different values refuted all the same."""
    here = Box(2, 2)
    proved(atom("gelu", -1, 0), atom("gelu", 1, 0) - line(2), here)
    refuted(atom("gelu"), atom("gelu", 1, TINY), here)


# --- the search is not trusted -----------------------------------------------------


@pytest.mark.parametrize("name", [n for n in ATOM_NAMES if n != "exp"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_wrong_reflection_in_the_search_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str, place: int
) -> None:
    """Slopes that occur nowhere else: what the search remembers is wrong, too."""
    table = atom_module._REFLECTIONS
    wrong = list(table[name])
    wrong[place] += 1 if place else 2
    monkeypatch.setitem(table, name, tuple(wrong))
    slope = F(1000 + place, 997)
    c, constant, linear = wrong
    believed = atom(name, slope, 0, c) + line(constant, linear * slope)
    outcome = ke.prove(ke.kan([[atom(name, -slope)]]), ke.kan([[believed]]))
    assert not isinstance(outcome, Proved)


def test_a_wrong_value_in_the_search_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(atom_module._AT_ZERO, "cos", F(2))
    f, g = atom("cos", F(991, 997)), line(2)
    outcome = ke.prove(ke.kan([[f]]), ke.kan([[g]]), domain=Box(0, 0))
    assert not isinstance(outcome, Proved)
