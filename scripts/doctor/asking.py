"""Turns a look that did not succeed into a finding that says which right or which way is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doctor import finding
from doctor.errors import ProbeFailed, Refused
from doctor.finding import Finding

RIGHTS = {
    "functiongraph": "FunctionGraph ReadOnlyAccess (to deploy: FunctionGraph FullAccess)",
    "apig": "APIG ReadOnlyAccess (to deploy: APIG FullAccess)",
    "ces": "CES ReadOnlyAccess (to deploy: CES FullAccess)",
    "lts": "LTS ReadOnlyAccess (to deploy: LTS FullAccess)",
    "csms": "CSMS ReadOnlyAccess (to rotate keys: CSMS FullAccess)",
    "obs": "OBS ReadOnlyAccess (to deploy: OBS Administrator)",
}
NO_CREDENTIALS = (
    "set HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_PROJECT_ID in the environment (IAM console > Users "
    "> Security Settings > Access Keys; My Credentials > Projects)"
)


def ask(check: str, service: str, look: Callable[[], Sequence[Finding]]) -> list[Finding]:
    """The findings of ``look``, or one that says why it could not look."""
    try:
        return list(look())
    except Refused as error:
        if error.is_about_rights:
            todo = (
                f"IAM console: the user needs {RIGHTS[service]} in this project; are keys and project the right ones?"
            )
            return [finding.problem(check, f"{service} {error}", todo)]
        return [finding.not_checked(check, f"{service} {error}", "try again; if it stays, ask Huawei Cloud's support")]
    except ProbeFailed as error:
        todo = "is this machine on the network, and is the region right? Then try again"
        return [finding.not_checked(check, f"{service} {error}", todo)]


def unasked(checks: Sequence[str]) -> list[Finding]:
    """What is not looked at without credentials."""
    return [finding.not_checked(check, "needs credentials", NO_CREDENTIALS) for check in checks]


def given_up(checks: Sequence[str], first: str) -> list[Finding]:
    """What is not looked at since the account did not answer the first question."""
    return [finding.not_checked(check, "the account could not be asked", f"see {first} first") for check in checks]
