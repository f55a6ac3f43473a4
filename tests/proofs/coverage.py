"""Which kinds of the certificate format the verified checker knows, found by asking it.

``python -m tests.proofs.coverage`` writes the table ``proofs/coverage.md``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from kan_equiv.certificate.container import pack
from kan_equiv.certificate.verified import verified_check
from kan_equiv.kernel.stages import TYPES
from kan_equiv.kernel.verdict import JUDGEMENTS

TABLE = Path(__file__).parents[2] / "proofs" / "coverage.md"
CLAIMS = (
    *("equal", "within", "supremum", "refuted", "exceeds"),
    *("rounding", "schema", "network"),
)


def asked(**fields: Any) -> str:
    """The verdict on a file with a bad object, claim or judgement of some kind."""
    header: dict[str, Any] = {
        "format": "kan_equiv.certificate",
        "objects": [{"type": "network", "in_features": 1, "stages": []}],
        "claim": {"kind": "equal", "left": 0, "right": 0, "domain": []},
        "judgements": [],
        "metadata": {},
    } | fields
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "asked.cert"
        path.write_bytes(pack(header, []))
        return verified_check(path).verdict


def table() -> str:
    rows = [
        *[("judgement", k, asked(judgements=[{"kind": k}])) for k in JUDGEMENTS],
        *[("claim", k, asked(claim={"kind": k})) for k in CLAIMS],
        *[("object", k, asked(objects=[{"type": k}])) for k in TYPES],
    ]
    lines = [
        f"| {w} | `{k}` | {'no' if v == 'unsupported' else 'yes'} |" for w, k, v in rows
    ]
    return "\n".join(["| | kind | verified checker |", "|---|---|---|", *lines, ""])


if __name__ == "__main__":
    TABLE.write_text(table())
