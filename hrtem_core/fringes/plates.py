"""Stage 3, inverse FFT: thin plates and lamellae, whose spots are streaks along their normal.

The spot of a plate of width w is |sinc(w f)| along its normal n: its side lobes lie at g ± 1.4 / w and
g ± 2.5 / w, farther off than those of a round grain, and exactly along n. A crystal that a lamella cuts in
two has the same side lobes, with the lamella's normal. And the spot is wider than what a map lets through, so
that the map's g is that of the maximum it was made for: g is measured on the pixels instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.fringes.tuning import FringeTuning
from hrtem_core.image import Wavevector, whole_px
from hrtem_core.numerics import FloatImage, Footprint, Surroundings, summit
from hrtem_core.spectrum import RadialProfile


@dataclass(frozen=True)
class Plate:
    """A thin footprint as the rectangle of the same moments.

    Parameters
    ----------
    normal
        (row, column): unit vector along its shorter side.
    width_nm, length_nm
        Its sides.
    """

    normal: tuple[float, float]
    width_nm: float
    length_nm: float

    def is_across(self, g: Wavevector, tuning: FringeTuning) -> bool:
        """Whether the normal and g differ so much that the spot's streak does not point to the centre."""
        along = abs(self.normal[0] * g.row + self.normal[1] * g.col)
        return bool(along < np.cos(np.radians(tuning.plate_tilt_deg)) * np.hypot(*g))

    def along_normal(self, g: Wavevector, other: Wavevector, tuning: FringeTuning) -> float | None:
        """How far `g` is from `other` in 1/nm, None unless the way leads along the normal."""
        rows, cols = min(
            ((g.row - sign * other.row, g.col - sign * other.col) for sign in (1, -1)),
            key=lambda offset: np.hypot(*offset),
        )
        across = abs(rows * self.normal[1] - cols * self.normal[0])
        far = float(abs(rows * self.normal[0] + cols * self.normal[1]))
        return far if across < tuning.lobe_across / self.length_nm else None

    def lobe(self, g: Wavevector, other: Wavevector, tuning: FringeTuning) -> float:
        """How strong a side lobe at `g` of fringes at `other` may be, relative to these; 0 for none."""
        far = self.along_normal(g, other, tuning)
        if far is None:
            return 0.0
        order = far * self.width_nm
        reach, heights = tuning.plate_lobe_reach, tuning.plate_lobe_heights
        further = heights[-1] * reach[-1] / max(order, reach[-1])
        return next((high for end, high in zip(reach, heights, strict=True) if order < end), further)


def thin_plate(footprint: Footprint, pixel_nm: tuple[float, float], tuning: FringeTuning) -> Plate | None:
    """The rectangle of a footprint so thin that its side lobes may be taken for lattices, else None."""
    extent_nm = np.hypot(*(n * p for n, p in zip(footprint.mask.shape, pixel_nm, strict=True)))
    if footprint.n_pixels * pixel_nm[0] * pixel_nm[1] > tuning.plate_nm * extent_nm:
        return None
    spread = footprint.covariance_px2() * np.outer(pixel_nm, pixel_nm) + np.diag(np.square(pixel_nm)) / 12
    variances, axes = np.linalg.eigh(spread)
    width, length = np.sqrt(12 * variances)
    if width >= min(tuning.plate_nm, length / tuning.plate_aspect):
        return None
    return Plate((float(axes[0, 0]), float(axes[1, 0])), float(width), float(length))


@dataclass(frozen=True)
class Beside:
    """Fringes, and the thin plate they lie in, if it is one; amplitudes are in one unit."""

    g_per_nm: Wavevector
    amplitude: float
    plate: Plate | None


def is_lobe_of_plate(own: Beside, others: Sequence[Beside], tuning: FringeTuning) -> bool:
    """Whether fringes are a side lobe of others that a thin plate bounds.

    A side lobe of a crystal that a lamella cuts is wider than the lamella; a twin's own fringes are not, and
    lie on the same lines along its normal.

    Parameters
    ----------
    own
        The fringes.
    others
        What was taken out around there before.
    tuning
        How far and high side lobes are.
    """
    return any(
        own.amplitude < one.plate.lobe(own.g_per_nm, other.g_per_nm, tuning) * other.amplitude
        for one in others
        if one.plate
        for other in others
        if other.plate or not own.plate
    )


