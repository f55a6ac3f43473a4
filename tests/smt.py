"""Stock solvers on SMT-LIB text: z3's command, and cvc5 behind its own parser."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import cvc5


def z3_answer(text: str, seconds: int = 20) -> str:
    beside = Path(sys.executable).with_name("z3")
    command = str(beside) if beside.exists() else shutil.which("z3")
    assert command, "z3-solver installs a command"
    run = subprocess.run(
        [command, "-smt2", "-in", f"-T:{seconds}"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.strip()


def cvc5_answer(text: str, seconds: int = 20) -> str:
    solver = cvc5.Solver()
    solver.setOption("tlimit", str(1000 * seconds))
    solver.setOption("strict-parsing", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "text")
    symbols, said = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, symbols)
    return said.strip()


ANSWERS = {"z3": z3_answer, "cvc5": cvc5_answer}
