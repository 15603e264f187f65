"""What is drawn over a micrograph in a viewer, and what is told under the pointer."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from hrtem_core import pictures
from hrtem_core.domains import Domain
from hrtem_core.image import azimuth_deg
from hrtem_core.measures import decided_phases, ranking
from hrtem_core.phases import NONE
from hrtem_core.pictures import (
    REJECTED,
    SELECTED,
    ColourMode,
    Contrast,
    Frame,
    OverlayStyle,
    hex_of,
)
from hrtem_core.preparation import PreparationParameters, excluded_polygons
from hrtem_ui.frame import Page
from hrtem_ui.session import compute, drawn
from hrtem_ui.text import words
from hrtem_ui.widgets import Bar, Grey, Label, Mark, Outlines, Positions, Shape

MOVES = "Wheel: zoom. Drag: move. Under the pointer: place, grey value, domain."

MOVES_FILTERED = "Wheel: zoom. Drag: move. Under the pointer: place, domain."

MARKS = "Wheel: zoom. Middle button: move. h: the handles by keys."

LABEL_SHARE = 0.05, 0.03
"""Room that a number takes in a picture seen as a whole, as a share of its width."""


def positions(page: Page) -> Positions:
    """Tells places of the micrograph, from its upper left corner."""
    size, units = page.session.pixel_size, page.units
    step, decimals = (1.0, 1.0), 0
    if page.session.calibrated:
        step = size.row_nm * units.per_nm, size.col_nm * units.per_nm
        decimals = max(0, min(4, math.ceil(-math.log10(min(step)))))
    reach = 1.1 * page.analysis.spectrum.band_per_nm[1] / units.per_nm
    return Positions(origin=(0.0, 0.0), step=step, unit=units.length_unit, decimals=decimals, reach=reach)


def bar(page: Page, *, right: bool) -> Bar:
    """A scale bar for a picture whose coordinates are pixels of the micrograph."""
    per_px = page.session.pixel_size.col_nm * page.units.per_nm
    return Bar(per_unit=per_px, unit=page.units.length_unit, right=right)


def grey_of(shown: compute.Grey, contrast: Contrast) -> Grey:
    """How a picture's grey levels follow from intensities."""
    return Grey(shown.low, shown.high, contrast.gamma)


def line_of(page: Page, domain: Domain) -> str:
    """What was measured of a domain, in a line."""
    d = 1 / float(np.hypot(*domain.g_per_nm))
    found = page.analysis.domains.accepted
    is_accepted = domain in found
    name = f"Domain {domain.domain_id}" if is_accepted else "Rejected domain"
    numbers = page.analysis.crystallites.crystallite_of_domain
    phase = phase_of(page, int(numbers[found.index(domain)])) if is_accepted else ""
    family = int(page.families.family_of_peak[domain.peak])
    told = [
        f"{name}: d {page.units.spacing(d, d * d * domain.g_sigma_per_nm)}",
        f"azimuth {words.azimuth(float(azimuth_deg(domain.g_per_nm)))}",
        page.units.area(domain.footprint.n_pixels * math.prod(page.analysis.domains.pixel_size.sizes_nm)),
        f"signal-to-noise {domain.snr:.1f}",
    ]
    named = [page.families.called[family - 1]] if family else []
    return " · ".join([*told, *named, *filter(None, [phase])])


def phase_of(page: Page, number: int) -> str:
    """What a crystallite is taken for and how surely, in words; "" where nothing is known of it."""
    phases = page.analysis.phases
    if not 0 < number <= len(phases.probabilities):
        return ""
    row, decided = phases.probabilities[number - 1], decided_phases(phases)[number - 1]
    if decided:
        return f"{'none of the candidates' if decided == NONE else decided} ({row.max():.2f})"
    likely = [f"{phases.names[at]} {row[at]:.2f}" for at in ranking(phases, number - 1)[:2]]
    return f"phase not decided: {', '.join([*likely, f'none {row[-1]:.2f}'])}"


