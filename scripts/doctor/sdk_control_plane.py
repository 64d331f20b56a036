"""The control plane through Huawei's SDK. Read only, but for the call of ``prepare_state``."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from huaweicloudsdkapig import v2 as apig
from huaweicloudsdkces import v1 as ces
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions import exceptions as sdk_errors
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcsms import v1 as csms
from huaweicloudsdkfunctiongraph import v2 as functiongraph
from huaweicloudsdklts import v2 as lts

from bundle_template.addresses import service_address
from doctor.control_plane import (
    DomainSeen,
    FunctionSeen,
    GatewayLimits,
    GatewaySeen,
    GroupSeen,
    Metric,
    Quota,
    TriggerSeen,
)
from doctor.errors import NotReached, ProbeFailed, Refused
from doctor.subject import Credentials

PAGE = 100
MAX_PAGES = 50
CONNECT_SECONDS, READ_SECONDS = 10, 100
RESOLVED = 3
"""APIG: cname_status of a domain whose name leads to the gateway."""
PERIOD = "300"
_POLICIES, _APIS, _AUTHORIZERS = "API_POLICY_NUM_LIMIT", "API_NUM_LIMIT", "AUTHORIZER_NUM_LIMIT"


class SdkControlPlane:
    """Asks the services of one region. ``endpoints`` replaces addresses by service name."""

    def __init__(self, credentials: Credentials, region: str, endpoints: Mapping[str, str]) -> None:
        self._functions = _client(functiongraph.FunctionGraphClient, "functiongraph", credentials, region, endpoints)
        self._gateways = _client(apig.ApigClient, "apig", credentials, region, endpoints)
        self._metrics = _client(ces.CesClient, "ces", credentials, region, endpoints)
        self._logs = _client(lts.LtsClient, "lts", credentials, region, endpoints)
        self._secrets = _client(csms.CsmsClient, "csms", credentials, region, endpoints)

    def quotas(self) -> Mapping[str, Quota]:
        """FunctionGraph's quotas by their type."""
        reply = _call(self._functions.list_quotas, functiongraph.ListQuotasRequest())
        return {one.type: Quota(one.quota or 0, one.used or 0) for one in (reply.quotas.resources or [])}

    def functions(self, prefix: str) -> Sequence[FunctionSeen]:
        """The functions whose names begin so."""
        found, marker = list[FunctionSeen](), "0"
        for _ in range(MAX_PAGES):
            request = functiongraph.ListFunctionsRequest(marker=marker, maxitems=str(PAGE))
            reply = _call(self._functions.list_functions, request)
            rows = reply.functions or []
            found += [_function(row) for row in rows if row.func_name.startswith(prefix)]
            following = reply.next_marker or 0
            if not rows or following <= int(marker):
                return found
            marker = str(following)
        raise ProbeFailed(f"the list of functions has more than {MAX_PAGES} pages")

    def triggers(self, urn: str) -> Sequence[TriggerSeen]:
        """Triggers of a function."""
        reply = _call(self._functions.list_function_triggers, functiongraph.ListFunctionTriggersRequest(urn))
        return [
            TriggerSeen(one.trigger_type_code, getattr(one.event_data, "name", None) or "", one.trigger_status)
            for one in (reply.body or [])
        ]

    def invoke(self, urn: str) -> object:
        """The JSON value a function replies with to an empty event."""
        request = functiongraph.InvokeFunctionRequest(function_urn=urn, x_cff_request_version="v1", body={})
        reply = _call(self._functions.invoke_function, request)
        if reply.status not in (None, 200):
            raise ProbeFailed(f"the call ended with status {reply.status}; its log is in LTS under {reply.request_id}")
        try:
            return json.loads(reply.result)
        except (TypeError, ValueError) as error:
            raise ProbeFailed("the reply is no JSON") from error

    def gateway(self, instance_id: str) -> GatewaySeen | None:
        """A gateway, or None."""
        request = apig.ShowDetailsOfInstanceV2Request(instance_id=instance_id)
        seen = _call_or_none(self._gateways.show_details_of_instance_v2, request)
        if seen is None:
            return None
        return GatewaySeen(seen.instance_name or "", seen.status or "", seen.spec or "", seen.eip_address or "")

    def gateway_limits(self, instance_id: str) -> GatewayLimits:
        """Its quotas."""
        request = apig.ListProjectCofigsV2Request(instance_id=instance_id, limit=500)
        reply = _call(self._gateways.list_project_cofigs_v2, request)
        told = {one.config_name: one.config_value for one in (reply.configs or [])}
        policies, apis, authorizers = (_number(told.get(name)) for name in (_POLICIES, _APIS, _AUTHORIZERS))
        return GatewayLimits(policies, apis, authorizers)

    def gateway_features(self, instance_id: str) -> frozenset[str]:
        """Names of the features this gateway supports."""
        request = apig.ListInstanceFeaturesRequest(instance_id=instance_id, limit=500)
        return frozenset(_call(self._gateways.list_instance_features, request).features or [])

    def group(self, instance_id: str, name: str) -> GroupSeen | None:
        """An API group by its exact name, or None."""
        request = apig.ListApiGroupsV2Request(instance_id=instance_id, name=name, precise_search="name", limit=500)
        rows = _call(self._gateways.list_api_groups_v2, request).groups or []
        row = next((one for one in rows if one.name == name), None)
        if row is None:
            return None
        details = apig.ShowDetailsOfApiGroupV2Request(instance_id=instance_id, group_id=row.id)
        seen = _call(self._gateways.show_details_of_api_group_v2, details)
        domains = tuple(_domain(one) for one in (seen.url_domains or []))
        return GroupSeen(seen.id, domains, seen.sl_domain_access_enabled is not False, seen.sl_domain or "")

    def metric_sums(self, metrics: Sequence[Metric], since: datetime, until: datetime) -> Mapping[Metric, float | None]:
        """Sum over the time; None where there is no data."""
        body = ces.BatchListMetricDataRequestBody(
            metrics=[_metric_info(metric) for metric in metrics],
            period=PERIOD,
            filter="sum",
            _from=int(since.timestamp() * 1000),
            to=int(until.timestamp() * 1000),
        )
        reply = _call(self._metrics.batch_list_metric_data, ces.BatchListMetricDataRequest(body=body))
        sums = {_metric_of(one): _sum(one.datapoints or []) for one in (reply.metrics or [])}
        return {metric: sums.get(metric) for metric in metrics}

    def has_log_group(self, name: str) -> bool:
        """Whether LTS has a log group of exactly this name."""
        groups = _call(self._logs.list_log_groups, lts.ListLogGroupsRequest()).log_groups or []
        return any(group.log_group_name == name for group in groups)

    def has_secret(self, name: str) -> bool:
        """Whether CSMS has the secret."""
        return _call_or_none(self._secrets.show_secret, csms.ShowSecretRequest(secret_name=name)) is not None


