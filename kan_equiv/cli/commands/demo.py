"""kan-equiv demo: the whole chain on the shipped digits classifier."""

from __future__ import annotations

import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import click

from kan_equiv.cli.common import command_errors, progress, show_result

CHECKPOINT = "digits_efficient_kan.pt"
SAMPLES = "digits_efficient_kan_io.npz"


@click.command("demo")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Keep the bundle here."
)
@click.option("--json", "as_json", is_flag=True)
@command_errors
def command(output: Path | None, as_json: bool) -> None:
    """Load, convert, prove, check, emit and report on a trained digits classifier."""
    data = resources.files("kan_equiv.cli") / "data"
    with (
        resources.as_file(data) as folder,
        tempfile.TemporaryDirectory(prefix="kan_equiv_demo_") as scratch,
    ):
        with progress("running the whole chain"):
            target = output or Path(scratch) / "bundle"
            result, lines = run(folder, target)
        if output is not None:
            lines.append(f"bundle kept in {output}; check it: kan-equiv check {output}")
        show_result(result, lines, as_json)


def run(folder: Path, target: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the findings as data and as lines; the bundle is written to target."""
    import numpy as np
    import torch

    from kan_equiv import api, emit
    from kan_equiv.report.text import trail_lines

    source = folder / CHECKPOINT
    network = api.load(source)
    conversion = api.convert(network, "local")
    summary = api.bundle(conversion, target, source_files=[source])
    verdict = api.check(target)
    if verdict.verdict != "valid":
        raise RuntimeError(f"the bundle's own check says {verdict.reason}")
    samples = np.load(folder / SAMPLES)
    module = emit.torch_module(conversion)
    with torch.no_grad():
        after = module(torch.from_numpy(samples["x"])).double().numpy()
    before: Any = samples["y"]
    label: Any = samples["label"]
    hits = [float((y.argmax(1) == label).mean()) for y in (before, after)]
    same = int((before.argmax(1) == after.argmax(1)).sum())
    worst = float(np.abs(after - before).max())
    result: dict[str, Any] = {
        **summary,
        "kernel": verdict.verdict,
        "accuracy": {"before": hits[0], "after": hits[1]},
        "same_class": same,
        "rows": len(label),
        "largest_difference": worst,
    }
    counts = summary["parameters"], summary["hidden_units"]
    lines = [
        f"proved: the KAN and its ReLU^p network are {summary['claim']}",
        f"kernel     {verdict.verdict}; {verdict.claim}",
        *trail_lines(summary["trail"]),
        f"accuracy   {hits[0]:.4f} before (original, float64), {hits[1]:.4f} after "
        f"({summary['dtype']} module); same class on {same} of {len(label)} held-out rows",
        f"outputs    largest |module - original| on these rows: {worst:.3g} (measured)",
        f"size       {counts[0]['source']} -> {counts[0]['target']} parameters, "
        f"{counts[1]['source']} -> {counts[1]['target']} hidden units; SiLU base units "
        "stay SiLU",
    ]
    return result, lines
