"""The error tree of the operator's commands.

OperationError
└── UsageError    the command was called with something it cannot use; exit status 2
"""

from __future__ import annotations


class OperationError(Exception):
    """Base."""

    code = "operation_error"


class UsageError(OperationError):
    """An argument or a setting cannot be used; the text says which and what would do."""

    code = "usage_error"
