"""What goes wrong when packages are built or unpacked.

PackagingError
├── DownloadFailed       the package index gave no wheel: may work later
├── InstallerMissing     this Python has no pip
├── PinsUnusable         the requirements file, or what is installed, does not fit the target
├── SourceMissing        a folder or file that the template names is not there
├── ModuleMissing        code of the bundle imports what no pinned package has
├── FilesCollide         two layers have a file of the same name
├── CompilationFailed    the target's interpreter could not compile a file
├── LimitExceeded        a package is larger than the project allows, or than the platform takes
└── BuildUnreadable      a folder holds no build, or one that was changed or made for another Python

Only ``DownloadFailed`` goes away by trying again.
"""

from __future__ import annotations


class PackagingError(Exception):
    """Base of everything this package raises on purpose; the text says what a person can do."""

    code = "packaging_error"


class DownloadFailed(PackagingError):
    """The package index gave no wheel. Another try may succeed."""

    code = "download_failed"


class InstallerMissing(PackagingError):
    """pip cannot be run."""

    code = "installer_missing"


class PinsUnusable(PackagingError):
    """The pins are malformed or do not fit the target."""

    code = "pins_unusable"


class SourceMissing(PackagingError):
    """A folder or file of the template does not exist."""

    code = "source_missing"


class ModuleMissing(PackagingError):
    """The bundle's own code imports a module that nothing ships."""

    code = "module_missing"


class FilesCollide(PackagingError):
    """Two layers have a file of the same name."""

    code = "files_collide"


class CompilationFailed(PackagingError):
    """Byte-code could not be made."""

    code = "compilation_failed"


class LimitExceeded(PackagingError):
    """A package is too large, or a function has too many."""

    code = "limit_exceeded"


class BuildUnreadable(PackagingError):
    """A folder is no usable build."""

    code = "build_unreadable"
