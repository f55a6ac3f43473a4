"""The order of judgements, the claim, and the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any

from .composition import Established, sides
from .reader import (
    MAX_FILE_BYTES,
    Domain,
    Fields,
    File,
    InvalidError,
    Json,
    bounded,
    natural,
    need,
    rational,
    rationals,
    text,
)
from .stages import TYPES, Network
from .windows import Window
from .work import allow

CORE = (
    *("reader", "work", "tensors", "linear", "algebra", "atoms"),
    *("splines", "stages", "windows", "composition", "verdict"),
)
JUDGEMENTS = {  # kind: module and function
    "window_equal": ("windows", "judge"),
    "window_admitted": ("windows", "admit"),
    "regions_equal": ("regions", "judge"),
    "maxima_equal": ("maxima", "judge"),
    "products_equal": ("multiplication", "judge"),
    "composition": ("composition", "judge"),
    "range": ("ranges", "judge"),
    "distance": ("distance", "judge"),
    "propagation": ("propagation", "judge"),
    "transfer": ("transfer", "judge"),
    "attained": ("attained", "judge"),
    "exceeds": ("attained", "exceeds"),
    "rounding": ("rounding", "judge"),
    "witness": ("witness", "judge"),
    "schema": ("schema", "judge"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the kernel says about a file.

    verdict is "valid", "holey" (see holes) or "invalid" (see reason and judgement, the
    index of the first bad one).  left and right are digests of the networks' content,
    modules the kernel modules that took part.
    """

    verdict: str
    claim: str = ""
    reason: str = ""
    judgement: int | None = None
    holes: tuple[str, ...] = ()
    left: str = ""
    right: str = ""
    modules: tuple[str, ...] = ()
    file_sha256: str = ""

    def to_dict(self) -> dict[str, object]:
        """The fields in order, for JSON; the verdict comes first."""
        return asdict(self)


def check_file(path: str | PathLike[str]) -> Verdict:
    """The verdict on a file; OSError if it cannot be read."""
    if Path(path).stat().st_size > MAX_FILE_BYTES:
        return Verdict("invalid", reason=f"more than {MAX_FILE_BYTES} bytes")
    return check(Path(path).read_bytes())


def check(data: bytes) -> Verdict:
    """The verdict on the bytes of a certificate or network file; never raises."""
    verdict = Verdict("invalid", file_sha256=sha256(data).hexdigest(), modules=CORE)
    try:
        allow(len(data))
        file = File(data, _builder)
        with Fields(file.claim, file) as f:
            claim, sentence = _claim(f, file.format)
            named = [claim.left, claim.right] if isinstance(claim, Established) else []
        digests = file.on_demand("digest").digests(file)
    except Exception as error:
        return replace(verdict, reason=_message(error))
    left, right = [digests[index] for index in named] or ["", ""]
    verdict = replace(verdict, claim=sentence, left=left, right=right)
    done: list[object] = []
    for raw in file.judgements:
        try:
            done.append(_judge(raw, file, tuple(done)))
        except Exception as error:
            verdict = replace(verdict, reason=_message(error), judgement=len(done))
            return replace(verdict, modules=_modules(file))
    verdict = replace(verdict, modules=_modules(file))
    if claim.kind == "network" and done:
        return replace(verdict, reason="a network file has judgements")
    if claim.kind != "network" and not (done and _proves(done[-1], claim)):
        return replace(verdict, reason="the last judgement does not show the claim")
    holes = tuple(
        f"judgement {index}: {shown.admitted!a}"
        for index, shown in enumerate(done)
        if isinstance(shown, Window) and shown.admitted
    )
    return replace(verdict, verdict="holey" if holes else "valid", holes=holes)


def _judge(raw: Json, file: File, earlier: tuple[object, ...]) -> object:
    with Fields(raw, file) as f:
        kind = text(f["kind"])
        need(kind in JUDGEMENTS, f"unknown kind of judgement {ascii(kind)[:40]}")
        module, function = JUDGEMENTS[kind]
        return getattr(file.on_demand(module), function)(f, earlier)


def _builder(kind: str) -> Callable[[Fields], object]:
    need(kind in TYPES, f"unknown type {ascii(kind)[:40]}")
    return TYPES[kind]


def _modules(file: File) -> tuple[str, ...]:
    return *CORE, *sorted(file.modules.difference(CORE))


def _message(error: Exception) -> str:
    """Any other exception refuses the file just as well."""
    if isinstance(error, InvalidError):
        return str(error)
    return f"malformed or too large: {type(error).__name__}: {error!s:.200}"


