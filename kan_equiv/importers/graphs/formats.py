"""Formats of torch programs that count in another way than real numbers do.

Truth values are tracked here, by what makes them: what a file says of them is not
believed, as torch does not either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kan_equiv.errors import UnsupportedModelError
from kan_equiv.importers.graphs.aten import COMPARING, JOINING
from kan_equiv.importers.graphs.aten_moving import CONVERTING, MOVING
from kan_equiv.importers.graphs.calls import Call, Value, references
from kan_equiv.importers.graphs.constants import Constant
from kan_equiv.importers.graphs.symbolic import Symbolic

__all__ = ["PRECISION", "check_formats"]

PRECISION = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}
"""Float formats, with their bits of precision."""


def check_formats(
    calls: Sequence[Call], values: Mapping[str, Value], formats: Mapping[str, str]
) -> None:
    """Refuse integers, conversions that round, and sums of truth values.

    Args:
        calls: in their order.
        values: what every name is.
        formats: the formats that the program gives for its names.

    Raises:
        UnsupportedModelError: with the node.
    """
    truths: set[str] = set()
    for call in calls:
        if not any(isinstance(values.get(n), Symbolic) for n in call.outputs):
            continue
        where = f"node {call.place} ({call.operator})"
        taken = references(list(call.arguments.values()))
        tensors = [n for n in taken if isinstance(values[n], (Symbolic, Constant))]
        if _makes_truth(call, [_is_truth(n, values, truths) for n in tensors], where):
            truths.update(call.outputs)
            continue
        made = [formats[n] for n in call.outputs if n in formats]
        for kind in made:
            if kind not in PRECISION:
                raise UnsupportedModelError(
                    f"{where}: it makes {kind} of what depends on the input"
                )
        most = max(
            (PRECISION.get(formats[n], 0) for n in tensors if _depends(values[n])),
            default=0,
        )
        if any(PRECISION[kind] < most for kind in made):
            raise UnsupportedModelError(f"{where}: it rounds its input to {made[0]}")


def _makes_truth(call: Call, inputs: Sequence[bool], where: str) -> bool:
    """Return whether a call makes truth values.

    Raises:
        UnsupportedModelError: it uses numbers as truth values, or truth values as
            numbers in another way than torch does.
    """
    if call.operator in COMPARING:
        return True
    to = call.arguments.get("dtype") if call.operator in CONVERTING else None
    if to is not None and to != "bool":
        return False
    if call.operator in MOVING and to is None:
        return bool(inputs) and inputs[0]
    needs_truth = call.operator in JOINING or to == "bool"
    if needs_truth and not all(inputs):
        raise UnsupportedModelError(f"{where}: it uses numbers as truth values")
    if needs_truth or (call.operator == "aten.mul.Tensor" and inputs == [True, True]):
        return True
    # With a float beside it torch makes floats of truth values, with an int integers.
    is_float = any(isinstance(v, float) for v in call.arguments.values())
    if inputs and all(inputs) and not is_float:
        raise UnsupportedModelError(f"{where}: it counts with truth values")
    return False


def _is_truth(name: str, values: Mapping[str, Value], truths: set[str]) -> bool:
    value = values[name]
    return name in truths or (
        isinstance(value, Constant) and value.array.dtype.kind == "b"
    )


def _depends(value: Value) -> bool:
    return isinstance(value, Symbolic)
