"""Digests of the content of objects: which network a verdict speaks of.

The digest of an object is the sha256 of its canonical JSON with each reference replaced
by the digest of the object referred to, its buffer by the sha256 of that buffer, and
its name left out.  Equal digests mean equal content, in whatever file.
"""

from __future__ import annotations

from hashlib import sha256

from .reader import File, Json, canonical, natural

# The keys whose integers are indices of objects.
LINKS = set("factors parts blocks maps bases weight bias networks stages".split())  # noqa: SIM905


def digests(file: File) -> list[str]:
    """One for each object of a file that was read without complaint."""
    known: list[str] = []

    def see_through(value: Json) -> Json:
        if isinstance(value, list):
            return [see_through(v) for v in value]
        return known[value] if isinstance(value, int) else value

    for raw in file.raw:
        content = dict(raw) if isinstance(raw, dict) else {}
        content.pop("name", None)
        for key in LINKS & content.keys():
            content[key] = see_through(content[key])
        if "buffer" in content:
            content["buffer"] = file.buffers[natural(content["buffer"])][1]
        known.append(sha256(canonical(content)).hexdigest())
    return known
