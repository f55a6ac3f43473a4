"""The container, the header, and what every part of a file has to look like."""

from __future__ import annotations

from tests.kernel.builder import container
from tests.soundness.corpus.small.writer import Writer, alone, first


def changed(b: Writer, **fields: object) -> bytes:
    return container(b.header() | fields, b.buffers)


@alone(
    "a network file with a judgement", "verdict", "return replace(verdict, reason='a"
)
def network_with_a_judgement(b):
    b.format, b.claim = "kan_equiv.network", {"kind": "network", "network": 0}
    b.network(1)
    b.window(1, [], [])


@alone("a number in the metadata", "reader", "raise InvalidError('expected a string')")
def metadata_of_numbers(b):
    b.same()
    return changed(b, metadata={"tool": 1})


@alone("the metadata are a list", "reader", "isinstance(metadata, dict)")
def metadata_as_a_list(b):
    b.same()
    return changed(b, metadata=[])


@alone("a step of five entries", "reader", "raise InvalidError(f'expected a list")
def step_of_five_entries(b):
    bend, box = [b.relu()], [(0, 1)]
    w = b.window(1, bend, [], box)
    sides = b.network(1, *bend), b.network(1)
    b.compose(*sides, [[0, w, "forward", [], []]], box)


@alone("pairs in place of an object", "reader", "raise InvalidError('expected a JSON")
def judgement_as_pairs(b):
    b.same()
    return changed(b, judgements=[[*map(list, b.judgements[0].items())]])


@first("a key is missing", "reader", "key in self._left")
def key_missing(b):
    b.same()
    del b.claim["domain"]


@first("1e0 is no rational", "reader", "raise InvalidError('expected a rational")
def rational_with_an_exponent(b):
    b.bspline([0, 1], 0)
    b.objects[0]["knots"][1] = "1e0"
    b.same()


@alone("1/1 is written 1", "reader", "match[3] is None or d > 1")
def rational_over_one(b):
    b.bspline([0, 1], 0)
    b.objects[0]["knots"][1] = "1/1"
    b.same()


@alone("-0 is written 0", "reader", "n > 0 or not match[1]")
def minus_zero(b):
    b.bspline([0, 1], 0)
    b.objects[0]["knots"][0] = "-0"
    b.same()


@first(
    "a float in the header", "reader", "raise InvalidError('the header holds a float"
)
def float_in_the_header(b):
    b.same()
    return changed(b, metadata={"tool": 1.5})


@alone("an interval from 1 to 0", "reader", "all((a is None or contains")
def interval_of_no_points(b):
    a, bend = b.network(1), b.network(1, b.relu())
    w = b.window(1, [], b.objects[bend]["stages"], [(0, 1)])
    b.compose(a, bend, [[0, w, "forward"]], [(1, 0)])


@first("the magic bytes alone", "reader", "len(data) >= 16")
def magic_alone(b):
    return b"KANEQUIV"


@first("the header is one byte short", "reader", "end <= len(data)")
def header_cut_short(b):
    b.same()
    return b.bytes()[:-1]


@alone("no tensor uses the buffer", "reader", "len(self._used) == len(self.buffers)")
def buffer_not_used(b):
    b.buffer(b"\0")
    b.same()


@alone("the sha256 is of another buffer", "reader", "sha256(content).hexdigest()")
def sha_of_another_buffer(b):
    b.integers([1], [1])
    b.same()
    return container(b.header(), [b"\2"])


@first("there is no buffer 1", "reader", "index < len(self.buffers)")
def buffer_missing(b):
    b.integers([1], [1])
    b.objects[0]["buffer"] = 1
    b.same()


@alone(
    "two bytes for one entry of one", "reader", "len(self.buffers[index][0]) == size"
)
def buffer_too_long(b):
    b.integers([1], [1], width=2)
    b.objects[0]["width"] = 1
    b.same()


@alone("66 bases in each other", "reader", "self._depth <= MAX_DEPTH")
def nested_too_deep(b):
    last = b.add("monomial", degrees=[1])
    for _ in range(65):
        last = b.add("concatenation", bases=[last])
    b.same()


@alone("a map to no outputs", "reader", "min(sizes) >= 1")
def map_without_outputs(b):
    b.selection([], 1)
    b.same()


@alone("2^25 inputs", "reader", "max(sizes) <= MAX_FEATURES")
def map_of_too_many_inputs(b):
    b.add("block_diagonal", blocks=[b.selection([0], 1 << 24)], block_of=[0, 0])
    b.same()


@alone("a network as a stage", "reader", "raise InvalidError(f'object {index} is no")
def network_as_a_stage(b):
    b.same(b.network(1))
