"""What all families have in common: detection, demands, conversion, proof."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import kan_equiv as ke
from kan_equiv import kernel
from kan_equiv.errors import (
    ConversionError,
    LoadError,
    MissingArgumentError,
    UnsupportedModelError,
)
from kan_equiv.importers import FORMATS, Format, describe, detect
from kan_equiv.importers.families import FAMILIES as IMPORTERS
from kan_equiv.importers.files import read_state_dict
from kan_equiv.ir import Affine, Network, Parallel, VectorAtom
from kan_equiv.prover.outcome import Proved, Refuted
from tests.networks import DATA, FAMILIES, family_path

BY_GOLDEN = {f.format.golden: f for f in IMPORTERS}
DEMANDED = [
    (name, key)
    for name, hyper in FAMILIES.items()
    for key in hyper
    if key not in ("format", "prefix")
]
IN_ORDER = [name for name, hyper in FAMILIES.items() if "prefix" not in hyper]
"""Models whose keys tell the order of the layers."""


def format_of(name: str) -> Format:
    """The format of a model, which is called by its golden name or begins with it."""
    whole = [g for g in BY_GOLDEN if name == g or name.startswith(f"{g}_")]
    return BY_GOLDEN[max(whole, key=len)].format


def loaded(name: str) -> Network:
    return ke.load(family_path(name), **FAMILIES[name])


def test_every_golden_model_is_tested_and_named() -> None:
    assert set(BY_GOLDEN) <= set(FAMILIES)
    for f in FORMATS.values():
        assert not f.golden or list(DATA.glob(f"{f.golden}_io.npz"))


@pytest.mark.parametrize("family", IMPORTERS, ids=lambda f: f.format.name)
def test_the_registry_says_what_the_importer_takes(family: Any) -> None:
    parameters = inspect.signature(family.load).parameters.values()
    names = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
    assert names == family.format.arguments
    assert family.format.conversion
    assert FORMATS[family.format.name] is family.format


@pytest.mark.parametrize("name", FAMILIES)
def test_models_are_detected_by_their_keys(name: str) -> None:
    state = read_state_dict(family_path(name))
    family = format_of(name).name
    fitting = [f.format.name for f in IMPORTERS if f.is_state(state)]
    assert family in fitting
    if len(fitting) == 1:
        assert detect(state)[0] == family
        return
    with pytest.raises(MissingArgumentError, match=rf"format= .*{family}"):
        detect(state)
    assert detect(state, family)[0] == family


def test_live_modules_are_loaded_by_their_state() -> None:
    """A class may do anything with known weights; a state dict says what they are."""

    class Waves(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fouriercoeffs = torch.nn.Parameter(torch.ones(2, 1, 1, 1))

    with pytest.raises(UnsupportedModelError, match=r"state_dict\(\).* as fourier-kan"):
        ke.load(Waves())
    assert ke.load(Waves().state_dict()).in_features == 1


@pytest.mark.parametrize(("name", "key"), DEMANDED)
def test_what_a_file_does_not_hold_is_demanded(name: str, key: str) -> None:
    hyper = {k: v for k, v in FAMILIES[name].items() if k != key}
    family = format_of(name)
    with pytest.raises(MissingArgumentError, match=f"pass {key}="):
        ke.load(family_path(name), **hyper)
    assert key in family.demanded
    assert describe(family_path(name), **hyper).missing == (key,)
    with pytest.raises(LoadError, match=rf"{key} must"):
        ke.load(family_path(name), **hyper, **{key: "nonsense"})


@pytest.mark.parametrize("name", IN_ORDER)
def test_other_weights_beside_the_layers_are_refused(name: str) -> None:
    state = dict(read_state_dict(family_path(name)))
    state["head.weight"] = torch.ones(1, 1)
    hyper = {"format": format_of(name).name} | FAMILIES[name]
    with pytest.raises(UnsupportedModelError, match=r"other weights .*head\.weight"):
        ke.load(state, **hyper)


@pytest.mark.parametrize("name", FAMILIES)
def test_prefixes_name_the_model(name: str) -> None:
    state = read_state_dict(family_path(name))
    deeper = {f"net.kan.{key}": value for key, value in state.items()}
    deeper["head.weight"] = torch.ones(1, 1)
    hyper = dict(FAMILIES[name])
    layers = hyper.pop("prefix", None)
    prefix = [f"net.kan.{p}" for p in layers] if layers else "net.kan."
    assert ke.load(deeper, prefix=prefix, **hyper) == loaded(name)
    with pytest.raises(LoadError, match=r"prefix=.*nothing"):
        ke.load(state, prefix=["nothing"] if layers else "nothing", **hyper)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_report_and_what_to_do_next(name: str) -> None:
    report = describe(family_path(name), **FAMILIES[name])
    network = loaded(name)
    assert report.problem == ""
    assert report.family == format_of(name).name
    assert (report.in_features, report.out_features) == (
        network.in_features,
        network.out_features,
    )
    word = report.suggestions[0].split()[1]
    is_emitted = not any(isinstance(s, (Parallel, VectorAtom)) for s in network.stages)
    is_convertible = is_emitted and FORMATS[report.family].is_convertible
    assert word == ("convert" if is_convertible else "show")


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("form", ["hinge", "local"])
def test_conversions_are_proved_or_refused_with_the_reason(
    name: str, form: str
) -> None:
    network = loaded(name)
    if not format_of(name).is_convertible:
        reason = format_of(name).conversion
        with pytest.raises(ConversionError, match=KEYWORD[name]):
            ke.convert(network, to=form)
        assert KEYWORD[name].split("|")[0] in reason
        return
    conversion = ke.convert(network, to=form)
    outcome = conversion.prove()
    assert kernel.check(outcome.certificate.data).verdict == "valid"
    searched = ke.prove(network, conversion.target)
    assert isinstance(searched, Proved)
    assert kernel.check(searched.certificate.data).verdict == "valid"


KEYWORD = {
    "flash_kan": "jump|discontinuous at knot",
    "kat": "ratios of polynomials|for a denominator: pieces of ReLU",
}
"""Words of the reason in the registry, and of the error."""


@pytest.mark.parametrize("name", FAMILIES)
def test_a_changed_weight_is_refuted(name: str) -> None:
    """The last layer's bias, or one of its outputs, moves by a little."""
    network = loaded(name)
    last = network.stages[-1]
    assert isinstance(last, Affine)
    shift = np.zeros(last.out_features)
    shift[0] = 2.0**-20
    moved = Network(
        network.in_features,
        (*network.stages, ke.mlp([(np.eye(last.out_features), shift)]).stages[0]),
    )
    outcome = ke.prove(network, moved)
    assert isinstance(outcome, Refuted)
    assert kernel.check(outcome.certificate.data).verdict == "valid"


@pytest.mark.parametrize("name", ["relu_kan", "power_mlp", "cheby_kan", "wav_kan"])
def test_bundles_of_words_that_are_no_chain_of_bank_and_affine(
    name: str, tmp_path: Path
) -> None:
    """Affine stages in front, banks after banks, products: all bounded, all checked."""
    summary = ke.bundle(ke.convert(loaded(name)), tmp_path / "out")
    assert all(layer["bound"] is not None for layer in summary["rounding"])
    assert ke.check(tmp_path / "out").verdict == "valid"
