"""Texts of the template as Terraform's template language: ``${name}`` becomes ``${var.name}``, the rest is escaped."""

from __future__ import annotations

import json
import re
from typing import Any

from bundle_template import Bundle

Block = dict[str, Any]
_REFERENCE = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]*)\}")
_VARIABLE = re.compile(r"\bvar\.(\w+)")


def text(template: str) -> str:
    """A text of the template with its parameters as variables."""
    parts = _REFERENCE.split(template)
    return "".join(f"${{var.{part}}}" if at % 2 else literal(part) for at, part in enumerate(parts))


def literal(plain: str) -> str:
    """A text that Terraform takes as it is."""
    return plain.replace("${", "$${").replace("%{", "%%{")


def name(short: str = "") -> str:
    """The name of something in the account."""
    return "koogallery_${var.stage}" + (f"_{short}" if short else "")


def attribute(kind: str, resource: str, member: str) -> str:
    """A reference to a member of another resource."""
    return f"${{huaweicloud_{kind}.{resource}.{member}}}"


def urn(function: str) -> str:
    """URN of a function."""
    return attribute("fgs_function", function, "urn")


def encoded(members: Block) -> str:
    """``jsonencode`` of members whose values are texts of this module."""
    inner = ", ".join(f"{json.dumps(key)} = {_quoted(value)}" for key, value in members.items())
    return f"${{jsonencode({{{inner}}})}}"


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def setting_variable(setting: str) -> str:
    """The variable of a setting."""
    return f"setting_{setting.lower()}"


def user_data(bundle: Bundle, names: tuple[str, ...]) -> str | None:
    """JSON of the settings that have a value; None without names."""
    if not names:
        return None
    members = ", ".join(f"{one} = {_value(bundle, one)}" for one in names)
    return f'${{jsonencode({{for name, value in {{{members}}} : name => value if value != ""}})}}'


def _value(bundle: Bundle, setting: str) -> str:
    """What is given, else the template's default. A variable's own default must not name another variable."""
    given, default = f"var.{setting_variable(setting)}", bundle.setting_defaults.get(setting)
    return given if default is None else f'{given} != "" ? {given} : {_quoted(text(default))}'


def used_variables(bundle: Bundle, block: object) -> Block:
    """Declarations of the variables that ``block`` names. Parameters that stand for numbers are in it as numbers."""
    named = set(_VARIABLE.findall(json.dumps(block)))
    return {name: declared for name, declared in _variables(bundle).items() if name in named}


def _variables(bundle: Bundle) -> Block:
    """Parameters and settings; encrypted settings are sensitive, and no setting has a value here."""
    found: Block = {
        "stage": {"type": "string", "description": "Which copy in the account", "default": "prod"},
        "packages": {
            "type": "string",
            "description": "Folder that ./scripts/deploy build wrote the packages to",
            "default": "build/packages",
        },
        "alarm_topics": {
            "type": "list(string)",
            "description": "SMN topics that alarms are sent to; none: alarms are only shown",
            "default": [],
        },
    }
    for parameter in bundle.parameters.values():
        found[parameter.name] = {"type": "string", "description": literal(parameter.description)}
        if parameter.default is not None:
            found[parameter.name]["default"] = literal(parameter.default)
    for setting in bundle.settings.values():
        variable: Block = {"type": "string", "description": literal(setting.description)}
        if setting.encrypted:
            variable["sensitive"] = True
        if setting.optional:
            variable["default"] = ""
        found[setting_variable(setting.name)] = variable
    return found
