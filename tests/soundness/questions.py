"""Small networks, and the questions that are asked of a prover with a bug in it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import kan_equiv as ke
from kan_equiv.errors import CertificateError, NoBoundError
from kan_equiv.exact import PiecewisePolynomial, RationalTensor
from kan_equiv.exact.interval_union import IntervalUnion
from kan_equiv.ir import (
    Affine,
    Atom,
    AtomBasis,
    Bank,
    Box,
    BSplineBasis,
    ConcatenatedBasis,
    Dense,
    KnotVector,
    Maximum,
    MonomialBasis,
    Network,
    Product,
    Univariate,
)
from kan_equiv.prover import (
    normal_form,
    regions,
)
from kan_equiv.prover.outcome import Outcome, Unknown
from kan_equiv.prover.question import Question, Tactic
from tests.networks import kan

F = Fraction
Ask = Callable[[], Outcome]


# --- networks ---------------------------------------------------------------------


def hinge(t: Any, degree: int = 1, weight: Any = 1) -> PiecewisePolynomial:
    return PiecewisePolynomial.truncated_power(F(t), degree).scale(F(weight))


def layer(*edges: PiecewisePolynomial) -> Network:
    return ke.kan([list(edges)])


def splines(degree: int, *knots: Any) -> Network:
    basis = BSplineBasis(KnotVector.of(knots), degree)
    n = len(basis)
    weight = RationalTensor.from_fractions([F(k + 1, 3) for k in range(n)], (1, n))
    return Network(1, (Bank.of([basis]), Affine.linear(Dense.matrix(weight))))


def atom(name: str, slope: int, line: list[Any]) -> Network:
    basis = ConcatenatedBasis((AtomBasis((Atom(name, F(slope)),)), MonomialBasis((1,))))
    weight = RationalTensor.from_fractions(line, (1, 2))
    return Network(1, (Bank.of([basis]), Affine.linear(Dense.matrix(weight))))


def partial(*atoms: tuple[str, Any, Any, Any]) -> Network:
    """A sum of c name(a x + b), from (name, a, b, c)."""
    terms = tuple((Atom(n, F(a), F(b)), F(c)) for n, a, b, c in atoms)
    return ke.kan([[Univariate(PiecewisePolynomial.of([]), terms)]])


def shifted_in_the_middle(network: Network, by: Fraction) -> Network:
    """The network with the second bias of its middle affine stage moved."""
    at = [s for s, stage in enumerate(network.stages) if isinstance(stage, Affine)][1]
    stage = network.stages[at]
    assert isinstance(stage, Affine)
    first, second, *rest = stage.bias.fractions()
    moved = [first, second + by, *rest]
    bias = RationalTensor.from_fractions(moved, (len(moved),))
    stages = (
        *network.stages[:at],
        Affine(stage.weight, bias),
        *network.stages[at + 1 :],
    )
    return Network(network.in_features, stages)


def right_of_0(name: str, is_closed: bool) -> Network:
    """An atom at 0, or only right of it, and 0 elsewhere."""
    where = IntervalUnion.above(F(0), is_closed)
    terms = ((Atom(name, where=where), F(1)),)
    return ke.kan([[Univariate(PiecewisePolynomial.of([]), terms)]])


STEP = PiecewisePolynomial.truncated_power(F(1), 0)
OPEN_STEP = PiecewisePolynomial(STEP.breakpoints, STEP.pieces, (F(0),))
LEFT = PiecewisePolynomial.truncated_power(F(2), 1).compose_affine(F(-1), F(0))
CUBIC = splines(3, 0, 1, "3/2", 2, 4, 5)
QUADRATIC = splines(2, 0, 1, "3/2", 2, 4)
LAYER = layer(hinge(0) + hinge(1, 2, "1/3"), hinge("1/2", 1, -2))
ALIKE = layer(hinge(0) + hinge(2, 1, -3), hinge(5) + hinge(11, 1, "1/2"))
SQUARES, SQUARES_OFF = (
    ke.mlp([([[1], [-1]], [b, -b]), ([[1, 1]], [0])], degree=2) for b in (1, 0)
)
TANH = ke.mlp([([[1]], [0]), ([[1]], [0])], activation="tanh")
SIGMOID = ke.mlp([([[2]], [0]), ([[2]], [0])], activation="sigmoid")
UNITS = [[1, 2], [1, -1], [-1, 1]]
MLP = ke.mlp([(UNITS, [0, 1, 2]), ([[1, 2, 3]], [0])])
PERMUTED = ke.mlp([([UNITS[2], UNITS[0], UNITS[1]], [2, 0, 1]), ([[3, 1, 2]], [0])])
OFF = ke.mlp([([UNITS[2], UNITS[0], UNITS[1]], [2, 0, 1]), ([[3, 2, 1]], [0])])
FIRST = ([[1, 0], [0, 1]], ["-1/4", "-1/4"])
SECOND = ([[1, 1]], [-1])
TWO_LAYERS = ke.mlp([FIRST, SECOND, ([[1]], [0])])
PRODUCTS = Network(3, (Product(((0, 1, 2), (2,)), 3),))
PRODUCTS_OFF = shifted_in_the_middle(ke.convert(PRODUCTS).target, F(1, 1000))
MAXIMA = Network(3, (Maximum(((0, 1, 2), (2,)), 3),))
NEVER_BENDING = ke.mlp([([[1], [-1], [1]], [2, -2, 0]), ([[1, 5, 1]], [7])])
TWO_LAYERS_OFF = ke.mlp([FIRST, SECOND, ([[1]], ["1/9"])])

SCALED = [UNITS[2], ["1025/1024", "1025/512"], UNITS[1]]
NEARLY_REORDERED = ke.mlp([(SCALED, [2, 0, 1]), ([[3, 1, 2]], [0])])
FEWER = ke.mlp([(UNITS[:2], [0, 1]), ([[1, 2]], [0])])
LINE = PiecewisePolynomial.of([0, 1])
SUMS = ke.kan([[LINE, LINE], [LINE, LINE.scale(F(-1))]]).stages
BENT_NOWHERE = Network(2, (*SUMS, *layer(LINE, LINE).stages))
BENT_BEYOND_1 = Network(2, (*SUMS, *layer(LINE + hinge(1, 2), LINE).stages))
BENT_TWICE = Network(
    2,
    (
        *ke.kan([[hinge(0), LINE], [LINE, hinge(1)]]).stages,
        *layer(LINE + hinge(1), hinge(2, 1, 3)).stages,
    ),
)
BENT_TWICE_OFF = shifted_in_the_middle(
    ke.convert(BENT_TWICE, layout="sequential").target, F(1, 1000)
)
ZERO = ke.mlp([FIRST, ([[0, 0]], [0])])
DEEP = kan([2, 3, 1], degree=1, seed=3)


# --- questions --------------------------------------------------------------------


def converting(
    network: Network,
    to: str = "hinge",
    layout: str = "layers",
    domain: Box | None = None,
) -> Ask:
    def ask() -> Outcome:
        try:
            return ke.convert(network, to, layout=layout, domain=domain).prove()
        except CertificateError as error:
            return Unknown(str(error))

    return ask


def comparing(left: Network, right: Network, domain: Box | None = None) -> Ask:
    return lambda: ke.prove(left, right, domain=domain)


def by_regions(left: Network, right: Network) -> Ask:
    """Ask this tactic alone: others would refute before it starts."""

    def ask() -> Outcome:
        try:
            found = regions.prove_by_regions(Question(left, right))
        except CertificateError as error:
            return Unknown(str(error))
        assert found is not None
        return found

    return ask


def asking(tactic: Tactic, left: Network, right: Network) -> Ask:
    """Ask one tactic alone, as above."""

    def ask() -> Outcome:
        try:
            found = tactic(Question(left, right))
        except CertificateError as error:
            return Unknown(str(error))
        return Unknown("nothing found") if found is None else found

    return ask


def in_normal_form(left: Network, right: Network, domain: Box | None = None) -> Ask:
    """Ask this tactic alone, as above."""

    def ask() -> Outcome:
        box = domain and domain.for_inputs(left.in_features)
        found = normal_form.prove_by_normal_form(Question(left, right, box))
        assert found is not None
        return found

    return ask


def bounding(left: Network, right: Network) -> Ask:
    """Proved stands for a distance of which the kernel accepted both bounds."""

    def ask() -> Outcome:
        try:
            found = ke.distance(left, right, Box(-4, 4))
        except NoBoundError as error:
            return Unknown(str(error))
        return ke.Proved(found.certificate, str(found))

    return ask


def proving_the_theorem(degree: int, form: str) -> Ask:
    def ask() -> Outcome:
        try:
            found = ke.prove_schema(degree, form=form)
        except CertificateError as error:
            return Unknown(str(error))
        return ke.Proved(found.certificate, str(found))

    return ask
