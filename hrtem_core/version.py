"""The version of the program and of what it stands on."""

import platform
from importlib.metadata import PackageNotFoundError, version

VERSION = "0.2.0"
"""Stands here alone: pyproject.toml reads it."""
LIBRARIES = ("numpy", "scipy", "scikit-image", "tifffile", "pillow")


def versions() -> dict[str, str]:
    """Version of the program, of Python and of the libraries results may depend on."""
    found = {"hrtem_core": VERSION, "python": platform.python_version(), "system": platform.platform()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "not installed"
    return found
