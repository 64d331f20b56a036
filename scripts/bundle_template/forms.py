"""The forms of names, paths and other texts of a template, as the services that get them take them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bundle_template.values import Form

_FOLDER = r"(?!\.\.?(?:/|$))[A-Za-z0-9_.-]+"
_RELATIVE = rf"{_FOLDER}(?:/{_FOLDER})*"
_SEGMENT = r"(?:[A-Za-z0-9_.~-]+|\{[A-Za-z][A-Za-z0-9_-]{0,31}\})"

Text = Annotated[str, Form(r"[^\x00-\x1f]+", "a line of text", parameters=True)]
PlainText = Annotated[str, Form(r"(?:(?!\$\{)[^\x00-\x1f])+", "a line of text that refers to no parameter")]
Name = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_-]{0,59}", "a name: a letter, then letters, digits, _ or -")]
SettingName = Annotated[
    str, Form(r"[A-Za-z][A-Za-z0-9_]{0,63}", "a setting's name: a letter, then letters, digits or _", shown=False)
]
RelativePath = Annotated[str, Form(_RELATIVE, "a path below the template: folder/file")]
Handler = Annotated[str, Form(r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*", "a handler: file.function")]
Runtime = Annotated[str, Form(r"Python3\.(?:9|10|12)", "a runtime: Python3.9, 3.10 or 3.12", parameters=True)]
RoutePath = Annotated[str, Form(rf"/|(?:/{_SEGMENT})+", "a path: /part/{parameter}, no / at the end")]
RouteName = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_]{2,254}", "an API's name: 3 to 255 letters, digits or _")]
AuthorizerName = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_]{2,63}", "an authorizer's name: 3 to 64 letters, digits, _")]
RequestParameter = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_-]{0,31}", "a parameter's name: letters, digits, _ or -")]
PolicyValue = Annotated[str, Form(r"[^\x00-\x1f]{1,128}", "a value: at most 128 characters", parameters=True)]
UserEvent = Annotated[
    str, Form(r"[^\x00]{0,2047}", "a timer's text: at most 2047 characters", parameters=True, shown=False)
]
Prefix = Annotated[str, Form(rf"{_RELATIVE}/", "a prefix of object names: folder/")]
Anchor = Annotated[str, Form(r"[a-z0-9_-]{1,200}", "an anchor: small letters, digits, _ or -")]
Metric = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_]{0,95}", "a metric's name: letters, digits or _")]
TimerName = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_-]{0,63}", "a timer's name: at most 64 letters, digits, _ or -")]
AlarmName = Annotated[str, Form(r"[A-Za-z][A-Za-z0-9_-]{0,127}", "an alarm's name: letters, digits, _ or -")]
TrueOrFalse = Annotated[bool, Field(strict=True)]
