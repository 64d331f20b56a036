"""YAML as plain values, with the line of each one.

Only what a template needs: mappings with text keys, lists, texts, whole decimal numbers, ``true`` and ``false``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bundle_template.errors import TemplateError

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_VALUES = 50_000
"""Values after aliases are put in: a few short lines of aliases could stand for billions."""

Location = tuple["str | int", ...]
"""The way to a value: names of members and positions in lists."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


@dataclass(frozen=True)
class Document:
    """The content of a file and the line of every value; a member stands on the line of its name."""

    path: Path
    content: Any
    lines: Mapping[Location, int]

    def line(self, location: Sequence[str | int]) -> int:
        """The line of a value, or of the innermost one around it that there is."""
        place = tuple(location)
        while place not in self.lines:
            place = place[:-1]
        return self.lines[place]

    def texts(self) -> Iterator[tuple[int, str]]:
        """Every text of the document, names of members too, with its line."""
        return _texts(self, (), self.content)


def read_yaml(path: Path) -> Document:
    """The one document of a file; raises ``TemplateError``."""
    try:
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise TemplateError(path, 1, f"cannot be read: {exc.strerror}") from exc
    if len(source) > MAX_BYTES:
        raise TemplateError(path, 1, f"larger than {MAX_BYTES} bytes")
    try:
        _check_depth(path, source)
        node = yaml.compose(source, Loader=_LOADER)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise TemplateError(path, line, f"not YAML: {exc.problem}") from exc
    except yaml.YAMLError as exc:
        raise TemplateError(path, 1, "not YAML") from exc
    if node is None:
        raise TemplateError(path, 1, "is empty")
    reader = _Reader(path)
    return Document(path, reader.value(node, (), _line(node)), reader.lines)


def _check_depth(path: Path, source: bytes) -> None:
    depth = 0
    for event in yaml.parse(source, Loader=_LOADER):
        depth += isinstance(event, _OPENING) - isinstance(event, _CLOSING)
        if depth > MAX_DEPTH:
            raise TemplateError(path, _line(event), f"more than {MAX_DEPTH} levels deep")


def _line(part: yaml.Event | yaml.Node) -> int:
    # Only parts made without a source have no mark.
    return part.start_mark.line + 1 if part.start_mark else 1


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: dict[Location, int] = {}

    def value(self, node: yaml.Node, place: Location, line: int) -> Any:
        """The plain value of a node, its lines noted."""
        if len(place) > MAX_DEPTH:
            raise TemplateError(self._path, line, f"more than {MAX_DEPTH} levels deep")
        if len(self.lines) == MAX_VALUES:
            raise TemplateError(self._path, line, f"more than {MAX_VALUES} values")
        self.lines[place] = line
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            items = enumerate(node.value)
            return [self.value(item, (*place, index), _line(item)) for index, item in items]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, line)
        raise TemplateError(self._path, line, "a tag that a template does not know")

    def _mapping(self, node: yaml.MappingNode, place: Location) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = _line(key)
            if not isinstance(key, yaml.ScalarNode) or key.tag != f"{_TAG}str":
                raise TemplateError(self._path, line, "the name of a member has to be a text")
            if key.value in found:
                raise TemplateError(self._path, line, f"{key.value!r} appears a second time")
            found[key.value] = self.value(value, (*place, key.value), line)
        return found

    def _scalar(self, node: yaml.ScalarNode, line: int) -> str | int | bool:
        text = str(node.value)
        if node.tag == f"{_TAG}str":
            return text
        if node.tag == f"{_TAG}int" and re.fullmatch(r"-?(?:0|[1-9][0-9]{0,8})", text):
            return int(text)
        if node.tag == f"{_TAG}bool" and text in ("true", "false"):
            return text == "true"
        if node.tag == f"{_TAG}null":
            raise TemplateError(self._path, line, "a value is missing here: give one, or take the member out")
        problem = "neither a text, a whole decimal number, true nor false: put it in quotes if a text is meant"
        raise TemplateError(self._path, line, problem)


def _texts(document: Document, place: Location, value: Any) -> Iterator[tuple[int, str]]:
    if isinstance(value, str):
        yield document.line(place), value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(document, (*place, index), item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield document.line((*place, name)), name
            yield from _texts(document, (*place, name), item)
