"""botocore's data is cut to the operations that are called, and stays what botocore can read."""

from __future__ import annotations

import gzip
import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest

from bundle_packages.botocore_data import DATA, SERVICES, cut, cut_service
from bundle_packages.errors import PinsUnusable

MODEL: dict[str, Any] = {
    "metadata": {"serviceId": "Shelf"},
    "documentation": "long",
    "operations": {
        "PutThing": {
            "name": "PutThing",
            "documentation": "long",
            "input": {"shape": "Thing", "documentation": "long"},
            "errors": [{"shape": "Full"}],
        },
        "DropThing": {"name": "DropThing", "input": {"shape": "Dropped"}},
    },
    "shapes": {
        "Thing": {
            "type": "structure",
            "required": ["documentation"],
            "documentation": "long",
            "members": {
                "documentation": {"shape": "Text", "documentation": "long"},
                "Parts": {"shape": "Parts"},
            },
        },
        "Parts": {"type": "list", "member": {"shape": "Thing", "documentation": "long"}},
        "Text": {"type": "string"},
        "Full": {"type": "structure", "members": {}, "exception": True},
        "Dropped": {"type": "structure", "members": {"Only": {"shape": "OnlyDropped"}}},
        "OnlyDropped": {"type": "string"},
    },
}


def test_operations_that_nobody_names_go_with_their_shapes_and_all_documentation() -> None:
    model = cut_service(MODEL, frozenset({"put_thing"}))
    assert set(model["operations"]) == {"PutThing"}
    assert set(model["shapes"]) == {"Thing", "Parts", "Text", "Full"}
    assert "long" not in json.dumps(model)


def test_a_member_that_is_called_documentation_stays() -> None:
    thing = cut_service(MODEL, frozenset({"put_thing"}))["shapes"]["Thing"]
    assert thing["members"]["documentation"] == {"shape": "Text"}
    assert thing["required"] == ["documentation"]


def test_operations_that_botocore_calls_itself_stay() -> None:
    assert set(cut_service(MODEL, frozenset(), ("DropThing",))["operations"]) == {"DropThing"}


def _botocore() -> dict[str, bytes]:
    wanted = (*(f"{DATA}{service}/" for service in SERVICES), f"{DATA}sqs/")
    return {
        path.as_posix(): Path(str(path.locate())).read_bytes()
        for path in importlib.metadata.files("botocore") or ()
        if path.as_posix().startswith(wanted) or (path.as_posix().startswith(DATA) and len(path.parts) == 3)
    }


def test_the_real_data_keep_two_services_plain_and_small() -> None:
    files = _botocore()
    own = {"adapter.py": b'client.get_object()\ngetattr(client, "query")\n'}
    kept = cut({**files, "botocore/client.py": b"", "botocore/cacert.pem": b"..."}, [own])
    services = {path.split("/")[2] for path in kept if path.count("/") > 2}
    assert services == set(SERVICES)
    assert not [path for path in kept if path.endswith((".gz", ".pem"))]
    assert "botocore/client.py" in kept
    (model,) = [json.loads(content) for path, content in kept.items() if "dynamodb" in path and "service-2." in path]
    assert set(model["operations"]) == {"Query", "DescribeEndpoints"}
    assert sum(map(len, kept.values())) < 400_000


def test_endpoint_rules_stay_as_they_were() -> None:
    files = _botocore()
    (path,) = [path for path in files if "/s3/" in path and path.endswith("endpoint-rule-set-1.json.gz")]
    kept = cut(files, [])
    assert json.loads(kept[path.removesuffix(".gz")]) == json.loads(gzip.decompress(files[path]))


def test_data_of_another_form_are_refused() -> None:
    with pytest.raises(PinsUnusable, match="unknown form"):
        cut({f"{DATA}endpoints.json": b"{}"}, [])
