"""Pictures as the browser takes them: encoded once, the same on every rerun."""

import io

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
