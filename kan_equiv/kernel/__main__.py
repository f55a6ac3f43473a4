"""python -I -m kan_equiv.kernel FILE [--json]

Exit status: 0 valid, 1 invalid, 2 usage, 3 holey, 4 the file cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from . import Verdict, check_file

EXITS = {"valid": 0, "invalid": 1, "holey": 3}


def main(argv: Sequence[str] | None = None) -> int:
    """Check one file, print the verdict first, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="kan_equiv.kernel", description="Check a certificate of kan_equiv."
    )
    parser.add_argument("file", help="a .cert or .kan file")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    options = parser.parse_args(argv)
    try:
        verdict = check_file(options.file)
    except OSError as error:
        print(f"unreadable: {error}", file=sys.stderr)
        return 4
    print(json.dumps(verdict.to_dict()) if options.json else "\n".join(lines(verdict)))
    return EXITS[verdict.verdict]


def lines(verdict: Verdict) -> list[str]:
    """The verdict for people."""
    shown = [verdict.verdict]
    if verdict.reason:
        at = "" if verdict.judgement is None else f"judgement {verdict.judgement}: "
        shown.append(f"reason: {at}{verdict.reason}")
    shown += [f"admitted: {hole}" for hole in verdict.holes]
    if verdict.claim:
        claim = "claim" if verdict.verdict == "valid" else "claim, not shown"
        shown.append(f"{claim}: {verdict.claim}")
    if verdict.left:
        shown.append(f"left: sha256 {verdict.left}")
        shown.append(f"right: sha256 {verdict.right}")
    shown.append(f"file: sha256 {verdict.file_sha256}")
    shown.append(f"kernel modules: {' '.join(verdict.modules)}")
    return shown


if __name__ == "__main__":
    sys.exit(main())
