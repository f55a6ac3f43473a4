"""Every field of a certificate is broken in turn; the kernel must reject each one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.certificate.container import pack, unpack
from kan_equiv.certificate.model import Certificate
from kan_equiv.prover.normal_form import prove_by_normal_form
from kan_equiv.prover.question import Question
from kan_equiv.prover.regions import prove_by_regions
from tests.networks import kan
from tests.soundness.corpus.networks import never_bending, out_of_reach, reordered
from tests.soundness.questions import MAXIMA, MLP, PRODUCTS
from tests.soundness.write_corpus import CORPUS
from tests.thinning import thinned

Path = tuple[Any, ...]
SMALL = kan([2, 1], degree=1, intervals=1)


def certificates() -> dict[str, Certificate]:
    plain = kan([2, 2, 1], degree=2, seed=4)
    silu = kan([2, 1], degree=1, seed=5, silu=True)
    refuted = ke.prove(plain, kan([2, 2, 1], degree=2, seed=6))
    assert isinstance(refuted, ke.Refuted)
    by_regions = prove_by_regions(Question(*out_of_reach(2)))
    assert isinstance(by_regions, ke.Proved)
    layer = kan([2, 1], degree=2, seed=7)
    edge = kan([1, 1], intervals=1, degree=2, seed=3)
    deep = kan([1, 1, 1], intervals=1, degree=1, seed=3, silu=True)
    premises = prove_by_normal_form(Question(*never_bending()))
    assert isinstance(premises, ke.Proved)
    return {
        "hinge": ke.convert(plain).prove().certificate,
        "local": ke.convert(silu, "local").prove().certificate,
        "sequential": ke.convert(plain, layout="sequential").prove().certificate,
        "witness": refuted.certificate,
        "regions": by_regions.certificate,
        "premises": premises.certificate,
        "products": ke.convert(PRODUCTS).prove().certificate,
        "maxima": ke.convert(MAXIMA).prove().certificate,
        "maxout": ke.convert(SMALL, "maxout_pair").prove().certificate,
        "kan": ke.convert(MLP, "kan", domain=ke.Box(-1, 1)).prove().certificate,
        "logs": Certificate.read(CORPUS / "good" / "logs_and_roots.cert"),
        "pieces": Certificate.read(CORPUS / "good" / "atoms_in_pieces.cert"),
        "undefined": Certificate.read(
            CORPUS / "good" / "refuted_where_one_side_is_defined.cert"
        ),
        "ratios": Certificate.read(CORPUS / "good" / "ratios_of_polynomials.cert"),
        "propagation": ke.distance(
            plain, ke.emit.rounded_copy(plain, "bfloat16"), ke.Box(-1, 1)
        ).certificate,
        "transfer": ke.prove(
            *reordered(), domain=ke.Box(-1, 1), within=Fraction(1, 100)
        ).certificate,
        "exceeds": ke.prove(
            layer, kan([2, 1], degree=2, seed=8), domain=ke.Box(-1, 1), within=0.01
        ).certificate,
        "rounding": ke.rounding_bound(
            ke.emit.torch_module(ke.convert(edge, "local"), "float32"),
            edge,
            ke.Box(-1, 1),
        ).certificate,
        "deep_rounding": ke.rounding_bound(
            ke.emit.torch_module(ke.convert(deep, "local"), precision="tf32x3"),
            deep,
            ke.Box(-1, 1),
        ).certificate,
        "distance": ke.distance(
            layer, kan([2, 1], degree=2, seed=8), ke.Box(-1, 1)
        ).certificate,
    }


CERTIFICATES = certificates()


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        yield path, value
        for n, inner in enumerate(value):
            yield from leaves(inner, (*path, n))
    else:
        yield path, value


def mutants(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, -1, True, str(value)]
    if isinstance(value, str):
        if value.lstrip("-").replace("/", "").isdigit():
            other = value[:-1] + ("1" if value[-1] != "1" else "3")
            return [other, f"{value}.0", f"+{value}", value + "/0"]
        return [value + "x", 0]
    return [[], [*value, 0], value[:-1]] if value else [[0]]


def replaced(header: Any, path: Path, value: Any) -> Any:
    out = copy.deepcopy(header)
    at = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return out


def is_free_text(path: Path) -> bool:
    """Names of tensors and metadata carry no meaning: any text is right there."""
    return path[0] == "metadata" or path[-1] == "name"


@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_broken_field_is_rejected_or_changes_what_is_claimed(name: str) -> None:
    data = CERTIFICATES[name].data
    verdict = kernel.check(data)
    assert verdict.verdict == "valid"
    header, buffers = unpack(data)
    header.pop("buffers")
    fields = [
        (path, [w for w in mutants(v) if w != v or type(w) is not type(v)])
        for path, v in leaves(header)
        if path and path[0] != "version"
    ]
    tried = 0
    for path, wrong in thinned(fields):
        found = kernel.check(pack(replaced(header, path, wrong), buffers))
        tried += 1
        if found.verdict == "valid":
            # Another statement, itself true, is no forgery of this one: the verdict
            # names other networks, another claim, or nothing changed but free text.
            same = (found.left, found.right, found.claim) == (
                verdict.left,
                verdict.right,
                verdict.claim,
            )
            assert (
                not same or is_free_text(path) or _is_still_true(path, header, wrong)
            ), (path, wrong)
    assert tried > max(50, len(fields) - 1)


def _is_still_true(path: Path, header: Any, wrong: Any) -> bool:
    """A weaker bound, a larger difference, a finer subdivision, a wider enclosure,
    another point (re-evaluated by the kernel), or a judgement that the last spares."""
    if path[:2] == ("claim", "epsilon"):  # rounded in the sentence
        epsilon = header["claim"]["epsilon"]
        stated = epsilon[path[2]] if isinstance(epsilon, list) else epsilon
        return Fraction(wrong) >= Fraction(stated)
    if path[0] != "judgements":
        # Objects that only spare judgements use may change: what is claimed stays.
        return path[0] == "objects"
    free = {"bounds", "subdivisions", "point", "left_value", "right_value"}
    free |= {"points", "attained", "bits", "layers", "epsilon", "cuts"}
    return path[2] in free or (path[1] < len(header["judgements"]) - 1)


@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_key_is_needed_and_no_other_is_allowed(name: str) -> None:
    header, buffers = unpack(CERTIFICATES[name].data)
    header.pop("buffers")
    places = [(), ("claim",), ("judgements", 0), ("judgements", -1)]
    places += [("objects", n) for n in range(0, len(header["objects"]), 3)]
    for place in places:
        for change in ("drop", "add"):
            out = copy.deepcopy(header)
            at = out
            for key in place:
                at = at[key]
            if change == "add":
                at["extra"] = 1
            else:
                key = next(k for k in sorted(at) if k != "version")
                del at[key]
            assert kernel.check(pack(out, buffers)).verdict == "invalid", (
                place,
                change,
            )


@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_changed_number_of_a_buffer_is_caught(name: str) -> None:
    data = CERTIFICATES[name].data
    verdict = kernel.check(data)
    header, buffers = unpack(data)
    header.pop("buffers")
    for n, buffer in enumerate(buffers):
        for at in range(0, len(buffer), max(1, len(buffer) // 40)):
            changed = bytearray(buffer)
            changed[at] ^= 1
            new = [*buffers[:n], bytes(changed), *buffers[n + 1 :]]
            found = kernel.check(pack(header, new))
            same = (found.left, found.right) == (verdict.left, verdict.right)
            # Rejected, or the digests say that it is about other networks.
            assert found.verdict == "invalid" or not same, (n, at)
    flipped = bytearray(data)
    flipped[-1] ^= 1
    assert kernel.check(bytes(flipped)).verdict == "invalid"
    for cut in (0, 7, 15, 40, len(data) - 1):
        assert kernel.check(data[:cut]).verdict == "invalid"
    assert kernel.check(data + b"\0").verdict == "invalid"


def test_steps_cannot_be_reordered_or_dropped() -> None:
    header, buffers = unpack(CERTIFICATES["hinge"].data)
    header.pop("buffers")
    steps = header["judgements"][-1]["steps"]
    for wrong in (steps[::-1], steps[1:], steps[:-1], [*steps, steps[0]]):
        out = copy.deepcopy(header)
        out["judgements"][-1]["steps"] = wrong
        assert kernel.check(pack(out, buffers)).verdict == "invalid"
    out = copy.deepcopy(header)
    out["judgements"] = out["judgements"][:-1]
    assert kernel.check(pack(out, buffers)).verdict == "invalid"
