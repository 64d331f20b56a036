"""What the packages hold is enough: clean interpreters import, sign and use the stores with nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bundle_packages import Unpacked, read_build, unpack
from tests.support.stores import ACCESS_KEY, SECRET_KEY

IMPORT_ALL = """
import importlib, pkgutil, sys
import koogallery, koogallery_signing
for package in (koogallery, koogallery_signing):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(found.name)
import index
outside = [
    name for name, module in sys.modules.items()
    if "site-packages" in (getattr(module, "__file__", None) or "")
]
assert not outside, outside
"""
SIGN = """
from koogallery_signing import aksk, standard_webhooks
headers = aksk.sign_request(
    access_key="ACCESS", secret_key="secret", method="GET", host="mkt.example", path="/api/v1", query=[("a", "b")],
    headers={{"X-Sdk-Date": "20261121T100500Z"}}, body=b"",
)
assert headers["Authorization"].startswith("SDK-HMAC-SHA256 Access=ACCESS, "), headers
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
signed = standard_webhooks.sign(secret, "msg_1", 1795255500, b"{{}}")
standard_webhooks.verify(secret=secret, headers=signed, body=b"{{}}", now_seconds=1795255500)
from koogallery.encryption import Sealer
sealer = Sealer("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
assert sealer.open(sealer.seal("text", "place"), "place") == "text"
"""
STATE = """
from koogallery.adapters.urls import open_state
from koogallery.state import Key
state = open_state({url!r}, access_key={access!r}, secret_key={secret!r})
keys = [Key("order", f"CS-{{number}}") for number in range(30)]
assert all(state.put_if_absent(key, "first") for key in keys)
assert not state.put_if_absent(keys[0], "again")
item = state.get(keys[0])
assert state.replace_if_version(item, "second") and not state.replace_if_version(item, "third")
assert len(state.get_many(keys)) == 30
assert len(state.query("order", limit=100)) == 30
state.delete(keys[0])
state.delete_many(keys[1:])
assert state.query("order", limit=100) == []
"""
ARCHIVE = """
from koogallery.adapters.urls import open_archive
archive = open_archive({url!r}, credentials=lambda: ({access!r}, {secret!r}, None))
archive.put("a/b.json", b"content")
assert archive.get("a/b.json") == b"content" and archive.get("a/none.json") is None
"""
USED = """
import json, sys
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture(scope="module")
def unpacked(project_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    return unpack(read_build(project_packages), tmp_path_factory.mktemp("unpacked"))


def run(unpacked: Unpacked, script: str, **values: str) -> str:
    """Run a script as ``new_instance`` would run: only its code, its layers and the standard library."""
    path = [str(unpacked.code("new_instance")), *(str(unpacked.layer(name)) for name in unpacked.build.layers)]
    code = f"import sys; sys.path[:0] = {path!r}\n" + script.format(**values)
    command = [sys.executable, "-I", "-S", "-B", "-c", code]
    done = subprocess.run(
        command, cwd=unpacked.working_directory("new_instance"), env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_every_module_of_the_bundle_can_be_imported(unpacked: Unpacked) -> None:
    run(unpacked, IMPORT_ALL)


def test_requests_are_signed_and_secrets_sealed(unpacked: Unpacked) -> None:
    run(unpacked, SIGN)


def test_cut_botocore_does_every_call_of_the_state(unpacked: Unpacked, dynalite_state_url: str) -> None:
    run(unpacked, STATE, url=dynalite_state_url, access=ACCESS_KEY, secret=SECRET_KEY)


def test_cut_botocore_does_every_call_of_the_archive(unpacked: Unpacked, s3rver_archive_url: str) -> None:
    run(unpacked, ARCHIVE, url=s3rver_archive_url, access=ACCESS_KEY, secret=SECRET_KEY)


def test_a_callback_function_imports_neither_the_sdk_nor_what_only_tools_need(unpacked: Unpacked) -> None:
    loaded = json.loads(run(unpacked, "import index\n" + USED.replace("{", "{{").replace("}", "}}")))
    assert not set(loaded) & {"huaweicloudsdkcore", "requests", "boto3", "pydantic", "botocore", "urllib3"}


def test_a_client_loads_no_generator_of_documentation(unpacked: Unpacked) -> None:
    script = """
import sys
from koogallery.adapters.dynamodb_calls import table_client
client = table_client("http://127.0.0.1:9", "cn-north-4", "access", "secret")
assert client.get_item.__doc__ == ""
loaded = [name for name in sys.modules if name.startswith("botocore.docs.") or name == "importlib.metadata"]
assert set(loaded) <= {{"botocore.docs.docstring", "botocore.docs.utils"}}, loaded
"""
    run(unpacked, script)
