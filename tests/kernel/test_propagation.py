"""propagation, attained and exceeds: deep networks, both sides of a distance."""

from __future__ import annotations

import copy
from fractions import Fraction

import pytest
import sympy

from kan_equiv.kernel import check, propagation
from kan_equiv.kernel.enclosure import atom
from kan_equiv.kernel.reader import InvalidError
from tests.kernel import evaluate
from tests.kernel.builder import Builder, box, container, rat
from tests.kernel.hostile import exp_after_a_shift

F = Fraction
TENTH, FIFTH, THIRD = F(1, 10), F(1, 5), F(1, 3)
UNIT = [(-1, 1)]
z = sympy.Symbol("z", real=True)


def texts(*values):
    return [rat(v) for v in values]


def two_layers(b, slopes=(1, 2), shift=0, jump=False):
    """x -> s relu(x) + shift, then y -> t relu(y), or [y >= 0] in its place."""
    relu = b.bank([b.powers([(0, 1)])], [0])
    outer = b.bank([b.powers([(0, 0 if jump else 1)])], [0])
    one, two = b.linear([[slopes[0]]], [shift]), b.linear([[slopes[1]]])
    return b.network(1, relu, one, outer, two), (relu, one), (outer, two)


def deep(b, near=(TENTH, 0), errors=(TENTH, FIFTH), reach=(-1, 2), **other):
    """relu(x), then 2 relu(y), against the same with 1/10 added in between."""
    left, l0, l1 = two_layers(b, **other)
    right, r0, r1 = two_layers(b, shift=F(1, 10), **other)
    words = [
        (b.network(1, *l0), b.network(1, *r0)),
        (b.network(1, *l1), b.network(1, *r1)),
    ]
    boxes = [box(UNIT), box([reach])]
    layers = []
    for k, (first, second) in enumerate(words):
        at = b.judge(
            "distance",
            left=first,
            right=second,
            domain=boxes[k],
            bounds=texts(near[k]),
            subdivisions=0,
            points=[],
            attained=[],
        )
        step = {"distance": at, "range": [], "errors": texts(errors[k])}
        if k == 0:
            stages = b.objects[first]["stages"]
            cited = b.judge(
                "range",
                in_features=1,
                stages=stages,
                domain=boxes[0],
                bounds=boxes[1],
                subdivisions=0,
            )
            step["range"] = [cited]
        layers.append(step)
    sides = {"left": left, "right": right, "domain": box(UNIT)}
    b.judge("propagation", layers=layers, **sides)
    b.claim = {"kind": "within", "epsilon": texts(errors[-1])} | sides
    return sides


def verdict(**options):
    b = Builder()
    deep(b, **options)
    return check(b.bytes())


def test_errors_add_up_over_layers():
    assert verdict().verdict == "valid"
    found = verdict(errors=(F(1, 10), F(1, 5) - F(1, 10**9)))
    assert "layer 1, output 0" in found.reason
    assert "layer 0" in verdict(errors=(F(99, 1000), F(1, 5))).reason
    assert verdict(errors=(F(1, 10), F(1, 4))).verdict == "valid"
    assert verdict(errors=(F(1, 8), F(1, 5))).verdict == "invalid"
    assert verdict(errors=(F(1, 8), F(1, 4))).verdict == "valid"
    assert "bound is not reached" in verdict(near=(F(9, 100), F(0))).reason


def test_a_range_must_hold_what_comes():
    assert verdict(reach=(0, 1)).verdict == "valid"
    assert "leaves its bounds" in verdict(reach=(0, F(9, 10))).reason


def test_the_slope_is_taken_on_the_widened_box():
    """Behind [0, 1/2] the slope is 0 up to 1/2, but the error leads beyond."""
    b = Builder()
    kink = b.bank([b.powers([(1, 1)])], [0])
    line = b.linear([[1]])
    shifted = b.linear([[1]], [F(1, 10)])
    left, right = b.network(1, line, kink), b.network(1, shifted, kink)
    near = b.judge(
        "distance",
        left=b.network(1, line),
        right=b.network(1, shifted),
        domain=box([(0, 1)]),
        bounds=texts(F(1, 10)),
        subdivisions=0,
        points=[],
        attained=[],
    )
    reach = b.judge(
        "range",
        in_features=1,
        stages=[line],
        domain=box([(0, 1)]),
        bounds=box([(0, 1)]),
        subdivisions=0,
    )
    same = b.judge(
        "distance",
        left=b.network(1, kink),
        right=b.network(1, kink),
        domain=box([(0, 1)]),
        bounds=["0"],
        subdivisions=0,
        points=[],
        attained=[],
    )
    sides = {"left": left, "right": right, "domain": box([(0, 1)])}
    layers = [
        {"distance": near, "range": [reach], "errors": texts(F(1, 10))},
        {"distance": same, "range": [], "errors": texts(0)},
    ]
    b.judge("propagation", layers=layers, **sides)
    b.claim = {"kind": "within", "epsilon": ["0"]} | sides
    assert "layer 1" in check(b.bytes()).reason
    for entry in (b.judgements[-1]["layers"][1]["errors"], b.claim["epsilon"]):
        entry[0] = "1/10"
    assert check(b.bytes()).verdict == "valid"


