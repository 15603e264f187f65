"""Stage 3, inverse FFT: one wavevector's fringes in one region, and the g that describes them best."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import scipy

from hrtem_core.fringes.demodulation import Demodulated
from hrtem_core.fringes.half_plateau import fading_outside
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Wavevector, distance_per_nm
from hrtem_core.numerics import (
    BoolArray,
    BoolImage,
    ComplexArray,
    FloatArray,
    FloatImage,
    Footprint,
    depth_inside,
    summit,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Region:
    """Where a map stands above half of its plateau.

    Parameters
    ----------
    map_, resolution_nm
        The map, and the standard deviation of its Gaussian.
    fading_px
        Distance, in samples of the map, over which what lies outside the region fades.
    mask
        Shape of the map.
    area_nm2
        Of the region.
    snr
        Shape of the map: amplitude over the noise amplitude in this part of the field.
    threshold, plateau
        Amplitude at the outline, and inside.
    noise_power
        In this part of the field, in units of the field's.
    energy
        Half the square of the matched filter's signal-to-noise ratio.
    excess
        Energy over the standard deviation of the noise's energy in the region.
    is_divided
        Whether another lattice begins where it ends.
    """

    map_: Demodulated
    resolution_nm: float
    fading_px: float
    mask: BoolImage
    area_nm2: float
    snr: FloatImage
    threshold: float
    plateau: float
    noise_power: float
    energy: float
    excess: float
    is_divided: bool = False

    def trimmed(self) -> "Region":
        """The same region with no more of the map around it than its fading rim."""
        rim = int(np.ceil(2 * self.fading_px)) + 2
        box = scipy.ndimage.find_objects(self.mask.astype(np.int8))[0]
        rows, cols = (slice(max(side.start - rim, 0), side.stop + rim) for side in box)
        map_ = Demodulated(
            self.map_.rows_px[rows],
            self.map_.cols_px[cols],
            self.map_.amplitude[rows, cols],
            self.map_.cover[rows, cols],
        )
        return replace(self, map_=map_, mask=self.mask[rows, cols], snr=self.snr[rows, cols])


@dataclass(frozen=True, eq=False)
class MeasuredFringes:
    """One wavevector's fringes in one region, before they are taken out."""

    region: Region
    g_per_nm: Wavevector
    g_sigma_per_nm: float
    touches: bool

    @property
    def snr(self) -> FloatImage:
        """The region's amplitude over the noise amplitude, fading outside."""
        region = self.region
        return fading_outside(region.snr, region.mask, region.threshold, region.fading_px)

    def with_spread(self, pixel_nm: tuple[float, float], tuning: FringeTuning) -> "MeasuredFringes":
        """The same, its uncertainty with what g changes inside the region."""
        spread = spread_of_g(self.region, self.g_per_nm, pixel_nm, tuning=tuning)
        sigma = float(np.hypot(self.g_sigma_per_nm, tuning.spread_share * spread))
        return replace(self, g_sigma_per_nm=sigma)

    @property
    def amplitude(self) -> float:
        """Plateau in units of the field's noise amplitude per nm, comparable between resolutions."""
        return self.region.plateau * float(np.sqrt(self.region.noise_power)) / self.region.resolution_nm


def are_same(
    g: Wavevector, footprint: Footprint, other_g: Wavevector, other: Footprint, tuning: FringeTuning
) -> bool:
    """Whether fringes are one lattice's: nearly the same g, and much of the smaller footprint shared."""
    smaller = min(footprint.n_pixels, other.n_pixels)
    near = distance_per_nm(g, other_g) < tuning.same_g_per_nm
    return near and footprint.shared(other) > tuning.max_shared * smaller


TrialWaves = tuple[list[FloatArray], list[ComplexArray]]
"""Row and column frequencies beside g in 1/nm, and their waves on a map's rows and columns."""


def trial_waves_of(region: Region, pixel_nm: tuple[float, float], tuning: FringeTuning) -> TrialWaves:
    """The waves with which g is looked for in a region's map."""
    limit = 1.5 / (2 * np.pi * region.resolution_nm)
    offsets: list[FloatArray] = []
    waves: list[ComplexArray] = []
    for positions, pixel in zip((region.map_.rows_px, region.map_.cols_px), pixel_nm, strict=True):
        place = positions * pixel
        n = int(np.ceil(limit * tuning.refinement * (place[-1] - place[0] + pixel))) + 1
        offset = np.linspace(-limit, limit, 2 * n + 1)
        offsets.append(offset)
        waves.append(np.exp(-2j * np.pi * np.outer(offset, place)).astype(np.complex64))
    return offsets, waves


