"""The card beside emitted weights: what they are, and how anybody can check it."""

from __future__ import annotations

from collections.abc import Mapping

from kan_equiv.emit.planning import Plan

__all__ = ["describe_plan", "model_card"]


def describe_plan(plan: Plan, form: str, layout: str) -> dict[str, str]:
    """Return what files of weights say of themselves, as text by key."""
    program = plan.program
    assert program.precision is not None
    return {
        "dtype": program.dtype,
        "form": form,
        "in_features": str(program.in_features),
        "layout": layout,
        "out_features": str(program.out_features),
        "parameters": "exactly equal" if plan.is_exact else "rounded once",
        "precision": program.precision.name,
        "producer": "kan_equiv",
    }


def model_card(
    metadata: Mapping[str, str], weights_sha256: str, command: str, floats: str = ""
) -> str:
    """Return the card as Markdown.

    Args:
        metadata: of the weights file, the certificate's digest among them.
        weights_sha256: of the weights file.
        command: writes the same files again from the source.
        floats: what ``floats.cert`` claims, "" where there is no bound.
    """
    rounded = metadata["parameters"] == "rounded once"
    parameters = (
        "Every number was rounded once, to nearest, when these weights were written."
        if rounded
        else "All numbers are exactly those of the proved network: nothing was rounded."
    )
    computed = "- **Not proved**: what float arithmetic adds when the module runs."
    if floats:
        said = floats.replace("right", "the module").replace("left", "the source")
        computed = f"- **Floats**, a statement of its own: {said} (`floats.cert`)."
    listed = "\n".join(f"| {key} | `{value}` |" for key, value in metadata.items())
    return f"""# Model card

A Kolmogorov-Arnold network, rewritten as a network of {metadata["form"]} units by
kan_equiv. Input (..., {metadata["in_features"]}), output
(..., {metadata["out_features"]}).

| key | value |
|---|---|
{listed}
| weights.safetensors | `sha256 {weights_sha256}` |

## What is proved, and what is not

- **Proved**: the source's exact network and the converted one are equal as functions
  over the reals. The proof is `certificate.cert`, its sha256 in the weights' metadata.
- **Rounding**: {parameters}
{computed}

## How to check it again

```console
$ sha256sum certificate.cert      # must be certificate_sha256 of the metadata
$ kan-equiv check certificate.cert
$ {command}
$ sha256sum weights.safetensors   # must be the digest of the table above
```

The checker needs Python's standard library only: `python -m kan_equiv.kernel
certificate.cert` does the same.
"""
