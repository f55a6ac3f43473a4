"""Conversions: a source, its equivalent network, and the steps between them."""

from __future__ import annotations

from dataclasses import dataclass

from kan_equiv.errors import ConversionError, ValidationError
from kan_equiv.ir.basis import AtomBasis, Basis, ConcatenatedBasis, GuardedBasis
from kan_equiv.ir.domain import Box, as_box
from kan_equiv.ir.network import Network
from kan_equiv.ir.stage import Bank
from kan_equiv.ir.to_html import panel
from kan_equiv.prover.certify import certify_equal, links_of
from kan_equiv.prover.kan_form import derive_hinges_on_box, derive_kan
from kan_equiv.prover.outcome import Proved
from kan_equiv.rules.convert import (
    OTHER_FORMS,
    derive_compact,
    derive_maxout_pairs,
    derive_minimal,
    derive_target,
    laid_out,
)
from kan_equiv.rules.counts import Counts, count
from kan_equiv.rules.derivation import Step

__all__ = ["Conversion", "convert"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """A network rewritten to an equal one, with every step on record.

    Attributes:
        source: the network as given.
        target: the equivalent ReLU^p network, copies and shifts in its affine stages.
        compact: the same function with copies and shifts still inside the banks; the
            network from which modules are emitted.
        form: ``hinge`` or ``local``.
        layout: ``layers`` or ``sequential``.
        steps: the rewrites from source to target.
        domain: the closed box on which they are equal, None for R^n.
    """

    source: Network
    target: Network
    compact: Network
    form: str
    layout: str
    steps: tuple[Step, ...]
    compact_steps: int
    domain: Box | None = None

    @property
    def parameters(self) -> tuple[Counts, Counts]:
        """Counts of the source and of the target, by the same rule."""
        return count(self.source), count(self.target)

    @property
    def emitted(self) -> Network:
        """The network that modules are emitted from, by the layout."""
        return self.target if self.layout == "sequential" else self.compact

    @property
    def emitted_steps(self) -> tuple[Step, ...]:
        """The rewrites from the source to that network."""
        count = len(self.steps) if self.layout == "sequential" else self.compact_steps
        return self.steps[:count]

    @property
    def is_pure_relu(self) -> bool:
        """Whether the target has only ReLU^p and identity units."""
        return not _atoms(self.target)

    def _repr_html_(self) -> str:
        before, after = self.parameters
        where = "R^n" if self.domain is None else f"{self.domain}"
        return panel(
            f"conversion to {self.form}, layout {self.layout}",
            [
                (
                    "steps",
                    f"{len(self.steps)} recorded, on {where}; prove() replays them",
                ),
                ("parameters", f"{before.parameters:,} → {after.parameters:,}"),
                ("functions", f"{before.hidden_units:,} → {after.hidden_units:,}"),
                ("distinct bases", f"{before.bases:,} → {after.bases:,}"),
                ("units", "ReLU^p and identity" if self.is_pure_relu else "others too"),
            ],
        )

    def prove(self, metadata: dict[str, str] | None = None) -> Proved:
        """Replay the recorded steps in the kernel; return the certificate.

        Raises:
            CertificateError: the kernel does not accept it (a bug: please report).
        """
        links = links_of(self.steps)
        waypoint = (self.source, self.compact, links[: self.compact_steps])
        waypoints = (waypoint,) if self.compact != self.target else ()
        return certify_equal(
            self.source, self.target, links, self.domain, waypoints, metadata
        )


def convert(
    source: Network,
    to: str = "hinge",
    layout: str = "layers",
    pure_relu: bool = False,
    domain: Box | None = None,
) -> Conversion:
    """Rewrite every bank of a network into ReLU^p units, or back to edges, exactly.

    Raises:
        ConversionError: no exact form exists, or ``pure_relu`` is asked for where
            transcendental units (SiLU base branches) remain.
        ValidationError: a box for a form that knows none.
    """
    box = None if domain is None else as_box(domain).for_inputs(source.in_features)
    if box is not None and to not in ("hinge", "kan"):
        raise ValidationError(
            f"domain= is for to='hinge' and to='kan', got to={to!r}: that form is "
            "equal on all of R^n"
        )
    if layout == "minimal" and to != "hinge":
        raise ConversionError(f"layout='minimal' is for to='hinge', got to={to!r}")
    if to == "kan":
        compact = derive_kan(source, box)
    elif to == "maxout_pair":
        compact = derive_maxout_pairs(source)
    elif box is not None:
        compact = derive_hinges_on_box(source, box)
    else:
        compact = derive_compact(source, to)
    if layout == "minimal":
        compact = derive_minimal(compact)
    if to in OTHER_FORMS:
        derivation = laid_out(compact, layout)
    else:
        derivation = derive_target(compact, layout)
    atoms = _atoms(derivation.target)
    if pure_relu and atoms:
        names = ", ".join(sorted({a for _, a in atoms}))
        stage = atoms[0][0]
        raise ConversionError(
            f"pure ReLU was asked for, but {len(atoms)} hidden units are {names} "
            f"(first at stage {stage} of the target). These functions are no piecewise "
            "polynomials, so no ReLU network equals them; an approximation would be a "
            "different claim."
        )
    return Conversion(
        source,
        derivation.target,
        compact.target,
        to,
        layout,
        derivation.steps,
        len(compact.steps),
        box,
    )


def _atoms(network: Network) -> list[tuple[int, str]]:
    out: list[tuple[int, str]] = []
    for s, stage in enumerate(network.stages):
        if isinstance(stage, Bank):
            names = [_names(b) for b in stage.bases]
            out.extend((s, name) for b in stage.basis_of for name in names[b])
    return out


def _names(basis: Basis) -> list[str]:
    if isinstance(basis, (AtomBasis, GuardedBasis)):
        return [a.name for a in basis.atoms]
    if isinstance(basis, ConcatenatedBasis):
        return [n for part in basis.parts for n in _names(part)]
    return []
