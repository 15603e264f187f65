"""Products of the stages made by hand, for tests that know the truth by construction."""

from functools import cache

import numpy as np

from hrtem_core.analysis import Analysis
from hrtem_core.domains.crystallites import CrystalliteParameters, Crystallites, group_crystallites
from hrtem_core.domains.domain import Domain, Domains
from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.wavevectors import Wavevector
from hrtem_core.lens import Lens
from hrtem_core.numerics.footprints import Footprint
from hrtem_core.peaks.classification import Peaks
from hrtem_core.peaks.features import FEATURES
from hrtem_core.phases import Phases
from hrtem_core.preparation.prepare import Prepared, prepare
from hrtem_core.recipe.recipe import Recipe
from hrtem_core.spacings.families import Families, FamilyParameters, group_families
from hrtem_core.spectrum import Candidates, RingFit, Spectrum, find_candidates, transform


def peaks_at(
    d_nm: list[float],
    sigma_nm: float | list[float] = 0.0005,
    accepted: list[bool] | None = None,
    azimuth_deg: list[float] | None = None,
) -> Peaks:
    """Pairs with the given spacings, spread over the azimuths."""
    n = len(d_nm)
    d = np.array(d_nm, dtype=float)
    azimuth = np.radians(np.linspace(0, 170, n) if azimuth_deg is None else azimuth_deg)
    g = np.stack([-np.sin(azimuth), np.cos(azimuth)], axis=-1).reshape(-1, 2) / d[:, None]
    ok = np.ones(n, dtype=bool) if accepted is None else np.array(accepted, dtype=bool)
    return Peaks(
        g_per_nm=g,
        g_sigma_per_nm=np.broadcast_to(np.array(sigma_nm), d.shape) / d**2,
        snr=np.full(n, 9.0),
        features=np.zeros((n, len(FEATURES))),
        signal_probability=ok.astype(float),
        significant=np.ones(n, dtype=bool),
        explained=np.zeros(n, dtype=bool),
        accepted=ok,
        by_hand=("",) * n,
        maps=((),) * n,
        mixture=None,
    )


def domain_of(mask: np.ndarray, number: int = 1, peak: int = 0, row0: int = 0, col0: int = 0) -> Domain:
    """A domain with a mask in the frame of the whole field, cropped to its bounding box."""
    return Domain(
        domain_id=number,
        peak=peak,
        g_per_nm=Wavevector(0.0, 4.0),
        g_sigma_per_nm=0.04,
        snr=5.0,
        footprint=Footprint.of(mask).moved(row0, col0),
    )


def domains_of(
    masks: list[np.ndarray], pixel_size: PixelSize | None = None, peaks: list[int] | None = None
) -> Domains:
    """Domains with masks of one shape, numbered from 1."""
    numbers = peaks or [0] * len(masks)
    accepted = tuple(
        domain_of(mask, i + 1, peak) for i, (mask, peak) in enumerate(zip(masks, numbers, strict=True))
    )
    shape = masks[0].shape if masks else (64, 96)
    pixel_size = pixel_size or PixelSize(0.05, 0.05)
    return Domains(shape=(shape[0], shape[1]), pixel_size=pixel_size, accepted=accepted)


@cache
def plain_spectrum() -> Spectrum:
    """Of a small field of noise, in which nothing is unusual."""
    noise = np.random.default_rng(0).normal(size=(80, 90)).astype(np.float32)
    micrograph = Micrograph(noise, PixelSize(0.05, 0.05), "noise")
    return transform(prepare(micrograph, Recipe().preparation), Recipe().spectrum)


@cache
def plain_candidates() -> Candidates:
    """Of that field."""
    return find_candidates(plain_spectrum(), Recipe().candidates)


def analysis_with(
    domains: Domains,
    peaks: Peaks | None = None,
    families: Families | None = None,
    crystallites: Crystallites | None = None,
    usable: np.ndarray | None = None,
    name: str = "film <1>.tif",
) -> Analysis:
    """An analysis with the given products and noise for a micrograph."""
    pairs = peaks_at([0.3, 0.2, 0.25], accepted=[True, True, False]) if peaks is None else peaks
    noise = np.random.default_rng(0).normal(100, 10, domains.shape).astype(np.float32)
    micrograph = Micrograph(noise, None, name, notes=("page 1 of 2",))
    everywhere = np.ones(domains.shape, dtype=bool)
    return Analysis(
        micrograph=micrograph,
        recipe=Recipe(pixel_size_nm=domains.pixel_size.sizes_nm, calibration_relative_sigma=0.01),
        prepared=Prepared(
            intensity=noise,
            usable=everywhere if usable is None else usable,
            pixel_size=domains.pixel_size,
        ),
        spectrum=plain_spectrum(),
        candidates=plain_candidates(),
        fringes=None,
        peaks=pairs,
        lens=Lens(source="unknown", aberrations=None, rings=RingFit()),
        families=families or group_families(pairs, FamilyParameters(), 0.01),
        domains=domains,
        crystallites=crystallites or group_crystallites(domains, CrystalliteParameters()),
        phases=Phases(),
        seconds={"preparation": 0.25, "spectrum": 0.5},
    )


def disc(shape: tuple[int, int], row: float, col: float, radius: float) -> np.ndarray:
    """Pixels whose centre lies within `radius` of a point."""
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((rows - row) ** 2 + (cols - col) ** 2 <= radius**2)


def rectangle(shape: tuple[int, int], row0: int, col0: int, rows: int, cols: int) -> np.ndarray:
    """A filled rectangle."""
    mask = np.zeros(shape, dtype=bool)
    mask[row0 : row0 + rows, col0 : col0 + cols] = True
    return mask
