"""Words of a terminal."""

from hrtem_core.cli.commands import main

__all__ = [
    "main",
]
