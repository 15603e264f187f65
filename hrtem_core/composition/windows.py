"""Energy windows: from a spectrum at every pixel to counts and backgrounds of elements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.composition.files import MapSource, read_json_object, read_map
from hrtem_core.composition.maps import CompositionError, ElementalMaps
from hrtem_core.errors import FileError
from hrtem_core.numerics import BoolArray, FloatArray
from hrtem_core.readers import Span, SpanSums, read_spans_apart

LINES_EV = {
    "B": 183, "C": 277, "N": 392, "O": 525, "F": 677, "Na": 1041, "Mg": 1254, "Al": 1487, "Si": 1740,
    "P": 2013, "S": 2307, "Cl": 2622, "K": 3313, "Ca": 3691,
    "Ti": 4511, "V": 4952, "Cr": 5415, "Mn": 5899, "Fe": 6404,
    "Co": 6930, "Ni": 7478, "Cu": 8048, "Zn": 8639,
}  # fmt: skip
"""K lines in EDS (J. A. Bearden, Rev. Mod. Phys. 39 (1967) 78, doi:10.1103/RevModPhys.39.78)."""
EDGES_EV = {"Li": 55, "B": 188, "C": 284, "N": 401, "O": 532, "F": 685, "Na": 1072, "Mg": 1305, "Al": 1560}
"""K edges in EELS (C. C. Ahn & O. L. Krivanek, EELS Atlas, 1983)."""
MN_EV, MN_FWHM_EV, FANO_EV = 5895.0, 130.0, 2.5
"""A detector's resolution: FWHM² = FWHM(Mn)² + 2.5 eV (E - E(Mn)) (C. E. Fiori & D. E. Newbury 1978)."""
WINDOW_FWHM, SIDE_FWHM = 1.2, 0.9
"""Half width of a line's window, and width of its side windows, in the line's FWHM."""
LEAST_SIDE = 0.4
"""Side windows of less than this part of their width, between neighbours' windows, are of no use."""
EDGE_BEFORE, EDGE_AFTER = (0.83, 0.985), (1.0, 1.09)
"""An edge's fit and integration windows, in parts of its energy."""


@dataclass(frozen=True)
class Window:
    """Where an element is counted, in eV.

    Parameters
    ----------
    element
        Its name.
    counted
        (from, to) of the line, or behind the edge.
    sides
        EDS: the side windows; the background runs in a straight line through them.
    before
        EELS: where the power law is fitted before the edge; None for a line.
    """

    element: str
    counted: tuple[float, float]
    sides: tuple[tuple[float, float], ...] = ()
    before: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for low, high in (self.counted, *self.sides, *([self.before] if self.before else [])):
            if not 0 <= low < high < 1e6:
                raise CompositionError(
                    f"A window of {self.element} must begin below its end, got {low:g} to {high:g} eV."
                )
        if self.before and self.before[1] > self.counted[0]:
            raise CompositionError(f"The window before the edge of {self.element} must end before it.")
        sides = sorted(self.sides)
        if any(first[1] > second[0] for first, second in pairwise(sides)):
            raise CompositionError(f"The side windows of {self.element} must not overlap.")


def default_windows(elements: Sequence[str], edges: bool) -> tuple[Window, ...]:
    """The usual windows of elements: K lines of EDS, or K edges of EELS.

    Raises
    ------
    CompositionError
        If an element's line or edge is not known here.
    """
    known = EDGES_EV if edges else LINES_EV
    missing = [element for element in elements if element not in known]
    if missing:
        what = "edge" if edges else "line"
        raise CompositionError(f"No {what} of {', '.join(missing)} is known; type its window.")
    if edges:
        return tuple(_edge(element) for element in elements)
    counted = {element: _line(LINES_EV[element]) for element in elements}
    return tuple(Window(e, counted[e], _free_sides(e, counted)) for e in elements)


def _edge(element: str) -> Window:
    at = EDGES_EV[element]
    return Window(
        element,
        (at * EDGE_AFTER[0], at * EDGE_AFTER[1]),
        before=(at * EDGE_BEFORE[0], at * EDGE_BEFORE[1]),
    )


def _fwhm(energy_ev: float) -> float:
    return float(np.sqrt(max(MN_FWHM_EV**2 + FANO_EV * (energy_ev - MN_EV), 45.0**2)))


