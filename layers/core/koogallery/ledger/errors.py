"""What the ledger refuses to do for an operator. All permanent: the same command fails again.

LedgerError(PermanentError)
├── UnknownAccount      no such instance, hour or record
├── SeveralRecords      the hour has several records that fit: name one
├── NotCorrectable      the record's state does not allow it
├── TooOldToReport      the marketplace takes nothing that begins more than 21 days back
└── NoIntervalLeft      no interval of its own is free for a new report
"""

from __future__ import annotations

from koogallery.errors import PermanentError


class LedgerError(PermanentError):
    """Base."""

    code = "ledger_error"


class UnknownAccount(LedgerError):
    """Nothing is on file under that instance, hour or metering_sn."""

    code = "unknown_account"


class SeveralRecords(LedgerError):
    """More than one record fits; the text lists them."""

    code = "several_records"


class NotCorrectable(LedgerError):
    """The record's state does not allow the correction."""

    code = "not_correctable"


class TooOldToReport(LedgerError):
    """Older than the marketplace takes (open API guide, usage push: 21 days)."""

    code = "too_old_to_report"


class NoIntervalLeft(LedgerError):
    """Every second of the refused record's interval has been used to report it again."""

    code = "no_interval_left"
