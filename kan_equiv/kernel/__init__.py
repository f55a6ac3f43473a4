"""The trusted certificate checker: standard library only, imports nothing of ours.

`check(data)` and `check_file(path)` give a `Verdict`.  Read `reader`, `tensors`,
`linear`, `algebra`, `atoms`, `splines`, `stages`, `windows` and `composition` to
believe an equality; the other modules are loaded when a certificate needs them, and the
verdict names them.  `work` counts what a check costs: a small file cannot ask for much.

>>> check(b"not a certificate").verdict
'invalid'
"""

from __future__ import annotations

from .verdict import Verdict, check, check_file

__all__ = ["Verdict", "check", "check_file"]
