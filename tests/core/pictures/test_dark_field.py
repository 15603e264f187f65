"""The dark field: truth by construction, pixels and images that are not square."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from products import disc, domains_of

from hrtem_core.domains.crystallites import Crystallites
from hrtem_core.fringes.maps import FringeMap, FringeMaps
from hrtem_core.image.grid import Grid
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.wavevectors import Wavevector
from hrtem_core.pictures.colours import of_azimuth, of_number
from hrtem_core.pictures.dark_field import DarkField, coloured, dark_field

SHAPE, WORKING = (120, 200), (60, 100)
PIXEL = PixelSize(0.04, 0.05)
LEFT, RIGHT = disc(SHAPE, 60, 50, 25), disc(SHAPE, 60, 150, 25)


def fringes(snr: np.ndarray, resolution_nm: float = 1.0, g: tuple[float, float] = (0.0, 4.0)) -> FringeMap:
    """A map with samples on every fifth pixel of the working image."""
    return FringeMap(
        candidate=0,
        g_per_nm=Wavevector(*g),
        g_sigma_per_nm=0.01,
        resolution_nm=resolution_nm,
        rows_px=np.arange(0.0, WORKING[0], 5),
        cols_px=np.arange(0.0, WORKING[1], 5),
        snr=snr.astype(np.float32),
        plateau=5.0,
        excess=9.0,
    )


def on_samples(mask: np.ndarray, level: float) -> np.ndarray:
    """A level inside a mask of the prepared image, at the maps' samples."""
    return level * mask[::10, ::10]


def analysis(maps: list[FringeMap], masks: list[np.ndarray], peaks: list[int]) -> SimpleNamespace:
    domains = domains_of(masks, PIXEL, peaks)
    return SimpleNamespace(
        domains=domains,
        fringes=FringeMaps(tuple(maps), (), np.zeros(WORKING, np.float32)),
        peaks=SimpleNamespace(maps=tuple((at,) for at in range(len(maps)))),
        spectrum=SimpleNamespace(grid=Grid.over(SHAPE, PIXEL, WORKING)),
        families=SimpleNamespace(family_of_peak=np.arange(1, len(maps) + 1), shown_number=int),
        crystallites=Crystallites(np.arange(1, len(masks) + 1)),
        phases=None,
    )


def two() -> SimpleNamespace:
    maps = [fringes(on_samples(LEFT, 9.0)), fringes(on_samples(RIGHT, 5.0), 0.5)]
    return analysis(maps, [LEFT, RIGHT], [0, 1])


def test_a_pixel_shows_the_amplitude_of_its_domain_s_fringes() -> None:
    found = dark_field(two())
    assert found.amplitude.shape == SHAPE
    # the noise's power is taken off, and half the resolution has half the signal-to-noise
    assert found.amplitude[60, 50] == pytest.approx(np.sqrt(80))
    assert found.amplitude[60, 150] == pytest.approx(np.sqrt(24) / 0.5)
    assert (found.domain[60, 50], found.domain[60, 150]) == (1, 2)
    assert found.amplitude[5, 5] == found.domain[5, 5] == 0


def test_it_lies_where_the_domains_lie() -> None:
    found = dark_field(two())
    for number, mask in ((1, LEFT), (2, RIGHT)):
        rows, cols = np.nonzero(found.amplitude * (found.domain == number) > 3)
        assert (rows.mean(), cols.mean()) == pytest.approx([axis.mean() for axis in np.nonzero(mask)], abs=4)


def test_a_smaller_picture_is_the_same_picture() -> None:
    whole, small = dark_field(two()), dark_field(two(), 50)
    assert small.amplitude.shape == (30, 50)
    middles = whole.amplitude.reshape(30, 4, 50, 4)[:, 1:3, :, 1:3].mean(axis=(1, 3))
    assert np.abs(small.amplitude - middles).max() < 0.7  # an amplitude rises steeply out of the noise


def test_where_fringes_cross_the_stronger_ones_give_the_colour() -> None:
    everywhere = np.ones(SHAPE, bool)
    strong, weak = (fringes(on_samples(everywhere, level)) for level in (9.0, 3.0))
    for maps, expected in (([weak, strong], 2), ([strong, weak], 1)):
        found = dark_field(analysis(maps, [everywhere, everywhere], [0, 1]))
        assert np.all(found.domain == expected)


def test_one_pair_s_fringes_belong_to_the_nearest_of_its_domains() -> None:
    found = dark_field(analysis([fringes(on_samples(np.ones(SHAPE, bool), 4.0))], [LEFT, RIGHT], [0, 0]))
    assert np.all(found.domain[:, :90] == 1)
    assert np.all(found.domain[:, 110:] == 2)


def test_a_domain_that_was_taken_out_is_dark() -> None:
    work = two()
    accepted = work.domains.accepted
    work.domains = replace(work.domains, accepted=accepted[:1], rejected=accepted[1:])
    work.crystallites = Crystallites(np.array([1]))
    picture = coloured(dark_field(work), work, "crystallite")
    assert picture[60, 50].any()
    assert not picture[60, 150].any()


def test_colours_say_what_is_asked_for_and_light_is_proportional_to_amplitude() -> None:
    work, amplitude = two(), np.array([[1.0, 0.5, 0.0, 2.0]], np.float32)
    found = DarkField(amplitude, np.array([[1, 1, 1, 2]]), 1.0)
    one, half, nothing, more = coloured(found, work, "family")[0].tolist()
    assert one == list(of_number(1))
    assert more == list(of_number(2))  # no brighter than a colour can be
    assert half == pytest.approx([level * 0.5 ** (1 / 2.2) for level in of_number(1)], abs=1)
    assert nothing == [0, 0, 0]
    assert coloured(found, work, "azimuth")[0, 0].tolist() == list(of_azimuth(0))


def test_where_nothing_was_found_all_is_dark() -> None:
    work = analysis([], [], [])
    work.domains = replace(work.domains, shape=SHAPE)
    assert not coloured(dark_field(work), work, "family").any()
