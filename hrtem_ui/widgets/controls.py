"""Widgets that mirror the session: a parameter of the recipe, or a way of looking.

Each shows what the session holds, also after an undo or a change of page, and writes back what a person sets.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, TypeVar

import streamlit as st

from hrtem_core.recipe import default_of, parameter_facts
from hrtem_ui.session import Session, controlled
from hrtem_ui.text import Units

T = TypeVar("T")


ROW_PX = 35
"""Height of a table's row in displayed pixels, as Streamlit draws it."""

POWERS = {"nm": 1, "nm²": 2}
"""Units of parameters that are shown in the units for people, and the power of the length in them."""


def parameter(session: Session, units: Units, path: str, *, sentence: bool = False) -> None:
    """A slider on a parameter of the recipe, its sentence beside its name or behind a question mark.

    Parameters
    ----------
    session, units
        Whose recipe, and what lengths are shown in.
    path
        The parameter, such as "domains.eps_nm".
    sentence
        Write the sentence beside the name.
    """
    about = parameter_facts(path)
    assert about.slider is not None, f"{path} has no slider"
    power = POWERS.get(about.unit, 0)
    factor = units.per_nm**power
    low, high = (end * factor for end in about.slider)
    value = float(attrgetter(path)(session.recipe)) * factor
    step = 10.0 ** round(math.log10(about.step * factor)) if factor != 1 else about.step
    decimals = len(f"{step:.6f}".rstrip("0").split(".")[1])
    unit = (about.unit, units.length_unit, units.area_unit)[power]
    stage, _, name = path.partition(".")
    usual, shown = default_of(path), f"%.{decimals}f {unit}".rstrip()
    if sentence:  # beside the name it would be read aloud with its asterisks
        st.markdown(f"**{about.label}.** {about.sentence}")
    with resettable(
        path,
        about.label,
        shown % (usual * factor),
        math.isclose(value, usual * factor, rel_tol=1e-6),
        lambda: session.set_parameter(stage, name, usual),
    ):
        st.slider(
            about.label,
            min(low, value),
            max(high, value),
            step=step,
            format=shown,
            help=None if sentence else about.sentence,
            label_visibility="collapsed" if sentence else "visible",
            **controlled(
                path,
                value,
                lambda new: session.set_parameter(stage, name, new / factor),
                default={"value": value},
            ),
        )


@contextmanager
def resettable(key: str, label: str, usual: str, is_usual: bool, reset: Callable[[], None]) -> Iterator[None]:
    """A slider, made in the block, with a button beside it that takes it back.

    Parameters
    ----------
    key
        The slider's name.
    label
        The same for people.
    usual
        Its default, as shown.
    is_usual
        Whether it stands there.
    reset
        Puts it there.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        yield
        st.button(
            f"Reset {label[:1].lower()}{label[1:]}",
            icon=":material/restart_alt:",
            type="tertiary",
            key=f"reset-{key}",
            disabled=is_usual,
            on_click=reset,
            help=f"Back to {usual}",
        )


def toggle(session: Session, path: str, *, sentence: bool = False) -> None:
    """A parameter of the recipe that is on or off; `path` and `sentence` as for `parameter`."""
    about, (stage, _, name) = parameter_facts(path), path.partition(".")
    now = attrgetter(path)(session.recipe)
    st.toggle(
        f"{about.label}. {about.sentence}" if sentence else about.label,
        help=None if sentence else about.sentence,
        **controlled(path, now, lambda on: session.set_parameter(stage, name, on), default={"value": now}),
    )


def look(session: Session, key: str, default: T) -> T:
    """A way of looking as the session holds it."""
    value: T = session.view.get(key, default)
    return value


def _keeper(session: Session, key: str) -> Any:
    def keep(value: Any) -> None:
        if value is not None:  # a segmented control can be emptied; the choice then stays as it was
            session.view[key] = value

    return keep


def choice(
    session: Session, key: str, label: str, options: Sequence[T], *, wide: bool = False, **shown: Any
) -> T:
    """One of a few ways of looking, side by side."""
    now = look(session, key, options[0])
    now = now if now in options else options[0]
    st.segmented_control(
        label,
        options,
        width="stretch" if wide else "content",
        **({"label_visibility": "collapsed"} if wide else {}) | shown,
        **_looked(session, key, now, {"default": now}),
    )
    return look(session, key, now)


def pick(session: Session, key: str, label: str, options: Sequence[T], **shown: Any) -> T:
    """One of many ways of looking, from a list."""
    now = look(session, key, options[0])
    now = now if now in options else options[0]
    at = {"index": options.index(now)}
    st.selectbox(label, options, **shown, **_looked(session, key, now, at))
    return now


def several(session: Session, key: str, label: str, names: Sequence[str], **shown: Any) -> list[int]:
    """Some of a list whose names may change, as positions in it."""
    now = [at for at in look(session, key, list[int]()) if at < len(names)]
    st.multiselect(label, **shown, **_listed(session, key, names, now, {"default": now}))
    return now


def one_of(session: Session, key: str, label: str, names: Sequence[str]) -> int:
    """One of a list whose names may change, as its position in it."""
    now = min(look(session, key, 0), len(names) - 1)
    st.selectbox(label, **_listed(session, key, names, now, {"index": now}))
    return now


def _looked(
    session: Session, key: str, now: Any, default: Mapping[str, Any], about: Hashable = None
) -> dict[str, Any]:
    """Arguments of a widget that mirrors a way of looking; `default` and `about` as for `controlled`."""
    return controlled(f"view.{key}", now, _keeper(session, key), default=default, about=about)


def _listed(
    session: Session, key: str, names: Sequence[str], now: Any, default: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments of a widget that offers names and keeps positions."""
    mirrored = _looked(session, key, now, default, about=tuple(names))
    return {"options": range(len(names)), "format_func": lambda at: names[at], **mirrored}


def table_height(n_rows: int, most_px: int) -> int:
    """Height of a table that shows all its rows, or cuts one in half: so it is seen to go on."""
    whole, half = ROW_PX * (n_rows + 1) + 3, ROW_PX // 2
    return whole if whole <= most_px else (most_px - 3 - half) // ROW_PX * ROW_PX + 3 + half


def switch(session: Session, key: str, label: str, default: bool = False, help: str | None = None) -> bool:
    """A way of looking that is on or off."""
    now = look(session, key, default)
    st.toggle(label, help=help, **_looked(session, key, now, {"value": now}))
    return now


def level(
    session: Session, key: str, label: str, low: float, high: float, default: float, step: float, **shown: Any
) -> float:
    """A way of looking with a strength."""
    now = min(max(look(session, key, default), low), high)
    with resettable(key, label, f"{default:g}", now == default, lambda: session.view.pop(key, None)):
        st.slider(label, low, high, step=step, **shown, **_looked(session, key, now, {"value": now}))
    return now


def span(
    session: Session, key: str, label: str, low: float, high: float, default: tuple[float, float], step: float
) -> tuple[float, float]:
    """A way of looking with two ends."""
    now, usual = look(session, key, default), f"{default[0]:g} to {default[1]:g}"
    with resettable(key, label, usual, tuple(now) == default, lambda: session.view.pop(key, None)):
        st.slider(label, low, high, step=step, **_looked(session, key, now, {"value": now}))
    return now
