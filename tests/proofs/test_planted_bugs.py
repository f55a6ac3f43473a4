"""A check left out of the Python kernel shows: on the bad corpus the two disagree."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from kan_equiv import kernel
from kan_equiv.certificate.verified import verified_check
from tests.proofs.agreement import needs_checker
from tests.proofs.instrumented import CHECKS, instrumented_kernel, verdict
from tests.soundness.corpus.small import SMALL

needs_checker()

CORPUS = Path(__file__).parents[2] / "proofs" / "certificates"
GOOD, BAD = (sorted((CORPUS / kind).glob("*.cert")) for kind in ("good", "bad"))
LARGE = [path for path in BAD if path.stem not in SMALL]
# Checks that are the only ones to refuse some large bad certificate, by module and
# source; small ones say themselves which check that is.
SOLE = {
    ("verdict", "return replace(verdict, reason='the last judgement does not show"),
    ("verdict", "file_format == expected"),
    ("composition", "word == right.indices"),
    ("composition", "lies_in(image, shown.domain)"),
    ("reader", "raise InvalidError(f'expected an integer from {low} to {high}')"),
    ("reader", "not self._left"),
    ("reader", "data[:8] == MAGIC"),
    ("reader", "canonical(header) == data[16:end]"),
    ("reader", "natural(f['version']) == VERSION"),
    ("reader", "start == len(data)"),
    ("windows", "a == b"),
    ("attained", "gap > epsilon"),
    ("witness", "exact(network, point)[o] == value"),
    ("mixing", "raise InvalidError(f'the sides differ in input {i}, at {g}')"),
    ("mixing", "zero"),
    ("distance", "inside"),
    ("distance", "max(low, -high) >= value"),
    ("ranges", "inside"),
    ("propagation", "value <= error"),
    ("propagation", "same"),
    ("transfer", "index == end"),
    ("schema", "is_zero(terms)"),
    ("schema", "units in shapes(form, p)"),
}


def test_the_copy_is_the_kernel() -> None:
    for path in (*GOOD, *BAD):
        data = path.read_bytes()
        assert verdict(data)[0] == kernel.check(data).verdict, path


def test_each_small_one_is_refused_by_its_check() -> None:
    """The verified checker accepts none of them either, see ``test_kancheck``."""
    instrumented_kernel()
    for name, small in SMALL.items():
        named = {
            number
            for number, (module, _, source) in enumerate(CHECKS.places)
            if module == small.module and source.startswith(small.source)
        }
        refused = named.intersection(verdict(small.data)[1])
        assert refused, name
        words = {verdict(small.data, number)[0] for number in refused}
        assert words == {"valid" if small.alone else "invalid"}, name


def refusing() -> dict[int, list[Path]]:
    """The large bad certificates that each check refuses."""
    instrumented_kernel()
    found: dict[int, list[Path]] = defaultdict(list)
    for path in LARGE:
        for number in set(verdict(path.read_bytes())[1]):
            found[number].append(path)
    return found


def test_a_check_left_out_shows() -> None:
    words = {path: verified_check(path).verdict for path in LARGE}
    exposed: set[tuple[str, str]] = set()
    for number, paths in refusing().items():
        module, _, source = CHECKS.places[number]
        if module == "work":  # it takes a minute without its limit
            continue
        for path in paths:
            if verdict(path.read_bytes(), number)[0] != "invalid":
                # The verified checker has this check of its own.
                assert words[path] in ("invalid", "unsupported"), (source, path)
                if words[path] == "invalid":
                    exposed.add((module, source))
                    break
    missing = {
        (module, start)
        for module, start in SOLE
        if not any(m == module and s.startswith(start) for m, s in exposed)
    }
    assert not missing
    assert len(exposed) >= len(SOLE)
