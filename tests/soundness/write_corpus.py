"""Writes proofs/certificates anew: ``python -m tests.soundness.write_corpus``."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from kan_equiv.certificate.container import pack, unpack
from tests.soundness.corpus import (
    bounds,
    containers,
    equalities,
    floats,
    functions,
    schemas,
    witnesses,
)
from tests.soundness.corpus.good import good
from tests.soundness.corpus.small import SMALL

CORPUS = Path(__file__).parents[2] / "proofs" / "certificates"
CHANGED = (containers, equalities, functions, bounds, floats, witnesses, schemas)


def bad(sources: dict[str, bytes]) -> tuple[dict[str, bytes], dict[str, str]]:
    """The bad certificates, and why they are bad."""
    found = containers.raw(sources["layer_hinge_degree_2"])
    for module in CHANGED:
        for name, (base, why, change) in module.CHANGED.items():
            header, buffers = unpack(sources[base])
            broken = copy.deepcopy(header)
            del broken["buffers"]
            change(broken)
            found[name] = why, pack(broken, buffers)
    found |= {name: (small.why, small.data) for name, small in SMALL.items()}
    data = {name: data for name, (_, data) in found.items()}
    return data, {name: why for name, (why, _) in found.items()}


def corpus() -> dict[str, bytes]:
    """Every file of the corpus by its place."""
    accepted = good()
    rejected, why = bad(accepted)
    manifest = json.dumps(dict(sorted(why.items())), indent=1) + "\n"
    return {
        **{f"good/{name}.cert": data for name, data in accepted.items()},
        **{f"bad/{name}.cert": data for name, data in rejected.items()},
        "bad/manifest.json": manifest.encode(),
    }


def main() -> None:
    for name, data in corpus().items():
        (CORPUS / name).write_bytes(data)


if __name__ == "__main__":
    main()
