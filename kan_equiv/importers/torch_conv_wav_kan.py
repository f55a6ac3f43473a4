"""The WavKANLayer of torch-conv-kan (IvanDrokin): Wav-KAN and a SiLU branch.

As Wav-KAN, but ``weight1`` counts::

    y_o = bn( sum_i wavelet_weights[o, i] psi(z_oi) + sum_i weight1[o, i] silu(x_i) )
"""

from __future__ import annotations

from collections.abc import Sequence

from kan_equiv.importers.family import Family, Format
from kan_equiv.importers.tensors import StateDict
from kan_equiv.importers.wav_kan import is_wav_kan, load_wavelets
from kan_equiv.ir.network import Network

__all__ = ["FAMILY", "load_torch_conv_wav_kan"]


def load_torch_conv_wav_kan(
    state: StateDict,
    *,
    wavelet_type: str | None = None,
    prefix: str | Sequence[str] = "",
) -> Network:
    """Import a chain of torch-conv-kan's WavKANLayer, in evaluation mode.

    Args and errors are those of ``load_wav_kan``.
    """
    return load_wavelets(state, wavelet_type, prefix, has_base=True)


FAMILY = Family(
    Format(
        "torch-conv-wav-kan",
        "state dict of WavKANLayer of IvanDrokin/torch-conv-kan (its keys are those of "
        "Wav-KAN too: give format=)",
        "as wav-kan",
        "as wav-kan; SiLU branch (SiLU units)",
        ("wavelet_type", "prefix"),
        "format and wavelet_type",
        "as wav-kan",
        "torch_conv_wav_kan",
    ),
    is_wav_kan,
    load_torch_conv_wav_kan,
)
