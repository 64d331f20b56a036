"""The command ``rotate``: file, account and key brought together."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from dataclasses import replace

from deployment.actual import Account
from deployment.apply import apply, plan
from deployment.desired import desired_resources
from deployment.errors import InputError
from deployment.inputs import Target, read_file
from deployment.lock import default_owner
from deployment.resources import Resource
from deployment.rotate import (
    check_changes,
    check_rotatable,
    deployed_build,
    with_new_key,
    without_old_keys,
    write_setting,
)
from deployment.session import Options, open_account, read_target, tell

MAX_LINE = 4096
NEXT_BOTH = (
    "both keys count. Now bind the new key: Seller Console > Application Tools > Key Management, or the product's own\n"
    "settings. When no callback line has said key 1 for a day (docs/runbook.md#a-key-is-changed), run\n"
    "  ./scripts/deploy rotate {setting} --finish with the same options"
)
NEXT_FINISHED = "only the new key counts"


def rotate(options: Options, setting: str, finish: bool, environ: Mapping[str, str]) -> str:
    """Change the file, then the functions that read the setting; returns what to do next."""
    target = read_target(options, environ)
    current = read_file(options.env).get(setting, "")
    check_rotatable(target.bundle, setting, current)
    if not current:
        raise InputError(f"{options.env} has no value for {setting}; there is nothing to rotate")
    value = without_old_keys(current) if finish else with_new_key(current, _read_key(setting))
    changed = replace(target, settings={**target.settings, setting: value})
    account = open_account(changed)
    desired = rotation(account, changed, setting)
    # The file first: an apply that is cut off is then continued by any later one.
    if value != current and options.env is not None:
        write_setting(options.env, setting, value)
    apply(account, desired, default_owner(), tell, lambda found: check_changes(found, target.bundle, setting))
    return NEXT_FINISHED if finish else NEXT_BOTH.format(setting=setting)


def rotation(account: Account, target: Target, setting: str) -> list[Resource]:
    """The desired state with the code that is deployed; raises ``Refused`` when more than the setting differs."""
    build = deployed_build(account, target.bundle)
    desired = desired_resources(target.bundle, target.settings, build, target.names)
    check_changes(plan(account, desired)[0], target.bundle, setting)
    return desired


def _read_key(setting: str) -> str:
    """From standard input or the terminal, never from the command line, where every process could read it."""
    if not sys.stdin.isatty():
        return sys.stdin.readline(MAX_LINE).strip()
    try:
        return getpass.getpass(f"new key for {setting}: ").strip()
    except EOFError:
        raise InputError("no key was given; nothing was changed") from None
