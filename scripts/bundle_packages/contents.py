"""What belongs into each package, before anything is compiled or zipped."""

from __future__ import annotations

from collections.abc import Mapping

from bundle_packages import botocore_data
from bundle_packages.closure import needed_files
from bundle_packages.errors import FilesCollide, SourceMissing
from bundle_packages.requirements import read_pins
from bundle_packages.sources import Say, Source
from bundle_packages.substitutes import substituted
from bundle_packages.target import Target
from bundle_packages.tree import Tree, read_folder
from bundle_template import Bundle, Component, Layer


def function_trees(bundle: Bundle) -> dict[str, dict[str, bytes]]:
    """The files of each function: its own folder, for a front door also the functions it runs.

    Raises ``SourceMissing``.
    """
    return {name: _function_tree(bundle, component) for name, component in bundle.components.items()}


def layer_trees(
    bundle: Bundle, functions: Mapping[str, Tree], target: Target, source: Source, say: Say
) -> dict[str, dict[str, bytes]]:
    """The files of each layer: a folder's, or what the bundle's code needs of the pinned packages.

    Raises ``PackagingError``.
    """
    folders = {
        name: read_folder(bundle.root / layer.code_uri)
        for name, layer in bundle.layers.items()
        if layer.code_uri is not None
    }
    own = [*folders.values(), *functions.values()]
    trees: dict[str, dict[str, bytes]] = {}
    for name, layer in bundle.layers.items():
        trees[name] = folders[name] if name in folders else _vendored(bundle, layer, own, (target, source), say)
    _check_names(trees)
    return trees


def _function_tree(bundle: Bundle, component: Component) -> dict[str, bytes]:
    folder = bundle.root / component.code_uri
    tree = read_folder(folder)
    handlers = [one for one in (component.handler, component.initializer_handler) if one]
    for handler in handlers:
        file = f"{handler.partition('.')[0]}.py"
        if file not in tree:
            raise SourceMissing(f"function {component.name} has no file {folder / file}")
    return {**tree, **_included(bundle, component)} if component.includes_functions else tree


def _included(bundle: Bundle, door: Component) -> dict[str, bytes]:
    """The functions that the routes name, each as ``functions/<name>/…`` inside the front door's own package."""
    named = {name for route in bundle.routes for name in (route.function, *(one.function for one in route.policies))}
    return {
        f"functions/{name}/{path}": content
        for name in sorted(named - {door.name})
        for path, content in read_folder(bundle.root / bundle.components[name].code_uri).items()
    }


def _vendored(
    bundle: Bundle, layer: Layer, own: list[Tree], wanted: tuple[Target, Source], say: Say
) -> dict[str, bytes]:
    target, source = wanted
    pins = read_pins(bundle.root / str(layer.requirements), target)
    found = [substituted(one) for one in source.distributions(pins, target, say)]
    files = needed_files(own, found)
    return botocore_data.cut(files, own) if botocore_data.PRESENT in files else files


def _check_names(trees: Mapping[str, Tree]) -> None:
    """A file of one layer must not hide a file of another: which one wins is the platform's secret."""
    owners: dict[str, str] = {}
    for layer, tree in trees.items():
        for path in tree:
            if path in owners:
                raise FilesCollide(f"{path} is in the layers {owners[path]} and {layer}: one would hide the other")
            owners[path] = layer
