"""What a crystal does to the beam: it is a weak lens itself, and fringes that another lens has moved show it.

The fringes of g are the beat of the wave g with the beam that goes straight on. Both gather the phase of
the crystal's mean inner potential (Reimer & Kohl 2008, Transmission Electron Microscopy, section 3.1), but
where the objective lens has moved the wave g by R, it beats with a beam that crossed the crystal elsewhere.
What is left of the phase, phi(r) - phi(r + R), is nearly a ramp along g: it moves the spot outward where R
points outward, and inward where R points inward.

How large the phase is, the fringes tell: in a thin crystal both grow with its thickness and with the weight
of its atoms, and film and noise, in whose units fringes are measured, are the same for all crystals.
"""

import numpy as np
import scipy

from hrtem_core.lens.tuning import LensTuning
from hrtem_core.numerics import BoolArray, ComplexArray, FloatArray, FloatImage, Footprint

REST_ENERGY_KEV, H_C_KEV_NM, TURN_PER_KV_NM = 510.99895, 1.23984198, 5.0677307


def phase_per_v_nm(wavelength_nm: float) -> float:
    """Interaction constant in rad / (V nm): 0.0073 at 200 kV."""
    wave_kev = H_C_KEV_NM / wavelength_nm
    velocity = wave_kev / np.hypot(wave_kev, REST_ENERGY_KEV)
    return float(TURN_PER_KV_NM / velocity / 1e3)


class RefractingCrystal:
    """The phase of the beam behind a crystal, as thick as its largest inscribed disc is wide, and round.

    Parameters
    ----------
    place
        Its outline.
    snr
        Amplitude of its strongest fringes, in units of the noise amplitude.
    cell_nm
        (row, column) size of the cells of `place`.
    wavelength_nm
        Of the electrons.
    tuning
        What was tuned.
    """

    def __init__(
        self,
        place: Footprint,
        snr: float,
        cell_nm: tuple[float, float],
        wavelength_nm: float,
        tuning: LensTuning,
    ) -> None:
        self.tuning = tuning
        self.mask = place.mask
        self.cell_nm = cell_nm
        depth = scipy.ndimage.distance_transform_edt(np.pad(place.mask, 1), sampling=cell_nm)[1:-1, 1:-1]
        radius = float(depth.max(initial=0.0))
        strength = tuning.max_potential_v * phase_per_v_nm(wavelength_nm)
        if radius > 0:
            strength = min(tuning.phase_per_snr * snr / (2 * radius), strength)
        self.phase: FloatImage = strength * 2 * np.sqrt(depth * (2 * radius - depth))

    def _moved(self, image: FloatImage, displacement_nm: FloatArray) -> FloatImage:
        """An image of the crystal's window where the lens puts it; 0 beyond the window."""
        return np.asarray(
            scipy.ndimage.shift(
                image, displacement_nm / self.cell_nm, order=1, mode="constant", prefilter=False
            )
        )

    def waves(self, displacement_nm: FloatArray) -> tuple[ComplexArray, ComplexArray]:
        """The waves g and -g on the crystal, as they beat with the beam where a lens has put them.

        Parameters
        ----------
        displacement_nm
            Shape (2,): R of the wave g, -R that of -g, in nm.
        """
        plus = self.phase - self._moved(self.phase, -displacement_nm)
        minus = self._moved(self.phase, displacement_nm) - self.phase
        there = self.mask.astype(np.complex128)
        return there * np.exp(1j * plus), there * np.exp(1j * minus)

    def pull_per_nm(self, displacement_nm: FloatArray) -> FloatArray:
        """How far off the 2g of the fringes is that g and -g make together, where a lens has put these.

        Parameters
        ----------
        displacement_nm
            Shape (2,): R of the wave g, -R that of -g, in nm.

        Returns
        -------
        pull
            Shape (2,): what 2g has too much, in 1/nm; 0 where the two waves do not meet.
        """
        shapes = [self._moved(self.mask.astype(float), sign * displacement_nm) for sign in (1, -1)]
        both: BoolArray = np.minimum(*shapes) > 0.5
        if np.count_nonzero(both) < self.tuning.min_met * np.count_nonzero(self.mask):
            return np.zeros(2)
        beat = self._moved(self.phase, displacement_nm) - self._moved(self.phase, -displacement_nm)
        terms = np.column_stack([np.argwhere(both) * self.cell_nm, np.ones(np.count_nonzero(both))])
        ramp = np.linalg.lstsq(terms, beat[both], rcond=None)[0]
        return np.asarray(ramp[:2] / (2 * np.pi))
