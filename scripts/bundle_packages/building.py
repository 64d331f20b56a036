"""From a template to zips: one for each function, one for each layer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bundle_packages import limits
from bundle_packages.bytecode import compiled, find_interpreter, is_interpreter
from bundle_packages.contents import function_trees, layer_trees
from bundle_packages.errors import BuildUnreadable, CompilationFailed
from bundle_packages.sources import FromIndex, Say, Source
from bundle_packages.target import Target
from bundle_packages.tree import Tree
from bundle_packages.zips import Artifact, describe, write_zip
from bundle_template import Bundle

MANIFEST = "build.json"
CACHE = "build/wheels"
"""Below the bundle's folder: downloaded wheels, kept for the next build."""
MAX_MANIFEST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Build:
    """A folder of packages. ``has_byte_code``: compiled for the target, not only sources."""

    folder: Path
    target: Target
    has_byte_code: bool
    functions: Mapping[str, Artifact]
    layers: Mapping[str, Artifact]


@dataclass(frozen=True)
class Options:
    """How to build: where packages come from (None: the index), who compiles (None: whoever is found), who listens."""

    source: Source | None = None
    interpreter: Path | None = None
    say: Say = lambda _: None


def build(bundle: Bundle, target: Target, out: Path, options: Options | None = None) -> Build:
    """Make every package of the bundle below ``out`` and a list of them. Raises ``PackagingError``."""
    options = options or Options()
    functions = function_trees(bundle)
    source = options.source or FromIndex(bundle.root / CACHE)
    layers = layer_trees(bundle, functions, target, source, options.say)
    for name, tree in layers.items():
        limits.check_files(name, tree)
    interpreter = _interpreter(target, options)
    if interpreter is not None:
        options.say(f"compiling with {interpreter}")
        functions, layers = _compiled(functions, layers, interpreter)
    options.say(f"zipping {len(functions)} functions and {len(layers)} layers")
    made = Build(
        out,
        target,
        interpreter is not None,
        {name: write_zip(tree, out / "functions" / f"{name}.zip") for name, tree in functions.items()},
        {name: write_zip(tree, out / "layers" / f"{name}.zip") for name, tree in layers.items()},
    )
    limits.check_functions(made.functions)
    limits.check_layers(made.layers)
    _write_manifest(made)
    return made


def read_build(folder: Path) -> Build:
    """What ``build`` made in a folder. Raises ``BuildUnreadable`` when it is none or was changed since."""
    file = folder / MANIFEST
    try:
        if file.stat().st_size > MAX_MANIFEST_BYTES:
            raise BuildUnreadable(f"{file} is too large")
        content = json.loads(file.read_text(encoding="utf-8"))
        functions = {name: _checked(folder, "functions", name, one) for name, one in content["functions"].items()}
        layers = {name: _checked(folder, "layers", name, one) for name, one in content["layers"].items()}
        target = Target(str(content["python"]), str(content["platform"]))
        return Build(folder, target, bool(content["byte_code"]), functions, layers)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise BuildUnreadable(f"{folder} holds no build that can be read: {exc}; build it again") from exc


def _interpreter(target: Target, options: Options) -> Path | None:
    if options.interpreter is None:
        found = find_interpreter(target)
        if found is None:
            options.say(
                f"no byte-code: there is no Python {target.python} on this machine, so every cold start will compile; "
                "put one on the PATH"
            )
        return found
    if not is_interpreter(options.interpreter, target):
        raise CompilationFailed(f"{options.interpreter} is no CPython {target.python}")
    return options.interpreter


def _compiled(
    functions: Mapping[str, Tree], layers: Mapping[str, Tree], interpreter: Path
) -> tuple[dict[str, dict[str, bytes]], dict[str, dict[str, bytes]]]:
    packages = {f"functions/{name}": tree for name, tree in functions.items()}
    packages.update((f"layers/{name}", tree) for name, tree in layers.items())
    done = compiled(packages, interpreter)
    return (
        {name: done[f"functions/{name}"] for name in functions},
        {name: done[f"layers/{name}"] for name in layers},
    )


def _write_manifest(made: Build) -> None:
    content = {
        "python": made.target.python,
        "platform": made.target.platform,
        "byte_code": made.has_byte_code,
        "functions": {name: one.sha256 for name, one in made.functions.items()},
        "layers": {name: one.sha256 for name, one in made.layers.items()},
    }
    (made.folder / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _checked(folder: Path, kind: str, name: str, sha256: object) -> Artifact:
    if not name.isidentifier():
        raise BuildUnreadable(f"{folder} names a package {name!r}")
    artifact = describe(folder / kind / f"{name}.zip")
    if artifact.sha256 != sha256:
        raise BuildUnreadable(f"{artifact.path} was changed after the build; build it again")
    return artifact
