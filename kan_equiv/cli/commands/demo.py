"""kan-equiv demo: the whole chain on the shipped digits classifier."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from kan_equiv.cli.frame import Result, framed
from kan_equiv.cli.progress import progress
from kan_equiv.errors import CertificateError, MissingExtraError

CHECKPOINT = "digits_efficient_kan.pt"
ROWS = "digits_efficient_kan_io.npz"
EXACT_ROWS = 12


@click.command("demo")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the bundle goes; by default a new temporary directory.",
)
@framed
def command(output: Path | None) -> Result:
    """Load, convert, prove, check, emit and compare a trained digits classifier."""
    from kan_equiv.emit.bundle_directory import refuse_to_overwrite

    _require_torch()
    if output is not None:
        try:
            refuse_to_overwrite(output, overwrite=False)
        except CertificateError as error:
            raise click.UsageError(f"-o: {error}") from error
    data = resources.files("kan_equiv.cli") / "data"
    with (
        resources.as_file(data) as folder,
        _place(output) as target,
        progress("running the whole chain"),
    ):
        return _run(folder, target)


@contextmanager
def _place(output: Path | None) -> Generator[Path]:
    """Give the output directory, or a temporary one that stays if all goes well."""
    if output is not None:
        yield output
        return
    target = Path(tempfile.mkdtemp(prefix="kan_equiv_demo_"))
    try:
        yield target
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _require_torch() -> None:
    if find_spec("torch") is None:
        raise MissingExtraError(
            "the demo needs torch, which the extra 'torch' brings: python -m pip "
            "install 'kan-equiv[torch]' (in a source tree: python -m pip install "
            "'.[torch]')"
        )


def _run(folder: Path, target: Path) -> Result:
    from kan_equiv import api
    from kan_equiv.reports.text import bundle_lines

    source = folder / CHECKPOINT
    network = api.load(source)
    hinge = api.convert(network, "hinge").prove()
    conversion = api.convert(network, "local")
    summary = api.bundle(conversion, target, source_files=[source])
    verdict = api.check(target)
    if verdict.verdict != "valid":
        raise CertificateError(
            f"the bundle just written is {verdict.verdict}: {verdict.reason}"
        )
    compared = _compare(folder, conversion)
    size = f"{network.in_features} inputs, {network.out_features} classes"
    place = shlex.quote(str(target))
    lines = [
        f"model: {CHECKPOINT}, an efficient-kan digits classifier, {size}",
        f"hinge form: {hinge.statement}; certificate sha256 {hinge.certificate.digest}",
        f"local form: {summary['claim']}; the bundle is {verdict.verdict}",
        *bundle_lines(summary),
        _accuracy_line(compared, summary["dtype"]),
        (
            f"outputs: max |module - exact| = {compared['max_error']:.3g} on "
            f"{compared['exact_rows']} held-out digits (measured); max |module - "
            f"original| = {compared['max_difference']:.3g} on all {compared['rows']}"
        ),
        f"written to {target}; replay the proof with: kan-equiv check {place}",
        f"or with a bare Python: python -I {place}/check.pyz {place}/certificate.cert",
    ]
    result = summary | {
        "hinge_certificate_sha256": hinge.certificate.digest,
        "check": verdict.verdict,
        "directory": str(target),
        "digits": compared,
    }
    return Result("proved", summary["claim"], lines, result)


def _compare(folder: Path, conversion: Any) -> dict[str, Any]:
    """Run the emitted module on the held-out digits, next to the stored outputs."""
    import numpy as np
    import torch

    from kan_equiv import emit

    with np.load(folder / ROWS) as rows:
        x = rows["pixels"].astype(np.float32) / 8 - 1  # exact: eighths
        label: Any = rows["label"]
        before: Any = rows["y"]
    module = emit.torch_module(conversion)
    with torch.no_grad():
        after = module(torch.from_numpy(x)).double().numpy()
    exact = np.array([conversion.source.to_float(v) for v in x[:EXACT_ROWS].tolist()])
    return {
        "rows": len(label),
        "accuracy_before": float((before.argmax(1) == label).mean()),
        "accuracy_after": float((after.argmax(1) == label).mean()),
        "same_class": int((before.argmax(1) == after.argmax(1)).sum()),
        "exact_rows": EXACT_ROWS,
        "max_error": float(np.abs(after[:EXACT_ROWS] - exact).max()),
        "max_difference": float(np.abs(after - before).max()),
    }


def _accuracy_line(compared: dict[str, Any], dtype: str) -> str:
    return (
        f"accuracy: {compared['accuracy_before']:.4f} before (the original, float64), "
        f"{compared['accuracy_after']:.4f} after (module.py, {dtype}); same class on "
        f"{compared['same_class']} of {compared['rows']} held-out digits"
    )
