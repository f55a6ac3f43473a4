"""The steps of a certificate for reading: which stages became which, and by what rule.

The kernel has accepted them; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kan_equiv.certificate.container import unpack
from kan_equiv.certificate.decode import decode_objects
from kan_equiv.errors import CertificateError
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Affine, Bank, Stage
from kan_equiv.reports.describe import basis_text

__all__ = ["Proof", "StageText", "StepText", "read_proof", "stage_texts"]


@dataclass(frozen=True, slots=True)
class StageText:
    """A stage in a few words.

    Attributes:
        kind: what it is.
        out_features: its width.
        detail: the functions of a bank, or "".
    """

    kind: str
    out_features: int
    detail: str


@dataclass(frozen=True, slots=True)
class StepText:
    """One step of a derivation.

    Attributes:
        rule: name of the rule that proposed it, "" where that is not recorded.
        position: index of the first stage of the window, as the word is then.
        in_features: inputs of the window.
        before: the window's stages.
        after: what they become.
        judgement: index of the judgement that the two are equal.
        kind: kind of that judgement.
        ranges: how many judgements about ranges it rests on.
    """

    rule: str
    position: int
    in_features: int
    before: tuple[StageText, ...]
    after: tuple[StageText, ...]
    judgement: int
    kind: str
    ranges: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The two networks of an equality, and the steps from one to the other."""

    source: Network
    target: Network
    steps: tuple[StepText, ...]


def stage_texts(stages: Sequence[Stage]) -> tuple[StageText, ...]:
    """Return stages in a few words each."""
    return tuple(_stage_text(s) for s in stages)


def read_proof(data: bytes, rules: Sequence[str]) -> Proof:
    """Read the networks and steps of a certificate that the kernel has accepted.

    Args:
        data: the certificate's bytes.
        rules: names of the rules, one a step; others than one a step are left out.

    Raises:
        CertificateError: it is no certificate of an equality that steps lead to.
    """
    header, buffers = unpack(data)
    claim, judgements = header["claim"], header["judgements"]
    sides = (claim.get("left"), claim.get("right"))
    reached = [
        j
        for j in judgements
        if j["kind"] == "composition" and (j["left"], j["right"]) == sides
    ]
    if claim["kind"] != "equal" or not reached:
        raise CertificateError(
            "a report needs the certificate of an equality that steps lead to, got a "
            f"claim of kind={claim['kind']!a}"
        )
    objects = decode_objects(header["objects"], buffers)
    steps = reached[-1]["steps"]
    names = rules if len(rules) == len(steps) else [""] * len(steps)
    return Proof(
        objects[sides[0]],
        objects[sides[1]],
        tuple(
            _step(step, name, judgements, objects)
            for step, name in zip(steps, names, strict=True)
        ),
    )


def _step(
    step: Sequence[Any], rule: str, judgements: Sequence[Any], objects: Sequence[Any]
) -> StepText:
    position, index, direction, *ranges = step
    judgement = judgements[index]
    sides = [
        stage_texts([objects[n] for n in judgement[side]]) for side in ("left", "right")
    ]
    if direction == "backward":
        sides.reverse()
    return StepText(
        rule,
        position,
        judgement["in_features"],
        sides[0],
        sides[1],
        index,
        judgement["kind"],
        len(ranges[0]) if ranges else 0,
    )


def _stage_text(stage: Stage) -> StageText:
    if isinstance(stage, Affine):
        return StageText("linear", stage.out_features, "")
    if not isinstance(stage, Bank):
        return StageText(type(stage).__name__.lower(), stage.out_features, "")
    names = list(dict.fromkeys(basis_text(b) for b in stage.bases))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return StageText("bank", stage.out_features, "; ".join(names[:3]) + more)
