"""Running the verified checker, a program whose soundness is a theorem: ``proofs/``."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kan_equiv.errors import CertificateError, MissingExtraError

__all__ = ["VerifiedVerdict", "find_checker", "verified_check"]

PROGRAM = "kancheck"
CODES = {"valid": 0, "invalid": 1, "holey": 3, "unsupported": 3}


@dataclass(frozen=True, slots=True)
class VerifiedVerdict:
    """What the verified checker says about a certificate file.

    Attributes:
        verdict: "valid", "invalid", "holey" (see holes), or "unsupported" for kinds of
            judgements, claims or objects that this checker does not know.
        claim: what is shown, if valid; if holey, where the admitted steps hold.
        reason: why it is invalid, or what is unsupported.
        left: digest of the left network's content, as the kernel gives it.
        right: digest of the right one.
        holes: the steps that the certificate takes on trust, as the kernel names them.
    """

    verdict: str
    claim: str = ""
    reason: str = ""
    left: str = ""
    right: str = ""
    holes: tuple[str, ...] = ()


def find_checker() -> Path:
    """Return the program: on the PATH, or built in the source tree.

    Raises:
        MissingExtraError: it is not built; the message says how to.
    """
    built = Path(__file__).parents[2] / "proofs" / PROGRAM
    found = shutil.which(PROGRAM) or (str(built) if built.is_file() else None)
    if found is None:
        raise MissingExtraError(
            f"the verified checker is not built: {PROGRAM} is neither on the PATH nor "
            f"at {built}. In a source tree of kan_equiv, on Debian or Ubuntu: apt-get "
            "install --no-install-recommends coq libcoq-flocq "
            "libzarith-ocaml-dev && make -C proofs"
        )
    return Path(found)


def verified_check(path: str | Path) -> VerifiedVerdict:
    """Run the verified checker on a certificate or network file.

    Raises:
        MissingExtraError: the program is not built.
        CertificateError: the file cannot be read, or the program failed.
    """
    program, place = find_checker(), Path(path)
    if not place.is_file():
        raise CertificateError(
            "the verified checker reads one certificate file, got "
            f"path={str(place)!r}; for a bundle give its certificate.cert"
        )
    done = subprocess.run(
        [program, place.absolute()], capture_output=True, text=True, check=False
    )
    try:
        said = json.loads(done.stdout)
        holes = [(h["judgement"], h["reason"]) for h in said.pop("holes", ())]
        named = tuple(f"judgement {index}: {why!a}" for index, why in holes)
        found = VerifiedVerdict(**said, holes=named)
        if CODES[found.verdict] != done.returncode:
            raise ValueError(f"exit code {done.returncode}")
    except (ValueError, TypeError, KeyError) as error:
        raise CertificateError(
            f"{program} failed on {place}: returncode={done.returncode}, "
            f"stdout={done.stdout[:200]!r}, stderr={done.stderr[:200]!r}"
        ) from error
    return found