def test_a_jump_is_refused_where_errors_arrive_and_only_there():
    assert "jump" in verdict(jump=True, errors=(F(1, 10), F(1, 5))).reason
    found = verdict(jump=True, slopes=(0, 2), near=(F(1, 10), 0))
    assert "jump" in found.reason
    b = Builder()
    left, first, second = two_layers(b, jump=True)
    one, two = b.network(1, *first), b.network(1, *second)
    layers = []
    for k, word in enumerate((one, two)):
        at = b.judge(
            "distance",
            left=word,
            right=word,
            domain=box([(0, 1)]),
            bounds=["0"],
            subdivisions=0,
            points=[],
            attained=[],
        )
        layers.append({"distance": at, "range": [], "errors": ["0"]})
        if k == 0:
            reach = b.judge(
                "range",
                in_features=1,
                stages=b.objects[word]["stages"],
                domain=box([(0, 1)]),
                bounds=box([(0, 1)]),
                subdivisions=0,
            )
            layers[0]["range"] = [reach]
    sides = {"left": left, "right": left, "domain": box([(0, 1)])}
    b.judge("propagation", layers=layers, **sides)
    b.claim = {"kind": "within", "epsilon": ["0"]} | sides
    assert check(b.bytes()).verdict == "valid"


def edited(change):
    b = Builder()
    deep(b)
    assert check(b.bytes()).verdict == "valid"
    header = copy.deepcopy(b.header())
    change(header)
    return check(container(header, b.buffers))


def step(k, **fields):
    def change(header):
        header["judgements"][-1]["layers"][k] |= fields

    return change


def side(**fields):
    def change(header):
        for place in (header["claim"], header["judgements"][-1]):
            place.update(fields)

    return change


@pytest.mark.parametrize(
    "change",
    [
        step(0, distance=1),
        step(0, distance=2),
        step(0, distance=-1),
        step(0, distance=3),
        step(0, range=[]),
        step(0, range=[0]),
        step(0, range=[1, 1]),
        step(0, range=1),
        step(1, range=[1]),
        step(1, distance=0),
        step(0, errors=[]),
        step(0, errors=["1/10", "1/10"]),
        step(0, errors=["-1/10"]),
        step(1, errors=["1/10"]),
        step(1, extra=1),
        side(domain=[["-2", "1"]]),
        side(domain=[]),
        side(domain=[["-inf", "1"]]),
        lambda h: h["judgements"][-1].update(layers=[]),
        lambda h: h["judgements"][-1]["layers"].reverse(),
        lambda h: h["judgements"][-1]["layers"].pop(),
        lambda h: h["judgements"][-1]["layers"].pop(0),
        lambda h: h["judgements"][-1].update(right=h["judgements"][-1]["left"]),
        lambda h: h["judgements"].pop(),
        lambda h: h["judgements"].pop(1),
    ],
)
def test_broken_propagations(change):
    assert edited(change).verdict == "invalid"


def test_a_smaller_domain_is_covered():
    assert edited(side(domain=[["0", "1"]])).verdict == "valid"


def test_derivatives_of_atoms_are_bounded_and_not_by_much():
    functions = {
        "silu": z / (1 + sympy.exp(-z)),
        "sigmoid": 1 / (1 + sympy.exp(-z)),
        "gelu": z * (1 + sympy.erf(z / sympy.sqrt(2))) / 2,
        "gaussian": sympy.exp(-(z**2)),
        "sin": sympy.sin(z),
        "cos": sympy.cos(z),
    }
    assert functions.keys() == propagation.SLOPES.keys()
    for name, f in functions.items():
        first = sympy.lambdify(z, sympy.diff(f, z), "mpmath")
        values = [float(first(k / 50)) for k in range(-400, 401)]
        low, high = propagation.SLOPES[name]
        assert low <= min(values) <= low + F(3, 1000)
        assert high - F(3, 1000) <= max(values) <= high


