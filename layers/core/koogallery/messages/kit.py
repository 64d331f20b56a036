"""Messages of the joint kit: the five syncs, read as liberally as the guides contradict themselves.

Field tables: SaaS guide, "joint operation kit", 2.0 and 1.0. Numbers may come as texts and texts as numbers, lists as
lists, as JSON texts or as the text with bare member names that the guide prints; 1.0 has other names for two members.
A member that is mandatory in the table must be there unless the call deletes. Unknown members are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from koogallery.directory.stamps import read_time
from koogallery.inferred import KIT_FLAGS, KIT_MAX_DEPARTMENTS, KIT_MAX_USERS
from koogallery.messages.callbacks import Message
from koogallery_signing.canonical_json import compact, parse_object
from koogallery_signing.errors import SignatureRejected

REMOVE, ADD, MODIFY, UNAUTHORIZE = (KIT_FLAGS[flag] for flag in range(4))
MAX_EXTENSION_CHARACTERS = 8192
_STRING_OR_BARE_NAME = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*(?=\s*:)')
_SWITCH = {"true": True, "false": False, "1": True, "0": False}
_LIFTED = ("entryDate", "employeeType", "workPlace")


def _flag(value: object) -> object:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:4])
    if isinstance(value, bool) or not isinstance(value, int) or value not in KIT_FLAGS:
        raise ValueError(f"must be one of {', '.join(map(str, KIT_FLAGS))}")
    return KIT_FLAGS[value]


def _time(value: object) -> object:
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    read_time(text)
    return text


def _optional_time(value: object) -> object:
    return "" if value in (None, "") else _time(value)


def _text(value: object) -> object:
    return "" if value is None else value


def _switch(value: object) -> object:
    known = _SWITCH.get(str(value).strip().lower())
    if known is None:
        raise ValueError("must be true or false")
    return known


def _whole_number(value: object) -> object:
    return None if value in (None, "") else value


def _list(value: object) -> object:
    """A list, a single object, or the JSON text of either; raises ValueError."""
    if isinstance(value, str):
        value = _read_list(value)
    return [value] if isinstance(value, dict) else value


def _read_list(text: str) -> object:
    if not text.strip():
        raise ValueError("must be a list")
    for form in (text, _STRING_OR_BARE_NAME.sub(_quoted, text)):
        try:
            # The reader of the bodies is the one that is strict about depth, numbers and repeated names.
            read = parse_object(b'{"list":%b}' % form.encode())
        except SignatureRejected:
            continue
        if len(read) == 1:
            return read["list"]
    raise ValueError("must be a list or the JSON text of one")


def _quoted(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else f'"{found[0]}"'


def _extension(value: object) -> dict[str, Any]:
    if value in (None, ""):
        return {}
    if isinstance(value, str):
        value = _read_list(value)
    if not isinstance(value, dict) or len(compact(value)) > MAX_EXTENSION_CHARACTERS:
        raise ValueError(f"must be an object of at most {MAX_EXTENSION_CHARACTERS} characters")
    return {name: _plain(member) for name, member in value.items()}


def _plain(value: Any) -> Any:
    """Numbers with a fraction become their texts: every reader of JSON then sees the same."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return str(value) if isinstance(value, Decimal) else value


_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTABLE)]
OptionalId = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=64, pattern=_PRINTABLE)]
Text32 = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=32)]
Text64 = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=64)]
Text128 = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=128)]
Text255 = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=255)]
Text256 = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=256)]
Flag = Annotated[str, BeforeValidator(_flag)]
KitTime = Annotated[str, BeforeValidator(_time)]


class KitPart(Message):
    """Base of everything in a kit body."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Nothing: most of it is personal."""
        return []


