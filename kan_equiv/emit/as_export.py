"""What torch itself writes: exported programs and compiled packages."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kan_equiv.errors import EmissionError

if TYPE_CHECKING:
    from kan_equiv.emit.torch_network import EmittedNetwork

__all__ = ["aoti_package", "exported_program"]


def exported_program(module: EmittedNetwork) -> Any:
    """Return ``torch.export``'s program of a module, the batch left free.

    It takes matrices (batch, in_features) in the module's dtype; whatever the module's
    backend, it is the pointwise form.
    """
    import torch

    example = torch.zeros(2, module.in_features, dtype=module.dtype)
    place = next(module.parameters()).device
    batch = torch.export.Dim("batch")
    return torch.export.export(
        module, (example.to(place),), dynamic_shapes=({0: batch},)
    )


def aoti_package(module: EmittedNetwork, path: str | Path) -> Path:
    """Compile a module ahead of time and write a package for ``aoti_load_package``.

    Raises:
        EmissionError: there is no C++ compiler, or it fails.
    """
    import torch._inductor
    from torch._inductor import exc

    if not any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl")):
        raise EmissionError(
            "an AOTInductor package needs a C++ compiler, and none of c++, g++, "
            "clang++ and cl is on the PATH; torch-export needs none"
        )
    target = Path(path).absolute()
    if target.suffix != ".pt2":
        raise EmissionError(f"a package must be called *.pt2, got {target.name}")
    try:
        made: Any = torch._inductor.aoti_compile_and_package(
            exported_program(module), package_path=str(target)
        )
    except (exc.CppCompileError, exc.InvalidCxxCompiler) as error:
        raise EmissionError(f"the C++ compiler failed: {error}") from error
    return Path(made)
