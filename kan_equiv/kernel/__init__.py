"""The trusted certificate checker: standard library only, imports nothing of ours.

`check(data)` and `check_file(path)` give a `Verdict`.  Read `reader`, `linear`,
`algebra`, `atoms`, `stages`, `windows` and `composition` to believe an equality; the
other modules are loaded when a certificate needs them, and the verdict names them.

>>> check(b"not a certificate").verdict
'invalid'
"""

from __future__ import annotations

from .verdict import Verdict, check, check_file

__all__ = ["Verdict", "check", "check_file"]
