"""Fringes that a lens has moved come home, and nothing else is moved."""

from collections.abc import Callable

import numpy as np
import pytest
from drawn_scenes import iou, mask_of

from hrtem_core.domains.delocalization import DelocalizationParameters, correct_delocalization
from hrtem_core.domains.domain import Domain, DomainParameters, Domains
from hrtem_core.domains.lens_shift import Shift, measure_shift
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.placement import Placement
from hrtem_core.image.wavevectors import Wavevector
from hrtem_core.numerics.footprints import Footprint
from hrtem_core.synthesis import disc

SHAPE, PIXEL = (420, 500), PixelSize(0.06, 0.06)
LENS = Shift(0.4, 0.0)
CENTRES_NM = [(7.0, 7.0), (8.0, 21.0), (18.0, 13.0)]
LENGTHS_PER_NM = (3.1, 4.2, 5.4, 6.3)
Direction = Callable[[np.ndarray], np.ndarray]


def along(direction: np.ndarray) -> np.ndarray:
    return direction


def across(direction: np.ndarray) -> np.ndarray:
    return np.array([-direction[1], direction[0]])


def domain_of(mask: np.ndarray, g: np.ndarray) -> Domain:
    return Domain(
        domain_id=0,
        peak=0,
        g_per_nm=Wavevector(*g.tolist()),
        g_sigma_per_nm=0.01,
        snr=5.0,
        footprint=Footprint.of(mask),
    )


def crystal(centre_nm: tuple[float, float]) -> np.ndarray:
    return disc(SHAPE, centre_nm, 5.0, PIXEL)


def displaced(moved: Direction) -> Domains:
    """Three crystals of four reflections, each seen where the lens puts it: once on either side."""
    found = []
    for number, centre in enumerate(CENTRES_NM):
        for order, length in enumerate(LENGTHS_PER_NM):
            angle = np.radians(17 * number + 41 * order)
            direction = np.array([np.sin(angle), np.cos(angle)])
            step = LENS.of(length) * moved(direction)
            both = disc(SHAPE, tuple(centre + step), 5.0, PIXEL) | disc(
                SHAPE, tuple(centre - step), 5.0, PIXEL
            )
            found.append(domain_of(both, length * direction))
    return Domains(shape=SHAPE, pixel_size=PIXEL, accepted=tuple(found))


def brought_home(domains: Domains, *, correct: bool = True) -> Domains:
    placement = Placement(SHAPE, PIXEL)
    return correct_delocalization(domains, placement, DelocalizationParameters(correct), DomainParameters())


def test_the_lens_is_measured_and_its_shift_undone() -> None:
    domains = displaced(along)
    shift = measure_shift(domains)
    for length in LENGTHS_PER_NM:
        assert shift.of(length) == pytest.approx(LENS.of(length), abs=0.35)
    home = brought_home(domains)
    assert home.delocalization == (shift.c1_nm2, shift.c3_nm4)
    assert len(home.accepted) == len(CENTRES_NM) * len(LENGTHS_PER_NM)
    crystals = [crystal(centre) for centre in CENTRES_NM]
    for before, after in zip(domains.accepted, home.accepted, strict=True):
        best = [max(iou(mask_of(domain, SHAPE), one) for one in crystals) for domain in (before, after)]
        assert best[1] > 0.75
        assert best[1] > best[0] - 0.1


def test_what_is_moved_across_g_no_lens_has_moved() -> None:
    assert measure_shift(displaced(across)) == Shift()


@pytest.mark.parametrize("seed", range(6))
def test_scattered_domains_stay_where_they_are(seed: int) -> None:
    """Elongated along g by chance, and nothing coincides."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(14):
        angle, length = rng.uniform(0, np.pi), rng.uniform(2, 7)
        direction = np.array([np.sin(angle), np.cos(angle)])
        centre, step = rng.uniform((3, 3), (22, 27)), direction * rng.uniform(0.3, 1.0)
        mask = disc(SHAPE, tuple(centre + step), 2.5, PIXEL) | disc(SHAPE, tuple(centre - step), 2.5, PIXEL)
        found.append(domain_of(mask, length * direction))
    domains = Domains(shape=SHAPE, pixel_size=PIXEL, accepted=tuple(found))
    assert brought_home(domains) is domains


def test_it_can_be_switched_off() -> None:
    domains = displaced(along)
    assert brought_home(domains, correct=False) is domains
