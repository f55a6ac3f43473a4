"""The page of what has to be trusted tells its size."""

from __future__ import annotations

from tests.proofs.sizes import counted, written


def test_the_page_tells_the_size_of_what_has_to_be_trusted() -> None:
    """Rounded to hundreds when it was written, and not a tenth off since."""
    stated = written()
    assert stated.keys() == counted().keys()
    for part, count in counted().items():
        off = abs(stated[part] - count)
        assert off <= max(100, count // 10), f"{part}: make -C proofs sizes"
