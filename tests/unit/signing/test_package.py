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


def test_importing_every_module_loads_the_standard_library_only() -> None:
    completed = subprocess.run(
        [sys.executable, "-c", _IMPORT_EVERYTHING], capture_output=True, text=True, check=True, timeout=60
    )
    assert completed.stdout.strip() == "[]"
