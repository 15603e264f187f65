"""Glare: patches far brighter or darker than anything a specimen does.

One such patch outweighs the whole micrograph in its spectrum, and its edges look like every lattice. A
crystal can be as bright, in a dark-field image above all, but it is not flat: it has fringes, or atoms.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

SAMPLE = 100_000
MAX_BLOCKS = 4096

MAX_LAG_PX = 3
"""Pixels so far apart are compared: of fringes of any period, some of these are alike or opposite."""


def find_glare(
    intensity: FloatImage,
    usable: BoolImage,
    pixel_nm: float,
    *,
    tuning: PreparationTuning = PREPARATION_TUNING,
) -> BoolImage:
    """Where there is glare, and a margin round it.

    Parameters
    ----------
    intensity
        Shape (rows, columns), finite where usable.
    usable
        Shape (rows, columns): nothing else is judged.
    pixel_nm
        The larger side of a pixel in nm.
    tuning
        What is glare.
    """
    known = intensity.ravel() if usable.all() else intensity[usable]
    if not len(known):
        return np.zeros(usable.shape, bool)
    sample = known[:: max(1, len(known) // SAMPLE)].astype(np.float64)
    middle = float(np.median(sample))
    deviation = float(np.median(np.abs(sample - middle)))
    reach = tuning.glare_sigmas * max(1.4826 * deviation, _typical_spread(intensity, usable, middle, tuning))
    if reach == 0 or (known.min() >= middle - reach and known.max() <= middle + reach):
        return np.zeros(usable.shape, bool)
    glare = usable & (np.abs(intensity - np.float32(middle)) > reach)
    glare &= ~_bright_specimen(intensity, usable, glare, middle, reach, pixel_nm, tuning)
    return np.asarray(scipy.ndimage.binary_dilation(glare, iterations=tuning.glare_margin_px))


def _bright_specimen(
    intensity: FloatImage,
    usable: BoolImage,
    bright: BoolImage,
    middle: float,
    reach: float,
    pixel_nm: float,
    tuning: PreparationTuning,
) -> BoolImage:
    """Regions of bright pixels that have a structure of their own."""
    least, most = tuning.bright_gap_px
    gap = int(np.clip(round(tuning.bright_gap_nm / pixel_nm), least, most))
    filled = scipy.ndimage.grey_closing(bright.astype(np.uint8), gap) > 0
    labels, n_regions = scipy.ndimage.label(filled)
    inside = (
        scipy.ndimage.minimum_filter(filled.astype(np.uint8), 2 * tuning.bright_rim_px + 1) > 0
    ) & usable
    share, sigmas = tuning.bright_structure
    specimen = np.zeros(n_regions + 1, bool)
    for number, box in enumerate(scipy.ndimage.find_objects(labels), start=1):
        interior = inside[box] & (labels[box] == number)
        if interior.any():
            excess = intensity[box].astype(np.float64) - middle
            height = abs(float(excess[interior].mean()))
            needed = max(share * height, sigmas * reach / tuning.glare_sigmas)
            specimen[number] = _structure(excess, interior) > needed
    return np.asarray(specimen[labels])


def _structure(image: NDArray[np.float64], inside: BoolImage) -> float:
    """Standard deviation of what neighbouring pixels have in common; noise of single pixels is not in it."""
    change = np.where(inside, image - image[inside].mean(), 0.0)
    common = 0.0
    for axis in (0, 1):
        for lag in range(1, MAX_LAG_PX + 1):
            product = _beside(change, axis, lag)[0] * _beside(change, axis, lag)[1]
            both = np.logical_and(*_beside(inside, axis, lag))
            common = max(common, abs(float(product.sum())) / max(1, int(both.sum())))
    return float(np.sqrt(common))


def _beside(image: NDArray[Any], axis: int, lag: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The image without its last, and without its first `lag` rows (axis 0) or columns."""
    turned = image.swapaxes(0, axis)
    return turned[: len(turned) - lag], turned[lag:]


def _blocks(image: NDArray[Any], side_px: int) -> NDArray[Any]:
    """Blocks of `side_px` squared evenly over the image, at most `MAX_BLOCKS`; shape (blocks, pixels)."""
    rows, cols = (min(side_px, n) for n in image.shape)
    n_rows, n_cols = image.shape[0] // rows, image.shape[1] // cols
    step = int(np.ceil((n_rows * n_cols / MAX_BLOCKS) ** 0.5))
    blocks = image[: n_rows * rows, : n_cols * cols].reshape(n_rows, rows, n_cols, cols)
    return np.asarray(blocks[::step, :, ::step].swapaxes(1, 2).reshape(-1, rows * cols))


def _typical_spread(
    intensity: FloatImage, usable: BoolImage, middle: float, tuning: PreparationTuning
) -> float:
    """Median over blocks of their plain standard deviation; 0 when every block is constant.

    Where most pixels hold no count their median absolute deviation is zero, whatever a count is worth; a
    block's standard deviation is not, and glare fills few blocks.
    """
    whole = _blocks(usable, tuning.glare_block_px).all(axis=1)
    spreads = (_blocks(intensity, tuning.glare_block_px)[whole].astype(np.float64) - middle).std(axis=1)
    varied = spreads[spreads > 0]
    return float(np.median(varied)) if len(varied) else 0.0
