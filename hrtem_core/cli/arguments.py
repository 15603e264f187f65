"""Arguments of the command line that are more than a text: what they may be, and what they say."""

import argparse
import math
from collections.abc import Callable


def pixel_size_nm(text: str) -> float | tuple[float, float]:
    """The size of a pixel in nm: "0.02", or "0.02x0.021" for (row, column).

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is neither.
    """
    try:
        sizes = tuple(float(part) for part in text.lower().replace(",", "x").split("x"))
    except ValueError:
        sizes = ()
    if len(sizes) not in (1, 2) or not all(math.isfinite(size) and size > 0 for size in sizes):
        raise argparse.ArgumentTypeError(
            f"the pixel size must be a positive number of nm, or two as in 0.02x0.021, got {text!r}"
        )
    return sizes[0] if len(sizes) == 1 else (sizes[0], sizes[1])


def whole(least: int) -> Callable[[str], int]:
    """What reads a whole number that is not below `least`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
            raise argparse.ArgumentTypeError(f"must be a whole number from {least}, got {text!r}")
        return int(text)

    return read


def shard(text: str) -> tuple[int, int]:
    """Which part of how many: "3/10" is the third of ten.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is no such part.
    """
    parts = text.split("/")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
        raise argparse.ArgumentTypeError(f"must be two numbers such as 3/10, got {text!r}")
    number, n_shards = int(parts[0]), int(parts[1])
    if not 1 <= number <= n_shards:
        raise argparse.ArgumentTypeError(f"must be 1/N to N/N, got {text!r}: the first shard is 1")
    return number, n_shards
