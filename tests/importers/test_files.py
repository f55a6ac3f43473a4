"""Files and tensors: what is read, bit for bit, and what is refused."""

from __future__ import annotations

import builtins
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import kan_equiv as ke
from kan_equiv.errors import LoadError, MissingExtraError, UnsupportedModelError
from kan_equiv.importers.tensors import lift
from tests.networks import CHECKPOINTS


def state() -> dict[str, Any]:
    return dict(torch.load(CHECKPOINTS["efficient_kan"], weights_only=True))


def low(kind: torch.dtype) -> dict[str, Any]:
    """Weights rounded to a narrow format; knots stay apart as they were."""
    return {k: v if "grid" in k else v.to(kind) for k, v in state().items()}


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float32])
def test_safetensors_round_trip(kind: torch.dtype, tmp_path: Path) -> None:
    file = tmp_path / "net.safetensors"
    save_file(low(kind), file)
    network = ke.load(file)
    assert network == ke.load(low(kind))
    wide = ke.load({k: v.double() for k, v in low(kind).items()})
    x = [0.25, -0.75, 0.5]
    assert network.to_float(x) == wide.to_float(x)


@pytest.mark.parametrize("name", ["net.pt", "net.pth", "pytorch_model.bin", "net"])
@pytest.mark.parametrize("key", ["", "state_dict", "model_state_dict"])
def test_torch_files(name: str, key: str, tmp_path: Path) -> None:
    file = tmp_path / name
    torch.save({key: state(), "epoch": 3} if key else state(), file)
    assert ke.load(file) == ke.load(str(file)) == ke.load(state())


def test_an_exact_network_file(tmp_path: Path) -> None:
    from kan_equiv.certificate.encode import encode_network

    network = ke.load(state())
    file = tmp_path / "net.kan"
    file.write_bytes(encode_network(network))
    assert ke.load(file) == network
    with pytest.raises(LoadError, match="takes nothing for a path, got prefix="):
        ke.load(file, prefix="a")
    with pytest.raises(LoadError, match=r"other\.kan"):
        ke.load(tmp_path / "other.kan")


def test_a_pickled_model_is_refused_and_not_run(tmp_path: Path) -> None:
    mark, file = tmp_path / "ran", tmp_path / "model.pt"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (mark,)

    for value in (torch.nn.Linear(2, 2), Evil()):
        torch.save(value, file)
        with pytest.raises(LoadError, match=r"weights_only=True.*model.state_dict\(\)"):
            ke.load(file)
    assert not mark.exists()


def test_files_that_hold_no_state_dict(tmp_path: Path) -> None:
    file = tmp_path / "x.pt"
    torch.save([torch.ones(2)], file)
    with pytest.raises(UnsupportedModelError, match="holds a list"):
        ke.load(file)
    file = tmp_path / "x.safetensors"
    file.write_bytes(b"nothing")
    with pytest.raises(LoadError, match="no readable safetensors"):
        ke.load(file)
    with pytest.raises(LoadError, match=r"no such file.*absent_config\.yml"):
        ke.load(tmp_path / "absent")
    with pytest.raises(LoadError, match="is a directory"):
        ke.load(tmp_path)


def test_without_torch_the_message_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def no_torch(name: str, *args: Any) -> Any:
        if name == "torch":
            raise ImportError(name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", no_torch)
    hint = r"python -m pip install 'kan-equiv\[torch\]'"
    with pytest.raises(MissingExtraError, match=hint):
        ke.load(CHECKPOINTS["efficient_kan"])


def test_numpy_arrays_need_no_torch() -> None:
    arrays = {k: v.numpy() for k, v in state().items()}
    assert ke.load(arrays) == ke.load(state())


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_lifting_is_exact(kind: torch.dtype) -> None:
    tensor = torch.tensor([[0.1, -3.0], [1e-4, 2.5]], dtype=kind).T
    exact = lift(tensor, "w")
    assert exact.dtype == str(kind).removeprefix("torch.")
    for o in range(2):
        for i in range(2):
            assert exact[o, i] == Fraction(tensor[o, i].double().item())


@pytest.mark.parametrize(
    "value",
    [
        [1.0],
        np.array([1]),
        torch.ones(2, dtype=torch.int32),
        torch.ones(2, dtype=torch.float8_e4m3fn),
        torch.ones(2).to_sparse(),
        torch.ones(2, device="meta"),
    ],
)
def test_other_tensors_are_refused_by_name(value: Any) -> None:
    with pytest.raises(LoadError, match=r"tensor some\.weight must"):
        lift(value, "some.weight")
