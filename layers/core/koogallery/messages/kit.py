"""Messages of the joint kit: the five syncs, read as liberally as the guides contradict themselves.

Field tables: SaaS guide, "joint operation kit", 2.0 and 1.0. Numbers may come as texts and texts as numbers, lists as
lists, as JSON texts or as the text with bare member names that the guide prints; 1.0 has other names for two members.
A member that is mandatory in the table must be there unless the call deletes. Unknown members are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from koogallery.directory.stamps import read_time
from koogallery.inferred import KIT_FLAGS, KIT_MAX_DEPARTMENTS, KIT_MAX_USERS
from koogallery.messages.callbacks import read_id
from koogallery.messages.members import Member, Message, Reader, camel_case, is_printable, list_of, text
from koogallery_signing.canonical_json import compact, parse_object
from koogallery_signing.errors import SignatureRejected, SigningError

REMOVE, ADD, MODIFY, UNAUTHORIZE = (KIT_FLAGS[flag] for flag in range(4))
MAX_EXTENSION_CHARACTERS = 8192
_STRING_OR_BARE_NAME = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*(?=\s*:)')
_WHOLE_NUMBER = re.compile(r"\+?(\d{1,11})(\.0*)?", re.ASCII)
_SWITCH = {"true": True, "false": False, "1": True, "0": False}
_LIFTED = ("entryDate", "employeeType", "workPlace")
F = TypeVar("F", bound="FlaggedMessage")


def _flag(value: object) -> str:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:4])
    if isinstance(value, bool) or not isinstance(value, int) or value not in KIT_FLAGS:
        raise ValueError(f"must be one of {', '.join(map(str, KIT_FLAGS))}")
    return KIT_FLAGS[value]


def _time(value: object) -> str:
    found = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    read_time(found)
    return found


def _optional_time(value: object) -> str:
    return "" if value in (None, "") else _time(value)


def _switch(value: object) -> bool:
    known = _SWITCH.get(str(value).strip().lower())
    if known is None:
        raise ValueError("must be true or false")
    return known


def _whole_number(value: object) -> int | None:
    if value in (None, ""):
        return None
    found = _WHOLE_NUMBER.fullmatch(_written(value).strip())
    if not found:
        raise ValueError("must be a whole number of at most 11 digits")
    return int(found[1])


def _written(value: object) -> str:
    """A text, or a number for one."""
    return str(value) if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else text(value)


def _id(value: object) -> str:
    return read_id(_written(value))


def _text(longest: int) -> Reader[str]:
    """At most so many characters; null is empty."""

    def read(value: object) -> str:
        found = "" if value is None else _written(value)
        if len(found) > longest:
            raise ValueError(f"must have at most {longest} characters")
        return found

    return read


_text_64 = _text(64)


def _optional_id(value: object) -> str:
    found = _text_64(value)
    if not is_printable(found):
        raise ValueError("must have printable characters only")
    return found


def _secret_text(value: object) -> str:
    return "" if value is None else _written(value)


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
            read = parse_object(b'{"list":%b}' % form.encode(errors="surrogatepass"))
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
    if not isinstance(value, dict) or not _is_small(value):
        raise ValueError(f"must be an object of at most {MAX_EXTENSION_CHARACTERS} characters")
    return {name: _plain(member) for name, member in value.items()}


def _is_small(value: dict[str, Any]) -> bool:
    try:
        return len(compact(value)) <= MAX_EXTENSION_CHARACTERS
    except SigningError:
        return False


def _plain(value: Any) -> Any:
    """Numbers with a fraction become their texts: every reader of JSON then sees the same."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return str(value) if isinstance(value, Decimal) else value


class KitMessage(Message):
    """What every sync has. Times are the texts of the wire, UTC+8."""

    instance_id = Member(_optional_id, default="")
    tenant_id = Member(_id)
    time_stamp = Member(_time)

    def __init_subclass__(cls) -> None:
        """Nothing of a sync goes to the archive: it is personal data, a secret, or in the directory anyway."""
        super().__init_subclass__()
        cls.secret = frozenset(cls.members)