def _client(kind: Any, service: str, credentials: Credentials, region: str, endpoints: Mapping[str, str]) -> Any:
    keys = BasicCredentials(credentials.access_key, credentials.secret_key, credentials.project_id)
    if credentials.security_token:
        keys = keys.with_security_token(credentials.security_token)
    config = HttpConfig.get_default_config()
    config.timeout = (CONNECT_SECONDS, READ_SECONDS)
    # The SDK tells every lost connection on stderr; here it is a finding.
    logging.getLogger(f"HuaweiCloud-SDK-{kind.__name__}").addHandler(logging.NullHandler())
    address = endpoints.get(service, service_address(service, region))
    return kind.new_builder().with_http_config(config).with_credentials(keys).with_endpoint(address).build()


def _call(method: Callable[[Any], Any], request: Any) -> Any:
    with _errors():
        return method(request)


def _call_or_none(method: Callable[[Any], Any], request: Any) -> Any:
    try:
        return _call(method, request)
    except Refused as error:
        if error.status == 404:
            return None
        raise


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except sdk_errors.ServiceResponseException as error:
        text = f"answered {error.status_code} {error.error_code}"
        raise Refused(text, int(error.status_code), str(error.error_code)) from error
    except (sdk_errors.ConnectionException, sdk_errors.RequestTimeoutException) as error:
        raise NotReached(f"could not be reached: {type(error).__name__}") from error
    except sdk_errors.SdkException as error:
        raise ProbeFailed(f"the call failed: {type(error).__name__}") from error


def _function(row: Any) -> FunctionSeen:
    urn = row.func_urn.rpartition(":")[0] if row.func_urn.count(":") > 6 else row.func_urn
    return FunctionSeen(
        name=row.func_name,
        urn=urn,
        runtime=row.runtime or "",
        xrole=row.xrole or "",
        app_xrole=row.app_xrole or "",
        in_vpc=bool(row.func_vpc_id),
    )


def _domain(row: Any) -> DomainSeen:
    certificate = bool(row.ssl_id or row.ssl_infos)
    return DomainSeen(row.domain, row.cname_status == RESOLVED, certificate, row.min_ssl_version or "")


def _metric_info(metric: Metric) -> Any:
    dimensions = [ces.MetricsDimension(name, value) for name, value in metric.dimensions]
    return ces.MetricInfo(metric.namespace, metric.name, dimensions)


def _metric_of(row: Any) -> Metric:
    return Metric(row.namespace, row.metric_name, tuple((one.name, one.value) for one in (row.dimensions or [])))


def _sum(points: Sequence[Any]) -> float | None:
    return sum(point.sum or 0.0 for point in points) if points else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
