"""Where the account is, whose it is, and its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fake_cloud.state import Json

Invoke = Callable[[str, str, Json], Any]
"""(function name, qualifier, event) to the function's reply; what it raises becomes a function error."""


@dataclass
class Site:
    """The account's address and limits; ``page_size``: the most rows that any list gives at once."""

    region: str = "cn-north-4"
    project_id: str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    access_key: str = "HPUAEXAMPLEACCESSKEY"
    secret_key: str = "example-secret-key-of-tests-0001"
    security_token: str | None = None
    agencies: frozenset[str] | None = None
    """The agencies there are; ``None`` accepts every name."""
    page_size: int = 500
    functions: int = 400
    versions: int = 20
    aliases: int = 10
    triggers: int = 10
    dependencies: int = 20
    settings_characters: int = 4096
    settings_keys: int = 20
    concurrency: int = 100
    clears_left_out: bool = False
    """Whether update_function_config clears the settings it does not carry."""
    invoke: Invoke | None = None

    def function_urn(self, package: str, name: str) -> str:
        """URN without a version."""
        return f"urn:fss:{self.region}:{self.project_id}:function:{package}:{name}"
