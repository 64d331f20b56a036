"""Imported first by the frame of the callbacks: makes a cold start cheaper.

Imports and the first client make a few hundred thousand objects that live as long as the process. Looking for
garbage among them again and again takes a tenth of a cold start and finds nothing, so the collector starts later.
"""

from __future__ import annotations

import gc

gc.set_threshold(100_000, 20, 20)