def refine(
    region: Region,
    g: Wavevector,
    pixel_nm: tuple[float, float],
    *,
    tuning: FringeTuning = FRINGE_TUNING,
    depth: FloatImage | None = None,
    trial_waves: TrialWaves | None = None,
) -> Wavevector | None:
    """g where the power of the region's fringes is largest, or None when that is another spot.

    For a wave in white noise the maximum of the periodogram is the maximum-likelihood estimate
    (Rife & Boorstyn 1974, doi:10.1109/TIT.1974.1055282).

    Parameters
    ----------
    region, g, pixel_nm
        The fringes, their g (row, column) in 1/nm as far as it is known, the (row, column) pixel size in nm.
    tuning
        How finely to look, and what counts.
    depth
        Shape of the map: how deep inside each sample lies, 0 outside; of the region itself when not given.
    trial_waves
        Of `trial_waves_of`, where they are known.
    """
    # Near its rim a region holds blurred neighbours and relaxed lattice: the deeper inside, the more a sample
    # counts, most of all where noise is no concern.
    depth = depth_inside(region.mask) if depth is None else depth
    precise = counting_sigma(region, g, pixel_nm, tuning) < tuning.precise * np.hypot(*g)
    fringes = (region.map_.amplitude * depth ** (3 if precise else 1)).astype(np.complex64)
    offsets, waves = trial_waves or trial_waves_of(region, pixel_nm, tuning)
    power = np.abs(waves[0] @ fringes @ waves[1].T) ** 2
    top = summit(power)
    if top is None:
        return None
    shifts = (offset[0] + at * (offset[1] - offset[0]) for at, offset in zip(top, offsets, strict=True))
    return Wavevector(*(float(own + shift) for own, shift in zip(g, shifts, strict=True)))


def counting_sigma(
    region: Region, g: Wavevector, pixel_nm: tuple[float, float], tuning: FringeTuning
) -> float:
    """Standard uncertainty of |g| in 1/nm by noise alone: the Cramér-Rao bound of a wave in white noise."""
    return spot_per_nm(region, g, pixel_nm, tuning) / float(np.sqrt(2 * max(region.energy, 1.0)))


def spot_per_nm(region: Region, g: Wavevector, pixel_nm: tuple[float, float], tuning: FringeTuning) -> float:
    """Standard deviation in 1/nm along g of the spot of a region: what its extent leaves uncertain."""
    along = _places_nm(region, pixel_nm) @ np.asarray(g) / np.hypot(*g)
    return float(1 / (2 * np.pi * np.sqrt(max(float(along.var()), tuning.min_spread_nm2))))


def _places_nm(region: Region, pixel_nm: tuple[float, float]) -> FloatArray:
    """Shape (n, 2): (row, column) in nm of a region's samples."""
    rows, cols = np.nonzero(region.mask)
    return np.stack(
        [region.map_.rows_px[rows] * pixel_nm[0], region.map_.cols_px[cols] * pixel_nm[1]], axis=1
    )


def g_sigma(
    region: Region,
    g: Wavevector,
    pixel_nm: tuple[float, float],
    *,
    tuning: FringeTuning = FRINGE_TUNING,
) -> float:
    """Standard uncertainty of |g| in 1/nm, by noise, neighbours and the region's rim."""
    parts = (
        counting_sigma(region, g, pixel_nm, tuning),
        tuning.spot_share * spot_per_nm(region, g, pixel_nm, tuning),
        tuning.strain * float(np.hypot(*g)),
    )
    return float(np.linalg.norm(parts))


def spread_of_g(
    region: Region,
    g: Wavevector,
    pixel_nm: tuple[float, float],
    *,
    tuning: FringeTuning = FRINGE_TUNING,
) -> float:
    """How far |g| changes inside a region, in 1/nm: half the difference of its halves, beyond noise.

    Along g and across it the region is cut into halves of one energy, and g is measured in each.

    Parameters
    ----------
    region
        The fringes.
    g
        (row, column) in 1/nm, of all of it.
    pixel_nm
        (row, column) pixel size in nm.
    tuning
        How much the halves differ by noise alone.
    """
    places, energy = _places_nm(region, pixel_nm), np.abs(region.map_.amplitude[region.mask]) ** 2
    depth, variance = depth_inside(region.mask), 0.0
    find = partial(
        _measured_half, region, g, depth=depth, pixel_nm=pixel_nm, tuning=tuning,
        trial_waves=trial_waves_of(region, pixel_nm, tuning),
    )  # fmt: skip
    for direction in ((g[0], g[1]), (g[1], -g[0])):
        along = places @ np.asarray(direction)
        order = np.argsort(along, kind="stable")
        total = np.cumsum(energy[order])
        middle = along[order[np.searchsorted(total, total[-1] / 2)]]
        halves = [find(side) for side in (along < middle, along >= middle)]
        if all(halves):
            (one, one_sigma), (other, other_sigma) = (half for half in halves if half)
            noise = tuning.spread_noise * (one_sigma**2 + other_sigma**2)
            variance += max((one - other) ** 2 - noise, 0.0) / 4
    return float(np.sqrt(variance))


def _measured_half(
    region: Region,
    g: Wavevector,
    side: BoolArray,
    *,
    depth: FloatImage,
    pixel_nm: tuple[float, float],
    tuning: FringeTuning,
    trial_waves: TrialWaves,
) -> tuple[float, float] | None:
    """|g| and its counting uncertainty in a part of a region, None where it cannot be measured."""
    mask = np.zeros_like(region.mask)
    mask[region.mask] = side
    if not side.any():
        return None
    half = replace(region, mask=mask, energy=region.energy * float(side.mean()))
    found = refine(half, g, pixel_nm, tuning=tuning, depth=np.where(mask, depth, 0), trial_waves=trial_waves)
    return found and (float(np.hypot(*found)), counting_sigma(half, found, pixel_nm, tuning))
