"""Stage 3, inverse FFT: Fresnel fringes, told from a few lattice planes by the edge they belong to.

A specimen's edge is a step. Its spectrum lies on a line through the origin and falls as 1 / |g|; the lens
multiplies it by sin χ, which is at most 1 (Fresnel fringes). So the energy of the micrograph on that line,
times |g|², is of one height from long waves on. Fringes of a lattice stand many times above what their own
crystal's edge has there. Whitening hides the difference: it raises what is weak in the film.
"""

import numpy as np
import scipy

from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Wavevector, frequencies_per_nm, whole_px
from hrtem_core.numerics import FloatArray, FloatImage, Footprint, Surroundings, blurred
from hrtem_core.spectrum import RadialProfile


def is_fresnel(
    image: FloatImage,
    footprint: Footprint,
    g_per_nm: Wavevector,
    pixel_nm: tuple[float, float],
    profile: RadialProfile,
    *,
    tuning: FringeTuning = FRINGE_TUNING,
) -> bool:
    """Whether fringes of few periods are no more than what an edge of that direction leaves at this |g|.

    Parameters
    ----------
    image
        Shape (rows, columns): the whitened image without the fringes that were explained before.
    footprint
        Where the fringes are.
    g_per_nm
        (row, column) in 1/nm.
    pixel_nm
        (row, column) pixel size in nm.
    profile
        What the whitening did.
    tuning
        How many periods are a lattice, and what an edge is.
    """
    length = float(np.hypot(*g_per_nm))
    along, across = extents_nm(footprint, g_per_nm, pixel_nm)
    most = tuning.many_periods_of_line if across > tuning.line * along else tuning.many_periods
    if along * length >= most:
        return False
    around, taper = tapered(image, footprint, pixel_nm, tuning)
    excess, noise = _on_the_line(
        np.asarray(around.block * taper),
        (g_per_nm[0] / length, g_per_nm[1] / length),
        pixel_nm,
        tuning.spot_widths / across + tuning.spot_per_nm,
        profile,
        tuning,
    )
    step = tuning.edge_step_per_nm
    at = min(round(length / step), len(excess) - 1)
    spot = tuning.spot_widths / along + tuning.spot_per_nm
    first, last = round(tuning.edge_from_per_nm / step), round((length - 2 * spot) / step)
    if last <= first:
        return False
    best = first + int(np.argmax(excess[first:last]))
    is_edge = excess[best] > tuning.edge_least * noise[best]
    return bool(is_edge and excess[best] > tuning.edge_share * excess[at])


def tapered(
    image: FloatImage, footprint: Footprint, pixel_nm: tuple[float, float], tuning: FringeTuning
) -> tuple[Surroundings, FloatImage]:
    """A region's surroundings, and a taper with a soft edge by which its own spectrum is taken."""
    around = Surroundings.of(footprint, image, whole_px(tuning.streak_margin_nm, pixel_nm))
    soft = blurred(around.mask, (tuning.streak_taper_nm / pixel_nm[0], tuning.streak_taper_nm / pixel_nm[1]))
    return around, np.asarray(soft * around.in_field)


def extents_nm(
    footprint: Footprint, g_per_nm: Wavevector, pixel_nm: tuple[float, float]
) -> tuple[float, float]:
    """How far a region reaches along g and across it: four standard deviations.

    Parameters
    ----------
    footprint
        The region.
    g_per_nm
        (row, column) in 1/nm.
    pixel_nm
        (row, column) pixel size in nm.
    """
    spread = footprint.covariance_px2() * np.outer(pixel_nm, pixel_nm)
    along, across = np.array(g_per_nm), np.array([-g_per_nm[1], g_per_nm[0]])
    variances = (float(one @ spread @ one) / float(one @ one) for one in (along, across))
    wide, long = (4 * max(np.sqrt(max(variance, 0.0)), 1e-6) for variance in variances)
    return wide, long


def _on_the_line(
    block: FloatImage,
    direction: tuple[float, float],
    pixel_nm: tuple[float, float],
    half_width: float,
    profile: RadialProfile,
    tuning: FringeTuning,
) -> tuple[FloatArray, FloatArray]:
    """Energy of the micrograph times |g|² on a line through the origin, by |g|: above noise, and of noise.

    Noise is what lies at the same |g| in other directions.
    """
    step = tuning.edge_step_per_nm
    shape = [
        scipy.fft.next_fast_len(max(n, int(1 / (step * p))))
        for n, p in zip(block.shape, pixel_nm, strict=True)
    ]
    rows, cols = (frequencies_per_nm(n, p) for n, p in zip(shape, pixel_nm, strict=True))
    rows, cols = rows[:, None], np.abs(cols[None, : shape[1] // 2 + 1])
    radius = np.hypot(rows, cols)
    whitening = np.interp(radius, profile.g_per_nm, profile.noise)
    energy = (np.abs(scipy.fft.rfft2(block, shape)) ** 2 * whitening * radius**2).ravel()
    off = np.abs(cols * direction[0] - rows * direction[1]).ravel()
    ring = np.rint(radius / step).astype(np.int64).ravel()
    n_rings = int(min(rows.max(), cols.max()) / step)
    on, beside = ((ring < n_rings) & where for where in (off < half_width, off > 2 * half_width))
    n_on, n_beside = (np.bincount(ring[where], minlength=n_rings) for where in (on, beside))
    sum_on, sum_beside = (np.bincount(ring[where], energy[where], n_rings) for where in (on, beside))
    noise = n_on * sum_beside / np.maximum(n_beside, 1)
    together = np.ones(2 * max(1, round(tuning.edge_window_per_nm / step)) + 1)
    return np.convolve(sum_on - noise, together, "same"), np.convolve(noise, together, "same")
