from __future__ import annotations

import subprocess
import sys

_IMPORT_EVERYTHING = """
import pkgutil, sys
import koogallery_signing
before = set(sys.modules)
for module in pkgutil.iter_modules(koogallery_signing.__path__):
    __import__("koogallery_signing." + module.name)
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(name for name in loaded if name not in sys.stdlib_module_names and name != "koogallery_signing"))
"""

_VERIFY_AS_RECEIVED = """
import sys
from koogallery_signing import auth_token
from koogallery_signing.keyring import Keyring
parameters = {"activity": "queryInstance", "timeStamp": "20261121100500000"}
signed = {**parameters, "authToken": auth_token.sign("key", parameters)}
assert auth_token.verify_parameters(keyring=Keyring("key"), parameters=signed).reading.startswith("as received")
print(sorted(name for name in sys.modules if name.endswith((".query_readings", ".plus_signs", ".v1_parameters"))))
"""


def test_importing_every_module_loads_the_standard_library_only() -> None:
    assert _printed(_IMPORT_EVERYTHING) == "[]"


def test_a_query_that_was_signed_as_it_arrives_loads_no_other_reading() -> None:
    assert _printed(_VERIFY_AS_RECEIVED) == "[]"


def _printed(code: str) -> str:
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return completed.stdout.strip()
