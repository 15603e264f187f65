"""Glare: patches far brighter or darker than anything a specimen does.

One such patch outweighs the whole micrograph in its spectrum, and its edges look like every lattice.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

SAMPLE = 100_000
MAX_BLOCKS = 4096


def find_glare(
    intensity: FloatImage, usable: BoolImage, *, tuning: PreparationTuning = PREPARATION_TUNING
) -> BoolImage:
    """Where there is glare, and a margin round it.

    Parameters
    ----------
    intensity
        Shape (rows, columns), finite where usable.
    usable
        Shape (rows, columns): nothing else is judged.
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
    return np.asarray(ndimage.binary_dilation(glare, iterations=tuning.glare_margin_px))


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