def is_rest(own: Beside, others: Sequence[Beside], tuning: FringeTuning) -> bool:
    """Whether a thin plate is what a border has left of much stronger fringes.

    Then it lies on the line through their spot along the border's normal, which is its own.

    Parameters
    ----------
    own, others, tuning
        As in `is_lobe_of_plate`.
    """
    return own.plate is not None and any(
        own.amplitude < tuning.plate_share * other.amplitude
        and own.plate.along_normal(own.g_per_nm, other.g_per_nm, tuning) is not None
        for other in others
    )


def g_on_pixels(
    image: FloatImage,
    footprint: Footprint,
    plate: Plate,
    g: Wavevector,
    pixel_nm: tuple[float, float],
    noise_power: float,
    profile: RadialProfile,
    is_embedded: bool,
    tuning: FringeTuning,
) -> tuple[Wavevector, float] | None:
    """g where the periodogram of a footprint's own pixels is largest, and the standard uncertainty of |g|.

    So wide a spot is tilted by the whitening, which is undone first. The uncertainty is the Cramér-Rao bound
    (Rife & Boorstyn 1974, doi:10.1109/TIT.1974.1055282) with the energy and the extent that the maximum
    itself has, its height over noise and its curvature, and a share of the spot's width.

    Parameters
    ----------
    image
        Shape (rows, columns): the whitened image without what was explained before.
    footprint, plate
        Where the fringes are.
    g
        (row, column) in 1/nm: where to look.
    pixel_nm
        (row, column) pixel size in nm.
    noise_power
        At g, in units of the field's.
    profile
        What the whitening did.
    is_embedded
        Whether it lies in another crystal, of whose fringes something is left.
    tuning
        How far to look.

    Returns
    -------
    g, sigma
        In 1/nm; None where the largest value lies at the rim of what was searched, or is noise.
    """
    around = Surroundings.of(footprint, image, whole_px(tuning.plate_nm, pixel_nm))
    limit = tuning.plate_search / plate.width_nm
    n = int(np.ceil(limit * tuning.refinement * plate.length_nm)) + 1
    offset = np.linspace(-limit, limit, 2 * n + 1)
    row_waves, col_waves = (
        np.exp(-2j * np.pi * np.outer(own + offset, np.arange(size) * pixel))
        for own, size, pixel in zip(g, around.block.shape, pixel_nm, strict=True)
    )
    inside = np.where(around.mask, _untilted(around.block, g, pixel_nm, profile), 0)
    power = np.abs(row_waves @ inside @ col_waves.T) ** 2
    top = summit(power)
    energy = float(power.max()) / (footprint.n_pixels * noise_power) - 1
    if top is None or energy <= 0:
        return None
    step = float(offset[1]) - float(offset[0])
    found = np.array([own + offset[0] + at * step for own, at in zip(g, top, strict=True)])
    direction = found / np.hypot(*found)
    spread = np.linalg.pinv(_extent_nm2(power, step)) / (2 * np.pi) ** 2
    width = max(float(direction @ spread @ direction), 0.0)
    rest = tuning.plate_rest[is_embedded] ** 2
    sigma = float(np.sqrt(width * (1 / (2 * energy) + rest)))
    return Wavevector(*found.tolist()), sigma


def _untilted(
    block: FloatImage, g: Wavevector, pixel_nm: tuple[float, float], profile: RadialProfile
) -> FloatImage:
    """A whitened block with the slope around |g| that the micrograph had."""
    rows, cols = (scipy.fft.fftfreq(n, pixel) for n, pixel in zip(block.shape, pixel_nm, strict=True))
    radius = np.hypot(rows[:, None], cols[None, : block.shape[1] // 2 + 1])
    tilt = profile.tilt(radius, float(np.hypot(*g)))
    return np.asarray(scipy.fft.irfft2(scipy.fft.rfft2(block) * tilt, block.shape))


def _extent_nm2(power: FloatImage, step_per_nm: float) -> FloatImage:
    """Shape (2, 2): variances of where fringes are, from the curvature of their power where it is largest."""
    row, col = (int(at) for at in np.unravel_index(int(np.argmax(power)), power.shape))
    near = power[row - 1 : row + 2, col - 1 : col + 2]
    here = near[1, 1]
    mixed = (near[2, 2] + near[0, 0] - near[0, 2] - near[2, 0]) / 4
    bend = np.array(
        [[near[0, 1] - 2 * here + near[2, 1], mixed], [mixed, near[1, 0] - 2 * here + near[1, 2]]]
    )
    return np.asarray(-bend / (2 * here * (2 * np.pi * step_per_nm) ** 2))
