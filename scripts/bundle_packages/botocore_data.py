"""botocore's data cut to what the bundle's adapters call.

botocore describes hundreds of services in 20 MB of JSON. A client reads its service's files at every cold start:
what is left here is small, and plain, because unpacking gzip takes longer than reading.
"""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore import xform_name

from bundle_packages.errors import PinsUnusable
from bundle_packages.tree import Tree

PRESENT = "botocore/__init__.py"
"""A vendor layer without this file has no data to cut."""
DATA = "botocore/data/"
SERVICES = ("dynamodb", "s3")
CALLED_BY_BOTOCORE = {"dynamodb": ("DescribeEndpoints",), "s3": ("CreateSession", "HeadBucket")}
"""Operations that botocore calls on its own: to find an endpoint, a bucket's region, a session of a bucket."""
_COMMON = ("_retry.json", "partitions.json", "sdk-default-configuration.json")
_SERVICE_FILES = ("service-2", "service-2.sdk-extras", "endpoint-rule-set-1", "endpoint-rule-set-1.sdk-extras")
_SPARE = ("botocore/cacert.pem",)
"""The copy of the certificates that botocore takes when there is no certifi."""

Json = dict[str, Any]


def cut(files: Tree, own: Iterable[Tree]) -> dict[str, bytes]:
    """The same files with botocore's data cut to ``SERVICES`` and the operations that ``own`` code names.

    Raises ``PinsUnusable`` when botocore's data does not look as it should.
    """
    names = _names_in(own)
    kept = {path: content for path, content in files.items() if not path.startswith(DATA) and path not in _SPARE}
    data = {path.removeprefix(DATA): content for path, content in files.items() if path.startswith(DATA)}
    try:
        kept.update((DATA + path, content) for path, content in _cut_data(data, names))
    except (KeyError, ValueError, OSError) as exc:
        raise PinsUnusable(f"the data of this botocore has an unknown form: {exc!r}") from exc
    return kept


def _cut_data(data: Tree, names: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    for name in _COMMON:
        yield name, _minified(json.loads(data[name]))
    yield "endpoints.json", _minified(_endpoints(json.loads(data["endpoints.json"])))
    for service in SERVICES:
        version = max(path.split("/")[1] for path in data if path.startswith(f"{service}/"))
        for name in _SERVICE_FILES:
            content = _json(data, f"{service}/{version}/{name}.json")
            if content is None:
                continue
            if name == "service-2":
                content = cut_service(content, names, CALLED_BY_BOTOCORE[service])
            yield f"{service}/{version}/{name}.json", _minified(content)


def cut_service(model: Json, methods: frozenset[str], always: Iterable[str] = ()) -> Json:
    """A service model with the operations whose methods are named, the shapes they need, and no documentation."""
    operations = {
        name: _bare_operation(operation)
        for name, operation in model["operations"].items()
        if xform_name(name) in methods or name in always
    }
    shapes = model["shapes"]
    waiting = [shape for operation in operations.values() for shape in _shapes_of(operation)]
    needed: dict[str, Json] = {}
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = _bare_shape(shapes[name])
            waiting += _shapes_of(needed[name])
    rest = {name: part for name, part in model.items() if name not in ("documentation", "examples")}
    return {**rest, "operations": operations, "shapes": dict(sorted(needed.items()))}


def _shapes_of(part: object) -> Iterator[str]:
    """Names of the shapes that an operation or a shape refers to."""
    if isinstance(part, Mapping):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for inner in part.values():
            yield from _shapes_of(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _shapes_of(inner)


def _bare_operation(operation: Json) -> Json:
    bare = _without_documentation(operation)
    for name in ("input", "output"):
        if name in bare:
            bare[name] = _without_documentation(bare[name])
    if "errors" in bare:
        bare["errors"] = [_without_documentation(error) for error in bare["errors"]]
    return bare


def _bare_shape(shape: Json) -> Json:
    bare = _without_documentation(shape)
    for name in ("key", "value", "member"):
        if name in bare:
            bare[name] = _without_documentation(bare[name])
    if "members" in bare:
        # Names of members are the service's: one of them may be called documentation.
        bare["members"] = {name: _without_documentation(member) for name, member in bare["members"].items()}
    return bare


def _without_documentation(part: Json) -> Json:
    return {name: inner for name, inner in part.items() if name not in ("documentation", "documentationUrl")}


def _endpoints(content: Json) -> Json:
    for partition in content["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in SERVICES if name in services}
    return content


def _json(data: Tree, path: str) -> Json | None:
    if path in data:
        found: Json = json.loads(data[path])
        return found
    if f"{path}.gz" in data:
        found = json.loads(gzip.decompress(data[f"{path}.gz"]))
        return found
    return None


def _minified(content: Json) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _names_in(own: Iterable[Tree]) -> frozenset[str]:
    """Every text and every attribute's name in the code: a method of a client is called by one or the other."""
    return frozenset(
        name
        for tree in own
        for path, source in tree.items()
        if path.endswith(".py")
        for node in ast.walk(ast.parse(source))
        for name in _name_of(node)
    )


def _name_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
