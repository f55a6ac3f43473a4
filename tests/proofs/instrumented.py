"""A second copy of the Python kernel in which any one check can be left out.

A check is a condition that some ``need`` asks for (one for each part of an ``and``), a
``raise``, or an answer of the verdict with a reason.  What is left out is a bug that is
planted.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from kan_equiv import kernel

NAME = "instrumented_kernel"
FOLDER = Path(kernel.__file__).parent


class Checks:
    """The checks of the copy: where they stand, which one is left out, which refused.

    Attributes:
        places: module, line and source of each check.
        left_out: the number of the check that is left out.
        refused: the numbers of those that were not met, in order.
    """

    def __init__(self) -> None:
        self.places: list[tuple[str, int, str]] = []
        self.left_out: int | None = None
        self.refused: list[int] = []

    def counts(self, number: int) -> bool:
        """Whether a check that is not met refuses the file."""
        if number == self.left_out:
            return False
        self.refused.append(number)
        return True


CHECKS = Checks()


class Planting(ast.NodeTransformer):
    """Every check asks whether it counts."""

    def __init__(self, module: str) -> None:
        self.module = module

    def guarded(self, node: ast.stmt, part: ast.AST, condition: ast.expr | None) -> Any:
        """The refusing statement, unless the condition holds or it is left out."""
        number = len(CHECKS.places)
        CHECKS.places.append((self.module, node.lineno, ast.unparse(part)))
        counts = ast.parse(f"CHECKS.counts({number})", mode="eval").body
        tests = [] if condition is None else [ast.UnaryOp(ast.Not(), condition)]
        test = ast.BoolOp(ast.And(), [*tests, counts]) if tests else counts
        return ast.fix_missing_locations(
            ast.copy_location(ast.If(test, [node], []), node)
        )

    def visit_Expr(self, node: ast.Expr) -> Any:
        match node.value:
            case ast.Call(ast.Name("need"), [condition, message]):
                parts = (
                    condition.values
                    if isinstance(condition, ast.BoolOp)
                    and isinstance(condition.op, ast.And)
                    else [condition]
                )
                out: list[ast.stmt] = []
                for part in parts:
                    call = ast.Call(
                        ast.Name("need", ast.Load()), [ast.Constant(False), message], []
                    )
                    refuse = ast.copy_location(ast.Expr(call), node)
                    out.append(self.guarded(refuse, part, part))
                return out
            case _:
                return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return node if node.name == "need" else self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        return node

    def visit_Raise(self, node: ast.Raise) -> Any:
        return self.guarded(node, node, None)

    def visit_Return(self, node: ast.Return) -> Any:
        match node.value:
            case ast.Call(ast.Name("replace"), _, [ast.keyword("reason"), *_]):
                return self.guarded(node, node, None)
            case _:
                return node


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of the copy."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> Any:
        package, _, module = name.partition(".")
        if package != NAME:
            return None
        place = FOLDER / f"{module or '__init__'}.py"
        if not place.is_file():
            return None
        return importlib.util.spec_from_loader(name, self, is_package=not module)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.partition(".")[2]
        place = FOLDER / f"{name or '__init__'}.py"
        tree = Planting(name).visit(ast.parse(place.read_text()))
        module.__dict__["CHECKS"] = CHECKS
        exec(compile(tree, str(place), "exec"), module.__dict__)


def instrumented_kernel() -> Any:
    """The copy, with all its modules loaded, so that all checks are numbered."""
    if NAME not in sys.modules:
        sys.meta_path.insert(0, Finder())
        for path in sorted(FOLDER.glob("*.py")):
            if path.stem != "__main__":
                importlib.import_module(f"{NAME}.{path.stem}".removesuffix(".__init__"))
    return sys.modules[NAME]


def verdict(data: bytes, left_out: int | None = None) -> tuple[str, list[int]]:
    """The copy's verdict with one check left out, and the checks that refused."""
    copy = instrumented_kernel()
    CHECKS.left_out, CHECKS.refused = left_out, []
    return copy.check(data).verdict, CHECKS.refused
