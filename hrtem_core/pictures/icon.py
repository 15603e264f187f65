"""The app's sign."""

import numpy as np
from PIL import Image

DARK, LIGHT = np.array([47, 111, 143]), np.array([150, 120, 100])


def icon(size_px: int = 64) -> Image.Image:
    """A disc of fringes, transparent round it: drawn, because named icons come from a network.

    Parameters
    ----------
    size_px
        Width and height.
    """
    rows, cols = np.ogrid[:size_px, :size_px]
    distance = np.hypot(rows - size_px / 2 + 0.5, cols - size_px / 2 + 0.5)
    fringes = 0.5 + 0.5 * np.cos(2 * np.pi * (rows + 2 * cols) / (0.4 * size_px))
    sign = np.zeros((size_px, size_px, 4), np.uint8)
    sign[..., :3] = (DARK + fringes[..., None] * LIGHT).astype(np.uint8)
    sign[..., 3] = np.clip((size_px / 2 - distance) * 255, 0, 255)
    return Image.fromarray(sign)
