"""All rows of the matrix, and the parameters of its tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.paths import (
    rows_browser,
    rows_kit,
    rows_license_a,
    rows_license_b,
    rows_license_c,
    rows_notify,
    rows_saas_v1,
    rows_saas_v2,
    rows_seller,
    rows_seller_joint,
    rows_seller_licenses,
)
from tests.functional.paths.rows import Row

_MODULES = (
    rows_saas_v2,
    rows_saas_v1,
    rows_license_a,
    rows_license_b,
    rows_license_c,
    rows_notify,
    rows_kit,
    rows_browser,
    rows_seller,
    rows_seller_joint,
    rows_seller_licenses,
)
ROWS: list[Row] = [row for module in _MODULES for row in module.ROWS]

HAPPY: list[Any] = [pytest.param(row, address, id=f"{row.id}@{address}") for row in ROWS for address in row.addresses]
CODES: list[Any] = [pytest.param(row, code, id=f"{row.id}-{code}") for row in ROWS for code in row.troubles]
