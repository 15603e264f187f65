"""Outlines of crystals as the scan saw them: blurred by probe and pixel, at the maps' pixels."""

from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.composition.transforms import Transform
from hrtem_core.image import PixelSize
from hrtem_core.numerics import Box, FloatArray, FloatImage, Footprint

REACH = 4.0
"""Beyond so many standard deviations a blur adds nothing."""
FINENESS = 2.5
"""Pixels of the outlines per standard deviation of the blur, at least."""
SHAPES = 3
"""Columns of a crystal: level, and change along rows and columns."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Outlines:
    """Domains, and which of them are one crystal.

    Parameters
    ----------
    shape
        (rows, columns) of the micrograph.
    pixel_size
        Of the micrograph.
    domain_id
        Shape (n,).
    footprints
        Shape (n,): where each domain lies in the micrograph.
    crystal
        Shape (n,): row of its crystal, from 0 without gaps.
    """

    shape: tuple[int, int]
    pixel_size: PixelSize
    domain_id: tuple[int, ...]
    footprints: tuple[Footprint, ...]
    crystal: tuple[int, ...]

    @property
    def n_crystals(self) -> int:
        """Number of crystals."""
        return max(self.crystal, default=-1) + 1

    @property
    def field_nm(self) -> tuple[float, float]:
        """(rows, columns) of the micrograph."""
        return self.shape[0] * self.pixel_size.row_nm, self.shape[1] * self.pixel_size.col_nm

    def crystals(self) -> list[Footprint]:
        """The union of each crystal's domains."""
        members: list[list[Footprint]] = [[] for _ in range(self.n_crystals)]
        for footprint, crystal in zip(self.footprints, self.crystal, strict=True):
            members[crystal].append(footprint)
        return [Footprint.union(group) for group in members]

    def touches_border(self, row: int) -> bool:
        """Whether a domain reaches the micrograph's border."""
        rows, cols = self.footprints[row].window
        return 0 in (rows.start, cols.start) or rows.stop == self.shape[0] or cols.stop == self.shape[1]


