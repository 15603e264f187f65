"""Berkeley EMD: beside `data` lie dim1, dim2, ... (from dim0 in newer files), the places along each axis."""

from dataclasses import dataclass
from typing import Any

import h5py

from hrtem_core.readers.hdf5_guards import Attributes, check_small, hard_link, text_of
from hrtem_core.readers.scale import ScaleTag
from hrtem_core.readers.source import Source


@dataclass(frozen=True)
class BerkeleyImage:
    """What a group of a Berkeley EMD file says of its data.

    Parameters
    ----------
    scales
        Its scale, if it has one.
    columns_first
        Whether the first of the last two axes is x, so that rows and columns are to be exchanged.
    """

    scales: tuple[ScaleTag, ...] = ()
    columns_first: bool = False


def _step(dim: Any, n: int, source: Source) -> float:
    """Spacing of a dimension vector; 0 when it has none."""
    if not isinstance(dim, h5py.Dataset) or dim.dtype.kind not in "iuf":
        return 0.0
    if dim.ndim != 1 or dim.shape[0] < 2 or dim.shape[0] not in (2, n) or not check_small(dim, source):
        return 0.0
    first, second = (float(v) for v in dim[:2])
    return second - first


def read_berkeley(dataset: Any, short: Attributes) -> BerkeleyImage:
    """The scale and the order of the axes; neither when the dataset is not from such a file.

    Parameters
    ----------
    dataset
        Numbers of 2 or 3 dimensions.
    short
        Reads attributes.
    """
    group = dataset.parent
    if "emd_group_type" not in group.attrs:
        return BerkeleyImage()
    first = 0 if hard_link(group, "dim0") is not None else 1
    dims = [hard_link(group, f"dim{first + axis}") for axis in (dataset.ndim - 2, dataset.ndim - 1)]
    if any(dim is None for dim in dims):
        return BerkeleyImage()
    steps = [_step(dim, n, short.source) for dim, n in zip(dims, dataset.shape[-2:], strict=True)]
    said = [short.of(dim, ("name", "units")) for dim in dims]
    units = [text_of(attributes.get("units", "")) for attributes in said]
    names = [text_of(attributes.get("name", "")).lower() for attributes in said]
    columns_first = names[0].endswith("x") and names[1].endswith("y")  # "x", and "R_x" of Prismatic
    if columns_first:
        steps.reverse()
        units.reverse()
    tag = ScaleTag(steps[0], steps[1], units[0], "EMD dimensions", units[1])
    return BerkeleyImage((tag,), columns_first)
