"""What runs in the child process of a tool: one question a line, one answer a line.

The one module that imports SMT solvers, each where it is asked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

__all__ = ["serve"]


def serve() -> None:
    """Answer the questions on stdin until it ends."""
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = _DECIDERS[question["tool"]](question)
        except Exception as error:
            answer = {
                "verdict": "unknown",
                "reason": f"{type(error).__name__}: {error}",
            }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _z3(question: dict[str, Any]) -> dict[str, Any]:
    import z3

    solver: Any = z3.Solver()
    solver.set("timeout", max(1, int(1000 * question["seconds"])))
    solver.from_string(question["text"])
    found = str(solver.check())
    if found == "unknown":
        return {"verdict": found, "reason": solver.reason_unknown()}
    if found == "unsat":
        return {"verdict": found}
    model = solver.model()
    point: list[str] = []
    for i in range(question["inputs"]):
        value: Any = model.eval(z3.Real(f"x{i}"), model_completion=True)
        if z3.is_algebraic_value(value):
            value = value.approx(40)
        point.append(str(value.as_fraction()))
    return {"verdict": found, "point": point}


def _cvc5(question: dict[str, Any]) -> dict[str, Any]:
    import cvc5

    api: Any = cvc5
    solver = api.Solver()
    solver.setOption("produce-models", "true")
    solver.setOption("tlimit-per", str(max(1, int(1000 * question["seconds"]))))
    parser = api.InputParser(solver)
    text = question["text"]
    parser.setStringInput(api.InputLanguage.SMT_LIB_2_6, text, "question")
    symbols, said = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, symbols)
    found = said.strip()
    if found not in ("sat", "unsat"):
        return {"verdict": "unknown", "reason": found[:200]}
    if found == "unsat":
        return {"verdict": found}
    terms = {str(t): t for t in symbols.getDeclaredTerms()}
    values = [solver.getValue(terms[f"x{i}"]) for i in range(question["inputs"])]
    if not all(v.isRealValue() for v in values):
        return {"verdict": found}
    return {"verdict": found, "point": [str(v.getRealValue()) for v in values]}


def _sympy(question: dict[str, Any]) -> dict[str, Any]:
    """Compare two expressions region by region, all by SymPy's own means."""
    import sympy

    x = sympy.Symbol("x", real=True)
    left, right = (sympy.sympify(question[side]) for side in ("left", "right"))
    lo, hi = (None if v is None else sympy.Rational(v) for v in question["ends"])
    difference = left - right
    bounds = [
        side
        for relation in difference.atoms(sympy.core.relational.Relational)
        for side in relation.args
        if side.is_number
    ]
    cuts = sorted(
        {t for t in [lo, hi, *bounds] if t is not None and _inside(t, lo, hi)}
    )
    for t in cuts or [sympy.Integer(0)]:
        if (found := _is_zero(difference.subs(x, t))) is not True:
            return _differs(found, f"at {t}", [t])
    ends = [*([cuts[0] - 2] if lo is None and cuts else []), *cuts]
    ends += [ends[-1] + 2] if hi is None and ends else []
    ends = ends or [sympy.Integer(-1), sympy.Integer(1)]
    for a, b in pairwise(ends):
        piece = _at(difference, x, (a + b) / 2)
        if _is_zero(piece) is not True:
            at = [a + (b - a) * sympy.Rational(k, 9) for k in range(1, 9)]
            apart = [t for t in at if _is_zero(piece.subs(x, t)) is False]
            return _differs(False if apart else None, f"in ({a}, {b})", apart)
    return {"verdict": "unsat"}


def _at(e: Any, x: Any, inside: Any) -> Any:
    """Return the expression with every Piecewise replaced by its case at a point."""
    import sympy

    return e.replace(
        lambda part: isinstance(part, sympy.Piecewise),
        lambda part: next(v for v, c in part.args if c.subs(x, inside) == sympy.true),
    )


def _inside(t: Any, lo: Any, hi: Any) -> bool:
    return (lo is None or bool(t >= lo)) and (hi is None or bool(t <= hi))


def _is_zero(e: Any) -> bool | None:
    import sympy

    if not e.free_symbols and abs(sympy.N(e, 60)) > sympy.Rational(1, 10**40):
        return False
    for simpler in (sympy.expand, sympy.cancel, sympy.simplify):
        e = simpler(e)
        if e.is_zero:
            return True
    return None


def _differs(is_zero: bool | None, where: str, points: list[Any]) -> dict[str, Any]:
    if is_zero is None:
        return {"verdict": "unknown", "reason": f"not simplified to 0 {where}"}
    return {"verdict": "sat", "point": [str(points[0])]}


_DECIDERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "z3": _z3,
    "cvc5": _cvc5,
    "sympy": _sympy,
}
