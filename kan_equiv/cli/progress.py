"""A spinner on stderr while something takes its time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

__all__ = ["progress"]


@contextmanager
def progress(text: str) -> Generator[Callable[[str], None]]:
    """Show ``text`` and a spinner, on terminals only; without color if NO_COLOR is set.

    Yields a function that adds to the text what is being done now.

    Nothing is written to a pipe or a file, and nothing stays on the screen.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        yield lambda detail: status.update(f"{text}: {detail}")