def test_slopes():
    known = {
        ("power", 2): ([1, 0], 2),
        ("step", F(0), 1): ([3, 1], 1),
        ("atom", "sigmoid", F(4), F(0)): ([0, 2], 1),
        ("atom", "exp", F(-1), F(0)): ([0, 0], 1),
    }
    # x^2/2 + 3 relu(x) and relu(x) + 2 sigmoid(4x) on [-2, 1]
    assert propagation.slopes(known, F(-2), F(1)) == [4, 3]
    falling = {("atom", "exp", F(-1), F(0)): ([-1], 2)}
    (steep,) = propagation.slopes(falling, F(-2), F(5))
    assert 0 < steep - F(str(sympy.N(sympy.exp(2) / 2, 40))) < F(1, 10**9)
    for jump in (("point", F(0)), ("step", F(0), 0)):
        with pytest.raises(InvalidError, match="jump"):
            propagation.slopes({jump: ([1], 1)}, F(-1), F(1))
        assert propagation.slopes({jump: ([0], 1)}, F(-1), F(1)) == [0]


# --- values that are attained ---------------------------------------------------------


def supremum(b, attained, points=((THIRD,),), bits=0, change=None):
    sides = deep(b)
    fields = {
        "within": len(b.judgements) - 1,
        "bits": bits,
        "points": [texts(*p) for p in points],
        "attained": texts(*attained),
    }
    b.judge("attained", **(fields | (change or {})), **sides)
    b.claim = {
        "kind": "supremum",
        "epsilon": texts(F(1, 5)),
        "attained": texts(*attained),
    } | sides
    return check(b.bytes())


@pytest.mark.parametrize("bits", [0, 64, 4096])
def test_what_is_attained_at_a_point(bits):
    assert supremum(Builder(), [F(1, 5) - F(1, 10**9)], bits=bits).verdict == "valid"
    found = supremum(Builder(), [F(1, 5) + F(1, 10**9)], bits=bits)
    assert "less is attained" in found.reason
    exact = supremum(Builder(), [F(1, 5)], bits=bits).verdict
    assert exact == ("valid" if bits == 0 else "invalid")
    assert "outside" in supremum(Builder(), [0], [(F(3, 2),)], bits).reason


@pytest.mark.parametrize(
    "change",
    [
        {"within": 0},
        {"within": 1},
        {"within": 4},
        {"within": -1},
        {"bits": -1},
        {"bits": 4097},
        {"points": []},
        {"points": [["1/3", "1/3"]]},
        {"points": [[]]},
        {"points": [["1/3"], ["1/3"]]},
        {"attained": []},
        {"attained": ["1/5", "1/5"]},
        {"extra": 1},
    ],
    ids=str,
)
def test_broken_values(change):
    assert supremum(Builder(), [F(1, 5)]).verdict == "valid"
    assert supremum(Builder(), [F(1, 5)], change=change).verdict == "invalid"


def test_a_claim_may_say_less_and_not_more():
    for epsilon, attained, expected in (
        (F(1, 5), F(1, 5), "valid"),
        (F(1, 4), F(1, 6), "valid"),
        (F(1, 6), F(1, 6), "invalid"),
        (F(1, 4), F(1, 4), "invalid"),
    ):
        b = Builder()
        supremum(b, [F(1, 5)])
        b.claim |= {"epsilon": texts(epsilon), "attained": texts(attained)}
        assert check(b.bytes()).verdict == expected


def test_the_points_of_a_distance():
    """relu and relu/2 + x/4: |x|/4, at -1 and 1."""
    b = Builder()
    relu = b.bank([b.powers([(0, 1)])], [0])
    both = b.add(
        "concatenation", bases=[b.powers([(0, 1)]), b.add("monomial", degrees=[1])]
    )
    left = b.network(1, relu)
    right = b.network(1, b.bank([both], [0]), b.linear([[F(1, 2), F(1, 4)]]))
    sides = {"left": left, "right": right, "domain": box(UNIT)}

    def found(attained, point, change=None):
        b.judgements = []
        fields = {
            "bounds": ["1/4"],
            "subdivisions": 0,
            "points": [texts(*point)],
            "attained": texts(attained),
        }
        b.judge("distance", **(fields | (change or {})), **sides)
        b.claim = {"kind": "supremum", "epsilon": ["1/4"]} | sides
        b.claim["attained"] = texts(attained)
        return check(b.bytes())

    for x in (-1, 1):
        assert found(F(1, 4), [x]).verdict == "valid"
    assert found(F(1, 4), [F(99, 100)]).verdict == "invalid"
    assert found(F(1, 10), [F(-2, 5)]).verdict == "valid"
    assert "outside" in found(F(1, 4), [2]).reason
    assert "length" in found(F(1, 4), [1, 1]).reason
    assert found(F(1, 4), [1], {"points": []}).verdict == "invalid"
    assert found(F(1, 4), [1], {"attained": []}).verdict == "invalid"
    # without points it shows less than the claim
    assert found(F(1, 4), [1], {"points": [], "attained": []}).verdict == "invalid"


