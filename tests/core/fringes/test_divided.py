"""Fringes that go on into a neighbour with another g are two lattices'; a fault or a bend is one's."""

from collections.abc import Sequence

import numpy as np
import pytest

from hrtem_core.analysis import analyze
from hrtem_core.domains import Domain
from hrtem_core.fringes.demodulation import Demodulated
from hrtem_core.fringes.divided import of_one_lattice
from hrtem_core.fringes.regions import Region
from hrtem_core.fringes.tuning import FRINGE_TUNING
from hrtem_core.image import Micrograph, PixelSize, Position
from hrtem_core.recipe import Recipe

SHAPE, PIXEL_NM = (400, 480), 0.05
DOWN, ALONG = np.mgrid[: SHAPE[0], : SHAPE[1]] * PIXEL_NM
CRYSTALLINE, RIGHT = DOWN < 15, ALONG > 12 + 0.2 * (DOWN - 10)
G = np.array([1.2, 4.7])


def turned(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) @ G


def wave(g: Sequence[float], phase: float | np.ndarray = 0.0) -> np.ndarray:
    return np.cos(2 * np.pi * (DOWN * g[0] + ALONG * g[1]) + phase)


def domains_of(fringes: np.ndarray) -> list[Domain]:
    """In the upper three quarters of the field, at four times the noise, the largest first."""
    noise = np.random.default_rng(1).normal(size=SHAPE)
    image = 100 + 10 * (4 * fringes * CRYSTALLINE + noise)
    analysis = analyze(Micrograph(image, PixelSize(PIXEL_NM, PIXEL_NM), "film"), Recipe())
    return sorted(analysis.domains.accepted, key=lambda domain: -domain.footprint.n_pixels)


@pytest.mark.parametrize(("degrees", "phase"), [(1.0, 2.0), (2.0, 2.0), (3.0, 4.0)])
def test_planes_of_two_neighbours_have_their_own_places_and_g(degrees: float, phase: float) -> None:
    """Turned by 1 to 3 degrees, 0.08 to 0.25 1/nm apart, they were one domain with a g between, or of one."""
    other = turned(degrees)
    found = domains_of(np.where(RIGHT, wave(other, phase), wave(G)))[:2]
    for place, g in ((CRYSTALLINE & ~RIGHT, G), (CRYSTALLINE & RIGHT, other)):
        domain = max(found, key=lambda one: np.count_nonzero(one.footprint.drawn(SHAPE) & place))
        mask = domain.footprint.drawn(SHAPE)
        assert (mask & place).sum() > 0.9 * max(place.sum(), mask.sum())
        miss = min(np.hypot(*(sign * np.array(domain.g_per_nm) - g)) for sign in (1, -1))
        assert miss < 0.005


@pytest.mark.parametrize("phase", [0.8, 1.6])
def test_planes_on_both_sides_of_a_fault_are_one_domain(phase: float) -> None:
    domain = domains_of(wave(G, phase * RIGHT))[0]
    assert domain.footprint.n_pixels > 0.95 * CRYSTALLINE.sum()


@pytest.mark.parametrize("degrees", [1.5, 3.0])
def test_planes_that_bend_are_one_domain(degrees: float) -> None:
    change_per_nm = np.hypot(*(turned(degrees) - G)) / 24
    (domain,) = domains_of(wave(G, np.pi * change_per_nm * (DOWN - 7) * (ALONG - 12)))
    assert domain.footprint.n_pixels > 0.95 * CRYSTALLINE.sum()


def region(fringes: np.ndarray, plateau: float = 20.0) -> Region:
    """All of a map with a sample every half nanometre."""
    rows, cols = (np.arange(n) * 0.5 / PIXEL_NM for n in fringes.shape)
    mask = np.ones(fringes.shape, bool)
    return Region(
        map_=Demodulated(rows, cols, fringes.astype(np.complex64), np.ones(fringes.shape, np.float32)),
        resolution_nm=0.6,
        fading_px=1.0,
        mask=mask,
        area_nm2=mask.size / 4,
        snr=np.abs(fringes).astype(np.float32),
        threshold=1.8,
        plateau=plateau,
        noise_power=1.0,
        energy=100.0,
        excess=10.0,
    )


def two_lattices(shape: tuple[int, int] = (20, 30), right_amplitude: float = 1.0) -> np.ndarray:
    """0.3 1/nm apart, the one over the left 18 of 30 columns."""
    along = 0.5 * np.indices(shape)[1]
    fringes = np.exp(2j * np.pi * 0.3 * along)
    fringes[:, round(0.6 * shape[1]) :] = right_amplitude
    return fringes


def divided(given: Region, column: int) -> Region:
    at = Position(given.map_.rows_px[0], given.map_.cols_px[column])
    return of_one_lattice(given, at, (PIXEL_NM, PIXEL_NM), FRINGE_TUNING)


def test_the_part_at_the_place_is_kept_with_its_own_numbers() -> None:
    given = region(two_lattices(right_amplitude=0.8))
    left, right = divided(given, 3), divided(given, 27)
    assert left.is_divided
    assert right.is_divided
    assert (left.mask ^ right.mask).all()
    assert left.mask.mean() == pytest.approx(0.6, abs=0.04)
    assert left.area_nm2 + right.area_nm2 == pytest.approx(given.area_nm2)
    assert left.energy + right.energy == pytest.approx(given.energy)
    assert (left.plateau, right.plateau) == pytest.approx((1.0, 0.8), abs=0.01)
    assert left.energy == pytest.approx(100 * 0.6 / (0.6 + 0.4 * 0.8**2), rel=0.05)
    assert given.excess**-2 < left.excess**-2 < right.excess**-2


def test_small_and_weak_regions_stay_as_they_are() -> None:
    small = np.exp(0.35j * np.pi * np.abs(np.arange(11) - 5) * np.ones((4, 1)))
    for given in (region(two_lattices(), plateau=5.0), region(small)):
        assert divided(given, 0) is given


@pytest.mark.parametrize("kind", ["even", "noise", "bent", "swaying", "fault"])
def test_regions_of_one_lattice_stay_as_they_are(kind: str) -> None:
    along = 0.5 * np.indices((20, 30))[1]
    fringes = {
        "even": np.ones((20, 30)),
        "noise": np.random.default_rng(0).normal(size=(20, 30)),
        "bent": np.exp(1j * np.pi * 0.025 * along**2),
        "swaying": np.exp(2j * np.sin(2 * np.pi * along / 7)),
        "fault": np.exp(1.8j * (along > 9)),
    }
    given = region(fringes[kind])
    assert divided(given, 0) is given
