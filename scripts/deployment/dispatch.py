"""Which step writes, and which deletes, a kind of resource."""

from __future__ import annotations

from collections.abc import Callable

from deployment import step_attached as attached
from deployment import step_functions as functions
from deployment import step_gateway as gateway
from deployment import step_rest as rest
from deployment.errors import Refused
from deployment.resources import (
    Alarm,
    Api,
    ApiGroup,
    AsyncConfig,
    Authorizer,
    Bucket,
    DependencyPackage,
    Function,
    GatewayResponses,
    LiveAlias,
    LogGroup,
    LogStream,
    LogTrigger,
    ReservedInstances,
    Resource,
    Timer,
)
from deployment.work import Work

_WRITERS: dict[type[Resource], Callable[..., None]] = {
    LogGroup: rest.write_log_group,
    LogStream: rest.write_log_stream,
    Bucket: rest.write_bucket,
    DependencyPackage: functions.upload_package,
    Function: functions.write_function,
    LiveAlias: functions.move_alias,
    AsyncConfig: attached.write_async,
    ReservedInstances: attached.reserve,
    Timer: attached.write_timer,
    LogTrigger: attached.write_log_trigger,
    ApiGroup: gateway.write_group,
    GatewayResponses: gateway.write_responses,
    Authorizer: gateway.write_authorizer,
    Api: gateway.write_api,
    Alarm: rest.write_alarm,
}
_DELETERS: dict[type[Resource], Callable[..., None]] = {
    LogStream: rest.delete_log_stream,
    LogGroup: rest.delete_log_group,
    DependencyPackage: functions.delete_package,
    Function: functions.delete_function,
    AsyncConfig: attached.delete_async,
    ReservedInstances: attached.drop_reserved,
    Timer: attached.delete_trigger,
    LogTrigger: attached.delete_trigger,
    ApiGroup: gateway.delete_group,
    GatewayResponses: gateway.delete_responses,
    Authorizer: gateway.delete_authorizer,
    Api: gateway.delete_api,
    Alarm: rest.delete_alarm,
}


def write(work: Work, before: Resource | None, after: Resource) -> None:
    """Make ``after`` of ``before``, which is of the same kind or missing."""
    _WRITERS[type(after)](work, before, after)


def delete(work: Work, resource: Resource) -> None:
    """Take one resource of ours away; what is gone already is fine."""
    deleter = _DELETERS.get(type(resource))
    if deleter is None:
        raise Refused(f"{resource.kind} {resource.name} is never deleted here")
    deleter(work, resource)
