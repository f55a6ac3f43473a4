"""Small certificates with one fault each, and the check of the kernel that sees it.

    @alone("why it is bad", "module", "beginning of the check's source")
    def name_of_the_file(b): ...

The function writes a certificate that the kernel accepts if that check is left out.
Some checks only say earlier what others refuse as well; these are ``@first``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.kernel.builder import Builder, box


class Small(NamedTuple):
    """Why a certificate is bad, its bytes, and which check refuses it: it alone?"""

    why: str
    data: bytes
    module: str
    source: str
    alone: bool


class Writer(Builder):
    """Judgements of both networks at once."""

    def sides(self, left: Any, right: Any, n: int = 1, domain: Any = ()) -> Any:
        """The fields of a claim: two networks, given by their stages."""
        first = self.network(n, *left)
        second = first if left is right else self.network(n, *right)
        return {"left": first, "right": second, "domain": box(domain)}

    def same(self, *stages: int, n: int = 1) -> None:
        """A network is equal to itself, for which no stage has to be understood."""
        a = self.network(n, *stages)
        self.compose(a, a, [])

    def refuted(self, sides: Any, point: Any, values: Any, output: int = 0) -> None:
        self.claim = {"kind": "refuted"} | sides
        left, right = ([v, v] if v != "undefined" else v for v in values)
        at = {"point": point, "output": output}
        self.judge("witness", left_value=left, right_value=right, **at, **sides)

    def bounded(self, sides: Any, *bounds: str) -> int:
        cuts = {"subdivisions": 0, "points": [], "attained": []}
        return self.judge("distance", bounds=list(bounds), **cuts, **sides)

    def within(self, sides: Any, *bounds: str) -> None:
        self.claim = {"kind": "within", "epsilon": list(bounds)} | sides

    def exceeds(self, sides: Any, epsilon: str, *point: str) -> int:
        """The claim, and the judgement that shows it, in the first output."""
        what = {"output": 0, "epsilon": epsilon} | sides
        self.claim = {"kind": "exceeds"} | what
        return self.judge("exceeds", point=list(point), bits=0, **what)

    def relu(self) -> int:
        return self.bank([self.powers([(0, 1)])], [0])

    def monomials(self, *degrees: int) -> int:
        return self.bank([self.add("monomial", degrees=list(degrees))], [0])

    def atom(self, name: str, a: Any = 1, b: Any = 0) -> int:
        return self.bank([self.atoms([(name, a, b)])], [0])

    def spread(self, *groups: int) -> int:
        """A selection as a stage: output j is input groups[j]."""
        chosen = self.selection(groups, 1 + max(groups))
        return self.affine(chosen, [0] * len(groups))


SMALL: dict[str, Small] = {}
Written = Callable[[Writer], bytes | None]


def entry(why: str, module: str, source: str, alone: bool) -> Callable[[Written], None]:
    def register(write: Written) -> None:
        b = Writer()
        data = write(b) or b.bytes()
        assert write.__name__ not in SMALL
        SMALL[write.__name__] = Small(why, data, module, source, alone)

    return register


def alone(why: str, module: str, source: str) -> Callable[[Written], None]:
    return entry(why, module, source, alone=True)


def first(why: str, module: str, source: str) -> Callable[[Written], None]:
    return entry(why, module, source, alone=False)