def _claim(f: Fields, file_format: str) -> tuple[Any, str]:
    kind = text(f["kind"])
    expected = "kan_equiv.network" if kind == "network" else "kan_equiv.certificate"
    need(file_format == expected, f"the format is not {expected}")
    if kind == "network":
        index = natural(f["network"])
        network = f.file.link(index, Network)
        sizes = f"{network.inputs} inputs and {network.outputs} outputs"
        return Established(kind, index, index, ()), f"this is a network of {sizes}"
    if kind == "schema":  # about symbols, not about networks
        return f.file.on_demand("schema").claim(f)
    if kind == "rounding":
        shown, model = f.file.on_demand("rounding").claim(f)
        largest = _decimal(max(shown.bounds))
        where = _domain(shown.domain, len(shown.domain))
        return shown, (
            f"computed in floats, right differs from left over the reals by at most "
            f"{largest} at every {model.format} point of {where}; {model}"
        )
    known = ("equal", "within", "supremum", "refuted", "exceeds")
    need(kind in known, f"unknown claim {ascii(kind)[:40]}")
    left, _, claim = sides(f, kind)
    where = f"over the reals on {_domain(claim.domain, left.inputs)}"
    if kind == "equal":
        return claim, f"left and right are equal as functions {where}"
    if kind == "refuted":
        return claim, f"left and right differ as functions {where}"
    if kind == "exceeds":
        o, epsilon = natural(f["output"], 0, left.outputs - 1), rational(f["epsilon"])
        sentence = f"left and right differ by more than {_short(epsilon, down=True)}"
        claim = claim._replace(kind=f"exceeds {o}", bounds=(-epsilon,))
        return claim, f"{sentence} in output {o}, as functions {where}"
    claim = claim._replace(bounds=rationals(f["epsilon"]))
    need(len(claim.bounds) == left.outputs, "not one epsilon per output")
    bounded(claim.domain)
    largest = _short(max(claim.bounds))
    sentence = f"left and right differ by at most {largest} as functions {where}"
    if kind == "within":
        return claim, sentence
    attained = rationals(f["attained"])
    need(len(attained) == left.outputs, "not one attained value per output")
    claim = claim._replace(bounds=(*claim.bounds, *(-v for v in attained)))
    return (
        claim,
        f"{sentence}, and somewhere by at least {_short(max(attained), down=True)}",
    )


def _proves(shown: object, claim: object) -> bool:
    if not isinstance(claim, Established):
        return shown == claim
    return (
        isinstance(shown, Established)
        and shown[:4] == claim[:4]
        and len(shown.bounds) == len(claim.bounds)
        and all(b <= e for b, e in zip(shown.bounds, claim.bounds, strict=True))
    )


def _domain(box: Domain, inputs: int) -> str:
    if not box:
        return f"R^{inputs}"
    sides = [_side(low, high) for low, high in box]
    if len(set(sides)) == 1 and len(set(box)) == 1:
        return f"the box {sides[0]}^{inputs}"
    dots = " x ..." if len(sides) > 8 else ""
    return "the box " + " x ".join(sides[:8]) + dots


def _side(low: Fraction | None, high: Fraction | None) -> str:
    left = "(-inf" if low is None else f"[{_short(low)}"
    return f"{left}, inf)" if high is None else f"{left}, {_short(high)}]"


def _decimal(value: Fraction) -> str:
    """Four digits of a small number that is not negative, rounded up: 1234e-9."""
    k = (value.denominator.bit_length() - value.numerator.bit_length()) * 3 // 10 + 4
    if not value or not 0 <= k < 400:
        return _short(value)
    return f"{-(-value.numerator * 10**k // value.denominator)}e-{k}"


def _short(value: Fraction, down: bool = False) -> str:
    """Exact where it is short; otherwise rounded, up if not down, and marked so."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) <= 64:
        return str(value)
    size = value.numerator.bit_length() - value.denominator.bit_length()
    if size > 4096:  # too long to be printed; rounded to a power of two
        sign = "-" if value < 0 else ""
        return f"about {sign}2^{size - 1 if down == (value > 0) else size + 1}"
    k = min(max(12, 4 - size * 3 // 10), 400)  # so that some digits are left
    if down:
        return f"about {value.numerator * 10**k // value.denominator}/10^{k}"
    return f"about {-(-value.numerator * 10**k // value.denominator)}/10^{k}"
