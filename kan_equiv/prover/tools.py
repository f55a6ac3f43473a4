"""z3, cvc5 and SymPy in a child process, which can be stopped at any moment.

What they answer is an opinion: nothing here is evidence for the kernel.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from queue import Empty, Queue
from threading import Thread
from typing import Any

from kan_equiv.errors import MissingExtraError, ValidationError
from kan_equiv.prover import solvers

__all__ = ["TOOLS", "Answer", "Tool", "require"]

TOOLS = {"z3": "z3-solver", "cvc5": "cvc5", "sympy": "sympy"}
"""Modules, and the distributions that they come in."""
GRACE = 3.0
"""Seconds that a tool may take to notice its own time limit, and to start."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool says of "the two sides differ somewhere".

    Attributes:
        verdict: ``sat`` (they differ), ``unsat`` (they do not) or ``unknown``.
        reason: why it is unknown.
        point: for ``sat``, a point that the tool names, rounded to rationals; or None.
    """

    verdict: str
    reason: str = ""
    point: tuple[Fraction, ...] | None = None


def require(tool: str) -> str:
    """Return the version of a tool.

    Raises:
        ValidationError: no such tool.
        MissingExtraError: it is not installed.
    """
    if tool not in TOOLS:
        raise ValidationError(f"the tool must be one of {list(TOOLS)}, got {tool!r}")
    if find_spec(tool) is None:
        raise MissingExtraError(
            f"{tool} is not installed: python -m pip install 'kan-equiv[smt]'"
        )
    try:
        return version(TOOLS[tool])
    except PackageNotFoundError:
        return "of unknown version"


class Tool:
    """A tool in a process of its own, started when first asked."""

    def __init__(self, name: str) -> None:
        self.name, self.version = name, require(name)
        self._process: subprocess.Popen[str] | None = None
        self._answers: Queue[str] = Queue()

    @classmethod
    @contextmanager
    def running(cls, name: str) -> Generator[Tool]:
        """Give the tool, and stop its process whatever happens."""
        tool = cls(name)
        try:
            yield tool
        finally:
            tool.stop()

    def smtlib(self, text: str, inputs: int, seconds: float) -> Answer:
        """Ask an SMT solver about a file in the constants x0, x1, ..."""
        return self._ask({"text": text, "inputs": inputs}, seconds)

    def functions(
        self, left: str, right: str, ends: tuple[str | None, str | None], seconds: float
    ) -> Answer:
        """Ask SymPy whether two expressions in ``x`` (as ``srepr``) differ."""
        return self._ask({"left": left, "right": right, "ends": ends}, seconds)

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, question: dict[str, Any], seconds: float) -> Answer:
        process = self._start() if self._process is None else self._process
        request = json.dumps({"tool": self.name, "seconds": seconds, **question})
        try:
            assert process.stdin is not None
            process.stdin.write(request + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=seconds + GRACE)
        except Empty:
            self.stop()
            return Answer("unknown", f"no answer within {seconds:.3g} s")
        except OSError:
            line = ""
        if not line:
            self.stop()
            return Answer("unknown", f"{self.name} ended without an answer")
        found = json.loads(line)
        point = found.get("point")
        return Answer(
            found["verdict"],
            found.get("reason", ""),
            None if point is None else tuple(map(Fraction, point)),
        )

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", f"from {solvers.__name__} import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        self._process, self._answers = process, Queue()
        Thread(target=_forward, args=(process, self._answers), daemon=True).start()
        return process


def _forward(process: subprocess.Popen[str], answers: Queue[str]) -> None:
    """Pass lines on; a last empty one says that the process has ended."""
    assert process.stdout is not None
    for line in process.stdout:
        answers.put(line)
    answers.put("")
