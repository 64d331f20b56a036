"""The error tree of the local cloud.

LocalCloudError
├── SettingsFileError   a line of a settings file is malformed; names file and line, never the value
├── UsageError          a command was called with something it cannot use
├── FunctionFailed      a function raised, could not be loaded, or returned what is no JSON
├── FunctionTimedOut    a function ran longer than its timeout
└── ReplyRefused        a reply is not in the form the gateway accepts

None of them goes away by trying again, so there is no retryable branch.
"""

from __future__ import annotations

from pathlib import Path


class LocalCloudError(Exception):
    """Base of everything this package raises on purpose."""

    code = "local_cloud_error"


class SettingsFileError(LocalCloudError):
    """A settings file is malformed; the text begins with ``file:line:`` and never shows a value."""

    code = "settings_file_error"

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.path = path
        self.line = line


class UsageError(LocalCloudError):
    """An argument of a command cannot be used."""

    code = "usage_error"


class FunctionFailed(LocalCloudError):
    """A function raised, could not be loaded, or returned what is no JSON. The cause is chained."""

    code = "function_failed"


class FunctionTimedOut(LocalCloudError):
    """A function ran longer than its configured timeout."""

    code = "function_timed_out"


class ReplyRefused(LocalCloudError):
    """A reply is not in the form the gateway accepts."""

    code = "reply_refused"
