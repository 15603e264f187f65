"""The domains as a label stack that ImageJ opens with its scale."""

import io
from typing import Any

import numpy as np
import tifffile

from hrtem_core.domains import Domains, label_layers
from hrtem_core.image import Placement


def labels_tiff(domains: Domains, placement: Placement) -> bytes:
    """A TIFF with one page per layer of domains, compressed with zlib.

    ImageJ knows no 32-bit integers: with more than 65,535 domains the same pages come as a plain TIFF.

    Parameters
    ----------
    domains
        The accepted ones are drawn, each with its `domain_id`.
    placement
        Where they lie in the micrograph, and its scale.
    """
    labels = label_layers(domains, placement)
    for_imagej = labels.dtype == np.uint16
    shown: dict[str, Any] = {"min": 0, "max": max(len(domains.accepted), 1)} if for_imagej else {}
    target = io.BytesIO()
    tifffile.imwrite(
        target,
        labels,
        imagej=for_imagej,
        compression="zlib",
        resolution=(1 / placement.pixel_size.col_nm, 1 / placement.pixel_size.row_nm),
        metadata={"axes": "ZYX", "unit": "nm", **shown},
    )
    return target.getvalue()
