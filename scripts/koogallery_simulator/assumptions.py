"""Every fact of this simulator that no guide states: *inferred*, here to be changed after the first live call."""

from __future__ import annotations

from datetime import timedelta

# No guide gives a window for ``ts`` of the usage push: the window of AK/SK is taken.
PUSH_STAMP_WINDOW = timedelta(minutes=15)

# "More than five failures in a row lock the pair for a while": the while is not stated.
AKSK_LOCK = timedelta(minutes=15)

# A resource opens when the marketplace reads the first successful newInstance answer. Records carry whole seconds,
# and the seller stamps before the answer travels: one second of rounding is allowed.
OPENING_ROUNDING = timedelta(seconds=1)

# A record that ends after the resource was closed breaks the time rules, so it is a time-range fault.
CODE_END_AFTER_CLOSE = "011"

# A record without the package that a stop-before-excess resource needs: no code is documented.
CODE_PACKAGE_MISSING = "008"

# Usage values are Double(12,4): eight digits before the point, four behind it.
VALUE_INTEGER_DIGITS = 8
VALUE_DECIMALS = 4

# Names inside an abnormal record of the push answer are not documented.
ABNORMAL_CODE_MEMBER = "error_code"
ABNORMAL_TEXT_MEMBER = "error_msg"

# queryInstance is polled "until success"; neither interval nor limit is stated.
POLL_EVERY = timedelta(minutes=1)
POLL_LIMIT = 60

# "1 h, then manual restart": the interval within the hour is not stated.
STATUS_RETRY_EVERY = timedelta(minutes=10)
# orderNotify is retried for 3 h at an unstated interval.
NOTIFY_RETRY_EVERY = timedelta(hours=1)

# A member that today's guide does not know: additive members may come at any time.
FUTURE_MEMBER = "notInTodaysGuide"