def domain_shapes(
    page: Page,
    mode: ColourMode,
    style: OverlayStyle,
    marked: frozenset[int] = frozenset(),
    *,
    rejected: bool = True,
) -> Iterator[Shape]:
    """Outlines or areas of the domains; those of the numbers `marked` are outlined in white, last."""
    found, telling = page.analysis.domains, _telling(page)
    colours, dashes = drawn.painted(page.session, page.analysis)[mode]
    for at, (colour, dash) in enumerate(zip(colours, dashes, strict=True)):
        yield replace(
            telling[at],
            stroke=colour,
            width=float(style.width),
            opacity=style.opacity,
            dash=dash,
            fill=colour if style.fill else "",
            fill_opacity=style.opacity,
            edge=not style.fill,
            paint=at,
        )
    if rejected:
        for shape in telling[len(found.accepted) :]:
            yield replace(shape, stroke=hex_of(REJECTED), width=1.3)
    yield from marks(page, marked, style.width)


def crystal_shapes(
    page: Page, mode: ColourMode, style: OverlayStyle, chosen: Domain | None = None, *, rejected: bool = True
) -> Iterator[Shape]:
    """Outlines or areas of the crystallites; of the one that a chosen domain belongs to all reflections.

    A domain of which nobody knows where its crystal lies is outlined by itself.
    """
    analysis, telling = page.analysis, _telling(page)
    found, number_of = analysis.domains, analysis.crystallites.crystallite_of_domain.tolist()
    of_domains = list(domain_shapes(page, mode, style, rejected=False))
    where = drawn.outlines(page.session, analysis)
    for at, row in enumerate(pictures.strongest_domains(analysis)):
        path, told = len(telling) + at, crystal_line(page, at + 1)
        yield replace(of_domains[row], path=path, text=told, box=where.boxes[path], at=where.places[path])
    own = number_of[found.accepted.index(chosen)] if chosen in found.accepted else 0
    for shape, number in zip(of_domains, number_of, strict=True):
        if number == 0:
            yield shape
        elif number == own:
            yield replace(shape, text="", fill="", width=1.5, opacity=1.0, edge=True, at=None, steady=True)
    if rejected:
        yield from (replace(one, stroke=hex_of(REJECTED), width=1.3) for one in telling[len(number_of) :])
    yield from marks(page, frozenset({chosen.domain_id} if chosen else ()), style.width)


def marks(page: Page, marked: frozenset[int], width: float, *, crystals: bool = False) -> Iterator[Shape]:
    """White outlines of the domains of these numbers; with `crystals`, of a whole crystallite as of one."""
    found, numbers = page.analysis.domains, page.analysis.crystallites.crystallite_of_domain
    every = (*found.accepted, *found.rejected)
    paths = [at for at, domain in enumerate(every) if domain.domain_id in marked]
    if crystals:
        is_marked = np.isin(np.arange(len(found.accepted)), paths)
        whole = set(numbers[is_marked].tolist()) - set(numbers[~is_marked].tolist()) - {0}
        of_whole = set(np.flatnonzero(np.isin(numbers, list(whole))).tolist())
        paths = [at for at in paths if at not in of_whole] + [len(every) + one - 1 for one in sorted(whole)]
    for path in paths:
        yield Shape(path=path, stroke=hex_of(SELECTED), width=width + 1.0, edge=True)


def crystal_line(page: Page, number: int) -> str:
    """What was measured of a crystallite, in a line."""
    found, families = page.analysis.domains.accepted, page.families
    numbers = page.analysis.crystallites.crystallite_of_domain
    members = sorted((found[at] for at in np.flatnonzero(numbers == number)), key=_spacing_nm, reverse=True)
    called = (families.name_given(int(families.family_of_peak[one.peak])) for one in members)
    told = [
        f"{page.units.length(_spacing_nm(one))}{name and f' ({name})'}"
        for one, name in zip(members, called, strict=True)
    ]
    area = page.units.area(float(page.results.crystallites.area_nm2.iloc[number - 1]))
    parts = [f"d {', '.join(told)}", area, words.counted(len(members), "domain"), phase_of(page, number)]
    return f"Crystallite {number}: {' · '.join(filter(None, parts))}"


