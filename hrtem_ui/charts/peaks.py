"""Charts of the FFT page: the mixture that decides, and the radial profile."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from hrtem_core.image import Aberrations, azimuth_deg
from hrtem_core.peaks import FEATURES, Mixture, Peaks
from hrtem_core.spacings import Families
from hrtem_core.spectrum import RadialProfile, ring_curve
from hrtem_ui.text import Units

SELECTION = "pair"

FEATURE_TITLES = {
    "log_power": "ln of power over noise",
    "sharpness": "sharpness",
    "radial_excess": "ln of excess over the ring",
    "scale_agreement": "ln of agreement between window sizes",
}

COMPONENTS = ("noise", "signal")

COMPONENT_COLOURS = ("#8a949a", "#2f8fb8")

PROBABILITY_COLOURS = ["#9aa3a8", "#c2a24a", "#e07b39", "#c8326b"]

HEIGHT = 380

FLUSH_PX, INSET_PX = 14, 3
"""So near to the end of an axis a number stands inside it, that far from where it would be cut off."""

RINGS, RINGS_COLOUR = "rings of the lens", "#b06a00"


class Quick(alt.LayerChart):
    """Layers that are drawn anew at every click: not checked against altair's schema, which tests do."""

    def to_dict(self, validate: bool = True, **more: Any) -> dict[str, Any]:  # noqa: ARG002
        """The chart's specification."""
        return super().to_dict(validate=False, **more)


def _layered(layers: list[alt.Chart], height: int) -> Quick:
    """Layers of which each has colours of its own."""
    own = alt.Resolve(scale=alt.ScaleResolveMap(color="independent"))
    return Quick(layer=layers, resolve=own, height=height)


def feature_title(name: str) -> str:
    """A feature's name for people."""
    return FEATURE_TITLES.get(name, name.replace("_", " "))


def mixture_chart(
    peaks: Peaks, families: Families, units: Units, axes: tuple[str, str], selected: int | None
) -> alt.LayerChart:
    """The candidates in two of their features, with both components of the mixture.

    Parameters
    ----------
    peaks, families
        What to show.
    units
        Of the spacings in the tooltip.
    axes
        Names of the two features, across and up.
    selected
        Row of the pair to mark, None for none.
    """
    table = _peak_table(peaks, families, units)
    x, y = (
        alt.X(f"{axes[0]}:Q", title=feature_title(axes[0])),
        alt.Y(f"{axes[1]}:Q", title=feature_title(axes[1])),
    )
    x, y = x.scale(zero=False, padding=12), y.scale(zero=False, padding=12)
    x = x.axis(labelFlush=FLUSH_PX, labelFlushOffset=-INSET_PX)
    picked = alt.selection_point(name=SELECTION, fields=["pair"], on="click", clear="dblclick")
    colour = (
        alt.Color("probability:Q", title="signal probability")
        .scale(domain=[0, 1], range=PROBABILITY_COLOURS, interpolate="rgb")
        .legend(orient="top", gradientLength=140, gradientThickness=8)
    )
    points = (
        alt.Chart(table)
        .mark_point(filled=True, cursor="pointer")
        .encode(
            x,
            y,
            colour,
            alt.SizeValue(50, condition={"test": "datum.pair == datum.marked", "value": 220}),
            alt.OpacityValue(0.55, condition={"test": "datum.accepted", "value": 0.9}),
            tooltip=[
                *_told("pair", "d"),
                alt.Tooltip("azimuth", format=".1f", title="azimuth (°)"),
                alt.Tooltip("snr", format=".1f", title="signal-to-noise"),
                alt.Tooltip("probability", format=".3f"),
                *_told("state"),
            ],
        )
        .transform_calculate(marked=str(-1 if selected is None else selected + 1))
        .add_params(picked)
    )
    layers = [] if peaks.mixture is None else [_component_outlines(peaks.mixture, axes)]
    return _layered([*layers, points], HEIGHT)


def _peak_table(peaks: Peaks, families: Families, units: Units) -> pd.DataFrame:
    state = [
        hand or ("signal" if accepted else "noise")
        for hand, accepted in zip(peaks.by_hand, peaks.accepted, strict=True)
    ]
    spacings = zip(families.peak_d_nm, families.peak_d_sigma_nm, strict=True)
    columns = {
        "pair": np.arange(1, len(peaks) + 1),
        "d": [units.spacing(d, sigma) for d, sigma in spacings],
        "azimuth": azimuth_deg(peaks.g_per_nm),
        "snr": peaks.snr,
        "probability": peaks.signal_probability,
        "accepted": peaks.accepted,
        "state": state,
    }
    columns |= {name: peaks.features[:, at] for at, name in enumerate(FEATURES)}
    table = pd.DataFrame(columns)
    return table[table["state"] != "added"]  # by hand: not weighed, without features


