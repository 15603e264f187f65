"""How domains overlap, and the fewest layers on which they do not."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrtem_core.domains.domain import Domain, Domains
from hrtem_core.image import Placement
from hrtem_core.numerics import Graph, IntArray, boxes_of, greedy_colouring

Labels = NDArray[np.uint16] | NDArray[np.uint32]
"""A stack of label images, (layers, rows, columns)."""


def overlapping_pairs(domains: Sequence[Domain]) -> tuple[IntArray, IntArray]:
    """Every pair of domains that share pixels, and how many.

    Parameters
    ----------
    domains
        n domains in one frame.

    Returns
    -------
    pairs
        Shape (k, 2): indices into `domains`, the smaller one first.
    shared_px
        Shape (k,): number of pixels in both.
    """
    footprints = [domain.footprint for domain in domains]
    boxes = boxes_of(footprints)
    start = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    end = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    touching = np.triu(np.all(start < end, axis=-1), k=1)
    pairs, shared = [], []
    for i, j in np.argwhere(touching):
        n = footprints[i].shared(footprints[j])
        if n:
            pairs.append((i, j))
            shared.append(n)
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(shared, dtype=np.int64)


def assign_layers(domains: Domains) -> IntArray:
    """A layer for every accepted domain such that no two domains of one layer overlap.

    Returns
    -------
    layer
        Shape (n_domains,): from 0, in the order of `domains.accepted`.
    """
    pairs, _ = overlapping_pairs(domains.accepted)
    neighbours: Graph = {vertex: set() for vertex in range(len(domains.accepted))}
    for i, j in pairs.tolist():
        neighbours[i].add(j)
        neighbours[j].add(i)
    layer = greedy_colouring(neighbours)
    return np.array([layer[vertex] for vertex in neighbours], dtype=np.int64)


def label_layers(domains: Domains, placement: Placement) -> Labels:
    """The accepted domains as a stack of label images in which no domain hides another.

    Parameters
    ----------
    domains
        What to draw; the value of a pixel is the `domain_id`, 0 where there is none.
    placement
        Where the field lies in the micrograph.

    Returns
    -------
    labels
        Shape (layers, rows, columns) of the whole micrograph; one layer of zeros without domains.
    """
    layer = assign_layers(domains)
    largest = max((domain.domain_id for domain in domains.accepted), default=0)
    shape = (int(layer.max(initial=0)) + 1, *placement.image_shape)
    labels: Labels = np.zeros(shape, np.uint16) if largest < 2**16 else np.zeros(shape, np.uint32)
    factor = placement.bin_factor
    for domain, number in zip(domains.accepted, layer.tolist(), strict=True):
        footprint = domain.footprint
        mask = footprint.mask.repeat(factor, axis=0).repeat(factor, axis=1) if factor > 1 else footprint.mask
        row0 = placement.origin_px[0] + footprint.row0 * factor
        col0 = placement.origin_px[1] + footprint.col0 * factor
        window = labels[number, row0 : row0 + mask.shape[0], col0 : col0 + mask.shape[1]]
        window[mask] = domain.domain_id
    return labels
