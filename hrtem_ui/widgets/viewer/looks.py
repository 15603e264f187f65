"""How a viewer's picture and what is drawn over it look: set in the browser, and seen there at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Legend:
    """What colours mean.

    Parameters
    ----------
    lines
        (line as a style sheet describes it, what it means).
    says
        A sentence in the place of lines, or beside the wheel.
    wheel
        Colours of directions, evenly from 0 to 180 degrees, to be shown as a wheel.
    """

    lines: Sequence[tuple[str, str]] = ()
    says: str = ""
    wheel: Sequence[str] = ()


@dataclass(frozen=True)
class Paint:
    """One way of colouring.

    Parameters
    ----------
    colours, dashes
        Of each painted thing.
    legend
        What they mean.
    """

    colours: Sequence[str]
    dashes: Sequence[str]
    legend: Legend = field(default_factory=Legend)


@dataclass(frozen=True, kw_only=True)
class Control:
    """One thing about the looks that is set in the viewer.

    Parameters
    ----------
    name
        Of its value.
    kind
        One of a few side by side, one of a list, a number, or on and off.
    label
        For people.
    options
        (value, text) of those to choose from.
    low, high, step, usual
        Of a number, which is a share.
    asks
        Whether the server has to draw another picture; anything else is seen at once.
    in_menu
        Whether it stands in a menu, for what is seldom wanted.
    """

    name: str
    kind: Literal["radio", "select", "range", "switch"]
    label: str
    options: Sequence[tuple[str, str]] = ()
    low: float = 0.0
    high: float = 1.0
    step: float = 0.05
    usual: float = 1.0
    asks: bool = False
    in_menu: bool = False

    def takes(self, value: object) -> bool:
        """Whether this can be its value, which a browser says."""
        if self.kind == "switch":
            return isinstance(value, bool)
        if self.kind == "range":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and self.low <= float(value) <= self.high  # type: ignore[arg-type]
        return any(value == offered for offered, _ in self.options)


@dataclass(frozen=True, kw_only=True)
class Looks:
    """How things look, set in the viewer, seen there at once, and told the server for what comes next.

    Parameters
    ----------
    controls
        What can be set.
    values
        What holds, by the names of the controls; `colouring` chooses the paint, `drawn` is outlines, fills or
        nothing, `opacity` and `labels` are what they say.
    paints
        By their names.
    shares
        Of the opacity, by what `drawn` is.
    set_at
        When the browser set one last, in its own time.
    hear
        Told the new values, and the time.
    """

    controls: Sequence[Control]
    values: Mapping[str, str | float | bool]
    paints: Mapping[str, Paint]
    shares: Mapping[str, float]
    set_at: float
    hear: Callable[[Mapping[str, str | float | bool], float], None]
