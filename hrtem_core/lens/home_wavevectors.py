"""The wavevectors of fringes that were brought home: without the lens, which splits and bends their spots."""

from dataclasses import dataclass, replace

import numpy as np

from hrtem_core.domains import Domain, Domains
from hrtem_core.fringes import FRINGE_TUNING
from hrtem_core.image import Aberrations, Wavevector, distance_per_nm, half_plane
from hrtem_core.lens.hypotheses import Hypothesis
from hrtem_core.lens.refraction import RefractingCrystal
from hrtem_core.lens.sidebands import Cells, Sideband, Waves
from hrtem_core.lens.tuning import LENS_TUNING, LensTuning
from hrtem_core.numerics import ComplexArray, FloatArray, Footprint, read_only
from hrtem_core.peaks import Peaks
from hrtem_core.spectrum import RadialProfile

TURNS = 2 * np.pi * np.arange(8)[:, None] / 8
RING = np.hstack([np.sin(TURNS), np.cos(TURNS)])
AROUND = np.array([(row, col) for row in (-1.0, 0.0, 1.0) for col in (-1.0, 0.0, 1.0)])
PARABOLOID = np.linalg.pinv(
    np.stack(
        [np.ones(9), *AROUND.T, AROUND[:, 0] ** 2 / 2, AROUND.prod(axis=1), AROUND[:, 1] ** 2 / 2], axis=1
    )
)
"""From values at these to the paraboloid that fits them best: value, slopes and second derivatives."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Conditions:
    """What all spots of a micrograph have in common.

    Parameters
    ----------
    lens
        What it does to the waves.
    wavelength_nm
        Of the electrons.
    grid
        The cells that places are counted in.
    profile
        The noise by which the image was whitened.
    tuning
        What was tuned.
    """

    lens: Aberrations
    wavelength_nm: float
    grid: Cells
    profile: RadialProfile
    tuning: LensTuning

    def left_of_waves(self, radius_per_nm: FloatArray, g_per_nm: float) -> FloatArray:
        """What the lens, and whitening, have left of a wave, relative to what the lens leaves at |g|."""
        carried = self.lens.coherence(radius_per_nm, self.wavelength_nm)
        carried = carried / self.lens.coherence(g_per_nm, self.wavelength_nm)
        profile = self.profile
        noise = np.interp(radius_per_nm, profile.g_per_nm, profile.noise)
        return np.asarray(carried * profile.tilt(radius_per_nm, g_per_nm) / np.sqrt(noise))

    def crystal(self, place: Footprint, snr: float) -> RefractingCrystal:
        """What lies at a place and has strongest fringes of this amplitude."""
        return RefractingCrystal(place, snr, self.grid.cell_nm, self.wavelength_nm, self.tuning)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Spot:
    """The spectrum around one reflection, and what a crystal of known outline adds to it.

    Parameters
    ----------
    spectrum
        Shape (rows, columns): with the wave g at home.
    carried
        Shape (2, rows, columns): what the lens, and whitening, have left of the waves g and -g, 0 beyond the
        reach; the second carries -g to where it lies when the wave g is at home.
    places_nm
        Rows and columns of the crystal's outline.
    transforms
        From rows and from columns of the outline to the bins of the spectrum.
    outlines
        Shape (2, rows, columns): of the waves g and -g, 0 outside.
    tuning
        What was tuned.
    """

    spectrum: ComplexArray
    carried: ComplexArray
    places_nm: tuple[FloatArray, FloatArray]
    transforms: tuple[ComplexArray, ComplexArray]
    outlines: ComplexArray
    tuning: LensTuning

    @classmethod
    def of(
        cls, waves: Waves, g_per_nm: Wavevector, place: Footprint, snr: float, conditions: Conditions
    ) -> "_Spot":
        """From the map of the wave g."""
        map_, grid, lens, tuning = waves.plus, conditions.grid, conditions.lens, conditions.tuning
        reach = tuning.reach_per_nm
        offsets, seen, transforms, places = [], [], [], []
        for axis, positions_px in enumerate((map_.rows_px, map_.cols_px)):
            positions = positions_px * grid.cell_nm[axis] / grid.step_px[axis]
            n = int(np.ceil(reach * (positions[-1] - positions[0])))
            offset = np.linspace(-reach, reach, 2 * n + 1)
            inside = (place.corner[axis] + np.arange(place.mask.shape[axis])) * grid.cell_nm[axis]
            offsets.append(offset)
            places.append(inside)
            seen.append(np.exp(-2j * np.pi * np.outer(offset, positions)))
            transforms.append(np.exp(-2j * np.pi * np.outer(offset, inside)))
        row, col = offsets[0][:, None], offsets[1]
        near = np.hypot(row, col) <= reach
        # What the maps were smoothed by is undone: the noise is as strong in all bins then.
        sharpened = near * np.exp(2 * (np.pi * tuning.resolution_nm) ** 2 * (row**2 + col**2))
        row, col = row + g_per_nm[0], col + g_per_nm[1]
        left = near * conditions.left_of_waves(np.hypot(row, col), float(np.hypot(*g_per_nm)))
        carried = np.stack([left.astype(complex), left * np.exp(2j * lens.chi(row, col))])
        outlines = np.stack(conditions.crystal(place, snr).waves(lens.displacement_nm(g_per_nm)))
        return cls(
            spectrum=(seen[0] @ map_.amplitude @ seen[1].T * sharpened).astype(np.complex64),
            carried=carried.astype(np.complex64),
            places_nm=(places[0], places[1]),
            transforms=(transforms[0].astype(np.complex64), transforms[1].T.astype(np.complex64)),
            outlines=outlines.astype(np.complex64),
            tuning=tuning,
        )

    def explained(self, offsets_per_nm: FloatArray) -> FloatArray:
        """Energy that a crystal with these g accounts for, less what the inequality of its waves costs.

        A thin crystal's waves are Phi and -Phi. Their difference and their sum are fitted by least squares,
        the sum with a penalty (ridge regression).

        Parameters
        ----------
        offsets_per_nm
            Shape (n, 2): of g.

        Returns
        -------
        energy
            Shape (n,).
        """
        rows, cols = (
            np.exp(2j * np.pi * by[:, None] * places).astype(np.complex64)
            for by, places in zip(offsets_per_nm.T, self.places_nm, strict=True)
        )
        ramps = rows[:, None, :, None] * cols[:, None, None, :]
        waves = self.transforms[0] @ (self.outlines * ramps) @ self.transforms[1] * self.carried
        waves = waves.reshape(len(offsets_per_nm), 2, -1)
        along = (waves.conj() @ np.swapaxes(waves, 1, 2)).astype(complex)
        seen = (waves.conj() @ self.spectrum.ravel()).astype(complex)
        length = np.sqrt(np.stack([along[:, 0, 0].real, along[:, 1, 1].real], axis=1))
        both = along[:, 0, 1] / length.prod(axis=1)
        home, away = (seen / length).T
        equal, unequal = (home - away) / np.sqrt(2), (home + away) / np.sqrt(2)
        # The inverse of the 2 x 2 metric of the difference and the sum, written out.
        metric = 1 - both.real, 1j * both.imag, 1 + both.real + self.tuning.inequality
        energy = (
            metric[2] * np.abs(equal) ** 2
            + metric[0] * np.abs(unequal) ** 2
            - 2 * np.real(np.conj(equal) * metric[1] * unequal)
        )
        return np.asarray(energy / (metric[0] * metric[2] - np.abs(metric[1]) ** 2))

    def best(self) -> tuple[FloatArray, FloatArray]:
        """The offset of g with which the crystal accounts for most, and the curvature there, shape (2, 2)."""
        starts = np.vstack([np.zeros((1, 2)), *(radius * RING for radius in self.tuning.starts_per_nm)])
        offset: FloatArray = starts[int(np.argmax(self.explained(starts)))]
        curvature: FloatArray = np.zeros((2, 2))
        for step in self.tuning.steps_per_nm:
            energy = self.explained(offset + step * AROUND)
            top: FloatArray = AROUND[int(np.argmax(energy))]
            slope, curvature = _paraboloid(energy, step)
            if np.linalg.eigvalsh(curvature)[1] < 0:
                vertex = -np.linalg.solve(curvature, slope) / step
                top = vertex if np.abs(vertex).max() <= AROUND.max() else top
            offset = offset + step * top
        return offset, curvature

    def sigma_per_nm(self, offset_per_nm: FloatArray, curvature: FloatArray, direction: FloatArray) -> float:
        """Standard uncertainty of g along a direction: what is not explained, against the curvature."""
        along = -float(direction @ curvature @ direction)
        total = float((np.abs(self.spectrum) ** 2).sum())
        left = total - float(self.explained(offset_per_nm[None])[0])
        per_bin = left / max(int(np.count_nonzero(self.carried[0])), 1)
        return float(np.sqrt(per_bin / along)) if along > 0 else self.tuning.reach_per_nm


def _paraboloid(energy: FloatArray, step: float) -> tuple[FloatArray, FloatArray]:
    """Slope and second derivatives at the centre of `AROUND`, by least squares."""
    fit = PARABOLOID @ energy
    return fit[1:3] / step, np.array([[fit[3], fit[4]], [fit[4], fit[5]]]) / step**2


def measured(
    domain: Domain,
    home: Hypothesis,
    band: Sideband,
    waves: Waves | None,
    snr: float,
    conditions: Conditions,
) -> Domain:
    """The domain with the g that accounts best for its fringes, wherever the lens has put them.

    Where both waves of a reflection overlap, their spots interfere, and the maximum of either is pulled by
    up to 1 %: g is that of a crystal of this outline whose two waves, each displaced and defocused by the
    lens, explain most of the sideband. Fringes that stay are both such waves and what these make together,
    and their g is the one found, less what the crystal's own refraction has added.

    Parameters
    ----------
    domain
        What the hypothesis has become.
    home
        Its place, and which of its waves it has.
    band, waves
        Its reflection, and both waves of it; None where the lens does not move them.
    snr
        Amplitude of the strongest fringes of its crystal.
    conditions
        Of the whole micrograph.
    """
    tuning = conditions.tuning
    if waves is None or home.kind == "home":
        return _doubted(domain, home.place, conditions, tuning.spot_sigma_home)
    if home.kind == "stays":
        unpulled = _unpulled(domain, home, band, snr, conditions)
        return _doubted(unpulled, home.place, conditions, tuning.spot_sigma_stays)
    spot = _Spot.of(waves, band.g_per_nm, home.place, snr, conditions)
    offset, curvature = spot.best()
    g = np.array(band.g_per_nm) + offset
    if distance_per_nm(g[None], domain.g_per_nm)[0] > tuning.max_pull_per_nm:
        return as_found(domain, home, conditions)
    length = float(np.hypot(*g))
    sigma = float(np.hypot(spot.sigma_per_nm(offset, curvature, g / length), FRINGE_TUNING.strain * length))
    at_home = replace(domain, g_per_nm=Wavevector(float(g[0]), float(g[1])), g_sigma_per_nm=sigma)
    return _doubted(at_home, home.place, conditions, tuning.spot_sigma_brought)


def as_found(domain: Domain, home: Hypothesis, conditions: Conditions) -> Domain:
    """The domain with the g of its fringes, whose spot the lens has split or bent by nobody knows how much.

    Parameters
    ----------
    domain
        What the hypothesis has become: a lone copy without a witness, or fringes that the fit did not meet.
    home
        Its place, or one of the two where it may lie.
    conditions
        Of the whole micrograph.
    """
    return _doubted(domain, home.place, conditions, conditions.tuning.spot_sigma_stays)


def _unpulled(domain: Domain, home: Hypothesis, band: Sideband, snr: float, conditions: Conditions) -> Domain:
    """Fringes 2g that the waves g and -g make together, without what the crystal's refraction adds."""
    half_g = np.array(band.g_per_nm) / 2
    pull = conditions.crystal(home.place, snr).pull_per_nm(conditions.lens.displacement_nm(half_g))
    row, col = domain.g_per_nm - np.sign(np.dot(domain.g_per_nm, half_g)) * pull
    return replace(domain, g_per_nm=Wavevector(float(row), float(col)))


