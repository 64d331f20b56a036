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

# chargingMode of SaaS 1.0: 1 and 3 are documented, pay-per-use is concluded; of a package nothing is known: not sent.
V1_CHARGING_MODES = {"PERIOD": "1", "ONE_TIME": "3", "ON_DEMAND": "0"}

# How the instance of a 1.0 order is opened: the value of the guide's sample, "at once".
V1_PROVISION_TYPE = "1"

# trialToFormal: 1 is trial to yearly or monthly; the international page has one more value, for pay-per-use.
V1_TRIAL_TO_PERIOD = "1"
V1_TRIAL_TO_ON_DEMAND = "2"

# The guide prints encryptType 1 as the default of an answer that does not say.
V1_DEFAULT_ENCRYPT_TYPE = "1"

# Members of the single entry of data in the answer to software-usage-info; the guide gives the beginning of the name.
USAGE_FAILURES_MEMBER = "check_fail_list"

# Kit bodies are published neither compact nor sorted, so the simulator sends them as printed: with blanks, in the
# order of the field tables. Both texts are accepted by the guide's own rule.
KIT_TIME_ZONE_HOURS = 8

# Of an authorization code that was released the state is told; a frozen or outdated one is EXPIRED.
ACTIVATE_AFTER_END = "92020003"

# A code of the tenant's auth centre: its lifetime is not stated.
LOGIN_CODE_LIFETIME = timedelta(minutes=5)
