"""Checkpoints: where a long stage can be ended from outside.

A stage that may take long calls its checkpoint often, in the thread it was begun in; what that raises ends
the analysis there and then, and nothing goes on computing behind it.
"""

from collections.abc import Callable

Checkpoint = Callable[[], None]
"""Returns to go on; raises to end the work."""


def go_on() -> None:
    """The checkpoint of those who wait for the end."""
