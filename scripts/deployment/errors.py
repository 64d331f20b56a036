"""The error tree of the deployment. ``retryable`` tells whether the same call may succeed later by itself.

DeployError
├── InputError         parameters, settings or options cannot be used; exit status 2
├── Refused            the template or the account forbids the change; nothing was changed by this step
│   ├── ForeignResource    a resource of that name exists and does not carry the mark of this bundle and stage
│   └── Busy               another apply holds the lock; retryable
├── NotFinished        steps were done, but the outcome could not be seen yet; retryable: run apply again
└── CloudError         a control call failed
    ├── NotFound           what the call names does not exist
    ├── Rejected           the service turned the request down for good
    └── Unavailable        throttled, failing or unreachable after bounded tries; retryable
"""

from __future__ import annotations


class DeployError(Exception):
    """Base. The text is for a person and never holds a secret."""

    code = "deploy_error"
    retryable = False


class InputError(DeployError):
    """What was given to the command cannot be used; the text says which part and what would do."""

    code = "input_error"


class Refused(DeployError):
    """The change is not allowed; the text says what to do instead."""

    code = "refused"


class ForeignResource(Refused):
    """A resource of the wanted name belongs to somebody else."""

    code = "foreign_resource"


class Busy(Refused):
    """Another apply is at work."""

    code = "busy"
    retryable = True


class NotFinished(DeployError):
    """The work is not done or not visible; running the command again continues it."""

    code = "not_finished"
    retryable = True


class CloudError(DeployError):
    """A control call failed. ``status`` is the HTTP status, 0 without an answer."""

    code = "cloud_error"

    def __init__(self, call: str, status: int, problem: str) -> None:
        super().__init__(f"{call}: {problem}")
        self.call = call
        self.status = status
        self.problem = problem


class NotFound(CloudError):
    """404."""

    code = "not_found"


class Rejected(CloudError):
    """Any other 4xx."""

    code = "rejected"


class Unavailable(CloudError):
    """429, 5xx, no connection, no answer in time."""

    code = "unavailable"
    retryable = True
