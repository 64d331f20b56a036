"""What is shipped of third-party packages: what the bundle's code reaches, and nothing else."""

from __future__ import annotations

import pytest

from bundle_packages.closure import needed_files
from bundle_packages.errors import ModuleMissing, PinsUnusable
from bundle_packages.imports import imported_names
from tests.support.packages import distribution

OWN = {"mine/__init__.py": b"", "mine/work.py": b"from big.signer import sign\nimport json\n"}
BIG = distribution(
    "big",
    {
        "big/__init__.py": "",
        "big/signer.py": "def sign():\n    from big import helper\n",
        "big/helper.py": "import little\n",
        "big/client.py": "import heavy\n",
        "big/data.txt": "data",
        "big/signer.pyi": "",
        "big/py.typed": "",
        "big/tests/test_signer.py": "",
        "big/fast.c": "",
        "big-1.0.dist-info/RECORD": "varies",
        "big-1.0.dist-info/licenses/LICENSE": "big's",
    },
)
LITTLE = distribution("little", {"little.py": "import absent\n", "little-1.0.dist-info/METADATA": "License: MIT"})
HEAVY = distribution("heavy", {"heavy.py": "", "heavy-1.0.dist-info/LICENSE": "heavy's"})


def test_only_modules_that_are_reached_are_shipped_with_data_and_licences() -> None:
    assert set(needed_files([OWN], [BIG, LITTLE, HEAVY])) == {
        "big/__init__.py",
        "big/signer.py",
        "big/helper.py",
        "big/data.txt",
        "licenses/big-1.0/licenses/LICENSE",
        "little.py",
        "licenses/little-1.0/METADATA",
    }


def test_what_the_bundle_imports_has_to_be_pinned() -> None:
    with pytest.raises(ModuleMissing, match="pydantic"):
        needed_files([{"mine.py": b"import pydantic\n"}], [BIG])


def test_native_code_brings_what_it_imports_by_name() -> None:
    crypto = distribution(
        "cryptography",
        {"cryptography/__init__.py": "", "cryptography/_rust.abi3.so": b"\x7fELF", "cryptography/named.py": ""},
    )
    ffi = distribution("cffi", {"_cffi_backend.cpython-310-x86_64-linux-gnu.so": b"\x7fELF", "cffi/api.py": ""})
    assert set(needed_files([{"mine.py": b"import cryptography\n"}], [crypto, ffi])) == {
        "cryptography/__init__.py",
        "cryptography/_rust.abi3.so",
        "cryptography/named.py",
        "_cffi_backend.cpython-310-x86_64-linux-gnu.so",
    }


@pytest.mark.parametrize(
    ("source", "module", "names"),
    [
        ("import a.b, c", "m", {"a.b", "c"}),
        ("from a import b", "m", {"a", "a.b"}),
        ("from . import b", "p.m", {"p", "p.b"}),
        ("from ..q import b", "p.r.m", {"p.q", "p.q.b"}),
        ("def f():\n    try:\n        import a\n    except ImportError:\n        import b", "m", {"a", "b"}),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", "m", {"b"}),
        ("import typing\nif typing.TYPE_CHECKING:\n    import a", "m", {"typing"}),
        ("class C:\n    with x:\n        import a", "m", {"a"}),
        ("match x:\n    case 1:\n        import a", "m", {"a"}),
    ],
)
def test_imports_are_read_from_anywhere_in_a_module(source: str, module: str, names: set[str]) -> None:
    assert imported_names(source.encode(), module, is_package=False) == names


def test_a_package_imports_relative_to_itself() -> None:
    assert imported_names(b"from . import b", "p", is_package=True) == {"p", "p.b"}


def test_a_source_that_is_no_python_is_named() -> None:
    with pytest.raises(PinsUnusable, match=r"big\.signer"):
        imported_names(b"def", "big.signer", is_package=False)
