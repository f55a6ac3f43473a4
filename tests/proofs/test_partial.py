"""log and sqrt in the verified checker: where both sides are defined, and its ends."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.exact import PiecewisePolynomial
from kan_equiv.ir import Atom, Box, Univariate
from kan_equiv.prover.outcome import Proved
from tests.kernel.builder import Builder, rat
from tests.proofs.agreement import compared, needs_checker, words_of_mutations

needs_checker()

F = Fraction
GOOD = Path(__file__).parents[2] / "proofs" / "certificates" / "good"
TINY = F(1, 10**30)
ZERO = PiecewisePolynomial.of([])


def atom(name: str, slope: object, shift: object = 0, c: object = 1) -> Univariate:
    return Univariate(ZERO, ((Atom(name, F(slope), F(shift)), F(c)),))


def line(*coefficients: object) -> Univariate:
    return Univariate(PiecewisePolynomial.of(coefficients))


LOG, SQRT = atom("log", 1), atom("sqrt", 1)
STEP = Univariate(PiecewisePolynomial.truncated_power(F(0), 0))
EQUAL = {
    "log(6x)": (atom("log", 6), LOG + atom("log", 0, 2) + atom("log", 0, 3), None),
    "log(2x/3 + 1)": (
        atom("log", F(2, 3), 1),
        atom("log", 2, 3) - atom("log", 0, 3),
        Box(F(1, 3), F(2, 3)),
    ),
    "log(large)": (
        atom("log", 2**61 - 1) + atom("log", 0, F(65521**2, 65537)),
        LOG
        + atom("log", 0, 2**61 - 1)
        + atom("log", 0, 65521, 2)
        # 65537 is beyond the trial divisors, and prime
        - atom("log", 0, 65537),
        None,
    ),
    "sqrt(4x + 8)": (atom("sqrt", 4, 8), atom("sqrt", 1, 2, 2), Box(-2, 3)),
    "sqrt(x/2)": (atom("sqrt", F(1, 2), 1), atom("sqrt", 2, 4, F(1, 2)), None),
    "sqrt(9/4)": (SQRT + atom("sqrt", 0, F(9, 4)), SQRT + line(F(3, 2)), None),
    "a step at an open end": (LOG + STEP, LOG + line(1), None),
    "nowhere": (LOG, SQRT.scale(7), Box(-3, -1)),
    "at one point": (
        (SQRT + atom("sqrt", -1)).scale(0) + atom("log", 1, 8),
        (SQRT + atom("sqrt", -1)).scale(0) + atom("log", 0, 2, 3),
        None,
    ),
}


@pytest.mark.parametrize("name", EQUAL)
def test_proofs_of_the_product_are_accepted_and_their_mutations_are_judged_alike(
    name: str, tmp_path: Path
) -> None:
    f, g, domain = EQUAL[name]
    outcome = ke.prove(ke.kan([[f]]), ke.kan([[g]]), domain=domain)
    assert isinstance(outcome, Proved)
    data = outcome.certificate.data
    assert compared(data, tmp_path) == "valid"
    assert words_of_mutations(data, tmp_path, ("objects",))["invalid"] > 5


@pytest.mark.parametrize(
    "name", ["logs_and_roots", "square_of_a_root_on_a_half_line", "defined_nowhere"]
)
def test_of_the_corpus(name: str, tmp_path: Path) -> None:
    assert compared((GOOD / f"{name}.cert").read_bytes(), tmp_path) == "valid"


@pytest.mark.parametrize(
    ("powers", "line", "domain", "word"),
    [
        ([2], [0, 3], [(0, "inf")], "valid"),
        ([2], [0, 3], (), "invalid"),
        ([2], [0, 3], [(rat(-TINY), 1)], "invalid"),
        ([2], [0, 3 + TINY], [(0, 1)], "invalid"),
        ([0, 4], [1, 0, 9], [(0, 1)], "valid"),
        ([0, 4], [1, 0, -9], [(0, 1)], "invalid"),
        ([3], [0, 3], [(0, 1)], "unsupported"),
    ],
)
def test_even_powers_of_a_root(
    powers: Any, line: Any, domain: Any, word: str, tmp_path: Path
) -> None:
    """(c sqrt(x))^2 = c^2 x where x >= 0, here with c^2 = 3."""
    b = Builder()
    root, outer = b.atoms([("sqrt", 3, 0)]), b.add("monomial", degrees=powers)
    left = [b.bank([root], [0]), b.bank([outer], [0]), b.linear([[1] * len(powers)])]
    degrees = b.add("monomial", degrees=list(range(len(line))))
    right = [b.bank([degrees], [0]), b.linear([line])]
    assert compared(b.equal(1, left, right, domain), tmp_path) == word


def sums(left: Any, right: Any, domain: Any = ()) -> bytes:
    """One window: sums of atoms `(name, a, b)` with weights on both sides."""
    b = Builder()
    words = []
    for side in (left, right):
        bank = b.bank([b.atoms([entry[:3] for entry in side])], [0])
        words.append([bank, b.linear([[entry[3] for entry in side]])])
    return b.equal(1, *words, domain)


ONE = ("exp", 1, 0, 0)  # 0, defined everywhere
NO_LOG, NO_SQRT = ("log", 1, 0, 0), ("sqrt", 1, 0, 0)  # 0 where defined


@pytest.mark.parametrize(
    ("left", "right", "domain", "word"),
    [
        # log is not defined at 0, and sqrt is
        ([NO_LOG], [ONE], (), "invalid"),
        ([NO_LOG], [ONE], [(0, 1)], "invalid"),
        ([NO_LOG], [ONE], [(rat(TINY), 1)], "valid"),
        ([NO_SQRT], [ONE], [(0, 1)], "valid"),
        ([NO_SQRT], [ONE], [(rat(-TINY), 1)], "invalid"),
        ([NO_LOG], [NO_SQRT], (), "invalid"),
        ([NO_LOG], [NO_SQRT], [(0, 1)], "invalid"),
        ([NO_LOG], [NO_SQRT], [(rat(TINY), "inf")], "valid"),
        ([NO_LOG], [NO_SQRT], [("-inf", rat(-TINY))], "valid"),
        ([NO_LOG], [NO_SQRT], [("-inf", 0)], "invalid"),
        # the same values on different half-lines
        ([NO_LOG], [("log", 1, rat(TINY), 0)], (), "invalid"),
        ([NO_LOG], [("log", 2, 0, 0)], (), "valid"),
        ([NO_LOG], [("log", -1, 0, 0)], (), "invalid"),
        # several at once: the intersection counts, closed, open, one point, empty
        ([NO_LOG, NO_SQRT], [NO_LOG], (), "valid"),
        ([NO_LOG, NO_SQRT], [NO_SQRT], (), "invalid"),
        ([NO_SQRT, ("sqrt", -1, 0, 1)], [NO_SQRT, ("sqrt", -2, 0, 5)], (), "valid"),
        ([NO_LOG, ("log", -1, 0, 1)], [("log", 1, 1, 1), ("sqrt", -1, -2, 3)], (),
         "valid"),
        ([NO_LOG, ("log", -1, 0, 1)], [ONE], (), "invalid"),
        # values
        ([("log", 8, 0, 1)], [("log", 1, 0, 1), ("log", 0, 2, 3)], (), "valid"),
        ([("log", 8, 0, 1)], [("log", 1, 0, 1), ("log", 0, 2, 2)], (), "invalid"),
        ([("sqrt", 8, 0, 1)], [("sqrt", 2, 0, 2)], (), "valid"),
        ([("sqrt", 8, 0, 1)], [("sqrt", 2, 0, -2)], (), "invalid"),
        ([("log", 4, 0, 1)], [("log", 0, 8, 1), ("log", 1, 0, 0)], [(2, 2)], "valid"),
        ([("log", 4, 0, 1)], [("log", 0, 9, 1), ("log", 1, 0, 0)], [(2, 2)], "invalid"),
    ],
)  # fmt: skip
def test_ends_and_values(
    left: Any, right: Any, domain: Any, word: str, tmp_path: Path
) -> None:
    assert compared(sums(left, right, domain), tmp_path) == word
    assert compared(sums(right, left, domain), tmp_path) == word


def test_a_constant_has_to_be_defined(tmp_path: Path) -> None:
    for name, b, word in [
        ("log", 0, "invalid"),
        ("log", TINY, "valid"),
        ("sqrt", -TINY, "invalid"),
        ("sqrt", 0, "valid"),
        ("exp", 1, "invalid"),
    ]:
        entry = (name, 0, rat(b), 1)
        assert compared(sums([entry], [entry]), tmp_path) == word


def test_inside_of_networks_and_in_several_inputs(tmp_path: Path) -> None:
    """Each x_i has its own extent, and a log that nothing reads still counts."""
    for weight, verdict in ((0, "invalid"), (1, "valid")):
        b = Builder()
        log, sqrt = b.atoms([("log", 1, 0)]), b.atoms([("sqrt", 1, 0)])
        inner = b.network(1, b.bank([log], [0]))
        both = b.add("parallel", networks=[inner, b.network(1, b.bank([sqrt], [0]))])
        other = b.add("parallel", networks=[inner, b.network(1)])
        half = b.linear([[1, 1]]) if weight else b.linear([[1, 0]])
        left, right = [both, half], [both if weight else other, half]
        data = b.equal(2, left, [*right, b.linear([[1]])])
        assert compared(data, tmp_path) == verdict


def test_bounds_of_logs_are_left_to_others(tmp_path: Path) -> None:
    b = Builder()
    word = [b.bank([b.atoms([("log", 1, 0)])], [0])]
    sides = {
        "left": b.network(1, *word),
        "right": b.network(1),
        "domain": [["1", "2"]],
    }
    b.claim = {"kind": "within", "epsilon": ["9"], **sides}
    b.judge("distance", bounds=["9"], subdivisions=0, points=[], attained=[], **sides)
    assert compared(b.bytes(), tmp_path) == "unsupported"
    assert "unsupported" in kernel.check(b.bytes()).reason
