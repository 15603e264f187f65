"""Pictures as the browser takes them: encoded once, the same on every rerun."""

import io
from functools import cache

import numpy as np
from PIL import Image


def jpeg(picture: Image.Image) -> bytes:
    """The picture as a JPEG file."""
    stream = io.BytesIO()
    picture.save(stream, format="JPEG", quality=92, subsampling=0)
    return stream.getvalue()


def png(picture: Image.Image) -> bytes:
    """The picture as a PNG file, for what needs transparency."""
    stream = io.BytesIO()
    picture.save(stream, format="PNG")
    return stream.getvalue()


@cache
def icon(size: int = 64) -> Image.Image:
    """The app's sign, a disc of fringes: drawn here, because Streamlit fetches named icons from a network."""
    rows, cols = np.ogrid[:size, :size]
    distance = np.hypot(rows - size / 2 + 0.5, cols - size / 2 + 0.5)
    fringes = 0.5 + 0.5 * np.cos(2 * np.pi * (rows + 2 * cols) / (0.4 * size))
    sign = np.zeros((size, size, 4), np.uint8)
    sign[..., :3] = (np.array([47, 111, 143]) + fringes[..., None] * np.array([150, 120, 100])).astype(
        np.uint8
    )
    sign[..., 3] = np.clip((size / 2 - distance) * 255, 0, 255)
    return Image.fromarray(sign)
