"""What scipy loads when it is first used, loaded at once."""

from importlib import import_module

LIBRARIES = (
    "scipy.fft",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.sparse.csgraph",
    "scipy.special",
)
"""What every analysis takes, and what only asks, lists or reads does not."""


def load_libraries() -> None:
    """Import what an analysis would import as it goes: before there is an image, or before there are threads.

    Of two threads that would wait for each other's imports Python lets one go on with half a module.
    """
    for name in LIBRARIES:
        import_module(name)
