"""The FFT as a picture: spots, circles and rings lie at their wavevectors."""

from dataclasses import replace

import numpy as np
import pytest
from products import peaks_at

from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.pictures import fft
from hrtem_core.pictures.bragg_filter import Closeup
from hrtem_core.pictures.colours import FAINT, LIMIT, PALETTE, REJECTED, SELECTED
from hrtem_core.pictures.fft import FftView
from hrtem_core.spacings.families import FamilyParameters, group_families
from hrtem_core.spectrum.whitening import PowerPicture

STEP = 0.02


def power_with_spot(g: tuple[float, float]) -> PowerPicture:
    power = np.ones((501, 501), np.float32)
    row, col = (round(component / STEP) + 250 for component in g)
    power[row, col] = 1e4
    return PowerPicture(power, STEP)


def where(picture, colour: tuple[int, int, int]) -> np.ndarray:
    return np.argwhere((np.asarray(picture) == colour).all(axis=-1))


def test_a_spot_is_shown_at_its_wavevector() -> None:
    g = (-1.0, 2.0)
    shown, frame = fft.base(power_with_spot(g), FftView(reach_per_nm=4.0))
    assert max(shown.shape) == fft.SHOWN_PX
    row, col = np.argwhere(shown > 250).mean(axis=0)
    per_nm = frame.width / shown.shape[1]
    assert (frame.top + (row + 0.5) * per_nm, frame.left + (col + 0.5) * per_nm) == pytest.approx(g, abs=STEP)


@pytest.mark.parametrize("word", ["", "rejected"])
def test_both_members_of_a_pair_are_circled(word: str) -> None:
    peaks = replace(peaks_at([0.4], azimuth_deg=[30.0], accepted=[not word]), by_hand=(word,))
    families = group_families(peaks, FamilyParameters(), 0.0)
    shown, frame = fft.base(power_with_spot((0.0, 0.0)), FftView(reach_per_nm=4.0))
    picture = fft.draw(shown, frame, peaks, families, FftView(noise=False))
    drawn = where(picture, REJECTED if word else PALETTE[0])
    for sign in (1, -1):
        x, y = fft.place(picture, frame, (sign * peaks.g_per_nm[0, 0], sign * peaks.g_per_nm[0, 1]))
        distance = np.hypot(*(drawn - (y, x)).T)
        near = distance[distance < 3 * fft.RADIUS]
        assert near.max() == pytest.approx(fft.RADIUS, abs=2)
        assert (near.min() < 3) == bool(word)  # crossed out, not told by colour alone
    assert len(drawn) > 0


def test_candidates_taken_for_noise_can_be_left_out() -> None:
    peaks = peaks_at([0.4], accepted=[False])
    families = group_families(peaks, FamilyParameters(), 0.0)
    shown, frame = fft.base(power_with_spot((0.0, 0.0)), FftView(reach_per_nm=4.0))
    counts = [
        len(where(fft.draw(shown, frame, peaks, families, FftView(noise=noise)), FAINT)) for noise in (0, 1)
    ]
    assert counts[0] < counts[1]


def test_a_ring_runs_at_the_spacing_of_its_family() -> None:
    peaks = peaks_at([0.4])
    families = group_families(peaks, FamilyParameters(), 0.0)
    shown, frame = fft.base(power_with_spot((0.0, 0.0)), FftView(reach_per_nm=4.0))
    picture = fft.draw(shown, frame, peaks, families, FftView(rings=True))
    drawn = where(picture, PALETTE[0])
    centre = np.array(fft.place(picture, frame, (0.0, 0.0)))[::-1]
    radius = np.hypot(*(drawn - centre).T) * frame.width / picture.width
    assert np.median(radius) == pytest.approx(2.5, abs=0.02)


def test_the_limits_of_what_is_looked_for_are_dashed_circles() -> None:
    peaks = peaks_at([0.4])
    families = group_families(peaks, FamilyParameters(), 0.0)
    shown, frame = fft.base(power_with_spot((0.0, 0.0)), FftView(reach_per_nm=4.0))
    picture = fft.draw(shown, frame, peaks, families, FftView(noise=False), band_per_nm=(1.5, 3.5))
    places = where(picture, LIMIT)
    g = np.hypot(*(places - (fft.SHOWN_PX - 1) / 2).T) * frame.width / fft.SHOWN_PX
    assert set(np.round(2 * g) / 2) == {1.5, 3.5}
    assert 0.3 < len(places) / (2 * 2 * np.pi * 5 / frame.width * fft.SHOWN_PX) < 0.8  # gaps between dashes


def test_a_closeup_has_its_circles_on_the_spots() -> None:
    power = np.full((101, 101), 1.0)
    g_bins = -12.0, 20.0
    for sign in (1, -1):
        power[50 + sign * -12, 50 + sign * 20] = 1e6
    pixels = np.zeros((101, 101), np.float32)
    closeup = Closeup(
        image=pixels,
        power=power,
        filtered=pixels,
        g_bins=g_bins,
        corner_px=(0, 0),
        pixel_size=PixelSize(0.02, 0.02),
    )
    picture = fft.draw_closeup(closeup, 400)
    circles = where(picture, SELECTED)
    grey = np.asarray(picture.convert("L"))
    for side in (slice(0, 200), slice(200, 400)):
        spot = np.argwhere(grey[:, side] > 200)
        ring = circles[(circles[:, 1] >= side.start) & (circles[:, 1] < side.stop)] - (0, side.start)
        middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
        inside = spot[np.hypot(*(spot - middle).T) < 7]
        assert len(inside)
        assert inside.mean(axis=0) == pytest.approx(middle, abs=1.5)
