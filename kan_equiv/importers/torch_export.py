"""torch.export programs: ``.pt2`` files and live ExportedPrograms.

Every tensor is read symbolically, see ``graphs``. Meaning is over the reals: each
stored number is taken bit for bit, and operators do not round.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kan_equiv.errors import LoadError, UnsupportedModelError
from kan_equiv.importers.graphs.aten import MAKING, OPERATORS
from kan_equiv.importers.graphs.aten_moving import CONVERTING, MOVING
from kan_equiv.importers.graphs.calls import (
    Call,
    Reference,
    Value,
    evaluate,
    needed,
    references,
)
from kan_equiv.importers.graphs.constants import (
    SAMPLE_LIMIT,
    Constant,
    check_size,
)
from kan_equiv.importers.graphs.formats import PRECISION, check_formats
from kan_equiv.importers.graphs.lowering import network_of
from kan_equiv.importers.graphs.plumbing import BATCH, Size
from kan_equiv.importers.graphs.symbolic import Symbolic, Vector
from kan_equiv.importers.graphs.torch_archive import (
    SCALAR_TYPES,
    Archive,
    read_archive,
)
from kan_equiv.importers.tensors import require_torch
from kan_equiv.ir.network import Network

__all__ = ["NAME", "is_program", "load_program", "load_program_file"]

NAME = "torch-export"
UNREAD = {
    "dtype",
    "layout",
    "device",
    "pin_memory",
    "memory_format",
    "non_blocking",
    "copy",
    "momentum",
    "cudnn_enabled",
    "implicit",
}
"""Arguments that change no real number; formats of results are checked apart."""


def is_program(source: object) -> bool:
    """Whether this is a live ``torch.export.ExportedProgram``."""
    return type(source).__name__ == "ExportedProgram" and hasattr(
        source, "graph_signature"
    )


def load_program(program: Any) -> Network:
    """Import a live program: what ``torch.export.save`` writes of it is read."""
    torch = require_torch("reading a program")
    memory = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.save(program, memory)
    return _load(read_archive(memory.getvalue()))


def load_program_file(path: Path) -> Network:
    """Import a file that ``torch.export.save`` wrote, without running or unpickling it.

    Raises:
        UnsupportedModelError: an operator or a use of it has no exact form; the message
            names the node.
        LoadError: the file is damaged.
    """
    return _load(read_archive(path))


def _load(archive: Archive) -> Network:
    try:
        module = archive.program["graph_module"]
        return _network(module["graph"], module["signature"], archive)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise LoadError(
            f"the program is not well-formed ({type(error).__name__}: {error})"
        ) from error


def _network(
    graph: Mapping[str, Any], signature: Mapping[str, Any], archive: Archive
) -> Network:
    values: dict[str, Value] = {}
    start: Symbolic | None = None
    batch: Size = BATCH
    for spec in signature["input_specs"]:
        ((kind, body),) = spec.items()
        name = body["arg"].get("name") or body["arg"].get("as_tensor", {}).get("name")
        if kind != "user_input":
            found = _constant(kind, body, archive)
            said = [n.get("as_int") for n in graph["tensor_values"][name]["sizes"]]
            if said != list(found.shape):
                raise LoadError(
                    f"{found.name} has shape {found.shape} in the file, and {said} in "
                    "the graph"
                )
            values[name] = found
            continue
        if name is None or start is not None:
            raise UnsupportedModelError(
                "a network has one tensor as its input; this program has other inputs: "
                f"{body['arg']}"
            )
        start, batch = _input(name, graph["tensor_values"][name]["sizes"])
        values[name] = start
    if start is None:
        raise UnsupportedModelError("the program has no input")
    last = _output(signature)
    calls = _without_mutation([_call(node, graph) for node in graph["nodes"]])
    calls = needed(calls, [last])
    evaluate(calls, values, OPERATORS, batch)
    check_formats(calls, values, _formats(graph))
    found = values.get(last)
    if not isinstance(found, Symbolic):
        raise UnsupportedModelError("the output does not depend on the input")
    return network_of(found, start.size)


def _constant(kind: str, body: Mapping[str, Any], archive: Archive) -> Constant:
    keys = [k for k in body if k.endswith("_name")]
    if len(keys) != 1 or body[keys[0]] not in archive.weights:
        raise UnsupportedModelError(f"an input of kind {kind} is not supported: {body}")
    return Constant(archive.weights[body[keys[0]]], str(body[keys[0]]))


def _input(name: str, sizes: list[Any]) -> tuple[Symbolic, Size]:
    """Return the symbolic input, and the number of samples if it is fixed."""
    lead = min(len(sizes) - 1, 1)
    own = [n.get("as_int") for n in sizes[lead:]]
    if not own or any(type(n) is not int or n < 1 for n in own):
        raise UnsupportedModelError(
            f"input {name} must have fixed sizes but for the batch, got {sizes}"
        )
    check_size(own, SAMPLE_LIMIT)
    batch: Size = sizes[0].get("as_int", BATCH) if lead else BATCH
    count = 1
    for n in own:
        count *= n
    return Symbolic.whole(Vector(count), own, 0 if lead else None), batch


def _call(node: Mapping[str, Any], graph: Mapping[str, Any]) -> Call:
    outputs: list[str] = []
    for output in node["outputs"]:
        ((kind, body),) = output.items()
        if kind == "as_tensor":
            outputs.append(body["name"])
        elif kind == "as_tensors":
            outputs += [t["name"] for t in body]
        elif kind == "as_sym_int":
            outputs.append(body["as_name"])
        elif kind != "as_none":
            raise UnsupportedModelError(f"node {node['target']} makes a {kind}")
    target = str(node["target"]).removeprefix("torch.ops.")
    arguments = {i["name"]: _argument(i["arg"]) for i in node["inputs"]}
    dtype = arguments.get("dtype")
    is_making = target.rpartition(".")[0].endswith(MAKING)
    may_convert = is_making or target in CONVERTING or not outputs
    if dtype not in (None, *PRECISION) and not may_convert:
        raise UnsupportedModelError(f"node {target} computes in {dtype}")
    unread = UNREAD - ({"dtype"} if target in CONVERTING else set())
    arguments = {k: v for k, v in arguments.items() if k not in unread}
    meta = graph["tensor_values"].get(outputs[0]) if outputs else None
    if meta is not None and is_making:
        arguments["out_dtype"] = SCALAR_TYPES.get(meta["dtype"], "unknown")
    place = outputs[0] if outputs else target
    return Call(target, place, arguments, tuple(outputs) or (f"{place} (no result)",))


def _argument(found: Mapping[str, Any]) -> Any:
    ((kind, body),) = found.items()
    if kind == "as_none":
        return None
    if kind == "as_tensor":
        return Reference(body["name"])
    if kind == "as_tensors":
        return [Reference(t["name"]) for t in body]
    if kind in ("as_sym_int", "as_sym_float", "as_optional_tensor"):
        return _symbol(body)
    if kind in ("as_sym_ints", "as_optional_tensors"):
        return [_symbol(item) for item in body]
    if kind == "as_scalar_type":
        return SCALAR_TYPES.get(body, "unknown")
    return body


def _symbol(item: Mapping[str, Any]) -> Any:
    ((kind, body),) = item.items()
    if kind == "as_tensor":
        return Reference(body["name"])
    if kind == "as_name":
        return Reference(body)
    return None if kind == "as_none" else body


def _without_mutation(calls: list[Call]) -> list[Call]:
    """Replace in-place operators whose old value nothing reads afterwards.

    Results of operators that move entries may share memory with their arguments.

    Raises:
        UnsupportedModelError: an old value is read again, or is no result of a node.
    """
    made: dict[str, str] = {}
    last: dict[str, int] = {}
    for position, call in enumerate(calls):
        names = references(list(call.arguments.values()))
        for name in names:
            last[name] = position
        for output in call.outputs:
            moved = call.operator in MOVING and names
            made[output] = made.get(names[0], names[0]) if moved else output
    out: list[Call] = []
    for position, call in enumerate(calls):
        name, dot, overload = call.operator.partition("_.")
        plain = f"{name}.{overload}"
        if call.operator in OPERATORS or not dot or plain not in OPERATORS:
            out.append(call)
            continue
        target = call.arguments.get("self")
        changed = target.name if isinstance(target, Reference) else ""
        memory = made.get(changed)
        if memory not in made:
            raise UnsupportedModelError(
                f"node {call.place} ({call.operator}) changes {changed}, which is part "
                "of the model, as in training; call model.eval() before exporting"
            )
        shared = [n for n, root in made.items() if root == memory]
        if any(last.get(n, 0) > position for n in shared):
            raise UnsupportedModelError(
                f"node {call.place} ({call.operator}) changes {changed} in place, "
                "which is read in other places too; export "
                "program.run_decompositions() instead"
            )
        out.append(Call(plain, call.place, call.arguments, call.outputs))
    return out


def _formats(graph: Mapping[str, Any]) -> dict[str, str]:
    metas = graph["tensor_values"].items()
    return {name: SCALAR_TYPES.get(m["dtype"], "unknown") for name, m in metas}


def _output(signature: Mapping[str, Any]) -> str:
    specs = signature["output_specs"]
    kinds = [k for spec in specs for k in spec]
    if kinds != ["user_output"]:
        raise UnsupportedModelError(
            "a network has one tensor as its output and changes nothing; this program "
            f"has {', '.join(kinds) or 'none'}"
        )
    return str(specs[0]["user_output"]["arg"].get("as_tensor", {}).get("name"))
