"""Lengths of the method follow the spacings that are looked for: they are so many periods, not so many nm."""

from dataclasses import fields, replace
from typing import Any, TypeVar

TuningT = TypeVar("TuningT")

POWERS = (("_per_nm", -1), ("_nm2", 2), ("_nm", 1))
"""How a field changes with lengths, by the end of its name."""


def scaled_lengths(tuning: TuningT, scale: float) -> TuningT:
    """A dataclass with all its lengths, areas and spatial frequencies for fringes `scale` times as far apart.

    Parameters
    ----------
    tuning
        Its fields' names end in "_nm", "_nm2" or "_per_nm" where they are such; they are numbers or tuples.
    scale
        1 changes nothing.
    """
    if scale == 1:
        return tuning
    changed = {}
    for one in fields(tuning):  # type: ignore[arg-type]
        power = next((power for end, power in POWERS if one.name.endswith(end)), 0)
        if power:
            changed[one.name] = _times(getattr(tuning, one.name), scale**power)
    return replace(tuning, **changed)  # type: ignore[type-var]


def _times(value: Any, factor: float) -> Any:
    """A number, or each of a tuple, times a factor."""
    return tuple(one * factor for one in value) if isinstance(value, tuple) else value * factor
