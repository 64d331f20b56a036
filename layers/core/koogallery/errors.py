"""The error tree of the core.

KoogalleryError
├── RetryableError    the same call may succeed later; nothing has to be changed by a person
└── PermanentError    the same call will fail again until data, settings or code change

Every error carries a stable ``code`` that is used in replies, logs, tests and the runbook.
"""

from __future__ import annotations


class KoogalleryError(Exception):
    """Base of everything the core raises on purpose."""

    code = "internal_error"


class RetryableError(KoogalleryError):
    """The same call may succeed later."""

    code = "temporarily_unavailable"


class PermanentError(KoogalleryError):
    """The same call fails again until something is changed."""

    code = "permanent_error"


class SettingsError(PermanentError):
    """A setting is missing or malformed. ``setting`` is its name; the value is never kept."""

    code = "settings_error"

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"setting {setting} {problem}")
        self.setting = setting
        self.problem = problem