def _doubted(domain: Domain, place: Footprint, conditions: Conditions, widths: float) -> Domain:
    """The domain with what the lens adds to the uncertainty of its g, in units of a spot's width."""
    diameter_nm = 2 * np.sqrt(place.n_pixels * conditions.grid.area_nm2 / np.pi)
    return replace(domain, g_sigma_per_nm=float(np.hypot(domain.g_sigma_per_nm, widths / diameter_nm)))


def peaks_at_home(peaks: Peaks, domains: Domains, tuning: LensTuning = LENS_TUNING) -> Peaks:
    """The peaks with the g that their domains have at home; the same where the lens has moved nothing.

    Parameters
    ----------
    peaks
        With the g of the fringes as they were found.
    domains
        Where the crystals are.
    tuning
        What was tuned.
    """
    g, sigma = peaks.g_per_nm.copy(), peaks.g_sigma_per_nm.copy()
    if domains.delocalization == (0.0, 0.0):
        return peaks
    for peak in {domain.peak for domain in domains.certain}:
        own = [domain for domain in domains.certain if domain.peak == peak]
        found = _mean(own, peaks.g_per_nm[peak])
        if np.hypot(*(found[0] - g[peak])) < tuning.same_reflection_per_nm:
            g[peak], sigma[peak] = half_plane(found[0][None])[0], found[1]
    return replace(peaks, g_per_nm=read_only(g), g_sigma_per_nm=read_only(sigma))


def _mean(domains: list[Domain], g_per_nm: FloatArray) -> tuple[FloatArray, float]:
    """Weighted mean of domains' g, all on the side of `g_per_nm`, and its standard uncertainty."""
    sides: list[Wavevector] = [d.g_per_nm for d in domains]
    g = np.array([side if np.dot(side, g_per_nm) > 0 else np.negative(side) for side in sides])
    weight = np.array([d.g_sigma_per_nm**-2.0 for d in domains])
    return np.average(g, axis=0, weights=weight), float(weight.sum() ** -0.5)
