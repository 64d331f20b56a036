"""Names that the 1.0 interfaces give a meaning to. All other parameters are signed, and ignored by everybody.

Sources: field tables of SaaS guide V1.0, of the old licence guide and of the joint kit 1.0.
"""

from __future__ import annotations

from typing import Final

_EVERYWHERE: Final = "activity testFlag timeStamp"
_ORDERS: Final = """
    acceptanceTime amount bandWidth businessId chargingMode customerId customerName diskSize email expireTime
    instanceId instanceStatus mobilePhone orderAmount orderId periodNumber periodType productId provisionType
    saasExtendParams skuCode trialFlag trialToFormal userId userName
"""
_KIT: Final = """
    appId clientId clientSecret currentSyncTime domainName flag instanceId name orderId orgCode orgInfo orgInfoList
    orgName parentCode tenantCode tenantId userList
"""
NAMES: Final = frozenset(f"{_EVERYWHERE} {_ORDERS} {_KIT}".split())