@dataclass(frozen=True, eq=False)
class Lattice:
    """Coarser pixels over the micrograph, on which outlines are blurred.

    Parameters
    ----------
    factor
        Pixels of the micrograph along each side of one.
    shape
        (rows, columns).
    pixel_nm
        Shape (2,).
    corner_nm
        Shape (2,): centre of the first pixel.
    """

    factor: int
    shape: tuple[int, int]
    pixel_nm: FloatArray
    corner_nm: FloatArray

    @classmethod
    def over(cls, outlines: Outlines, blur_nm: float) -> "Lattice":
        """Pixels fine enough for a blur."""
        sizes = np.array(outlines.pixel_size.sizes_nm)
        factor = max(1, int(blur_nm / FINENESS / sizes.max()))
        rows, cols = (-(-side // factor) for side in outlines.shape)
        return cls(factor, (rows, cols), sizes * factor, sizes * (factor - 1) / 2)

    def shares(self, footprint: Footprint) -> tuple[tuple[int, int], FloatImage]:
        """Corner, and the part of each pixel that a footprint fills."""
        k = self.factor
        row0, col0 = footprint.row0 // k, footprint.col0 // k
        stops = [-(-stop.stop // k) for stop in footprint.window]
        block = np.zeros(((stops[0] - row0) * k, (stops[1] - col0) * k), dtype=np.float32)
        top, left = footprint.row0 - row0 * k, footprint.col0 - col0 * k
        rows, cols = footprint.mask.shape
        block[top : top + rows, left : left + cols] = footprint.mask
        shape = (stops[0] - row0, k, stops[1] - col0, k)
        return (row0, col0), block.reshape(shape).mean(axis=(1, 3))

    def places(self, window: Box) -> tuple[FloatArray, FloatArray]:
        """Rows, shape (m, 1), and columns, shape (1, n), of a window in nm."""
        rows, cols = (np.arange(part.start, part.stop) for part in window)
        return (
            (rows * self.pixel_nm[0] + self.corner_nm[0])[:, None],
            (cols * self.pixel_nm[1] + self.corner_nm[1])[None],
        )


@dataclass(frozen=True, eq=False)
class BlurredCrystal:
    """What one crystal adds to the maps, behind the blur.

    Parameters
    ----------
    corner
        (row, column) of the first pixel on the lattice; may lie before the micrograph.
    layers
        Shape (3, rows, columns): outline, and outline times the distance along rows and columns from the
        centre, in nm.
    centre_nm
        Shape (2,).
    """

    corner: tuple[int, int]
    layers: FloatImage
    centre_nm: FloatArray


class CrystalColumns:
    """The crystals' columns of the model, for any transform.

    Where crystals lie on each other each takes an equal part. At the micrograph's border a crystal is taken
    to go on as it reaches it.

    Parameters
    ----------
    outlines
        The crystals.
    blur_nm
        Standard deviation of probe and pixel together.
    """

    def __init__(self, outlines: Outlines, blur_nm: float) -> None:
        self.lattice = Lattice.over(outlines, blur_nm)
        self.shares = [self.lattice.shares(crystal) for crystal in outlines.crystals()]
        total = np.zeros(self.lattice.shape, dtype=np.float32)
        for (row, col), share in self.shares:
            total[row : row + share.shape[0], col : col + share.shape[1]] += share
        self._total = np.maximum(total, 1)
        self.crystals = [self._blurred(corner, share, blur_nm) for corner, share in self.shares]
        self.centres = np.array([crystal.centre_nm for crystal in self.crystals]).reshape(-1, 2)

    def _blurred(self, corner: tuple[int, int], share: FloatImage, blur_nm: float) -> BlurredCrystal:
        window = tuple(slice(c, c + n) for c, n in zip(corner, share.shape, strict=True))
        share = share / self._total[window]
        margin = [int(np.ceil(REACH * blur_nm / size)) + 1 for size in self.lattice.pixel_nm]
        wide = share
        for axis in (0, 1):  # beyond the border a crystal goes on
            ends = (corner[axis] == 0, corner[axis] + share.shape[axis] == self.lattice.shape[axis])
            for end, goes_on in enumerate(ends):
                pad = [(0, 0), (0, 0)]
                pad[axis] = (0, margin[axis]) if end else (margin[axis], 0)
                wide = np.pad(wide, pad, mode="edge" if goes_on else "constant")
        start = (corner[0] - margin[0], corner[1] - margin[1])
        rows, cols = self.lattice.places((slice(start[0], start[0] + wide.shape[0]),
                                          slice(start[1], start[1] + wide.shape[1])))  # fmt: skip
        inner_rows, inner_cols = self.lattice.places((window[0], window[1]))
        weight = max(float(share.sum()), 1e-9)
        centre = np.array([(share * inner_rows).sum(), (share * inner_cols).sum()]) / weight
        layers = np.stack([wide, wide * (rows - centre[0]), wide * (cols - centre[1])])
        sigma = (0, *(blur_nm / self.lattice.pixel_nm))
        return BlurredCrystal(start, scipy.ndimage.gaussian_filter(layers, sigma, mode="constant"), centre)

    def at(self, places_nm: FloatArray) -> "scipy.sparse.csc_array":
        """Shape (n_places, 3 n_crystals): what each crystal adds at places in nm."""
        position = (places_nm - self.lattice.corner_nm) / self.lattice.pixel_nm
        rows, cols, values = [], [], []
        for number, crystal in enumerate(self.crystals):
            inner = position - crystal.corner
            near = np.flatnonzero(((inner > -1) & (inner < crystal.layers.shape[1:])).all(axis=1))
            for layer in range(SHAPES):
                rows.append(near)
                cols.append(np.full(len(near), SHAPES * number + layer))
                values.append(scipy.ndimage.map_coordinates(crystal.layers[layer], inner[near].T, order=1))
        if not rows:
            return scipy.sparse.csc_array((len(places_nm), 0))
        index = (np.concatenate(rows), np.concatenate(cols))
        shape = (len(places_nm), SHAPES * len(self.crystals))
        return scipy.sparse.csc_array(scipy.sparse.coo_array((np.concatenate(values), index), shape=shape))


def map_places(shape: tuple[int, int], transform: Transform) -> FloatArray:
    """Shape (rows * columns, 2): places in nm of the maps' pixels, row by row."""
    grid = np.mgrid[: shape[0], : shape[1]].reshape(2, -1).T.astype(float)
    return transform.to_nm(grid)
