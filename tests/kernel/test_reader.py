"""The container and every object kind: one good file, and every way to break it."""

from __future__ import annotations

import copy
import hashlib
import json
import struct
from fractions import Fraction

import pytest

from kan_equiv.kernel import check, reader, verdict
from tests.kernel.builder import Builder, canonical, container, jump_matrix

F = Fraction


def everything():
    """A valid certificate that holds every kind of object and judgement."""
    b = Builder()
    knots = [F(0), F(1), F(2), F(7, 2)]
    spline = b.bspline(knots, 1)
    local = b.add("local", knots=["0", "1", "2", "7/2"], degree=1, centers=[1, 2])
    monomial = b.add("monomial", degrees=[0, 1])
    pieces = b.pieces(([F(1, 2)], [[], [1, 2]], [3]))
    atom = b.atoms([("silu", 2, F(-1, 3))])
    ratio = b.ratios([((1, 0, 1), 2, [1], [[1, 2], []])])
    joined = b.add(
        "concatenation", bases=[spline, local, monomial, pieces, atom, ratio]
    )
    bank = b.bank([joined], [0, 0])
    spline_part = b.dense(
        2,
        2,
        11,
        (b.floats([2, 11, 2], [k / 4 for k in range(44)]), "oki"),
        (b.floats([2, 2], [1, 0, 0.5, -2], "float64"), "io"),
        (b.integers([22], range(-8, 14), [3] * 22), "c"),
        (b.integers([], [5], [7]), ""),
    )
    affine = b.affine(spline_part, b.floats([2], [0.5, -1], "bfloat16"))
    block = b.matrix([[1, 0], [0, 1]])
    both = b.add("block_diagonal", blocks=[block], block_of=[0])
    chain = b.add("composition", maps=[both, b.selection([1, 0], 2)])
    back = b.affine(chain, [0, 0])
    swap = b.affine(b.selection([1, 0], 2), [0, 0])
    one = b.floats([2, 2], [1, 0, 0, 1], "float16")
    woven = b.dense(2, 2, 1, (one, "oi"))
    weave = b.affine(b.add("interleave", parts=[woven], inputs=2), [0, 0])
    parts = [b.network(1, b.bank([b.powers([(0, 1)])], [0])), b.network(1)]
    parallel = b.add("parallel", networks=parts)
    left = b.network(2, bank, affine, swap)
    right = b.network(2, weave, bank, affine, back)
    b.network(2, parallel)
    insert = b.window(2, [], [weave])
    turn = b.window(2, [back], [swap])
    b.compose(left, right, [[0, insert, "forward"], [3, turn, "backward"]])
    return b


GOOD = everything()


def test_the_good_file_is_valid():
    verdict = check(GOOD.bytes())
    assert (verdict.verdict, verdict.reason) == ("valid", "")
    assert "cells" in verdict.modules


