"""The wavevectors of fringes that were brought home: without the lens, which splits and bends their spots."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import optimize

from hrtem_core.domains import Domain, Domains
from hrtem_core.fringes import Demodulated, Region, g_sigma, refine
from hrtem_core.image import Wavevector, distance_per_nm, half_plane
from hrtem_core.lens.hypotheses import Hypothesis
from hrtem_core.lens.optics import Aberrations
from hrtem_core.lens.sidebands import RESOLUTION_NM, SAME_G_PER_NM, Cells, Sideband, Waves
from hrtem_core.numerics import ComplexArray, FloatArray, Footprint, read_only
from hrtem_core.peaks import Peaks
from hrtem_core.spectrum import RadialProfile

Model = Literal["both", "equal"]
"""The waves g and -g of a crystal: of any strengths, none included, or as a thin crystal has them."""
APART_NM = 0.6
"""From this displacement on the two waves tell of their own strengths; below, they would fit anything."""
REACH_PER_NM = 0.45
"""Half the side of the square around g in which a spot is looked at; the maps carry no more."""
SIMPLEX_PER_NM = ((0.0, 0.0), (0.03, 0.0), (0.0, 0.03))
MAX_PULL_PER_NM = 0.12
"""What lies further from the g that the fringes were found with is another spot."""
MIN_SAMPLES = 4
"""Samples of a map that a crystal must hold for its wavevector to be measured anew."""


@dataclass(frozen=True, eq=False)
class _Spot:
    """The spectrum around one reflection, and what a crystal of known outline adds to it.

    Parameters
    ----------
    offsets_per_nm
        Row and column frequencies of the bins, relative to the reflection's g.
    spectrum
        Shape (rows, columns): with the wave g at home.
    window
        Shape (rows, columns): the Gaussian that the maps were smoothed by, and what whitening has left.
    second
        Shape (rows, columns): what carries the wave -g to where it lies when the wave g is at home.
    places_nm
        Rows and columns of the crystal's outline.
    outline
        Shape (rows, columns): 1 inside.
    """

    offsets_per_nm: tuple[FloatArray, FloatArray]
    spectrum: ComplexArray
    window: FloatArray
    second: ComplexArray
    places_nm: tuple[FloatArray, FloatArray]
    outline: FloatArray

    @classmethod
    def of(
        cls,
        waves: Waves,
        g_per_nm: Wavevector,
        lens: Aberrations,
        place: Footprint,
        grid: Cells,
        profile: RadialProfile,
    ) -> "_Spot":
        """From the map of the wave g."""
        map_, pixel_nm = waves.plus, np.divide(grid.cell_nm, grid.step_px)
        offsets, transforms = [], []
        for positions, pixel in zip((map_.rows_px, map_.cols_px), pixel_nm, strict=True):
            length_nm = (positions[-1] - positions[0]) * pixel
            n = int(np.ceil(REACH_PER_NM * length_nm))
            offset = np.linspace(-REACH_PER_NM, REACH_PER_NM, 2 * n + 1)
            offsets.append(offset)
            transforms.append(np.exp(-2j * np.pi * np.outer(offset, positions * pixel)))
        row, col = offsets[0][:, None], offsets[1]
        radius = np.hypot(row + g_per_nm[0], col + g_per_nm[1])
        whitening = profile.tilt(radius, float(np.hypot(*g_per_nm)))
        whitening = whitening / np.sqrt(np.interp(radius, profile.g_per_nm, profile.noise))
        return cls(
            (offsets[0], offsets[1]),
            transforms[0] @ map_.amplitude @ transforms[1].T,
            np.exp(-2 * (np.pi * RESOLUTION_NM) ** 2 * (row**2 + col**2)) * whitening,
            np.exp(2j * lens.chi(row + g_per_nm[0], col + g_per_nm[1])),
            (
                (place.row0 + np.arange(place.mask.shape[0])) * grid.cell_nm[0],
                (place.col0 + np.arange(place.mask.shape[1])) * grid.cell_nm[1],
            ),
            place.mask.astype(float),
        )

    def explained(self, offset_per_nm: FloatArray, model: Model) -> float:
        """Energy of the spectrum that a crystal with this g accounts for, with the waves that it has."""
        rows, cols = (
            np.exp(-2j * np.pi * np.outer(bins - by, places))
            for bins, by, places in zip(self.offsets_per_nm, offset_per_nm, self.places_nm, strict=True)
        )
        home = (rows @ self.outline @ cols.T * self.window).ravel()
        away = home * self.second.ravel()
        basis = (home, away) if model == "both" else (home - away,)
        modes = np.linalg.qr(np.stack(basis, axis=1))[0]
        return float((np.abs(modes.conj().T @ self.spectrum.ravel()) ** 2).sum())

    def best(self, model: Model) -> FloatArray:
        """The offset of g with which the crystal accounts for most."""
        fit = optimize.minimize(
            lambda offset: -self.explained(offset, model),
            np.zeros(2),
            method="Nelder-Mead",
            options={"initial_simplex": SIMPLEX_PER_NM, "xatol": 2e-4, "fatol": np.inf, "maxiter": 60},
        )
        return np.asarray(fit.x)


def measured(
    domain: Domain,
    home: Hypothesis,
    band: Sideband,
    waves: Waves,
    lens: Aberrations,
    grid: Cells,
    profile: RadialProfile,
) -> Domain:
    """The domain with the g that accounts best for its fringes, wherever the lens has put them.

    Where both waves of a reflection overlap, their spots interfere, and the maximum of either is pulled by
    up to 1 %: g is that of a crystal of this outline whose two waves, each displaced and defocused by the
    lens, explain most of the sideband.

    Parameters
    ----------
    domain
        What the hypothesis has become; as it was where g is not to be had.
    home
        Its place, and which of its waves it has.
    band, waves
        Its reflection, and both waves of it.
    lens
        What it does to them.
    grid
        The cells that the place is counted in.
    profile
        The noise by which the image was whitened.
    """
    pixel_nm = float(grid.cell_nm[0] / grid.step_px[0]), float(grid.cell_nm[1] / grid.step_px[1])
    map_ = waves.minus if home.kind == "minus" else waves.plus
    region = _region(map_, home.place, grid, waves.noise, pixel_nm)
    if region is None:
        return domain
    shift_nm = float(np.hypot(*(band.displacement * grid.cell_nm)))
    model: Model = "both" if shift_nm > APART_NM else "equal"
    offset = _Spot.of(waves, band.g_per_nm, lens, home.place, grid, profile).best(model)
    if distance_per_nm(np.array([band.g_per_nm]) + offset, domain.g_per_nm)[0] > MAX_PULL_PER_NM:
        return domain
    g = Wavevector(float(band.g_per_nm[0] + offset[0]), float(band.g_per_nm[1] + offset[1]))
    # How far the spot's own maximum lies from there is what the lens did; half of it may be left.
    alone = refine(region, band.g_per_nm, pixel_nm)
    pull = 0.0 if alone is None else (np.hypot(*alone) - np.hypot(*g)) / 2
    return replace(domain, g_per_nm=g, g_sigma_per_nm=float(np.hypot(g_sigma(region, g, pixel_nm), pull)))


def _region(
    map_: Demodulated, place: Footprint, grid: Cells, noise: float, pixel_nm: tuple[float, float]
) -> Region | None:
    """The samples of a map inside a place, None for too few."""
    rows, cols = (
        np.round(positions / step).astype(int)
        for positions, step in zip((map_.rows_px, map_.cols_px), grid.step_px, strict=True)
    )
    mask = place.holds(*(axis.ravel() for axis in np.meshgrid(rows, cols, indexing="ij")))
    mask = mask.reshape(len(rows), len(cols))
    if np.count_nonzero(mask) < MIN_SAMPLES:
        return None
    snr = np.asarray(np.abs(map_.amplitude) / np.float32(np.sqrt(noise)))
    sample_nm2 = (map_.rows_px[1] - map_.rows_px[0]) * (map_.cols_px[1] - map_.cols_px[0]) * np.prod(pixel_nm)
    cells = float(sample_nm2) / (4 * np.pi * RESOLUTION_NM**2)
    energy = max(0.0, float((snr[mask] ** 2 - 1).sum())) * cells
    excess = energy / np.sqrt(1 + np.count_nonzero(mask) * cells)
    return Region(
        map_=map_,
        resolution_nm=RESOLUTION_NM,
        fading_px=0.0,
        mask=mask,
        snr=snr,
        threshold=0.0,
        plateau=0.0,
        noise_power=noise,
        energy=energy,
        excess=float(excess),
    )


def peaks_at_home(peaks: Peaks, domains: Domains) -> Peaks:
    """The peaks with the g that their domains have at home; the same where the lens has moved nothing.

    Parameters
    ----------
    peaks
        With the g of the fringes as they were found.
    domains
        Where the crystals are.
    """
    g, sigma = peaks.g_per_nm.copy(), peaks.g_sigma_per_nm.copy()
    for peak in {domain.peak for domain in domains.certain if domain.displacement_nm > 0}:
        own = [domain for domain in domains.certain if domain.peak == peak]
        found = _mean(own, peaks.g_per_nm[peak])
        if np.hypot(*(found[0] - g[peak])) < SAME_G_PER_NM:
            g[peak], sigma[peak] = half_plane(found[0][None])[0], found[1]
    return replace(peaks, g_per_nm=read_only(g), g_sigma_per_nm=read_only(sigma))


def _mean(domains: list[Domain], g_per_nm: FloatArray) -> tuple[FloatArray, float]:
    """Weighted mean of domains' g, all on the side of `g_per_nm`, and its standard uncertainty."""
    sides: list[Wavevector] = [d.g_per_nm for d in domains]
    g = np.array([side if np.dot(side, g_per_nm) > 0 else np.negative(side) for side in sides])
    weight = np.array([d.g_sigma_per_nm**-2.0 for d in domains])
    return np.average(g, axis=0, weights=weight), float(weight.sum() ** -0.5)
