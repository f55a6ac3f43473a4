"""The verbs: load, convert, prove, check, bound, bundle, report. Wiring only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kan_equiv.certificate.model import write_atomically
from kan_equiv.errors import CertificateError, MissingExtraError, ValidationError
from kan_equiv.exact.pieces import PiecewisePolynomial
from kan_equiv.exact.rational import to_fraction
from kan_equiv.ir.build import kan, mlp
from kan_equiv.ir.domain import Box
from kan_equiv.ir.network import Network
from kan_equiv.ir.univariate import Univariate
from kan_equiv.prover import conversion as _conversion
from kan_equiv.prover.certify import Rewritten, links_of
from kan_equiv.prover.changes import EDGES, Diff, diff_between
from kan_equiv.prover.conversion import Conversion
from kan_equiv.prover.distance import RELATIVE, Distance, distance_between
from kan_equiv.prover.equality import prove_equal
from kan_equiv.prover.float_error import (
    ULPS,
    FloatModel,
    RoundingBound,
    bound_rounding,
)
from kan_equiv.prover.outcome import Outcome
from kan_equiv.prover.question import Deadline
from kan_equiv.prover.rounding import (
    LayerRounding,
    NetworkRounding,
    grid_box,
    rounding_by_layer,
    rounding_of_network,
)
from kan_equiv.prover.schema import Schema
from kan_equiv.prover.schema import prove_schema as _prove_schema
from kan_equiv.prover.second_opinion import with_second_opinion
from kan_equiv.prover.tools import require
from kan_equiv.prover.within import prove_within

if TYPE_CHECKING:
    from kan_equiv.kernel import Verdict

__all__ = [
    "bundle",
    "check",
    "convert",
    "diff",
    "distance",
    "from_sympy",
    "kan",
    "load",
    "mlp",
    "network_from_sympy",
    "prove",
    "prove_schema",
    "rounding_bound",
]


def from_sympy(expression: Any, x: Any, *, domain: Box | None = None) -> Univariate:
    """Return the exact function of a SymPy expression in the symbol ``x``.

    Args:
        expression: polynomials over Q, Piecewise and their kin, ratios of them, atoms.
        x: a symbol that ranges over all real numbers.
        domain: where the function is meant, for instance ``Box(1, math.inf)`` for 1/x;
            give the same to ``prove``. Outside, what comes is some continuation.

    Raises:
        UnsupportedExpressionError: a part has no exact counterpart; it is named.
        DomainError: a denominator has a root where it stands.
    """
    from kan_equiv.ir.from_sympy import univariate_from_sympy

    if domain is None:
        return univariate_from_sympy(expression, x)
    (interval,) = domain.for_inputs(1)
    return univariate_from_sympy(expression, x, interval)


def network_from_sympy(expressions: Sequence[Any], symbols: Sequence[Any]) -> Network:
    """Return the network whose outputs are SymPy expressions in its inputs.

    A Float stands for the binary number that it holds, bit for bit.

    Args:
        expressions: one per output, made of what ``from_sympy`` accepts, nested, added
            and multiplied.
        symbols: one per input, each ranging over all real numbers.

    Raises:
        UnsupportedExpressionError: a part has no exact counterpart, or another symbol;
            it is named.
    """
    from kan_equiv.importers.sympy_formulas import network_from_sympy

    return network_from_sympy(expressions, symbols)


def load(source: object, *, format: str | None = None, **hyper: Any) -> Network:
    """Bring a trained model in exactly, weight by weight and bit for bit.

    Args:
        source: a checkpoint path (for pykan the prefix that ``saveckpt`` was given), a
            state_dict, a torch module, or a network.
        format: family name where detection must be overridden.
        hyper: hyper-parameters that the file lacks, by the original library's names
            (``input_id=``, ``base_activation=``, ...).

    Raises:
        LoadError: the model cannot be read exactly; the message says why.
    """
    from kan_equiv import importers

    return importers.load(source, format=format, **hyper)


def convert(
    network: object,
    to: str = "hinge",
    *,
    layout: str = "layers",
    pure_relu: bool = False,
    domain: Box | None = None,
) -> Conversion:
    """Rewrite a network into an equal one of another form, with every step on record.

    Args:
        network: anything ``load`` accepts.
        to: ``hinge`` (one hidden layer of ReLU^p per layer) or ``local`` (two, the
            form that float32 can run); ``maxout`` (differences of maxima of affine
            pieces, edge by edge) or ``maxout_pair`` (one difference an output); or
            ``kan``, the way back from an MLP.
        layout: ``layers``, ``sequential`` (affine stages multiplied out) or, for
            ``hinge``, ``minimal`` (and no unit to spare).
        pure_relu: refuse if SiLU or other transcendental units remain.
        domain: for ``kan`` and ``hinge``, a closed box on which the two are equal: only
            what hidden units reach there counts, and for ``kan`` edges are B-splines.

    Raises:
        ConversionError: no exact form of this kind exists.
    """
    return _conversion.convert(_network(network), to, layout, pure_relu, domain)


def prove(
    left: object,
    right: object,
    *,
    domain: Box | None = None,
    within: object = None,
    timeout: float | None = None,
    progress: Callable[[str], None] | None = None,
    cross_check: str | None = None,
    sample: int = 20,
    smt: str | None = None,
) -> Outcome:
    """Decide whether two networks are equal, or near, as functions over the reals.

    Args:
        left: anything ``load`` accepts, or a function of one input (from
            ``from_sympy``, or a SymPy expression in one symbol).
        right: likewise, with as many inputs and outputs.
        domain: a closed box, or None for all of R^n.
        within: None for equality, or how far the two may be apart on the (bounded) box:
            one number, or one per output.
        timeout: seconds after which the search gives up.
        progress: called with a few words whenever another attempt starts.
        cross_check: ``z3``, ``cvc5`` or ``sympy``: asked for a second opinion on what
            the kernel has accepted. It changes nothing but the record.
        sample: how many obligations the second opinion is on, at most.
        smt: ``z3`` or ``cvc5``: asked where everything else fails. A point that it
            finds is verified exactly; what it finds equal stays Unknown, with a holey
            certificate.

    Returns:
        Proved (the kernel replayed the certificate), Refuted (an exact point), or
        Unknown (with the reason, and what is known of the largest difference).

    Raises:
        MissingExtraError: a tool that is asked for is not installed.
        ValidationError: ``within`` without a box, or with a second opinion.
    """
    if within is not None:
        if cross_check is not None or smt is not None:
            raise ValidationError(
                "cross_check= and smt= are about equality; leave them out with within="
            )
        a, b = _network(left), _network(right)
        return prove_within(a, b, domain, within, timeout, progress)
    if cross_check is not None:
        require(cross_check)
    a, b = _network(left), _network(right)
    outcome = prove_equal(a, b, domain, timeout, progress, smt)
    if cross_check is None:
        return outcome
    return with_second_opinion(outcome, cross_check, sample)


def prove_schema(degree: int = 1, *, form: str = "hinge") -> Schema:
    """Prove once and for all that KAN layers of a degree are MLP layers.

    For all strictly increasing knots, all coefficients, and any number of inputs,
    outputs and pieces: a layer of B-splines equals its shared-hinge MLP.

    Args:
        degree: 1, 2 or 3.
        form: ``hinge`` (Linear, ReLU^p, Linear) or ``local`` (Linear, ReLU, Linear,
            ReLU^p, Linear: the form that float32 can run).

    Returns:
        The theorem with its certificate, which the kernel has accepted;
        ``instantiate`` applies it to a trained layer.

    Raises:
        ValidationError: no such degree or form.
    """
    return _prove_schema(degree, form)


def distance(
    left: object,
    right: object,
    domain: Box,
    *,
    relative: object = RELATIVE,
    timeout: float | None = None,
) -> Distance:
    """Bound the largest difference on a closed box, per output, from both sides.

    Args:
        left: anything ``load`` accepts.
        right: likewise, with as many inputs and outputs.
        domain: a bounded box.
        relative: for two single layers, how far the bound may lie above the difference
            at the point that is named, relative to it.
        timeout: seconds after which a deep network is not looked at in more points.

    Returns:
        Bounds, and points where the difference is at least ``attained``. Exact for
        single layers of degree <= 1, as near as asked for other single layers. For
        deep networks the bound is safe and may be far above what is attained.

    Raises:
        NoBoundError: no bound is known; the message says why (the layers do not pair
            up, a jump, what the kernel cannot enclose), and what difference was seen.
        DomainError: the box is unbounded or has another number of inputs.
    """
    a, b = _network(left), _network(right)
    near = to_fraction(relative, "relative")
    return distance_between(a, b, domain, near, Deadline.after(timeout))


def diff(
    before: object,
    after: object,
    domain: Box,
    *,
    edges: int = EDGES,
    timeout: float | None = None,
) -> Diff:
    """Say whether a model is still the same function on a closed box, and what changed.

    Args:
        before: anything ``load`` accepts.
        after: likewise, with as many inputs and outputs; hidden units may be permuted,
            scaled, or fewer.
        domain: a bounded box.
        edges: how many edges are measured and certified, those that changed most.
        timeout: seconds for each of the two comparisons of functions.

    Returns:
        The outcome of ``prove`` on the box, the distance, and the changed edges, each
        with a bound, a point where it is nearly reached, and a certificate.

    Raises:
        DomainError: the box is unbounded or has another number of inputs.
        ValidationError: the shapes differ.
    """
    a, b = _network(before), _network(after)
    return diff_between(a, b, domain, edges, timeout)


def rounding_bound(
    module: object,
    source: object,
    domain: Box,
    *,
    reduction_depth: int = 0,
    ulps: int = ULPS,
    samples: int = 0,
) -> RoundingBound:
    """Bound how far a module's floats are from an exact network, on a closed box.

    |module(x)_o - source(x)_o| <= ``upper[o]`` for every x in the box whose coordinates
    are floats of the module's dtype. It covers the rounding of the parameters and of
    every operation, for any order of summation, with or without fused multiply-add,
    with subnormals kept or flushed; the kernel recomputes it from the certificate. What
    it takes for granted is listed in ``assumptions``, and tried out on this machine.

    Args:
        module: an emitted module, backend ``aten`` or ``chunked``.
        source: the exact network that is meant: anything ``load`` accepts, or the
            conversion that the module was emitted from.
        domain: a bounded box.
        reduction_depth: the most additions that a product passes through in a sum,
            where this is known of the library; 0 for any order.
        ulps: units roundoff that SiLU and other atoms may be off by.
        samples: random points at which the error is measured beside it.

    Raises:
        ValidationError: the module is not covered (its backend, a function with a
            jump), or this machine does not do what the bound assumes.
        NotSeparableError: no bound over the reals is known; the message names a layer.
        CertificateError: there is no bound, for instance because a value may overflow.

    Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., chapters
    3 and 4; the theorem is on the page "certificate format", under float programs.

    >>> import sympy
    >>> from kan_equiv import emit
    >>> x = sympy.Symbol("x", real=True)
    >>> hat = kan([[from_sympy(sympy.Max(0, 1 - sympy.Abs(x / 3)), x)]])
    >>> module = emit.torch_module(convert(hat, "local"))
    >>> bound = rounding_bound(module, hat, Box(-4, 4))
    >>> 0 < bound.bound < Fraction(1, 10**5), bound.model.dtype
    (True, 'float32')
    """
    from kan_equiv.emit import float_code as code
    from kan_equiv.emit.measure import measured_error

    exact = source.source if isinstance(source, Conversion) else _network(source)
    found = code.float_code(module)
    code.check_machine(found)
    code.check_atoms(found, ulps)
    model = FloatModel(found.dtype, found.values, found.terms, ulps, reduction_depth)
    rewritten = _rewritten(source) if isinstance(source, Conversion) else None
    bound = bound_rounding(exact, found.network, model, domain, rewritten)
    if not samples:
        return bound
    seen = measured_error(module, exact, domain, samples).max_absolute
    return replace(bound, observed=Fraction(seen))


def check(path: str | Path, *, weights: str | Path | None = None) -> Verdict:
    """Replay a certificate, or a bundle directory, in the independent kernel.

    Args:
        path: a ``.cert`` file or a directory written by ``bundle``.
        weights: a weights file that the bundle is claimed to hold; other bytes than
            the recorded ones make the verdict invalid.
    """
    from kan_equiv.emit.bundle_directory import check_path

    return check_path(path, weights=weights)


def bundle(
    conversion: Conversion,
    directory: str | Path,
    *,
    dtype: Any = None,
    domain: Box | None = None,
    source_files: Sequence[Path] = (),
    samples: int = 32,
    overwrite: bool = False,
    force: bool = False,
) -> dict[str, Any]:
    """Prove a conversion and write everything a user keeps into a directory.

    Args:
        conversion: what ``convert`` returned.
        directory: a new or empty directory.
        dtype: float format of the module; float32 for the local form, else float64;
            ``auto`` for the smallest that holds all parameters exactly.
        domain: box on which rounding is bounded and floats are sampled; default the
            grid of the first layer.
        source_files: the files that the source was loaded from, for their sha256.
        samples: how many points the measured error looks at.
        overwrite: replace a directory that is not empty.
        force: allow the hinge form of degree >= 2 in float32.

    Returns:
        The summary that is also written as ``summary.json``.

    Raises:
        CertificateError: the directory is not empty.
        MissingExtraError: torch is not installed.
        ValidationError: the module would be useless in this dtype, or none will do.
    """
    from kan_equiv.emit import float_code as code
    from kan_equiv.emit.bundle_directory import write_bundle
    from kan_equiv.emit.planning import Plan, plan

    box = domain or grid_box(conversion.source)
    exact = conversion.emitted

    @cache
    def planned(name: str, precision: str) -> Plan:
        return plan(exact, name, precision, force=True)

    def rounding(name: str, precision: str) -> tuple[LayerRounding, ...]:
        return rounding_by_layer(exact, planned(name, precision).network, box)

    def floats(name: str, precision: str) -> NetworkRounding:
        try:
            found = code.code_of(planned(name, precision).program)
            code.check_machine(found)
            code.check_atoms(found, ULPS)
        except ValidationError as error:
            return NetworkRounding(box, None, reason=str(error))
        model = FloatModel(found.dtype, found.values, found.terms)
        return rounding_of_network(
            conversion.source, found.network, model, box, _rewritten(conversion)
        )

    return write_bundle(
        conversion,
        directory,
        dtype=dtype,
        source_files=source_files,
        domain=box,
        rounding=rounding,
        floats=floats,
        samples=samples,
        overwrite=overwrite,
        force=force,
    )


def _rewritten(conversion: Conversion) -> Rewritten:
    links = links_of(conversion.emitted_steps)
    return Rewritten(conversion.source, conversion.emitted, links, conversion.domain)


def report(
    directory: str | Path, output: str | Path, *, edges: int | None = None
) -> Path:
    """Show a bundle as one HTML page, after the kernel has replayed it.

    The page needs no script and no network: the statements and the trail, counts before
    and after, the bound beside the measured error, every edge's plot, the derivation.

    Args:
        directory: what ``bundle`` wrote.
        output: the file; an existing one is replaced by a complete one only.
        edges: the most edges of a layer that are drawn, those of largest effect;
            5000 by default.

    Returns:
        The file.

    Raises:
        CertificateError: the bundle is not valid, or there is none.
        ValidationError: no file can be written there, or edges < 0.
        MissingExtraError: jinja2 is not installed.
    """
    refuse_report(output)
    verdict = check(directory)
    if verdict.verdict != "valid":
        raise CertificateError(
            f"{directory} is {verdict.verdict}, so there is nothing to report: "
            f"{verdict.reason}"
        )
    return write_report(directory, output, verdict, edges)


def refuse_report(output: str | Path) -> None:
    """Raise unless a report can be written there, before any long computation.

    Raises:
        ValidationError: it is a directory, or its directory does not exist.
        MissingExtraError: jinja2 is not installed.
    """
    target = Path(output)
    if target.is_dir() or not target.parent.is_dir():
        raise ValidationError(
            f"output must be a file in a directory that exists, got output={target}"
        )
    if find_spec("jinja2") is None:
        raise MissingExtraError(
            "reports need jinja2, which the extra 'report' brings: python -m pip "
            "install 'kan-equiv[report]'"
        )


def write_report(
    directory: str | Path,
    output: str | Path,
    verdict: Verdict,
    edges: int | None = None,
) -> Path:
    """Write the page of a bundle that the kernel has judged; see ``report``."""
    from kan_equiv.emit.bundle_summary import read_summary
    from kan_equiv.reports.page import EDGES, bundle_page

    limit = EDGES if edges is None else edges
    if limit < 0:
        raise ValidationError(f"edges must be >= 0, got edges={limit}")
    folder = Path(directory)
    if not folder.is_dir():
        raise CertificateError(f"{folder} is no bundle: a report is of a directory")
    summary = read_summary(folder / "summary.json")
    data = (folder / "certificate.cert").read_bytes()
    page = bundle_page(summary, verdict, data, edges=limit)
    return write_atomically(output, page.encode())


def _network(source: object) -> Network:
    if isinstance(source, Network):
        return source
    if isinstance(source, Conversion):
        return source.target
    if isinstance(source, (Univariate, PiecewisePolynomial)):
        return kan([[source]])
    if hasattr(source, "free_symbols"):  # a SymPy expression
        return kan([[source]])
    return load(source)
