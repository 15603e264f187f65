"""A micrograph that nobody looks at, in a third of its memory, and the same again bit for bit."""

import zlib
from dataclasses import dataclass, replace

import numpy as np

from hrtem_core.image import Micrograph

CORNER_PX = 16


@dataclass(frozen=True, eq=False)
class PackedMicrograph:
    """What a micrograph is, with its pixels compressed.

    Parameters
    ----------
    label
        The micrograph, with no more of its pixels than a corner.
    shape
        (rows, columns) of all of them.
    content
        Their bytes, compressed: first of all pixels the lowest byte, then the next, because few of the higher
        ones differ.
    """

    label: Micrograph
    shape: tuple[int, int]
    content: bytes

    @classmethod
    def of(cls, micrograph: Micrograph) -> "PackedMicrograph":
        """A micrograph, packed: 0.04 s of processor time for each megapixel."""
        planes = micrograph.intensity.reshape(-1, 1).view(np.uint8).T
        label = replace(micrograph, intensity=micrograph.intensity[:CORNER_PX, :CORNER_PX].copy())
        return cls(label, micrograph.shape, zlib.compress(planes.tobytes(), level=1))

    def unpacked(self) -> Micrograph:
        """The micrograph as it was."""
        planes = np.frombuffer(zlib.decompress(self.content), dtype=np.uint8).reshape(4, -1)
        pixels = np.ascontiguousarray(planes.T).view(np.float32).reshape(self.shape)
        return replace(self.label, intensity=pixels)

    @property
    def n_bytes(self) -> int:
        """What it takes."""
        return len(self.content)
