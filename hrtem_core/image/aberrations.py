"""The phase that an objective lens gives to a specimen's waves, and how far it displaces their fringes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hrtem_core.numerics import FloatArray

NM_PER_MM = 1e6
SOURCE_ANGLE_RAD, FOCAL_SPREAD_NM = 1.5e-4, 5.0
"""Half-angle of illumination and standard deviation of defocus of an ordinary microscope without a corrector:
its contrast falls with q accordingly."""
LEAST_COHERENCE = 0.05
ORDINARY_WAVELENGTH_NM = 0.0025079
"""At 200 kV: where nobody has said what the voltage is."""


def wavelength_nm(voltage_kv: float) -> float:
    """Relativistic wavelength of electrons in nm.

    lambda = h / sqrt(2 m e V (1 + e V / 2 m c²)), CODATA 2018 constants.
    """
    volts = voltage_kv * 1e3
    return float(1.226425969 / np.sqrt(volts * (1 + 0.97847543e-6 * volts)))


@dataclass(frozen=True)
class Aberrations:
    """Defocus, two-fold astigmatism and spherical aberration of a lens, in terms that need no voltage.

    chi(q) = pi (c3 q⁴ / 2 - c1 q² - a_cos q² cos 2 phi - a_sin q² sin 2 phi), phi the azimuth of q
    (0 = to the right, 90° = up), underfocus positive.

    Parameters
    ----------
    c1_nm2
        Wavelength x defocus.
    c3_nm4
        Wavelength³ x Cs.
    a_cos_nm2, a_sin_nm2
        Wavelength x astigmatism along 0° and along 45°: the defocus in direction phi is
        c1 + a_cos cos 2 phi + a_sin sin 2 phi.
    """

    c1_nm2: float = 0.0
    c3_nm4: float = 0.0
    a_cos_nm2: float = 0.0
    a_sin_nm2: float = 0.0

    @classmethod
    def of(cls, voltage_kv: float, cs_mm: float, defocus_nm: float) -> "Aberrations":
        """Those of a lens without astigmatism."""
        wave_nm = wavelength_nm(voltage_kv)
        return cls(wave_nm * defocus_nm, cs_mm * NM_PER_MM * wave_nm**3)

    def chi(self, row_per_nm: ArrayLike, col_per_nm: ArrayLike) -> FloatArray:
        """Phase in radians at (row, column) frequencies in 1/nm; the image is that of exp(-i chi)."""
        row, col = np.asarray(row_per_nm), np.asarray(col_per_nm)
        squared = row**2 + col**2
        twofold = self.a_cos_nm2 * (col**2 - row**2) - 2 * self.a_sin_nm2 * row * col
        return np.asarray(np.pi * (self.c3_nm4 / 2 * squared**2 - self.c1_nm2 * squared - twofold))

    def transfer(self, g_per_nm: ArrayLike) -> FloatArray:
        """sin chi at |g| in 1/nm, without astigmatism: how a thin film's contrast is carried."""
        g = np.asarray(g_per_nm, dtype=float)
        return np.asarray(np.sin(np.pi * (self.c3_nm4 / 2 * g**4 - self.c1_nm2 * g**2)))

    def coherence(self, g_per_nm: ArrayLike, wavelength_nm: float) -> FloatArray:
        """What an ordinary source leaves of the contrast at |g| in 1/nm, without astigmatism.

        The envelopes of partial coherence in space and time (Reimer & Kohl 2008, Transmission Electron
        Microscopy, section 6.4).
        """
        g = np.asarray(g_per_nm, dtype=float)
        displacement = self.c3_nm4 * g**3 - self.c1_nm2 * g
        space = np.pi * SOURCE_ANGLE_RAD / wavelength_nm * displacement
        time = np.pi * wavelength_nm * FOCAL_SPREAD_NM * g**2
        return np.maximum(np.exp(-(space**2) - time**2 / 2), LEAST_COHERENCE)

    def displacement_nm(self, g_per_nm: ArrayLike) -> FloatArray:
        """R = grad chi / 2 pi: where the lens puts the fringes of the wave g, relative to their crystal.

        The wave -g of the same fringes goes to -R (Coene & Jansen 1992, Scanning Microsc. Suppl. 6, 379).

        Parameters
        ----------
        g_per_nm
            Shape (..., 2): (row, column) in 1/nm.

        Returns
        -------
        displacement
            Shape (..., 2): (row, column) in nm.
        """
        g = np.asarray(g_per_nm, dtype=float)
        row, col = g[..., 0], g[..., 1]
        radial = self.c3_nm4 * (row**2 + col**2) - self.c1_nm2
        return np.stack(
            [
                (radial + self.a_cos_nm2) * row + self.a_sin_nm2 * col,
                (radial - self.a_cos_nm2) * col + self.a_sin_nm2 * row,
            ],
            axis=-1,
        )

    @property
    def astigmatism_nm2(self) -> float:
        """Wavelength x two-fold astigmatism: defocus in the two main directions is c1 plus and minus this."""
        return float(np.hypot(self.a_cos_nm2, self.a_sin_nm2))

    @property
    def astigmatism_azimuth_deg(self) -> float:
        """Direction of the greatest underfocus, 0 = to the right, 90 = up, in [0, 180)."""
        return float(np.degrees(np.arctan2(self.a_sin_nm2, self.a_cos_nm2)) / 2 % 180)

    def astigmatism_sigma_nm2(self, sigmas: "Aberrations") -> float:
        """Standard uncertainty of `astigmatism_nm2` from those of its two terms."""
        if self.astigmatism_nm2 == 0:
            return float(np.hypot(sigmas.a_cos_nm2, sigmas.a_sin_nm2))
        terms = self.a_cos_nm2 * sigmas.a_cos_nm2, self.a_sin_nm2 * sigmas.a_sin_nm2
        return float(np.hypot(*terms) / self.astigmatism_nm2)