def _spacing_nm(domain: Domain) -> float:
    return 1 / math.hypot(*domain.g_per_nm)


def _telling(page: Page) -> list[Shape]:
    """The accepted, then the rejected domains: where each is, and what is told of it."""
    found, where = page.analysis.domains, drawn.outlines(page.session, page.analysis)
    return [
        Shape(path=at, text=line_of(page, domain), box=where.boxes[at], at=where.places[at])
        for at, domain in enumerate((*found.accepted, *found.rejected))
    ]


def numbers(page: Page, frame: Frame, *, crystals: bool) -> list[Label]:
    """The numbers of domains, or crystallites, in their innermost places, those on one place together."""
    places = drawn.outlines(page.session, page.analysis).places
    found = page.analysis.domains
    n_domains = len(found.accepted) + len(found.rejected)
    of_them = places[n_domains:] if crystals else places[: len(found.accepted)]
    numbered = [((col, row), number) for number, (row, col) in enumerate(of_them, start=1)]
    room = LABEL_SHARE[0] * frame.width, LABEL_SHARE[1] * frame.width
    return [(row, col, text) for (col, row), text in pictures.joined_numbers(numbered, room)]


def outlines(page: Page) -> Outlines:
    """The outlines of all domains and crystallites, which `domain_shapes` and `crystal_shapes` count on."""
    return Outlines(drawn.outlines(page.session, page.analysis).paths)


def _polygon(corners: Sequence[tuple[float, float]]) -> str:
    return pictures.path_data(np.asarray(corners, dtype=float))


def preparation_shapes(page: Page, frame: Frame, parameters: PreparationParameters) -> Iterator[Shape]:
    """Veils over what is ignored: excluded areas, and everything outside the region."""
    polygons = excluded_polygons(page.session.pixel_size, parameters)
    for polygon in polygons:
        corners = [(row + 0.5, col + 0.5) for row, col in polygon]  # from the outer corner
        red = hex_of(REJECTED)
        yield Shape(d=_polygon(corners), fill=red, fill_opacity=0.4, stroke=red, edge=True)
    if parameters.region_px:
        region, whole = box(*parameters.region_px), box(0, 0, frame.height, frame.width)
        yield Shape(d=_polygon(whole) + _polygon(region), fill="#000", fill_opacity=0.55)
        yield Shape(d=_polygon(region), stroke=hex_of(SELECTED), edge=True)


def box(top: float, left: float, bottom: float, right: float) -> list[tuple[float, float]]:
    """Corners of a rectangle, in order round it."""
    return [(top, left), (top, right), (bottom, right), (bottom, left)]


def point_shapes(points: Sequence[tuple[float, float]], *, area: bool) -> Iterator[Shape]:
    """The line through points a person set; of an area to ignore it is veiled from the third on."""
    if area and len(points) > 2:
        yield Shape(d=_polygon(points), fill=hex_of(REJECTED), fill_opacity=0.4)
    if len(points) > 1:
        yield Shape(d=_polygon(points).rstrip("z"), stroke=hex_of(SELECTED), edge=True)


def point_marks(points: Sequence[tuple[float, float]]) -> list[Mark]:
    """Circles round points a person set."""
    return [Mark(places=[place], stroke=hex_of(SELECTED), radius=8.0, kind="point") for place in points]


def numbered_marks(points: Sequence[tuple[float, float]]) -> list[Mark]:
    """The same with their numbers, from 1."""
    return [
        replace(mark, text_beside=str(number), text=f"Place {number}")
        for number, mark in enumerate(point_marks(points), start=1)
    ]