class FlaggedMessage(KitMessage):
    """A sync that says what is to be done: ``flag`` is one of the words of ``KIT_FLAGS``."""

    needed: ClassVar[tuple[str, ...]] = ()
    """Members that only a deletion may lack."""

    flag = Member(_flag)

    @classmethod
    def read(cls: type[F], given: object) -> F:
        """The sync; raises ValueError as well for a member that only a deletion may lack."""
        message = super().read(given)
        missing = [name for name in cls.needed if not getattr(message, name)]
        if missing and message.flag in (ADD, MODIFY):
            raise ValueError(f"body: {camel_case(missing[0])} is missing")
        return message


class TenantSync(FlaggedMessage):
    """tenantSync: an enterprise. The order is empty while a credential is applied for."""

    needed = ("tenant_code", "name", "domain_name")
    order_id = Member(_optional_id, default="")
    tenant_code = Member(_text_64, default="")
    name = Member(_text(255), default="")
    domain_name = Member(_text(255), default="")


class ApplicationSync(FlaggedMessage):
    """applicationSync: an app credential. ``client_secret`` is cipher text until the dialect has decrypted it."""

    needed = ("client_id", "client_secret")
    app_id = Member(_id)
    client_id = Member(_optional_id, default="")
    client_secret = Member(_secret_text, default="")


class User(Message):
    """A user of authSync; 1.0 nests three members in ``extension``. Personal data."""

    user_name = Member(_id)
    name = Member(_text_64, default="")
    org_code = Member(_text_64, default="")
    position = Member(_text_64, default="")
    employee_code = Member(_text_64, default="")
    employee_type = Member(_whole_number, default=None)
    role = Member(_text(32), default="")
    enable = Member(_switch, default=True)
    mobile = Member(_text(32), default="")
    email = Member(_text(128), default="")
    work_place = Member(_text(256), default="")
    entry_date = Member(_text(32), default="")
    extension = Member(_extension)

    @classmethod
    def read(cls, given: object) -> User:
        """The user, with what 1.0 nests where 2.0 has it; a member beside the extension counts more."""
        if not isinstance(given, dict):
            return super().read(given)
        extension = _extension(given.get("extension"))
        lifted = {name: extension.pop(name) for name in _LIFTED if name in extension}
        return super().read({**lifted, **given, "extension": extension})

    def facts(self) -> dict[str, Any]:
        """Members as the seller's product gets them, empty ones left out."""
        members = {name: value for name, value in vars(self).items() if name != "enable"}
        return {
            **{name: value for name, value in members.items() if value not in ("", None, {})},
            "enabled": self.enable,
        }


_read_users = list_of(User.read, KIT_MAX_USERS)


def _users(value: object) -> list[User]:
    return _read_users(_list(value))


class AuthSync(FlaggedMessage):
    """authSync: users of an application. The flag is for the whole list."""

    needed = ("app_id",)
    app_id = Member(_optional_id, default="")
    user_list = Member(_users)
    current_sync_time = Member(_optional_time, default="")


class Department(Message):
    """A department of allOrgSync; ``name`` is the 1.0 word for ``orgName``."""

    org_code = Member(_id)
    org_name = Member(_text(128), "orgName", "name", default="")
    parent_code = Member(_optional_id, default="")

    def facts(self) -> dict[str, Any]:
        """Members as the seller's product gets them."""
        return {"org_code": self.org_code, "org_name": self.org_name, "parent_code": self.parent_code}


class SingleOrgSync(FlaggedMessage, Department):
    """singleOrgSync: one department."""

    needed = ("org_name",)


_read_departments = list_of(Department.read, KIT_MAX_DEPARTMENTS)


def _departments(value: object) -> list[Department]:
    return _read_departments(_list(value))


class AllOrgSync(KitMessage):
    """allOrgSync: all departments, parents and children in any order; 1.0 calls the list ``orgInfo``.

    The ``flag`` of the printed example is in no table: it is ignored.
    """

    org_info_list = Member(_departments, "orgInfoList", "orgInfo")


KIT_MESSAGES: Mapping[str, type[KitMessage]] = {
    "tenantSync": TenantSync,
    "applicationSync": ApplicationSync,
    "authSync": AuthSync,
    "singleOrgSync": SingleOrgSync,
    "allOrgSync": AllOrgSync,
}
