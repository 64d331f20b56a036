"""The error tree of the simulator. It knows nothing of the bundle's own errors: the two share no code."""

from __future__ import annotations


class SimulatorError(Exception):
    """Base of everything the simulator raises on purpose; ``code`` is stable."""

    code = "simulator_error"


class PermanentError(SimulatorError):
    """The same call fails again until data or settings change."""

    code = "permanent_error"


class RetryableError(SimulatorError):
    """The same call may succeed later."""

    code = "temporarily_unavailable"


class UnknownOrder(PermanentError):
    """No order or order line of this id was sold here."""

    code = "unknown_order"


class UnknownInstance(PermanentError):
    """No instance of this id was opened here."""

    code = "unknown_instance"


class UnknownProduct(PermanentError):
    """The catalogue has no such product."""

    code = "unknown_product"


class ProductFrozen(PermanentError):
    """Trading of the product was frozen (five failing days of dial tests in a row)."""

    code = "product_frozen"


class BadRequest(PermanentError):
    """A request to the simulator itself is malformed; the message says what to change."""

    code = "bad_request"


class SettingsProblem(PermanentError):
    """A setting is missing or malformed. The message names it, never its value."""

    code = "settings_problem"


class SimulatorUnreachable(RetryableError):
    """Nothing answers at the simulator's address."""

    code = "simulator_unreachable"


class SimulatorRefused(PermanentError):
    """The running simulator answered, but with an error."""

    code = "simulator_refused"
