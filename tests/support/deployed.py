"""A seller's parameters and settings that are as they should be, for the commands that deploy and examine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from bundle_template import Bundle, read_template
from doctor.subject import Subject, given_parameters
from tests.support.kit import rsa_pair
from tests.support.world import SETTINGS

REGION, PROJECT, DOMAIN = "cn-north-4", "0123456789abcdef0123456789abcdef", "koogallery.seller-example.com"
PARAMETERS = {
    "vpcId": "aaaaaaaa-0000-4000-8000-000000000001",
    "subnetId": "aaaaaaaa-0000-4000-8000-000000000002",
    "configAgency": "koogallery-config",
    "runAgency": "koogallery-run",
    "gatewayInstanceId": "0123456789abcdef0123456789abcdee",
    "domain": DOMAIN,
    "certificateId": "0123456789abcdef0123456789abcded",
    "bucketName": "seller-koogallery",
}
CLOUD_SETTINGS = {
    **SETTINGS,
    "MARKETPLACE_ENDPOINT": "https://mkt.myhuaweicloud.com",
    "MARKETPLACE_V1_KEYS": "11111111-2222-4333-8444-000000000001",
    "MARKETPLACE_LICENSE_KEYS": "license-interface-key-0001",
    "MARKETPLACE_NOTIFY_KEYS": "general-interface-key-0001",
    "MARKETPLACE_KIT_KEYS": "kit-interface-key-0001",
    "KIT_PRIVATE_KEY": rsa_pair()[0],
    "SELLER_WEBHOOK_URL": "https://product.seller-example.com/events",
    "STATE_URL": "dynamodb://koogallery?endpoint=http://192.168.0.10",
    "STATE_ACCESS_KEY": "tableaccesskey",
    "STATE_SECRET_KEY": "table-secret-key",
    "ARCHIVE_URL": "s3://seller-koogallery?endpoint=https://obs.cn-north-4.myhuaweicloud.com&region=cn-north-4",
    "CES_ENDPOINT": "https://ces.cn-north-4.myhuaweicloud.com",
    "CSMS_ENDPOINT": "https://kms.cn-north-4.myhuaweicloud.com",
}
"""Every setting a seller of all kinds of products would give."""


@lru_cache
def project_bundle() -> Bundle:
    """The project's own template, parameters unresolved."""
    return read_template()


def subject(
    parameters: Mapping[str, str] = PARAMETERS,
    settings: Mapping[str, str] = CLOUD_SETTINGS,
    *,
    bundle: Bundle | None = None,
    stage: str = "prod",
) -> Subject:
    """What a run of the doctor is about."""
    template = bundle or project_bundle()
    return Subject(template, given_parameters(template, parameters), settings, stage)


def lines(values: Mapping[str, str]) -> str:
    """The text of a file with these values."""
    return "".join(f"{name}={value}\n" for name, value in values.items())
