"""``scripts/deploy doctor``: what stands in the way of a passing debugging page, before and after deploying.

Checks are pure functions from values to findings; what talks to the world (SDK, HTTPS, S3) is handed in. So a run
without any credentials still checks everything that can be checked offline, and says what it could not look at.
"""
