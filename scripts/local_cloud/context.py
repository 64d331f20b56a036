# ruff: noqa: N802 -- the methods carry the platform's names
"""The ``context`` of a function: FunctionGraph's methods, and the clock of the run.

After the FunctionGraph developer guide, "Python function development": ``getUserData`` gives plain and
encrypted settings alike, but only those the template lets the function read. The temporary keys of the
agency are ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN`` of the environment, else
placeholders. ``getAccessKey`` and ``getSecretKey`` were withdrawn and do not exist.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The process of a built function's instance loads this file and has neither of them.
    from bundle_template.bundle import Component
    from koogallery.clock import Clock

PROJECT_ID = "local"
PACKAGE = "default"
VERSION = "latest"


class FunctionLogger:
    """The logger of a call: moment, request id, text; one line each, to stderr."""

    def __init__(self, clock: Clock, request_id: str) -> None:
        self._clock = clock
        self._request_id = request_id

    def info(self, message: object) -> None:
        """Write one line."""
        moment = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        print(moment, self._request_id, message, file=sys.stderr, flush=True)


class Context:
    """What a handler or initializer gets as its second or only argument.

    ``clock`` exists in the local cloud only; the core takes it when it is there.
    """

    def __init__(self, component: Component, settings: Mapping[str, str], clock: Clock, request_id: str) -> None:
        self.clock = clock
        self._component = component
        self._settings = {name: settings[name] for name in component.readable_settings if name in settings}
        self._request_id = request_id
        self._deadline = clock.monotonic() + component.timeout

    def __repr__(self) -> str:
        return f"Context(function={self._component.name!r}, request_id={self._request_id!r})"

    def getRequestID(self) -> str:
        """Id of the call."""
        return self._request_id

    def getRunningTimeInSeconds(self) -> int:
        """The configured timeout, s."""
        return self._component.timeout

    def getRemainingTimeInMilliSeconds(self) -> int:
        """What is left of the timeout, ms."""
        return max(0, int((self._deadline - self.clock.monotonic()) * 1000))

    def getUserData(self, key: str, default: str | None = None) -> str | None:
        """A setting the function may read, else ``default``."""
        return self._settings.get(key, default)

    def getSecurityAccessKey(self) -> str:
        """Temporary access key of the agency."""
        return os.environ.get("AWS_ACCESS_KEY_ID", "local-access-key")

    def getSecuritySecretKey(self) -> str:
        """Temporary secret key of the agency."""
        return os.environ.get("AWS_SECRET_ACCESS_KEY", "local-secret-key")

    def getSecurityToken(self) -> str:
        """Token that belongs to the temporary keys."""
        return os.environ.get("AWS_SESSION_TOKEN", "local-security-token")

    def getToken(self) -> str:
        """IAM token of the agency."""
        return "local-token"

    def getFunctionName(self) -> str:
        """Name of the function."""
        return self._component.name

    def getVersion(self) -> str:
        """Version that runs."""
        return VERSION

    def getAlias(self) -> str:
        """Alias it was called by; empty without one."""
        return ""

    def getPackage(self) -> str:
        """Group the function belongs to."""
        return PACKAGE

    def getProjectID(self) -> str:
        """Project of the account."""
        return PROJECT_ID

    def getMemorySize(self) -> int:
        """Configured memory, MB."""
        return self._component.memory_size

    def getCPUNumber(self) -> int:
        """Millicores: 100 for each 128 MB."""
        return self._component.memory_size * 100 // 128

    def getLogger(self) -> FunctionLogger:
        """The logger of the call."""
        return FunctionLogger(self.clock, self._request_id)
