"""``template.yaml``, the one list of what the bundle creates: read, checked, and handed out as a ``Bundle``."""

from bundle_template.bundle import (
    Alarm,
    AsyncInvoke,
    Authorizer,
    Bucket,
    Bundle,
    Component,
    Layer,
    LogGroup,
    LogTrigger,
    Parameter,
    Policy,
    Route,
    Setting,
    Table,
    Timer,
)
from bundle_template.errors import TemplateError
from bundle_template.reading import PROJECT_TEMPLATE, read_template

__all__ = [
    "PROJECT_TEMPLATE",
    "Alarm",
    "AsyncInvoke",
    "Authorizer",
    "Bucket",
    "Bundle",
    "Component",
    "Layer",
    "LogGroup",
    "LogTrigger",
    "Parameter",
    "Policy",
    "Route",
    "Setting",
    "Table",
    "TemplateError",
    "Timer",
    "read_template",
]