def _line(energy_ev: float) -> tuple[float, float]:
    half = WINDOW_FWHM * _fwhm(energy_ev)
    return max(energy_ev - half, 0.0), energy_ev + half


def _free_sides(element: str, counted: Mapping[str, tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """What is left of the windows on both sides of a line between its neighbours'."""
    low, high = counted[element]
    width = SIDE_FWHM * _fwhm((low + high) / 2)
    sides = []
    for side, below in (((low - width, low), True), ((high, high + width), False)):
        start, stop = max(side[0], 0.0), side[1]
        for other, (first, last) in counted.items():
            if other == element or last <= start or first >= stop:
                continue
            start, stop = (max(start, last), stop) if below else (start, min(stop, first))
        if stop - start >= LEAST_SIDE * width:
            sides.append((start, stop))
    return tuple(sides)


def read_windows(path: Path | MapSource) -> tuple[Window, ...]:
    """Windows out of a JSON file: an object with one entry per element.

    An entry is `{"line_ev": [from, to], "sides_ev": [[from, to], [from, to]]}` for EDS,
    `{"edge_ev": [from, to], "before_ev": [from, to]}` for EELS (keV likewise, as `line_kev` and so on), or
    `"line"` or `"edge"` for the usual windows.

    Raises
    ------
    FileError
        If the file holds none.
    """
    tree = read_json_object(path, "a file of windows")
    usual = {
        word: default_windows([e for e, entry in tree.items() if entry == word], word == "edge")
        for word in ("line", "edge")
    }
    named = {window.element: window for windows in usual.values() for window in windows}
    return tuple(named.get(element) or _window(element, entry, path) for element, entry in tree.items())


def _window(element: str, entry: Any, path: Path | MapSource) -> Window:
    if not isinstance(entry, dict):
        raise FileError(f'{path.name}: the windows of {element[:40]} must be an object, "line" or "edge".')
    said: dict[str, Any] = {}
    for key, value in entry.items():
        name, _, unit = key.rpartition("_")
        if name not in ("line", "edge", "sides", "before") or unit not in ("ev", "kev"):
            raise FileError(
                f"{path.name}: {key[:40]} of {element[:40]} is none of line_ev, sides_ev, edge_ev, before_ev."
            )
        factor = 1000.0 if unit == "kev" else 1.0
        spans = value if name == "sides" else [value]
        is_spans = isinstance(spans, list) and all(_is_span(span) for span in spans)
        if not is_spans:
            raise FileError(f"{path.name}: {key} of {element[:40]} must give [from, to] in {unit}.")
        said[name] = tuple((float(a) * factor, float(b) * factor) for a, b in spans)
    if "line" in said:
        return Window(element, said["line"][0], said.get("sides", ()))
    if "edge" in said and "before" in said:
        return Window(element, said["edge"][0], before=said["before"][0])
    raise FileError(f"{path.name}: {element[:40]} needs line_ev, or edge_ev and before_ev.")


def _is_span(span: Any) -> bool:
    numbers = isinstance(span, list) and len(span) == 2
    return numbers and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in span)


def read_cube(
    source: MapSource,
    windows: Sequence[Window],
    survey: MapSource | None = None,
    *,
    checkpoint: Checkpoint = go_on,
) -> ElementalMaps:
    """Maps of a spectrum image.

    Parameters
    ----------
    source
        The spectrum image.
    windows
        Where each element is counted.
    survey
        An image taken with the same scan.
    checkpoint
        As for `read_spans_apart`.

    Raises
    ------
    FileError
        If it cannot be read, or a window lies outside its spectra.
    """
    used = [("spectrum image", source), *([("survey", survey)] if survey else [])]
    digests = tuple((role, one.called, one.sha256) for role, one in used)
    cube = read_spans_apart(
        source.content, spans_of(windows), name=source.name or None, checkpoint=checkpoint
    )
    image = None if survey is None else read_map(survey, checkpoint)
    return integrate(cube, windows, image, digests)


def spans_of(windows: Sequence[Window]) -> list[Span]:
    """Every span of energy that windows count in, each once."""
    spans = [
        span
        for window in windows
        for span in (window.counted, *window.sides, *([window.before] if window.before else []))
    ]
    return list(dict.fromkeys(spans))


def integrate(
    cube: SpanSums,
    windows: Sequence[Window],
    survey: FloatArray | None = None,
    digests: tuple[tuple[str, str, str], ...] = (),
) -> ElementalMaps:
    """Counts and backgrounds of elements at every pixel.

    A line's background is the straight line through its side windows. An edge's is a power law A E^-r: r from
    the spectrum of all pixels, because one pixel counts too little for it, A from each pixel's own counts
    before the edge.

    Parameters
    ----------
    cube
        The spectra, summed over the windows' spans.
    windows
        Where each element is counted.
    survey, digests
        As of `ElementalMaps`.

    Raises
    ------
    FileError
        If a window lies outside the spectra.
    """
    if not windows:
        raise CompositionError("Name at least one element and its window.")
    counts, backgrounds, quanta = [], [], []
    for window in windows:
        parts = _background(cube, window)
        below = np.zeros(cube.sums.shape[1:])
        for span, factor in parts:
            below += factor * cube.counted_in(span)
        variance = sum(factor**2 * float(cube.counted_in(span).sum()) for span, factor in parts)
        total = float(below.sum())
        counts.append(cube.counted_in(window.counted))
        backgrounds.append(np.maximum(below, 0))
        quanta.append(variance / max(total, 1e-12) if total > 0 else 0.0)
    alone = [window.element for window in windows if not (window.sides or window.before)]
    notes = (
        (f"no side windows of {', '.join(alone)}: all counts are taken for the element's",) if alone else ()
    )
    return ElementalMaps(
        elements=tuple(window.element for window in windows),
        counts=np.array(counts),
        backgrounds=np.array(backgrounds),
        quanta=np.array(quanta),
        survey=survey,
        notes=notes,
        digests=digests,
    )


def _channels(cube: SpanSums, span: Span, element: str) -> FloatArray:
    """Shape (channels,): 1 where a channel's centre lies in a window."""
    energies = cube.energies_ev
    inside = (energies >= span[0]) & (energies <= span[1])
    if not inside.any() or span[0] < energies[0] - cube.step_ev or span[1] > energies[-1] + cube.step_ev:
        raise FileError(
            f"The window of {element}, {span[0]:g} to {span[1]:g} eV, lies outside the spectra of "
            f"{cube.name}, {energies[0]:g} to {energies[-1]:g} eV."
        )
    return inside.astype(float)


def _background(cube: SpanSums, window: Window) -> list[tuple[Span, float]]:
    """Spans, and what each count in them adds to the background under a window."""
    counted = _channels(cube, window.counted, window.element)
    if window.before:
        before = _channels(cube, window.before, window.element)
        power = power_law_exponent(cube.energies_ev, cube.total * before, before > 0)
        law = np.maximum(cube.energies_ev, cube.step_ev) ** -power
        return [(window.before, float((law @ counted) / (law @ before)))]
    sides = [_channels(cube, side, window.element) for side in window.sides]
    centres = [float(cube.energies_ev @ side / side.sum()) for side in sides]
    at = float(cube.energies_ev @ counted / counted.sum())
    parts = []
    for number, side in enumerate(sides):
        share = 1 / len(sides)
        if len(sides) == 2 and centres[0] < at < centres[1]:
            share = abs(centres[1 - number] - at) / (centres[1] - centres[0])
        parts.append((window.sides[number], float(share * counted.sum() / side.sum())))
    return parts


def power_law_exponent(energies_ev: FloatArray, counts: FloatArray, inside: BoolArray) -> float:
    """r of A E^-r by maximum likelihood of Poisson counts before an edge.

    Given their number, the counts are drawn from p(E) = E^-r / sum E^-r, whose mean of ln E is matched
    (Newton's method; the likelihood has one maximum).
    """
    logs, n = np.log(energies_ev[inside]), counts[inside]
    if not n.sum() > 0:
        return 0.0
    wanted, power = float(n @ logs / n.sum()), 3.0
    for _ in range(50):
        law = np.exp(-power * (logs - logs.mean()))
        law /= law.sum()
        mean = float(law @ logs)
        step = (mean - wanted) / max(float(law @ (logs - mean) ** 2), 1e-12)
        power = float(np.clip(power + step, -20, 40))
        if abs(step) < 1e-9:
            break
    return power
