"""Which modules a module imports, read from its source: anywhere in it, also inside functions.

Imports for type checkers alone are left out. Names that are built at run time cannot be seen; whoever ships
packages by this names those that need it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bundle_packages.errors import PinsUnusable


def imported_names(source: bytes, module: str, *, is_package: bool) -> frozenset[str]:
    """Absolute dotted names that may be modules: ``from a import b`` gives both ``a`` and ``a.b``."""
    try:
        parsed = ast.parse(source)
    except (SyntaxError, ValueError) as exc:
        raise PinsUnusable(f"the source of {module} cannot be read: {exc}") from exc
    package = module if is_package else module.rpartition(".")[0]
    return frozenset(name for node in _nodes(parsed) for name in _names(node, package) if name)


def _nodes(parsed: ast.Module) -> Iterator[ast.AST]:
    """Every statement that may hold an import; expressions cannot."""
    waiting: list[ast.AST] = [*parsed.body]
    while waiting:
        node = waiting.pop()
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            if name == "body" and isinstance(node, ast.If) and _is_type_checking(node.test):
                continue
            inner = getattr(node, name, ())
            waiting += inner if isinstance(inner, list) else ()


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    return name == "TYPE_CHECKING"


def _names(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = package.split(".")
            above = parts[: len(parts) - node.level + 1]
            base = ".".join([*above, base]).rstrip(".")
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")
