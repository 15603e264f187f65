"""Arrays in, arrays out: knows numpy and scipy, but no nm and no g."""

from hrtem_core.numerics.arrays import (
    BoolArray,
    BoolImage,
    ComplexArray,
    FloatArray,
    FloatImage,
    IntArray,
    LabelImage,
    read_only,
)
from hrtem_core.numerics.bins import bin_edges, block_means
from hrtem_core.numerics.colouring import Graph, greedy_colouring
from hrtem_core.numerics.distances import (
    Box,
    blurred,
    box_of,
    depth_inside,
    dilated,
    distance_to,
    largest_disc,
)
from hrtem_core.numerics.footprints import (
    Footprint,
    Margin,
    Surroundings,
    boxes_of,
    component,
    pieces_of,
    without_holes,
)
from hrtem_core.numerics.gaussian_mixture import GaussianMixture, fit_mixture
from hrtem_core.numerics.grid_dbscan import grid_dbscan
from hrtem_core.numerics.interpolation import interpolation, pixel_range, summit, vertex
from hrtem_core.numerics.libraries import load_libraries
from hrtem_core.numerics.polygons import (
    feret_diameters,
    hull_of_pixels,
    signed_area,
    smoothed,
    trace,
    without_straights,
)
from hrtem_core.numerics.quantiles import quantile
from hrtem_core.numerics.threads import n_threads, one_library_thread, use_threads

__all__ = [
    "BoolArray",
    "BoolImage",
    "Box",
    "ComplexArray",
    "FloatArray",
    "FloatImage",
    "Footprint",
    "GaussianMixture",
    "Graph",
    "IntArray",
    "LabelImage",
    "Margin",
    "Surroundings",
    "bin_edges",
    "block_means",
    "blurred",
    "box_of",
    "boxes_of",
    "component",
    "depth_inside",
    "dilated",
    "distance_to",
    "feret_diameters",
    "fit_mixture",
    "greedy_colouring",
    "grid_dbscan",
    "hull_of_pixels",
    "interpolation",
    "largest_disc",
    "load_libraries",
    "n_threads",
    "one_library_thread",
    "pieces_of",
    "pixel_range",
    "quantile",
    "read_only",
    "signed_area",
    "smoothed",
    "summit",
    "trace",
    "use_threads",
    "vertex",
    "without_holes",
    "without_straights",
]
