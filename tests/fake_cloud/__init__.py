"""A Huawei Cloud account on loopback: the control planes of FunctionGraph, APIG, CSMS, LTS and CES.

Requests are checked against the SDK's own models, state is kept, and faults happen on request. See ``FakeCloud``.
"""

from tests.fake_cloud.cloud import FakeCloud
from tests.fake_cloud.errors import Refused
from tests.fake_cloud.faults import Call, Faults
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import LATEST, RELEASE, State

__all__ = ["LATEST", "RELEASE", "Call", "FakeCloud", "Faults", "Refused", "Site", "State"]
