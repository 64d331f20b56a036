"""YAML values that know their line, so that every refusal can name it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NoReturn

import yaml

from local_cloud.errors import TemplateError

MAX_BYTES = 1024 * 1024
_REFERENCE = re.compile(r"\$\{([^}]*)\}")


class Value:
    """One node of a YAML file."""

    def __init__(self, node: yaml.Node, path: Path, line: int | None = None) -> None:
        self._node = node
        self._path = path
        self.line = line if line is not None else node.start_mark.line + 1

    def refuse(self, problem: str) -> NoReturn:
        """Raise ``TemplateError`` for the line of this value."""
        raise TemplateError(self._path, self.line, problem)

    def members(self, required: Iterable[str] = (), optional: Iterable[str] = ()) -> dict[str, Value]:
        """A mapping with known members; a missing, unknown or repeated one is refused."""
        required, known = list(required), [*required, *optional]
        found = self.entries()
        for name, value in found.items():
            if name not in known:
                value.refuse(f"unknown member {name!r}; known here: {', '.join(known)}")
        for name in required:
            if name not in found:
                self.refuse(f"member {name!r} is missing")
        return found

    def entries(self) -> dict[str, Value]:
        """A mapping with free names. A value's line is the line of its name."""
        if not isinstance(self._node, yaml.MappingNode):
            self.refuse("expected a mapping of names to values")
        found: dict[str, Value] = {}
        for key, node in self._node.value:
            name = Value(key, self._path)
            text = name.text()
            if text in found:
                name.refuse(f"{text!r} appears a second time")
            found[text] = Value(node, self._path, name.line)
        return found

    def items(self) -> list[Value]:
        """A list."""
        if not isinstance(self._node, yaml.SequenceNode):
            self.refuse("expected a list")
        return [Value(node, self._path) for node in self._node.value]

    def text(self, pattern: str = r"[^\x00-\x1f]+") -> str:
        """A scalar that is a string of the whole ``pattern``."""
        found = self._scalar("str", "a text")
        if not re.fullmatch(pattern, found):
            self.refuse(f"{found!r} does not have the form {pattern}")
        return found

    def one_of(self, known: Collection[str], what: str) -> str:
        """A scalar that names something known; ``what`` says in the refusal what kind of thing."""
        found = self._scalar("str", "a text")
        if found not in known:
            self.refuse(f"unknown {what} {found!r}")
        return found

    def integer(self, low: int, high: int) -> int:
        """A whole number between ``low`` and ``high``."""
        found = self._scalar("int", "a whole number")
        if not re.fullmatch(r"-?[0-9]{1,9}", found) or not low <= int(found) <= high:
            self.refuse(f"{found} is not between {low} and {high}")
        return int(found)

    def boolean(self) -> bool:
        """``true`` or ``false``."""
        found = self._scalar("bool", "true or false")
        if found not in ("true", "false"):
            self.refuse("expected true or false")
        return found == "true"

    def check_references(self, known: Iterable[str]) -> None:
        """Refuse a ``${name}`` anywhere below that names no parameter."""
        names = set(known)
        for node in _scalars(self._node):
            for name in _REFERENCE.findall(node.value):
                if name not in names:
                    Value(node, self._path).refuse(f"unknown parameter {name!r}")

    def _scalar(self, tag: str, expected: str) -> str:
        if not isinstance(self._node, yaml.ScalarNode) or self._node.tag != f"tag:yaml.org,2002:{tag}":
            self.refuse(f"expected {expected}")
        return str(self._node.value)


def read_yaml(path: Path) -> Value:
    """The one document of a file; ``TemplateError`` when it is unreadable."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise TemplateError(path, 1, f"cannot be read: {exc.strerror}") from exc
    if len(content) > MAX_BYTES:
        raise TemplateError(path, 1, f"larger than {MAX_BYTES} bytes")
    try:
        node = yaml.compose(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise TemplateError(path, line, f"not YAML: {exc.problem}") from exc
    except yaml.YAMLError as exc:
        raise TemplateError(path, 1, "not YAML") from exc
    if node is None:
        raise TemplateError(path, 1, "is empty")
    return Value(node, path)


def _scalars(root: yaml.Node) -> list[yaml.ScalarNode]:
    found, waiting, seen = [], [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            found.append(node)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                waiting.extend((key, value))
    return sorted(found, key=lambda scalar: int(scalar.start_mark.line))
