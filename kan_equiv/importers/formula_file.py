"""Formulas in a text file, one output a line: read as data, never run as code.

Lines are arithmetic in the syntax that SymPy prints: names of inputs, numbers, + - * /
and ** by multiples of 1/2, and the functions of ``FUNCTIONS``. A decimal such as 0.1
is that decimal, 1/10. Empty lines and lines that start with # are skipped.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kan_equiv.errors import KanEquivError, LoadError, MissingArgumentError
from kan_equiv.importers.sympy_formulas import network_from_sympy
from kan_equiv.ir.network import Network

__all__ = ["FUNCTIONS", "NAME", "load_formula_file", "parse_formula"]

NAME = "formula"
FUNCTIONS = (
    *("exp", "log", "sqrt", "sin", "cos", "tanh"),
    *("Abs", "abs", "Max", "Min", "sign", "Heaviside"),
)
MAX_BYTES = 1 << 20
MAX_BITS = 1 << 14
MAX_EXPONENT = 64
DECIMAL = re.compile(r"\d*\.?\d*([eE][+-]?\d{1,3})?")


def _nonzero(value: Any) -> Any:
    if value == 0:
        raise ZeroDivisionError("it divides by 0")
    return value


OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / _nonzero(b),
}


def load_formula_file(path: Path, *, inputs: str | Sequence[str] = ()) -> Network:
    """Import the network whose outputs are the formulas of a file, line by line.

    Args:
        path: a text file.
        inputs: the names of the inputs in their order, or one text with commas.

    Raises:
        MissingArgumentError: inputs is not given.
        LoadError: the file is no such text; the message names the line.
    """
    names = inputs.split(",") if isinstance(inputs, str) else list(inputs)
    names = [name.strip() for name in names if name.strip()]
    if not names:
        raise MissingArgumentError(
            f"{path} does not say in which order its inputs come: pass inputs=, for "
            "instance inputs='x_1,x_2'"
        )
    if path.stat().st_size > MAX_BYTES:
        raise LoadError(f"{path} has more than {MAX_BYTES} bytes")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(f"{path} is no text file: {error}") from error
    formulas: list[Any] = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                formulas.append(parse_formula(line.strip(), names))
            except (KanEquivError, ZeroDivisionError) as error:
                raise LoadError(f"{path}, line {number}: {error}") from error
    if not formulas:
        raise LoadError(f"{path} holds no formula")
    return network_from_sympy(formulas, [_symbol(name) for name in names])


def parse_formula(text: str, names: Sequence[str]) -> Any:
    """Return the SymPy expression of a line of text.

    Raises:
        LoadError: a part is no arithmetic in these names; it is quoted.

    >>> parse_formula("0.5*sin(2*x) - y**2", ["x", "y"])
    -y**2 + sin(2*x)/2
    """
    try:
        return _Reader(text, names).read(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError) as error:
        raise LoadError(f"{text[:60]!r} is no formula: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise LoadError(f"{text[:60]!r} is nested too deeply") from error


def _symbol(name: str) -> Any:
    import sympy

    return sympy.Symbol(name, real=True)


class _Reader:
    def __init__(self, text: str, names: Sequence[str]) -> None:
        self.text, self.names = text, names

    def read(self, node: ast.expr) -> Any:
        import sympy

        if isinstance(node, ast.Name) and node.id in self.names:
            return _symbol(node.id)
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return sympy.Integer(node.value)
        if isinstance(node, ast.Constant) and type(node.value) is float:
            if not DECIMAL.fullmatch(self._source(node)):
                raise LoadError(f"{self._source(node)[:60]!r} is no decimal number")
            return sympy.Rational(self._source(node))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
            inner = self.read(node.operand)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            operator = OPERATORS[type(node.op)]
            return operator(self.read(node.left), self.read(node.right))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            return self._power(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            plain = not node.keywords and node.args
            if name in FUNCTIONS and plain:
                function = sympy.Abs if name == "abs" else getattr(sympy, name)
                return function(*map(self.read, node.args))
        raise LoadError(
            f"{self._source(node)[:60]!r} is neither a number, one of the inputs "
            f"{', '.join(self.names)}, nor a sum, product, power or function "
            f"({', '.join(FUNCTIONS)}) of these"
        )

    def _power(self, node: ast.BinOp) -> Any:
        exponent = self.read(node.right)
        if not (2 * exponent).is_Integer or abs(exponent) > MAX_EXPONENT:
            raise LoadError(
                f"{self._source(node)[:60]!r}: an exponent is a multiple of 1/2 from "
                f"-{MAX_EXPONENT} to {MAX_EXPONENT}"
            )
        base = self.read(node.left)
        if base.is_Rational and exponent.is_Integer:
            bits = (base.p * base.q).bit_length() * int(abs(exponent))
            if bits > MAX_BITS:
                raise LoadError(f"{self._source(node)[:60]!r} is too large a number")
        return base**exponent

    def _source(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.text, node) or ""
