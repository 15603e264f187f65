"""Two lattices on each other, turned by a few degrees, are two."""

import numpy as np
import pytest

from hrtem_core.analysis import analyze
from hrtem_core.fringes.close_lattices import close_lattices, sparing
from hrtem_core.fringes.tuning import FRINGE_TUNING
from hrtem_core.image import Micrograph, PixelSize, Wavevector
from hrtem_core.numerics import Footprint
from hrtem_core.recipe import Recipe

PIXEL_NM, SIDE_PX = 0.025, 512
D_NM = 0.213


def turned(azimuth_deg: float) -> Wavevector:
    """(row, column) of planes in 1/nm."""
    angle = np.radians(azimuth_deg)
    return Wavevector(-np.sin(angle) / D_NM, np.cos(angle) / D_NM)


def wave(g: Wavevector) -> np.ndarray:
    rows, cols = np.mgrid[:SIDE_PX, :SIDE_PX] * PIXEL_NM
    return np.cos(2 * np.pi * (g.row * rows + g.col * cols))


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (SIDE_PX, SIDE_PX))


WHOLE = Footprint.of(np.ones((SIDE_PX, SIDE_PX), bool))


@pytest.mark.parametrize("twist_deg", [3.0, 5.0, 7.0])
@pytest.mark.parametrize("weaker", [0.6, 0.3])
def test_both_lattices_of_a_moire_are_found(twist_deg: float, weaker: float) -> None:
    drawn = [turned(20.0), turned(20.0 + twist_deg)]
    image = 0.6 * wave(drawn[0]) + weaker * wave(drawn[1]) + noise()
    film = Micrograph(image.astype(np.float32), PixelSize(PIXEL_NM, PIXEL_NM), "moire")
    found = [domain.g_per_nm for domain in analyze(film, Recipe()).domains.accepted]
    assert len(found) == 2
    for g in drawn:
        assert min(np.hypot(*np.subtract(g, other)) for other in found) < 0.03


def close_to(image: np.ndarray, footprint: Footprint = WHOLE) -> tuple[Wavevector, ...]:
    where = image.astype(np.float32), footprint, turned(20.0), (PIXEL_NM, PIXEL_NM)
    return close_lattices(*where, FRINGE_TUNING)


def test_a_lattice_alone_has_no_neighbours_whatever_its_outline() -> None:
    assert close_to(0.6 * wave(turned(20.0)) + noise()) == ()
    rows, cols = np.ogrid[:SIDE_PX, :SIDE_PX]
    disc = np.hypot(rows - 250, cols - 260) < 200
    square = (abs(rows - 250) < 180) & (abs(cols - 260) < 180)
    for mask in (disc, square):
        image = np.where(mask, 2.0 * wave(turned(20.0)), 0) + noise()
        assert close_to(image, Footprint.of(mask)) == ()


def test_nor_has_one_that_is_bent() -> None:
    rows, cols = np.mgrid[:SIDE_PX, :SIDE_PX] * PIXEL_NM
    g = turned(20.0)
    bend = np.radians(2.5) * (rows / (SIDE_PX * PIXEL_NM) - 0.5)
    bent = 2.0 * np.cos(2 * np.pi * (g.row * rows + g.col * cols + bend * (g.row * cols - g.col * rows)))
    assert close_to(bent + noise()) == ()


def test_what_is_taken_out_is_smoother_the_closer_the_neighbour() -> None:
    far, near = (sparing(turned(20.0), (turned(20.0 + a),), FRINGE_TUNING) for a in (9.0, 3.0))
    assert far.subtraction_nm == FRINGE_TUNING.subtraction_nm
    assert near.subtraction_nm > 2 * far.subtraction_nm
