"""What a build is for: a minor version of CPython on a platform, whatever machine builds."""

from __future__ import annotations

import platform
import sys
import sysconfig
from dataclasses import dataclass

MANYLINUX = "manylinux2014_x86_64"
"""Fits Huawei Cloud EulerOS 2.0, on which FunctionGraph runs (x86_64)."""
HERE = "here"


@dataclass(frozen=True)
class Target:
    """``python`` is a minor version; ``platform`` a wheel tag, or ``here``: whatever this machine takes."""

    python: str = "3.10"
    platform: str = MANYLINUX

    @staticmethod
    def here() -> Target:
        """The interpreter and the machine that run this, for trying a build out."""
        return Target("{}.{}".format(*sys.version_info), HERE)

    @staticmethod
    def of_runtime(runtime: str) -> Target:
        """The target of a function's runtime such as ``Python3.10``."""
        return Target(runtime.removeprefix("Python"))

    @property
    def is_running(self) -> bool:
        """Whether the running interpreter has the target's minor version."""
        return self.python == Target.here().python

    @property
    def tag(self) -> str:
        """A name for folders: the same tag, the same wheels."""
        where = sysconfig.get_platform() if self.platform == HERE else self.platform
        return f"cp{self.python.replace('.', '')}-{where}"

    def marker_environment(self) -> dict[str, str]:
        """Values of the environment markers of requirements (PEP 508) on the target.

        pip itself takes them from the interpreter that runs it, whatever ``--python-version`` says.
        """
        here = self.platform == HERE
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": platform.machine() if here else "x86_64",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": platform.system() if here else "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": sys.platform if here else "linux",
        }