def _component_outlines(mixture: Mixture, axes: tuple[str, str]) -> alt.Chart:
    """Outlines that hold 86 % of each component (two standard deviations), in two of the features."""
    chosen = [FEATURES.index(name) for name in axes]
    turn = np.linspace(0, 2 * np.pi, 73)
    circle = np.stack([np.cos(turn), np.sin(turn)])
    rows = []
    for at, name in enumerate(COMPONENTS):
        covariance = mixture.covariances[at][np.ix_(chosen, chosen)]
        values, vectors = np.linalg.eigh(covariance)
        outline = mixture.means[at][chosen] + (2 * vectors * np.sqrt(np.maximum(values, 0)) @ circle).T
        rows += [{axes[0]: x, axes[1]: y, "component": name, "order": n} for n, (x, y) in enumerate(outline)]
    colour = alt.Color("component:N", title=None).scale(domain=COMPONENTS, range=COMPONENT_COLOURS)
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(strokeWidth=1.5)
        .encode(alt.X(f"{axes[0]}:Q"), alt.Y(f"{axes[1]}:Q"), colour.legend(None), alt.Order("order:Q"))
    )
    return chart


def profile_chart(
    profile: RadialProfile,
    families: Families,
    colours: list[str],
    units: Units,
    band_per_nm: tuple[float, float],
    aberrations: Aberrations | None = None,
    known: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """The radial profile, its noise level, the lens's rings if it is known, and a line at every family.

    Parameters
    ----------
    profile
        Azimuthal statistics of the spectrum.
    families
        Their spacings are marked.
    colours
        One per family.
    units
        Of the frequency axis.
    band_per_nm
        Range of |g| to show.
    aberrations
        Of the lens.
    known
        Rings of structures and of typed spacings: columns g (in the axis' units), ring, d, colour.
    """
    inside = (profile.g_per_nm >= band_per_nm[0]) & (profile.g_per_nm <= band_per_nm[1])
    g = profile.g_per_nm[inside] / units.per_nm
    drawn = {"mean": profile.mean, "background": profile.noise}
    if aberrations is not None:
        drawn[RINGS] = ring_curve(aberrations, profile.g_per_nm, profile.noise)
    curves = pd.concat(
        pd.DataFrame({"g": g, "power": np.maximum(values[inside], 1e-12), "curve": name})
        for name, values in drawn.items()
    )
    names, stroke = list(drawn), ([1, 0], [4, 3], [1, 2])
    x = alt.X("g:Q", title=f"1/d ({units.frequency_unit})").scale(zero=False, nice=False)
    y = alt.Y("power:Q", title="power").scale(type="log").axis(format="~e", tickCount=4)
    colour = (
        alt.Color("curve:N", title=None)
        .scale(domain=names, range=[*COMPONENT_COLOURS[::-1], RINGS_COLOUR][: len(names)])
        .legend(orient="top")
    )
    lines = (
        alt.Chart(curves)
        .mark_line(strokeWidth=1.5)
        .encode(
            x,
            y,
            colour,
            strokeDash=alt.StrokeDash("curve:N")
            .scale(domain=names, range=list(stroke[: len(names)]))
            .legend(None),
        )
    )
    rules = [_family_rules(families, colours, units)]
    if known is not None and len(known):
        rules += _known_rules(known)
    return _layered([lines, *rules], HEIGHT - 110)


def _told(*names: str) -> list[alt.Tooltip]:
    """What is told of a mark; a plain name would be looked up in altair's whole schema, which takes 10 ms."""
    return [alt.Tooltip(name) for name in names]


def _family_rules(families: Families, colours: list[str], units: Units) -> alt.Chart:
    spacings = zip(families.d_nm, families.d_sigma_nm, strict=True)
    table = pd.DataFrame(
        {
            "g": 1 / families.d_nm / units.per_nm,
            "family": families.called,
            "d": [units.spacing(d, sigma) for d, sigma in spacings],
            "colour": colours[: len(families.family_id)],
        }
    )
    chart: alt.Chart = (
        alt.Chart(table)
        .mark_rule(strokeWidth=2, opacity=0.8)
        .encode(alt.X("g:Q"), color=alt.Color("colour:N").scale(None), tooltip=_told("family", "d"))
    )
    return chart


def _known_rules(known: pd.DataFrame) -> list[alt.Chart]:
    """A dashed line at every known ring, its name along it."""
    base = alt.Chart(known).encode(
        alt.X("g:Q"), color=alt.Color("colour:N").scale(None), tooltip=_told("ring", "d")
    )
    names = base.mark_text(angle=270, align="right", dy=-6, fontSize=10).encode(
        alt.Text("ring:N"), y=alt.value(4)
    )
    return [base.mark_rule(strokeWidth=1.5, strokeDash=[5, 3], opacity=0.9), names]
