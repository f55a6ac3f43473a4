"""The written proof: container, certificates, exact network files."""

from __future__ import annotations

from kan_equiv.certificate.decode import read_network
from kan_equiv.certificate.encode import encode_network
from kan_equiv.certificate.model import Certificate

__all__ = ["Certificate", "encode_network", "read_network"]
