from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: examples have no deadline.
settings.register_profile("signing", deadline=None)
settings.load_profile("signing")
