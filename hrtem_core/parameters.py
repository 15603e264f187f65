"""Facts of parameters: label, sentence, unit and limits of a field of the recipe, in the field itself.

Checks, sliders, the page log, `recipe --describe` and `docs/parameters.md` read them here and nowhere else.
"""

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields, is_dataclass
from typing import Any

from hrtem_core.errors import RecipeError

FACTS = "facts"
"""Key of a field's metadata."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What there is to know of a parameter besides its type and default.

    Parameters
    ----------
    label
        Its name for people.
    sentence
        What it does, in one sentence.
    unit
        "nm", "nm²", "× noise" and the like; "" for none.
    limits
        Least and largest value allowed; None where the type alone decides.
    slider
        The range that a person can set in the app, None when there is no slider.
    step
        Of the slider.
    expert
        Hardly ever to be changed.
    """

    label: str
    sentence: str
    unit: str = ""
    limits: tuple[float, float] | None = None
    slider: tuple[float, float] | None = None
    step: float = 0.0
    expert: bool = False


def parameter(default: Any, label: str, sentence: str, **more: Any) -> Any:
    """A field of a dataclass of parameters, with its facts.

    Parameters
    ----------
    default
        Its default.
    label, sentence, **more
        As for `Facts`.
    """
    return field(default=default, metadata={FACTS: Facts(label=label, sentence=sentence, **more)})


def check_limits(parameters: Any, stage: str = "") -> None:
    """See that every number of a dataclass lies within its limits.

    Parameters
    ----------
    parameters
        The dataclass.
    stage
        Its field of the recipe, for the message; "" for the recipe itself.

    Raises
    ------
    RecipeError
        If one does not, naming it.
    """
    for one in fields(parameters):
        facts: Facts | None = one.metadata.get(FACTS)
        value = getattr(parameters, one.name)
        if facts is None or facts.limits is None or value is None:
            continue
        low, high = facts.limits
        if not low <= value <= high:
            name = f"{stage}.{one.name}" if stage else one.name
            raise RecipeError(f"{name} must lie between {low:g} and {high:g}, got {value:g}.")


@dataclass(frozen=True)
class Described:
    """A parameter of the recipe.

    Parameters
    ----------
    path
        Where it stands, such as "domains.eps_nm".
    default
        Its default.
    facts
        All else.
    """

    path: str
    default: Any
    facts: Facts


def described(kind: Any, above: str = "") -> Iterator[Described]:
    """Every parameter of a dataclass, those of its members after their names.

    Parameters
    ----------
    kind
        The dataclass; a member that is one has a `default_factory`.
    above
        Put before every path.
    """
    for one in fields(kind):
        if FACTS in one.metadata:
            yield Described(above + one.name, one.default, one.metadata[FACTS])
        elif is_dataclass(one.default_factory):
            yield from described(one.default_factory, f"{above}{one.name}.")


def facts_of(kind: Any, path: str) -> Facts:
    """The facts of one parameter, by its path."""
    first, _, rest = path.partition(".")
    own: Field[Any] = next(one for one in fields(kind) if one.name == first)
    return facts_of(own.default_factory, rest) if rest else own.metadata[FACTS]