class KitMessage(KitPart):
    """What every sync has. Times are the texts of the wire, UTC+8."""

    instance_id: OptionalId = ""
    tenant_id: Id
    time_stamp: KitTime

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Nothing of a sync goes to the archive: it is personal data, a secret, or in the directory anyway."""
        cls.secret = frozenset(cls.model_fields)


class FlaggedMessage(KitMessage):
    """A sync that says what is to be done: ``flag`` is one of the words of ``KIT_FLAGS``."""

    needed: ClassVar[tuple[str, ...]] = ()
    """Members that only a deletion may lack."""

    flag: Flag

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> FlaggedMessage:
        missing = [name for name in self.needed if not getattr(self, name)]
        if missing and self.flag in (ADD, MODIFY):
            raise ValueError(f"{to_camel(missing[0])} is missing")
        return self


class TenantSync(FlaggedMessage):
    """tenantSync: an enterprise. The order is empty while a credential is applied for."""

    needed = ("tenant_code", "name", "domain_name")
    order_id: OptionalId = ""
    tenant_code: Text64 = ""
    name: Text255 = ""
    domain_name: Text255 = ""


class ApplicationSync(FlaggedMessage):
    """applicationSync: an app credential. ``client_secret`` is cipher text until the dialect has decrypted it."""

    needed = ("client_id", "client_secret")
    app_id: Id
    client_id: OptionalId = ""
    client_secret: Annotated[str, BeforeValidator(_text)] = ""


class User(KitPart):
    """A user of authSync; 1.0 nests three members in ``extension``. Personal data."""

    user_name: Id
    name: Text64 = ""
    org_code: Text64 = ""
    position: Text64 = ""
    employee_code: Text64 = ""
    employee_type: Annotated[int | None, BeforeValidator(_whole_number), Field(ge=0, lt=10**11)] = None
    role: Text32 = ""
    enable: Annotated[bool, BeforeValidator(_switch)] = True
    mobile: Text32 = ""
    email: Text128 = ""
    work_place: Text256 = ""
    entry_date: Text32 = ""
    extension: Annotated[dict[str, Any], BeforeValidator(_extension), Field(default_factory=dict)]

    @model_validator(mode="before")
    @classmethod
    def _lift(cls, members: Any) -> Any:
        if not isinstance(members, dict) or not members.get("extension"):
            return members
        extension = _extension(members["extension"])
        lifted = {name: extension.pop(name) for name in _LIFTED if name in extension}
        return {**lifted, **members, "extension": extension}

    def facts(self) -> dict[str, Any]:
        """Members as the seller's product gets them, empty ones left out."""
        members = self.model_dump(exclude={"enable"})
        return {
            **{name: value for name, value in members.items() if value not in ("", None, {})},
            "enabled": self.enable,
        }


class AuthSync(FlaggedMessage):
    """authSync: users of an application. The flag is for the whole list."""

    needed = ("app_id",)
    app_id: OptionalId = ""
    user_list: Annotated[list[User], BeforeValidator(_list), Field(max_length=KIT_MAX_USERS)]
    current_sync_time: Annotated[str, BeforeValidator(_optional_time)] = ""


class Department(KitPart):
    """A department of allOrgSync; ``name`` is the 1.0 word for ``orgName``."""

    org_code: Id
    org_name: Annotated[Text128, Field(validation_alias=AliasChoices("orgName", "name"))] = ""
    parent_code: OptionalId = ""

    def facts(self) -> dict[str, Any]:
        """Members as the seller's product gets them."""
        return {"org_code": self.org_code, "org_name": self.org_name, "parent_code": self.parent_code}


class SingleOrgSync(FlaggedMessage, Department):
    """singleOrgSync: one department."""

    needed = ("org_name",)


class AllOrgSync(KitMessage):
    """allOrgSync: all departments, parents and children in any order; 1.0 calls the list ``orgInfo``.

    The ``flag`` of the printed example is in no table: it is ignored.
    """

    org_info_list: Annotated[
        list[Department],
        BeforeValidator(_list),
        Field(max_length=KIT_MAX_DEPARTMENTS, validation_alias=AliasChoices("orgInfoList", "orgInfo")),
    ]


KIT_MESSAGES: Mapping[str, type[KitMessage]] = {
    "tenantSync": TenantSync,
    "applicationSync": ApplicationSync,
    "authSync": AuthSync,
    "singleOrgSync": SingleOrgSync,
    "allOrgSync": AllOrgSync,
}