def positions(value, path=()):
    """Paths of all the leaves and containers below a JSON value."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from positions(value[key], (*path, key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from positions(value[index], (*path, index))


def changed(header, path, new):
    header = copy.deepcopy(header)
    at = header
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return header


WRONG = [None, True, False, -1, 10**6, 0.5, "", "x", "1/0", "2/4", "-0", [], {}, [[]]]
HEADER = GOOD.header()
PATHS = [p for p in positions(HEADER) if p and p[0] != "metadata" and p[-1] != "name"]


@pytest.mark.parametrize("new", WRONG, ids=repr)
def test_every_field_with_a_wrong_value_is_refused(new):
    for path in PATHS:
        header = changed(HEADER, path, new)
        old = HEADER
        for key in path:
            old = old[key]
        unchanged = type(new) is type(old) and new == old
        valid = check(container(header, GOOD.buffers)).verdict == "valid"
        if valid and not unchanged:
            # A list of stages may be empty in the network that nothing refers to, and
            # the bank is shared by both sides, so that its numbers may be others.
            assert type(new) is type(old), (path, old, new)
            assert path[0] == "objects", (path, old, new)
            kind = HEADER["objects"][path[1]]["type"]
            assert kind in MAY_CHANGE, (path, old, new)


MAY_CHANGE = {
    "network",
    "bspline",
    "local",
    "monomial",
    "piecewise",
    "rational",
    "atom",
    "affine",
}


@pytest.mark.parametrize("path", [p for p in PATHS if isinstance(p[-1], str)], ids=str)
def test_every_missing_key_is_refused(path):
    header = copy.deepcopy(HEADER)
    at = header
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    assert check(container(header, GOOD.buffers)).verdict == "invalid"


def test_every_extra_key_is_refused():
    for path in [p for p in positions(HEADER) if p[:1] != ("metadata",)]:
        header = copy.deepcopy(HEADER)
        at = header
        for key in path:
            at = at[key]
        if isinstance(at, dict):
            at["extra"] = 1
            verdict = check(container(header, GOOD.buffers))
            assert verdict.verdict == "invalid", path


def test_every_changed_byte_is_refused():
    """All bytes of a small file: magic, length, header with its digests, buffers."""
    b = Builder()
    relu = b.bank([b.powers([(0, 1)])], [0])
    data = b.equal(1, [relu], [b.linear([[1]]), relu])
    assert check(data).verdict == "valid"
    metadata = data.index(b'"metadata":')
    names = {data.index(b'"name":"t"') + 8, data.rindex(b'"name":"t"') + 8}
    for position in range(len(data)):
        for flip in (1, 0x20, 0x80):
            broken = bytearray(data)
            broken[position] ^= flip
            if check(bytes(broken)).verdict == "valid":
                text = position in names or position >= metadata
                assert text, (position, flip, data[position - 20 : position + 20])


def test_every_truncation_and_extension_is_refused():
    data = GOOD.bytes()
    for end in [*range(40), *range(40, len(data), 97), len(data) - 1]:
        assert check(data[:end]).verdict == "invalid"
    assert check(data + b"\0").verdict == "invalid"


def test_the_header_length_is_bounded_by_the_file():
    assert check(b"KANEQUIV" + (2**64 - 1).to_bytes(8, "little")).verdict == "invalid"


def encoded(text, buffers=()):
    return b"KANEQUIV" + len(text).to_bytes(8, "little") + text + b"".join(buffers)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b" " + text,
        lambda text: text + b"\n",
        lambda text: text.replace(b'"version":1', b'"version":1.0'),
        lambda text: text.replace(b'"version":1', b'"version":1e0'),
        lambda text: text.replace(b'"version":1', b'"version":true'),
        lambda text: text.replace(b'"version":1', b'"version":NaN'),
        lambda text: text.replace(b'"version":1', b'"version":01'),
        lambda text: text.replace(b'"version":1', b'"version":-0'),
        lambda text: text.replace(b'"version":1', b'"version":1,"version":1'),
        lambda text: text.replace(b'"version":1', b'"version":2'),
        lambda text: text.replace(b'"tests"', b'"\\u0074ests"'),
        lambda text: text.replace(b'"tests"', '"tést"'.encode()),
        lambda text: text.decode().encode("utf-16-le"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: b"[" * 10**6,
        lambda text: b"[]",
        lambda text: b"null",
        lambda text: b"1" * 10**5,
    ],
)
def test_other_spellings_of_the_header_are_refused(spoil):
    text = spoil(canonical(HEADER))
    assert check(encoded(text, GOOD.buffers)).verdict == "invalid"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "+1",
            "01",
            "1/1",
            "2/2",
            "2/4",
            "1/0",
            "0/1",
            "0/5",
            "-0",
            "1/-2",
            "--1",
            "1 ",
        ),
        *(" 1", "1/02", "1_0", "1e3", "0.5", "", "/2", "1/", "inf", "nan", "1\n", "-"),
        *("\u0661", "1/\u0662", "\u00b2", "\uff11", "0x1"),
    ],
)
def test_rationals_have_one_spelling(text):
    with pytest.raises(reader.InvalidError):
        reader.rational(text)


@pytest.mark.parametrize("text", ["0", "-1", "7", "1/2", "-22/7", "1" + "0" * 9000])
def test_rationals(text):
    numerator, _, denominator = text.partition("/")
    value = reader.rational(text)
    assert value.denominator == int(denominator or 1)
    if len(text) < 4000:
        assert value.numerator == int(numerator)
    else:
        assert value.numerator == 10**9000


def test_an_integer_with_too_many_digits_is_refused():
    with pytest.raises(reader.InvalidError, match="digits"):
        reader.rational("1" * (reader.MAX_DIGITS + 1))


# --- one table per object kind: fields that replace those of a good object ----------


def good_objects():
    """For each kind, a function that adds a good object and what it leans on."""

    def dense(b):
        tensor = b.floats([2, 3], [1, 2, 3, 4, 5, 6])
        return b.dense(2, 1, 3, (tensor, "oc"))

    def stages(b):
        return b.bank([b.powers([(0, 1)])], [0, 0])

    return {
        "float_tensor": lambda b: b.floats([2], [1, 2]),
        "integer_tensor": lambda b: b.integers([2, 2], [1, 2, 3, 4], [1, 5]),
        "dense": dense,
        "interleave": lambda b: b.add("interleave", parts=[dense(b)], inputs=3),
        "selection": lambda b: b.selection([0, 2], 3),
        "block_diagonal": lambda b: b.add(
            "block_diagonal", blocks=[dense(b)], block_of=[0]
        ),
        "composition": lambda b: b.add(
            "composition", maps=[dense(b), b.selection([0], 2)]
        ),
        "bspline": lambda b: b.bspline([0, 1, 2, 3], 2),
        "truncated_power": lambda b: b.powers([(0, 1), (F(1, 2), 0)]),
        "monomial": lambda b: b.add("monomial", degrees=[0, 3]),
        "atom": lambda b: b.atoms([("tanh", 1, 0)]),
        "piecewise": lambda b: b.pieces(([0, 1], [[], [1], [0, 2]], [5, 6])),
        "guarded": lambda b: b.add("guarded", functions=[GUARDED]),
        "straight_line": lambda b: b.add("straight_line", programs=[[["relu", 0]]]),
        "rational": lambda b: b.ratios([((1, 0, 1), 1, [0], [[], [2]])]),
        "local": lambda b: b.add("local", knots=["0", "1", "2"], degree=1, centers=[1]),
        "concatenation": lambda b: b.add("concatenation", bases=[b.powers([(0, 1)])]),
        "affine": lambda b: b.affine(dense(b), [1, 2]),
        "bank": stages,
        "parallel": lambda b: b.add("parallel", networks=[b.network(2, stages(b))]),
        "maximum": lambda b: b.maximum([[0], [1, 0], [1, 1, 0]], 2),
        "product": lambda b: b.product([[0], [1, 0], [1, 1, 0]], 2),
        "vector_atom": lambda b: b.add(
            "vector_atom", function="layer_norm", features=2, parameters=["1/100000"]
        ),
        "network": lambda b: b.network(2, stages(b)),
    }


GUARDED = {"atom": ["log", "1", "0"], "ends": ["0"], "cells": [0, 1], "points": [0]}
RATIO = {
    "denominator": ["1", "0", "1"],
    "power": 1,
    "breakpoints": ["0"],
    "pieces": [[], ["2"]],
}
BAD_FIELDS = {
    "float_tensor": [
        {"dtype": "float8"},
        {"dtype": "float64"},
        {"dtype": ["float32"]},
        {"shape": [1]},
        {"shape": [3]},
        {"shape": [2, 0]},
        {"shape": [-1, -2]},
        {"shape": [True, 2]},
        {"shape": 2},
        {"shape": []},
        {"buffer": 1},
        {"buffer": -1},
        {"buffer": False},
        {"name": None},
        {"name": 3},
        {"type": "double_tensor"},
    ],
    "integer_tensor": [
        {"width": 0},
        {"width": 2},
        {"width": True},
        {"width": 10**9},
        {"denominators": ["1"] * 3},
        {"denominators": []},
        {"denominators": ["0", "1"]},
        {"denominators": ["-1", "1"]},
        {"denominators": ["1/2", "1"]},
        {"denominators": [1, 5]},
        {"denominators": ["01", "5"]},
        {"denominators": "15"},
        {"shape": [4, 2]},
        {"shape": [2, 2, 0]},
    ],
    "dense": [
        {"factors": []},
        {"factors": [[0, "ok"], [0, "oo"]]},
        {"factors": [[0, "co"]]},
        {"factors": [[0, "oi"]]},
        {"factors": [[0, "oic"]]},
        {"factors": [[0, "o"]]},
        {"factors": [[0, ""]]},
        {"factors": [[0, "OC"]]},
        {"factors": [[0, "oc", 1]]},
        {"factors": [[0]]},
        {"factors": [[1, "oc"]]},
        {"factors": [[-1, "oc"]]},
        {"factors": [["0", "oc"]]},
        {"factors": [[False, "oc"]]},
        {"out": 3},
        {"out": 0},
        {"groups": 3},
        {"groups": -1},
        {"width": 1},
        {"out": 10**30},
    ],
    "interleave": [
        {"inputs": 2},
        {"inputs": 0},
        {"inputs": 6},
        {"parts": []},
        {"parts": [0]},
    ],
    "selection": [
        {"indices": []},
        {"indices": [3]},
        {"indices": [-1]},
        {"indices": [True]},
        {"indices": ["0"]},
        {"columns": 0},
        {"columns": 2},
        {"columns": 10**12},
    ],
    "block_diagonal": [
        {"blocks": []},
        {"block_of": []},
        {"block_of": [1]},
        {"block_of": [-1]},
        {"blocks": [0]},
        {"blocks": [2]},
    ],
    "composition": [{"maps": [1]}, {"maps": []}, {"maps": [2, 1]}, {"maps": [1, 1]}],
    "bspline": [
        {"knots": ["0", "2", "1", "3"]},
        {"knots": ["0", "1", "2"]},
        {"knots": []},
        {"knots": [0, 1, 2, 3]},
        {"degree": 3},
        {"degree": -1},
        {"degree": True},
        {"degree": "2"},
        {"knots": ["0"] * (reader.MAX_KNOTS + 1)},
    ],
    "truncated_power": [
        {"terms": []},
        {"terms": [["0", -1]]},
        {"terms": [["0", True]]},
        {"terms": [["0", reader.MAX_DEGREE + 1]]},
        {"terms": [["0"]]},
        {"terms": [["0", 1, 1]]},
        {"terms": [[0, 1]]},
        {"terms": [{"0": 1}]},
        {"terms": [["0", 1]] * (reader.MAX_KNOTS + 1)},
    ],
    "monomial": [
        {"degrees": []},
        {"degrees": [-1]},
        {"degrees": [10**9]},
        {"degrees": ["1"]},
    ],
    "atom": [
        {"atoms": []},
        {"atoms": [["relu", "1", "0"]]},
        {"atoms": [["silu", "0", "0"]]},
        {"atoms": [["silu", 0, "0"]]},
        {"atoms": [["silu", "1"]]},
        {"atoms": [[["silu"], "1", "0"]]},
        {"atoms": [["silu", "1", "0", "0"]]},
    ],
    "piecewise": [
        {"functions": []},
        {"functions": [{"breakpoints": ["0"], "pieces": [[], []], "values": []}]},
        {"functions": [{"breakpoints": ["0"], "pieces": [[]], "values": ["0"]}]},
        {"functions": [{"breakpoints": [], "pieces": [], "values": []}]},
        {"functions": [{"breakpoints": [], "pieces": [["1", "0"]], "values": []}]},
        {"functions": [{"breakpoints": [], "pieces": [["0"]], "values": []}]},
        {"functions": [{"breakpoints": [], "pieces": [[]]}]},
        {"functions": [{"breakpoints": [], "pieces": [[]], "values": [], "x": 1}]},
        {
            "functions": [
                {"breakpoints": ["1", "0"], "pieces": [[]] * 3, "values": ["0"] * 2}
            ]
        },
        {
            "functions": [
                {"breakpoints": ["0", "0"], "pieces": [[]] * 3, "values": ["0"] * 2}
            ]
        },
        {"functions": [{"breakpoints": [], "pieces": [["1"] * 99], "values": []}]},
    ],
    "local": [
        {"degree": 0},
        {"degree": 2},
        {"centers": [0]},
        {"centers": [2]},
        {"centers": []},
        {"centers": [1, 1]},
        {"centers": [-2]},
        {"knots": ["0", "0", "2"]},
        {"knots": ["0", "2", "1"]},
    ],
    "guarded": [
        {"functions": []},
        {"functions": [{}]},
        {"functions": None},
        {"functions": [GUARDED | {"atom": ["log", "1"]}]},
        {"functions": [GUARDED | {"atom": ["relu", "1", "0"]}]},
        {"functions": [GUARDED | {"atom": ["silu", "0", "1"]}]},
        {"functions": [GUARDED | {"ends": ["0", "0"]}]},
        {"functions": [GUARDED | {"ends": []}]},
        {"functions": [GUARDED | {"cells": [0]}]},
        {"functions": [GUARDED | {"cells": [0, 2]}]},
        {"functions": [GUARDED | {"cells": [False, True]}]},
        {"functions": [GUARDED | {"points": []}]},
        {"functions": [GUARDED | {"points": [-1]}]},
        {"functions": [GUARDED | {"x": 1}]},
    ],
    "straight_line": [
        {"programs": []},
        {"programs": [[["relu", 1]]]},
        {"programs": [[["relu", 0, 0]]]},
        {"programs": [[["exp", 0]]]},
        {"programs": [[["atom", 0, "log"]]]},
        {"programs": [[["divided", 0, "2"], ["relu", 0]]]},
        {"programs": None},
    ],
    "rational": [
        {"functions": []},
        {"functions": [[{}]]},
        {"functions": {}},
        {"functions": [[RATIO | {"denominator": ["0", "1"]}]]},
        {"functions": [[RATIO | {"denominator": ["1", "0", "2"]}]]},
        {"functions": [[RATIO | {"power": 0}]]},
        {"functions": [[RATIO | {"breakpoints": []}]]},
        {"functions": [[RATIO | {"pieces": [["1"]]}]]},
        {"functions": [[RATIO | {"x": 1}]]},
        {"functions": [RATIO]},
    ],
    "concatenation": [{"bases": []}, {"bases": [1]}, {"bases": [-1]}, {"bases": 0}],
    "affine": [{"bias": 0}, {"bias": 1}, {"weight": 0}, {"weight": 2}, {"bias": 3}],
    "bank": [
        {"basis_of": []},
        {"basis_of": [1]},
        {"basis_of": [-1, 0]},
        {"bases": []},
        {"bases": [0, 0]},
        {"bases": [1]},
        {"basis_of": [False, 0]},
    ],
    "parallel": [
        {"networks": []},
        {"networks": [0]},
        {"networks": [1]},
        {"networks": [3]},
    ],
    "product": [
        {"columns": 0},
        {"columns": 1},
        {"columns": True},
        {"groups": []},
        {"groups": [[]]},
        {"groups": [[0], [2]]},
        {"groups": [[-1]]},
        {"groups": [[False]]},
        {"groups": [0]},
        {"groups": [[0] * 4097]},
        {"groups": None},
    ],
    "maximum": [
        {"columns": 0},
        {"columns": 1},
        {"columns": True},
        {"groups": []},
        {"groups": [[]]},
        {"groups": [[0], [2]]},
        {"groups": [[-1]]},
        {"groups": [[False]]},
        {"groups": [0]},
        {"groups": [[0] * 4097]},
        {"groups": None},
    ],
    "vector_atom": [
        {"function": "batch_norm"},
        {"function": 0},
        {"features": 0},
        {"features": True},
        {"parameters": []},
        {"parameters": ["0"]},
        {"parameters": ["-1"]},
        {"parameters": ["1", "1"]},
        {"parameters": [1]},
    ],
    "network": [
        {"in_features": 1},
        {"in_features": 0},
        {"in_features": True},
        {"stages": [0]},
        {"stages": [2]},
        {"stages": [1, 1, 0]},
        {"stages": None},
    ],
}


def test_the_tables_cover_every_object_kind():
    from kan_equiv.kernel.stages import TYPES

    assert set(BAD_FIELDS) == set(good_objects()) == set(TYPES)


def network_file(b):
    b.format, b.claim, b.judgements = "kan_equiv.network", None, []
    spare = b.network(1)
    b.claim = {"kind": "network", "network": spare}
    return b.bytes()


@pytest.mark.parametrize("kind", sorted(BAD_FIELDS))
def test_good_objects(kind):
    b = Builder()
    good_objects()[kind](b)
    verdict = check(network_file(b))
    assert (verdict.verdict, verdict.reason) == ("valid", "")


CASES = [(kind, fields) for kind in BAD_FIELDS for fields in BAD_FIELDS[kind]]


@pytest.mark.parametrize(("kind", "fields"), CASES, ids=str)
def test_bad_objects(kind, fields):
    b = Builder()
    index = good_objects()[kind](b)
    b.objects[index] |= fields
    if "buffer" not in b.objects[index]:
        assert len(b.buffers) <= 2
    verdict = check(network_file(b))
    assert verdict.verdict == "invalid"
    assert verdict.reason.startswith(f"object {index}: "), verdict.reason


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), -float("nan")]
)
@pytest.mark.parametrize("place", [0, 3, 6])
def test_nan_and_inf_are_refused(dtype, value, place):
    values = [1.0, -1.0, 0.0, -0.0, 2.5, -65504.0, 1.0]
    b = Builder()
    b.floats([7], values, dtype)
    assert check(network_file(b)).verdict == "valid"
    values[place] = value
    b = Builder()
    b.floats([7], values, dtype)
    verdict = check(network_file(b))
    assert verdict.verdict == "invalid"
    assert "nan or inf" in verdict.reason


def test_bfloat16_infinity_is_refused():
    b = Builder()
    index = b.buffer(struct.pack("<f", float("inf"))[2:])
    b.add("float_tensor", dtype="bfloat16", shape=[1], buffer=index, name="")
    assert "nan or inf" in check(network_file(b)).reason


def test_a_buffer_must_be_used_and_have_its_digest():
    b = Builder()
    b.buffer(b"1234")
    assert "not used" in check(network_file(b)).reason
    b = Builder()
    b.floats([1], [1.0])
    header = b.header() | {"format": "kan_equiv.network"}
    header["claim"] = {"kind": "network", "network": 0}
    header["buffers"][0]["sha256"] = hashlib.sha256(b"other").hexdigest()
    assert "wrong sha256" in check(container(header, b.buffers)).reason


@pytest.mark.parametrize(
    "metadata",
    [{"a": 1}, {"a": None}, {"a": ["b"]}, [], "text", None, {"a": {"b": "c"}}],
)
def test_metadata_are_flat_text(metadata):
    header = GOOD.header() | {"metadata": metadata}
    assert check(container(header, GOOD.buffers)).verdict == "invalid"


def test_metadata_are_never_trusted():
    header = GOOD.header() | {"metadata": {"verdict": "invalid", "\ud800": "\udfff"}}
    assert check(container(header, GOOD.buffers)).verdict == "valid"


def test_nesting_is_limited():
    b = Builder()
    m = b.selection([0], 1)
    for _ in range(reader.MAX_DEPTH + 1):
        m = b.add("interleave", parts=[m], inputs=1)
    assert "nested deeper" in check(network_file(b)).reason


def test_doubling_features_is_limited():
    b = Builder()
    net = b.network(1)
    for _ in range(40):
        net = b.network(
            b.objects[net]["in_features"] * 2, b.add("parallel", networks=[net, net])
        )
    assert check(network_file(b)).verdict == "invalid"


def test_doubling_compositions_is_limited():
    b = Builder()
    m = b.selection([0], 1)
    for _ in range(40):
        m = b.add("composition", maps=[m, m])
    assert "maps" in check(network_file(b)).reason


def test_files_beyond_the_limit_are_not_read(monkeypatch, tmp_path):
    from kan_equiv.kernel import check_file, verdict

    path = tmp_path / "large.cert"
    path.write_bytes(GOOD.bytes())
    assert check_file(path).verdict == "valid"
    monkeypatch.setattr(verdict, "MAX_FILE_BYTES", 100)
    assert "more than 100 bytes" in check_file(path).reason


def test_digests_see_content_and_not_names_or_indices():
    def with_prefix(count, name, value):
        b = Builder()
        for k in range(count):
            b.floats([1], [float(k)])
        tensor = b.floats([1, 1], [value], name=name)
        net = b.network(1, b.affine(b.dense(1, 1, 1, (tensor, "oc")), [0]))
        b.format = "kan_equiv.network"
        b.claim = {"kind": "network", "network": net}
        return check(b.bytes()).left

    assert with_prefix(0, "a", 1.0) == with_prefix(3, "b", 1.0) != ""
    assert with_prefix(0, "a", 1.0) != with_prefix(0, "a", 2.0)


def test_json_of_the_verdict_starts_with_the_verdict():
    shown = json.dumps(check(GOOD.bytes()).to_dict())
    assert shown.startswith('{"verdict": "valid"')
    assert jump_matrix([F(0), F(1), F(2)], 1) == [[1, -2, 1]]


def test_huge_numbers_are_shown_as_powers_of_two():
    """Python prints no integers of more than 4300 digits."""
    big = F(10) ** 5000
    for value in (big, -big, big / 3, -big / 3):
        up, down = (text_of(value, down) for down in (False, True))
        assert down <= value <= up
        assert up - down <= 4 * abs(value)


def text_of(value, down):
    sign, _, power = verdict._short(value, down).removeprefix("about ").partition("2^")
    return F(int(sign + "1")) * 2 ** int(power)


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("power", [1, 11, 12, 15, 40, 300])
def test_small_numbers_keep_digits_and_are_rounded_to_the_safe_side(
    power: int, down: bool
) -> None:
    value = Fraction(10**30 // 7, 10 ** (30 + power))
    text = verdict._short(value, down)
    digits, zeros = text.removeprefix("about ").split("/10^")
    found = Fraction(int(digits), 10 ** int(zeros))
    assert found <= value if down else found >= value
    assert abs(found - value) <= value / 100
