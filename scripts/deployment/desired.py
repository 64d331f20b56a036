"""Template, settings and built packages as the resources that shall be there. Pure; the order is that of creation."""

from __future__ import annotations

from collections.abc import Mapping

from bundle_template import Alarm as AlarmRule
from bundle_template import Bundle, Component
from bundle_template import Timer as TimerRule
from bundle_template.bundle import SHARED_STREAM
from bundle_template.gateway import kept_warm
from bundle_template.naming import FUNCTION_DIMENSION, FUNCTION_METRICS, metric_value
from deployment.artifacts import Build
from deployment.desired_gateway import gateway_resources
from deployment.errors import InputError
from deployment.names import Names, digest_of
from deployment.resources import (
    Alarm,
    AsyncConfig,
    Bucket,
    DependencyPackage,
    Function,
    LiveAlias,
    LogGroup,
    LogStream,
    LogTrigger,
    ReservedInstances,
    Resource,
    Timer,
)
from deployment.settings import check_settings, hash_key, keyed_hash, settings_of
from koogallery.metrics import DIMENSION, NAMESPACE

MAX_CODE_BYTES, MAX_PACKAGE_BYTES = 36 * 1024 * 1024, 30 * 1024 * 1024
"""The API takes 50 MB and 40 MB of base64, which is a third longer than the zip."""
_TRIGGER_NAME = 64


def desired_resources(bundle: Bundle, settings: Mapping[str, str], build: Build, names: Names) -> list[Resource]:
    """Everything the bundle is made of; raises ``InputError`` for what FunctionGraph would refuse."""
    check_settings(bundle, settings)
    _check_sizes(bundle, build)
    packages = _packages(bundle, build)
    functions = _functions(bundle, settings, build)
    return [
        *_logs(bundle),
        *([Bucket(bundle.bucket.name, bundle.bucket.expiration_days)] if bundle.bucket else []),
        *packages,
        *functions,
        *_aliases(functions),
        *[ReservedInstances(one.name, one.reserved_instances) for one in kept_warm(bundle)],
        *_async_configs(bundle),
        *[timer(rule, names) for rule in bundle.timers],
        *[LogTrigger(f"{one.function}/{SHARED_STREAM}", one.function, SHARED_STREAM) for one in bundle.log_triggers],
        *gateway_resources(bundle, names),
        *[_alarm(rule, names) for rule in bundle.alarms],
    ]


def release_of(versions: Mapping[str, str]) -> str:
    """The name of a set of versions, by function: the same set is the same release."""
    return f"r{digest_of(dict(versions), 8)}"


def _logs(bundle: Bundle) -> list[Resource]:
    if bundle.log_group is None:
        return []
    group = LogGroup(bundle.log_group.name, bundle.log_group.ttl_days)
    return [group, *[LogStream(name) for name in bundle.log_streams]]


def _packages(bundle: Bundle, build: Build) -> list[DependencyPackage]:
    runtimes = {component.runtime for component in bundle.components.values()}
    if len(runtimes) != 1:
        raise InputError(f"the functions have several runtimes ({', '.join(sorted(runtimes))}); the packages fit one")
    runtime = runtimes.pop()
    return [
        DependencyPackage(name, build.layers[name].sha256, runtime, build.layers[name].path) for name in bundle.layers
    ]


def _functions(bundle: Bundle, settings: Mapping[str, str], build: Build) -> list[Function]:
    key = hash_key(bundle, settings)
    return [_function(bundle, component, settings, build, key) for component in bundle.components.values()]


def _function(bundle: Bundle, component: Component, settings: Mapping[str, str], build: Build, key: bytes) -> Function:
    own = settings_of(component, settings)
    network = bundle.network if component.in_vpc else {}
    return Function(
        name=component.name,
        runtime=component.runtime,
        handler=component.handler,
        memory_size=component.memory_size,
        timeout=component.timeout,
        initializer_handler=component.initializer_handler,
        initializer_timeout=component.initializer_timeout,
        code=build.functions[component.name].sha512,
        packages=tuple(sorted(f"{layer}@{build.layers[layer].sha256}" for layer in component.layers)),
        settings=own.plain,
        secrets=keyed_hash(key, own.encrypted),
        xrole=bundle.agencies.get("xrole", ""),
        app_xrole=bundle.agencies.get("appXrole", ""),
        vpc_id=network.get("vpcId", ""),
        subnet_id=network.get("subnetId", ""),
        log_stream=bundle.log_stream_of(component.name) or "",
        concurrency=component.concurrency,
        secret_values=own.encrypted,
        path=build.functions[component.name].path,
    )


def _aliases(functions: list[Function]) -> list[LiveAlias]:
    versions = {function.name: function.version for function in functions}
    release = release_of(versions)
    return [LiveAlias(name, version, release) for name, version in versions.items()]


def _async_configs(bundle: Bundle) -> list[AsyncConfig]:
    found = []
    for component in bundle.components.values():
        rule = component.async_invoke
        if rule is None:
            continue
        archived = bundle.bucket is not None and rule.on_failure_prefix is not None
        bucket = bundle.bucket.name if bundle.bucket and archived else ""
        prefix = rule.on_failure_prefix or "" if archived else ""
        found.append(AsyncConfig(component.name, rule.max_retries, rule.max_age_seconds, bucket, prefix))
    return found


def timer(rule: TimerRule, names: Names) -> Timer:
    """A timer's name says what it does, so that the new one can be there before the old one goes.

    Both at once for a moment is harmless: timers overlap anyway, and every timed function holds a lease.
    """
    digest = digest_of([rule.function, rule.schedule_type, rule.schedule, rule.user_event], 8)
    name = f"{rule.name}_{digest}"
    if len(names.full(name)) > _TRIGGER_NAME:
        raise InputError(f"{rule.name}: the timer's name in the account, {names.full(name)}, passes 64 characters")
    return Timer(name, rule.function, rule.schedule_type, rule.schedule, rule.user_event)


def _alarm(rule: AlarmRule, names: Names) -> Alarm:
    if rule.function is None:
        namespace, dimension = NAMESPACE, (DIMENSION, names.prefix)
    else:
        namespace, dimension = FUNCTION_METRICS, (FUNCTION_DIMENSION, metric_value(names.full(rule.function)))
    return Alarm(
        name=rule.name,
        namespace=namespace,
        metric=rule.metric,
        dimension=dimension,
        statistic=rule.statistic,
        period=rule.period,
        comparison=rule.comparison,
        threshold=float(rule.threshold),
        runbook=f"docs/runbook.md#{rule.runbook}",
    )


def _check_sizes(bundle: Bundle, build: Build) -> None:
    parts = [(f"function {name}", build.functions[name], MAX_CODE_BYTES) for name in bundle.components]
    parts += [(f"layer {name}", build.layers[name], MAX_PACKAGE_BYTES) for name in bundle.layers]
    problems = [
        f"{what}: {artifact.size} bytes zipped, the API takes {most}"
        for what, artifact, most in parts
        if artifact.size > most
    ]
    if problems:
        raise InputError("the packages cannot be deployed:\n  " + "\n  ".join(problems))
