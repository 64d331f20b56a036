"""The built packages as the deployment sees them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Artifact(Protocol):
    """A zip; digests in hexadecimal, size in bytes."""

    @property
    def path(self) -> Path: ...
    @property
    def sha256(self) -> str: ...
    @property
    def sha512(self) -> str: ...
    @property
    def size(self) -> int: ...


class Build(Protocol):
    """One zip a function and one a layer, by the template's names."""

    @property
    def functions(self) -> Mapping[str, Artifact]: ...
    @property
    def layers(self) -> Mapping[str, Artifact]: ...
