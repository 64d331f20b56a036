"""The archive bucket, and what the platform left there of calls that failed for good."""

from __future__ import annotations

from collections.abc import Sequence

from doctor import finding
from doctor.finding import Finding

MOST_LISTED = 1000


def check_bucket(bucket: str, names: Sequence[str] | None) -> Finding:
    """The bucket is there and may be read."""
    check = "archive.bucket"
    if names is None:
        todo = "run ./scripts/deploy apply, or create it in the OBS console in the region of the functions"
        return finding.problem(check, f"there is no bucket {bucket}", todo)
    return finding.ok(check, f"the bucket {bucket} is there")


def check_dead_calls(prefix: str, names: Sequence[str]) -> Finding:
    """Asynchronous calls (timers) that failed after every retry; FunctionGraph writes one object for each."""
    check = "dead_letters.calls"
    if not names:
        return finding.ok(check, f"no failed call below {prefix}")
    count = f"{len(names)} or more" if len(names) >= MOST_LISTED else str(len(names))
    todo = (
        "OBS console: each object names the function, the request id and the error; look the request id up in LTS, "
        "then delete the object. A timer's work is done by its next run"
    )
    return finding.problem(check, f"{count} failed calls below {prefix}, the last one {max(names)}", todo)
