"""What a file may ask for, checked before anything is allocated."""

from dataclasses import dataclass

from hrtem_core.errors import FileError
from hrtem_core.image import MAX_PIXELS
from hrtem_core.readers.stored import Stack

MAX_FILE_BYTES = 1 << 30
MAX_SIDE_PX = 16384
MAX_IMAGES = 100_000
MAX_FRAME_BYTES = 16 * MAX_PIXELS

FREE_BYTES = 16 << 20
"""Images up to this size are decoded however small the file is."""

MAX_EXPANSION = 250
"""Noise hardly compresses: micrographs stay below 20 times, a decompression bomb reaches 1000."""


@dataclass(frozen=True)
class Limits:
    """Limits of one reading.

    Parameters
    ----------
    max_file_bytes
        Largest file that is opened, in bytes.
    """

    max_file_bytes: int = MAX_FILE_BYTES


def check_file_bytes(n_bytes: int, name: str, limits: Limits) -> None:
    """Refuse a file that is empty or larger than the limit."""
    if n_bytes == 0:
        raise FileError(f"{name} is empty; copy or export it again.")
    if n_bytes > limits.max_file_bytes:
        raise FileError(
            f"{name} has {n_bytes / 2**20:.0f} MiB, more than the {limits.max_file_bytes / 2**20:.0f} MiB "
            "that are opened; crop or bin it first."
        )


def check_count(n_images: int, name: str) -> None:
    """Refuse a file that states more images than anyone could choose from."""
    if n_images > MAX_IMAGES:
        raise FileError(f"{name} states {n_images} images, more than {MAX_IMAGES}; split the file.")


def check_stack(stack: Stack, n_file_bytes: int, name: str) -> None:
    """Refuse dimensions no micrograph has, and images far larger than their file can honestly hold."""
    rows, cols = stack.shape
    if rows < 1 or cols < 1:
        raise FileError(f"{name} states a size of {rows} x {cols} pixels; the file is damaged.")
    if rows > MAX_SIDE_PX * 4 or cols > MAX_SIDE_PX * 4 or rows * cols > MAX_PIXELS:
        raise FileError(
            f"{name} states {rows} x {cols} pixels, more than 16384 x 16384; crop or bin it first."
        )
    decoded = rows * cols * stack.bytes_per_pixel
    expansion = MAX_EXPANSION if stack.compressed else 1
    if decoded > MAX_FRAME_BYTES or decoded > max(FREE_BYTES, expansion * n_file_bytes):
        raise FileError(
            f"{name} would unpack {n_file_bytes / 2**20:.1f} MiB into {decoded / 2**20:.0f} MiB, "
            "which no micrograph does; it is damaged or not an honest image. Export it again, uncompressed."
        )