def test_points_of_ridge_functions():
    """relu(x + 2y) and relu(x + 2y)/2: half of the direction's value."""
    b = Builder()
    mix, relu = b.linear([[1, 2]]), b.bank([b.powers([(0, 1)])], [0])
    left = b.network(2, mix, relu)
    right = b.network(2, mix, relu, b.linear([[F(1, 2)]]))
    sides = {"left": left, "right": right, "domain": box([(0, 1), (0, 2)])}
    for attained, expected in ((F(5, 2), "valid"), (F(51, 20), "invalid")):
        b.judgements = []
        b.judge(
            "distance",
            bounds=["5/2"],
            subdivisions=0,
            points=[["1", "2"]],
            attained=texts(attained),
            **sides,
        )
        b.claim = {"kind": "supremum", "epsilon": ["5/2"]} | sides
        b.claim["attained"] = texts(attained)
        assert check(b.bytes()).verdict == expected


# --- refutations of a bound ----------------------------------------------------------


def exceeds(epsilon, point=(1,), output=0, bits=0, claim=None, domain=UNIT):
    b = Builder()
    left, right = b.network(1), b.network(1, b.linear([[F(1, 2)]]))
    sides = {"left": left, "right": right, "domain": box(domain)}
    fields = {"output": output, "epsilon": rat(epsilon)}
    b.judge("exceeds", point=texts(*point), bits=bits, **fields, **sides)
    b.claim = {"kind": "exceeds"} | fields | sides | (claim or {})
    return check(b.bytes())


def test_a_difference_that_exceeds_a_bound():
    found = exceeds(F(1, 3))
    assert found.verdict == "valid"
    assert found.claim.startswith("left and right differ by more than 1/3 in output 0")
    assert exceeds(F(1, 2)).verdict == "invalid"  # equal is not more
    assert exceeds(F(1, 2) - F(1, 10**30)).verdict == "valid"
    third, near = (F(1, 3),), F(1, 6) - F(1, 10**30)
    assert exceeds(near, third, bits=64).verdict == "invalid"
    assert exceeds(near, third, bits=256).verdict == "valid"
    assert exceeds(F(1, 3), domain=()).verdict == "valid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"point": (F(1, 2),)},
        {"point": (2,)},
        {"point": ()},
        {"point": (1, 1)},
        {"output": 1},
        {"output": -1},
        {"bits": 4097},
        {"claim": {"epsilon": "2/5"}},
        {"claim": {"epsilon": "1/2"}},
        {"claim": {"kind": "refuted"}},
        {"claim": {"kind": "equal"}},
        {"claim": {"output": 1}},
        {"claim": {"domain": []}},
        {"claim": {"left": 1}},
    ],
    ids=str,
)
def test_wrong_refutations_of_a_bound(wrong):
    assert exceeds(F(1, 3)).verdict == "valid"
    assert exceeds(F(1, 3), **wrong).verdict == "invalid"


def test_a_refutation_of_one_bound_refutes_smaller_ones():
    assert exceeds(F(1, 3), claim={"epsilon": "1/4"}).verdict == "valid"


def test_bounds_agree_with_plain_evaluation():
    b = Builder()
    sides = deep(b)
    for k in range(-20, 21):
        values = [evaluate.network(b, sides[s], [F(k, 20)]) for s in ("left", "right")]
        assert abs(values[0][0] - values[1][0]) <= F(1, 5)


def test_the_slope_of_exp_is_rounded_up():
    """With its argument rounded down the bound is below the true difference."""
    assert check(exp_after_a_shift()[0]).verdict == "valid"
    data, c, e, bound = exp_after_a_shift(below=1)
    argument = (c.numerator << 512) // c.denominator
    exp_c = F(atom("exp", (argument, argument), 512)[0], 1 << 512)
    assert bound < e * exp_c  # <= exp(c + e) - exp(c)
    refused = check(data)
    assert (refused.verdict, refused.judgement) == ("invalid", 3)
    assert "the error may be larger" in refused.reason
