"""The micrograph with its domains: what is drawn lies where it belongs."""

from dataclasses import replace

import numpy as np
import pytest
from products import analysis_with, disc, domains_of, rectangle

from hrtem_core.domains.crystallites import Crystallites
from hrtem_core.domains.domain import Domain
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.placement import Placement
from hrtem_core.image.wavevectors import Wavevector
from hrtem_core.numerics.footprints import Footprint
from hrtem_core.pictures.colours import REJECTED, SELECTED
from hrtem_core.pictures.frame import Frame
from hrtem_core.pictures.ground import limits_of
from hrtem_core.pictures.overlay import (
    Drawn,
    OverlayLook,
    OverlayStyle,
    draw_domains,
    drawn_crystals,
    drawn_domains,
    overlay_image,
    strongest_domains,
)
from hrtem_core.pictures.paths import domain_outlines
from hrtem_core.preparation.annotations import Annotation

SHAPE = (120, 200)
OBLONG = PixelSize(0.02, 0.03)
UNIT = Frame(0.0, 0.0, 1.0, 1.0)
RED = (255, 0, 0)
PLAIN = OverlayStyle(opacity=1.0)


def test_outlines_lie_in_the_frame_of_the_micrograph() -> None:
    domains = domains_of([rectangle(SHAPE, 10, 20, 30, 40)], OBLONG)
    placement = Placement((600, 800), OBLONG, origin_px=(7, 11), bin_factor=3)
    outline = domain_outlines(domains.accepted[0], placement)[0]
    np.testing.assert_allclose(outline.min(axis=0), [37, 71])
    np.testing.assert_allclose(outline.max(axis=0), [127, 191])


def domain(number: int, footprint: Footprint) -> Domain:
    return Domain(
        domain_id=number,
        peak=0,
        g_per_nm=Wavevector(0.0, 4.0),
        g_sigma_per_nm=0.01,
        snr=5.0,
        footprint=footprint,
    )


def square() -> Drawn:
    """A domain on rows 50 to 149 and columns 100 to 199 of a micrograph."""
    path = np.array([[50, 100], [50, 200], [150, 200], [150, 100]], dtype=float)
    return Drawn(domain(1, Footprint(50, 100, np.ones((100, 100), bool))), [path], RED)


def limits(picture, colour: tuple[int, int, int]) -> list[int]:
    """First and last row and column in a colour."""
    rows, cols = np.nonzero((np.asarray(picture) == colour).all(axis=-1))
    return [int(rows.min()), int(rows.max()), int(cols.min()), int(cols.max())]


@pytest.mark.parametrize(
    ("field", "size", "expected"),
    [
        (Frame(0, 0, 300, 500), (300, 500), [50, 150, 100, 200]),
        (Frame(0, 0, 300, 500), (150, 250), [25, 75, 50, 100]),
        (Frame(40, 80, 120, 160), (240, 320), [20, 220, 40, 240]),
    ],
)
def test_outlines_lie_on_the_domains_of_the_part_that_is_shown(field, size, expected) -> None:
    base = np.full(size, 90, np.uint8)
    picture = draw_domains(base, field, [square()], PLAIN)
    assert limits(picture, RED) == pytest.approx(expected, abs=2)  # a line of two pixels
    top, bottom, left, right = expected
    assert (np.asarray(picture)[top + 4 : bottom - 4, left + 4 : right - 4] == 90).all()


def test_an_area_is_filled_but_for_its_holes() -> None:
    ring = disc(SHAPE, 60, 100, 50) & ~disc(SHAPE, 60, 100, 25)
    analysis = analysis_with(domains_of([ring], OBLONG))
    accepted, _ = drawn_domains(analysis)
    base = np.zeros(SHAPE, np.uint8)
    frame = Frame(0.0, 0.0, 120.0, 200.0)
    picture = np.asarray(draw_domains(base, frame, accepted, OverlayStyle(fill=True, opacity=1.0)))
    filled = (picture == accepted[0].colour).all(axis=-1)
    assert np.count_nonzero(filled ^ ring) < 0.08 * np.count_nonzero(ring)
    assert not filled[60, 100]


def test_opacity_is_that_of_the_outlines() -> None:
    base = np.zeros((300, 500), np.uint8)
    picture = np.asarray(draw_domains(base, Frame(0, 0, 300, 500), [square()], OverlayStyle(opacity=0.4)))
    assert picture[..., 0].max() == pytest.approx(0.4 * 255, abs=1)


