"""The small bundle, resolved."""

from __future__ import annotations

import pytest

from bundle_template import Bundle, read_template
from tests.support.deployments import SMALL_TEMPLATE, example_parameters, example_settings, resolved


@pytest.fixture
def bundle() -> Bundle:
    """A bundle with one of everything."""
    parameters = example_parameters(read_template(SMALL_TEMPLATE), "gateway-1")
    return resolved(SMALL_TEMPLATE, tuple(sorted(parameters.items())))


@pytest.fixture
def settings(bundle: Bundle) -> dict[str, str]:
    """A value for each of its settings."""
    return example_settings(bundle)
