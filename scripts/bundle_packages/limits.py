"""Sizes that a build must keep: small packages start fast and upload fast."""

from __future__ import annotations

from collections.abc import Mapping

from bundle_packages.errors import LimitExceeded
from bundle_packages.tree import Tree
from bundle_packages.zips import Artifact

FUNCTION_BYTES = 200 * 1024
"""Of one function's zip."""
LAYERS_BYTES = 15 * 1024 * 1024
"""Of all dependency packages together, zipped."""
FILES_OF_A_LAYER = 30_000
"""Files of one dependency package (FunctionGraph, creating a dependency)."""


def check_functions(functions: Mapping[str, Artifact], limit: int = FUNCTION_BYTES) -> None:
    """Raise ``LimitExceeded`` for a function whose zip is too large."""
    for name, artifact in functions.items():
        if artifact.size > limit:
            raise LimitExceeded(
                f"function {name} is {artifact.size} bytes zipped, the limit is {limit}: "
                "move shared code into a layer, and data into the archive"
            )


def check_layers(layers: Mapping[str, Artifact], limit: int = LAYERS_BYTES) -> None:
    """Raise ``LimitExceeded`` when all layers together are too large."""
    total = sum(artifact.size for artifact in layers.values())
    if total > limit:
        sizes = ", ".join(f"{name} {artifact.size}" for name, artifact in layers.items())
        raise LimitExceeded(f"all layers together are {total} bytes zipped ({sizes}), the limit is {limit}")


def check_files(layer: str, tree: Tree) -> None:
    """Raise ``LimitExceeded`` for what the platform refuses in a dependency package."""
    if len(tree) > FILES_OF_A_LAYER:
        raise LimitExceeded(f"layer {layer} has {len(tree)} files, the platform takes {FILES_OF_A_LAYER}")
    refused = [path for path in tree if path.endswith("~")]
    if refused:
        raise LimitExceeded(f"layer {layer} has {refused[0]}: the platform takes no name that ends in ~")
