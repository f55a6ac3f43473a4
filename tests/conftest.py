"""Settings every test shares; they must stand before numpy or torch is imported."""

import os

# One thread a process: times are comparable, and two workers do not fight over cores.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")  # pykan imports matplotlib.pyplot

import pytest
from hypothesis import HealthCheck, settings

# Exact arithmetic is fast on average and slow on the odd large rational: no deadline.
settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "ci", parent=settings.get_profile("default"), derandomize=True, print_blob=True
)
settings.register_profile(
    "fuzz", parent=settings.get_profile("default"), max_examples=5000, print_blob=True
)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all benchmarks on one worker when tests run in parallel."""
    for item in items:
        if item.get_closest_marker("benchmark"):
            item.add_marker(pytest.mark.xdist_group("benchmark"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests marked ``gpu`` where there is no CUDA device, and say why."""
    if item.get_closest_marker("gpu"):
        reason = _why_no_cuda()
        if reason:
            pytest.skip(reason)


def _why_no_cuda() -> str:
    try:
        import torch
    except ImportError:
        return "needs torch, which is not installed"
    if torch.cuda.is_available():
        return ""
    if torch.version.cuda is None:
        return f"needs CUDA, and torch {torch.__version__} is built without it"
    return "needs CUDA, and torch sees no CUDA device"
