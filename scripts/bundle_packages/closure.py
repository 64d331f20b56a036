"""What of the pinned packages the cloud needs: the modules that the bundle's code reaches by imports, and their data.

huaweicloudsdkcore, for one, is a whole SDK of which the bundle takes the signer: an HTTP client, a BSON codec and
an XML parser would travel along for nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bundle_packages.errors import ModuleMissing
from bundle_packages.imports import imported_names
from bundle_packages.sources import Distribution
from bundle_packages.tree import Tree

HIDDEN_IMPORTS: Mapping[str, tuple[str, ...]] = {"cryptography": ("_cffi_backend",)}
"""Distribution → modules that its native code imports."""
SHIPPED_WHOLE = frozenset({"cryptography"})
"""Distributions whose native code imports their own modules by name."""

_NATIVE_SUFFIXES = (".so", ".pyd")
_LICENCES = ("licen", "copying", "notice", "authors", "copyright")
_NEVER = (".pyi", ".pxd", ".pyx", ".h", ".c", ".cpp", ".pyc", "py.typed", ".rst")
_TEST_FOLDERS = ("tests", "test")


@dataclass(frozen=True)
class _Module:
    name: str
    distribution: Distribution
    path: str

    @property
    def is_package(self) -> bool:
        return self.path.endswith("/__init__.py")


def needed_files(own: Iterable[Tree], distributions: Sequence[Distribution]) -> dict[str, bytes]:
    """The files to ship of the distributions, with the licences of all that are touched.

    ``own``: the code of the bundle. Raises ``ModuleMissing`` when it imports what is neither its own, nor of the
    standard library, nor in a distribution. Third-party code may: what it can do without, it asks for that way.
    """
    modules = {module.name: module for one in distributions for module in _modules_of(one)}
    reached = _reached(_roots(own, modules), modules)
    touched = {modules[name].distribution.name: modules[name].distribution for name in reached}
    files: dict[str, bytes] = {}
    for name in sorted(touched):
        paths = _code(touched[name], {modules[one].path for one in reached})
        files.update((path, touched[name].files[path]) for path in paths)
        files.update(_licences(touched[name]))
    return files


def _modules_of(distribution: Distribution) -> Iterable[_Module]:
    for path in distribution.files:
        if ".dist-info/" in path or not path.endswith((".py", *_NATIVE_SUFFIXES)):
            continue
        folder, _, file = path.rpartition("/")
        stem = file.split(".")[0]
        parts = [*folder.split("/"), stem] if folder else [stem]
        if stem == "__init__":
            parts.pop()
        yield _Module(".".join(parts), distribution, path)


def _roots(own: Iterable[Tree], modules: Mapping[str, _Module]) -> set[str]:
    trees = list(own)
    known = {path.split("/")[0].removesuffix(".py") for tree in trees for path in tree}
    found: set[str] = set()
    for tree in trees:
        for path, source in tree.items():
            if path.endswith(".py"):
                names = imported_names(source, _dotted(path), is_package=path.endswith("__init__.py"))
                found |= {name for name in names if name.split(".")[0] not in known}
    missing = sorted({name for name in found if not _is_known(name, modules)})
    if missing:
        raise ModuleMissing(f"the bundle imports {', '.join(missing)}, which layers/vendor does not pin")
    return found


def _is_known(name: str, modules: Mapping[str, _Module]) -> bool:
    first = name.split(".", maxsplit=1)[0]
    return first in sys.stdlib_module_names or first in {module.split(".")[0] for module in modules}


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _reached(roots: set[str], modules: Mapping[str, _Module]) -> set[str]:
    waiting, reached = sorted(roots), set[str]()
    while waiting:
        for name in _with_parents(waiting.pop()):
            if name not in modules or name in reached:
                continue
            reached.add(name)
            module = modules[name]
            waiting += HIDDEN_IMPORTS.get(module.distribution.name, ())
            if module.path.endswith(".py"):
                source = module.distribution.files[module.path]
                waiting += imported_names(source, name, is_package=module.is_package)
    return reached


def _with_parents(name: str) -> Iterable[str]:
    parts = name.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _code(distribution: Distribution, reached: set[str]) -> Iterable[str]:
    whole = distribution.name in SHIPPED_WHOLE
    packages = {path.split("/")[0] for path in reached if "/" in path}
    for path in distribution.files:
        if ".dist-info/" in path or path.endswith(_NEVER) or any(one in path.split("/") for one in _TEST_FOLDERS):
            continue
        is_code = path.endswith((".py", *_NATIVE_SUFFIXES))
        if path in reached or (whole and is_code) or (not is_code and path.split("/")[0] in packages):
            yield path


def _licences(distribution: Distribution) -> dict[str, bytes]:
    """Licence texts, in a folder of their own; the metadata, which name the licence, where there is no text."""
    about = {path: content for path, content in distribution.files.items() if ".dist-info/" in path}
    texts = {path: content for path, content in about.items() if path.rpartition("/")[2].lower().startswith(_LICENCES)}
    if not texts:
        texts = {path: content for path, content in about.items() if path.endswith("/METADATA")}
    folder = f"licenses/{distribution.name}-{distribution.version}"
    return {f"{folder}/{path.partition('.dist-info/')[2]}": content for path, content in texts.items()}