def test_rejected_and_picked_domains_are_drawn_in_colours_of_their_own() -> None:
    masks = [disc(SHAPE, 50, 50, 30), disc(SHAPE, 60, 150, 30)]
    domains = domains_of(masks, OBLONG)
    domains = replace(domains, accepted=domains.accepted[:1], rejected=domains.accepted[1:])
    accepted, rejected = drawn_domains(analysis_with(domains))
    assert [one.domain for one in (*accepted, *rejected)] == [*domains.accepted, *domains.rejected]
    assert [one.colour for one in rejected] == [REJECTED]
    base, frame = np.zeros(SHAPE, np.uint8), Frame(0.0, 0.0, 120.0, 200.0)
    picture = draw_domains(base, frame, accepted, PLAIN, rejected=rejected, highlighted=accepted)
    assert limits(picture, REJECTED) == pytest.approx([30, 90, 120, 180], abs=2)
    assert limits(picture, SELECTED) == pytest.approx([20, 80, 20, 80], abs=3)


def test_the_overlay_shows_the_whole_micrograph_with_a_bar() -> None:
    shape = (300, 500)
    analysis = analysis_with(domains_of([rectangle(shape, 50, 100, 100, 100)], PixelSize(0.02, 0.02)))
    picture = overlay_image(analysis)
    assert picture.size == (500, 300)
    bar = np.flatnonzero((np.asarray(picture)[289:291] == 255).all(axis=(0, 2)))
    assert bar.max() - bar.min() + 1 == 100  # 2 nm: at most a quarter of the width of 10 nm
    assert overlay_image(analysis, max_px=200).size == (167, 100)


def test_a_burned_in_bar_does_not_judge_black_and_white() -> None:
    analysis = analysis_with(domains_of([disc((120, 200), 50, 60, 30)]))
    noise = np.random.default_rng(1).normal(1000, 50, (120, 200)).astype(np.float32)
    burned = Annotation(kind="scale bar", row0=100, col0=10, row1=110, col1=80)
    barred = noise.copy()
    barred[100:110, 10:80] = 50_000

    def judged(intensity: np.ndarray, *drawn: Annotation) -> tuple[float, float]:
        micrograph = replace(analysis.micrograph, intensity=intensity)
        prepared = replace(analysis.prepared, annotations=drawn)
        return limits_of(replace(analysis, micrograph=micrograph, prepared=prepared))

    assert judged(barred, burned) == pytest.approx(judged(noise), rel=0.02)
    assert judged(barred)[1] == pytest.approx(50_000, rel=0.05)


def test_numbers_of_domains_on_one_place_stand_together() -> None:
    mask = np.ones((20, 20), bool)
    square = np.array([(0.4, 0.4), (0.4, 0.6), (0.6, 0.6), (0.6, 0.4)])
    one, two = (Drawn(domain(number, Footprint(40, 40, mask)), [square], (0, 0, 0)) for number in (1, 2))
    base = np.zeros((400, 400), np.uint8)
    alone, both = (
        np.argwhere(np.asarray(draw_domains(base, UNIT, drawn, OverlayStyle(labels=True)))[..., 0] > 200)
        for drawn in ([one], [one, two])
    )
    assert np.ptp(both[:, 0]) < 1.5 * np.ptp(alone[:, 0])
    assert np.ptp(both[:, 1]) > 2 * np.ptp(alone[:, 1])


def test_crystals_have_one_outline_in_the_colour_of_their_strongest_domain() -> None:
    domains = domains_of(
        [rectangle(SHAPE, 10, 20, 50, 80), rectangle(SHAPE, 10, 30, 50, 90), disc(SHAPE, 80, 150, 20)]
    )
    weak, strong, alone = domains.accepted
    accepted = (replace(weak, snr=4.0), replace(strong, snr=9.0), alone)
    analysis = analysis_with(replace(domains, accepted=accepted))
    analysis = replace(analysis, crystallites=Crystallites(np.array([1, 1, 2])))
    assert strongest_domains(analysis) == [1, 2]
    colours = [one.colour for one in drawn_domains(analysis)[0]]
    first, second = drawn_crystals(analysis)
    assert (first.colour, second.colour) == (colours[1], colours[2])
    assert (first.domain.domain_id, second.domain.domain_id) == (1, 2)
    both = first.domain.footprint.drawn(SHAPE)
    np.testing.assert_array_equal(both, weak.footprint.drawn(SHAPE) | strong.footprint.drawn(SHAPE))
    one_outline = overlay_image(analysis, OverlayLook(crystals=True))
    assert np.asarray(one_outline).tolist() != np.asarray(overlay_image(analysis)).tolist()
