"""The pytest plugin: certificates of refuted cases are kept where they are asked for.

Nothing of kan_equiv is imported here: certificates come along with the errors.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["pytest_addoption", "pytest_runtest_makereport"]

OPTION = "--kan-equiv-certificates"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("kan_equiv").addoption(
        OPTION,
        metavar="DIR",
        help="save the certificates of refuted cases in this directory",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Save what the errors of a failed test carry, and say where."""
    report = yield
    place = item.config.getoption(OPTION)
    if place and call.excinfo is not None:
        directory = item.config.invocation_params.dir / place
        for certificate in _certificates(call.excinfo.value):
            report.sections.append(("kan_equiv", _save(certificate, directory, item)))
    return report


def _certificates(error: BaseException) -> Iterator[Any]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _certificates(inner)
    elif type(error).__module__.startswith("kan_equiv."):
        found = getattr(error, "certificate", None)
        if found is not None:
            yield found


def _save(certificate: Any, directory: Path, item: pytest.Item) -> str:
    name = re.sub(r"[^\w.-]+", "-", item.name)[:60]
    path = directory / f"{name}-{certificate.digest[:12]}.cert"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        certificate.save(path)
    except OSError as error:
        return f"the certificate could not be saved: {error}"
    return f"certificate saved; replay it with: kan-equiv check {path}"
