"""Elemental maps on the domains of a micrograph: a scan is drawn, laid on it, and its files are written.

python examples/compose_maps.py                 into the folder `composed`

With maps of your own, `read_maps` takes the place of `drawn_scan`, and `Pair`s are what you clicked.
"""

import sys
from pathlib import Path

import numpy as np
from scipy import ndimage

import hrtem_core as hc
from hrtem_core.composition import (
    CompositionParameters,
    ElementalMaps,
    Pair,
    Transform,
    compose,
    outlines_of_domains,
    register,
)
from hrtem_core.exports import composition_files
from hrtem_core.recipe import Saved
from hrtem_core.samples import sample_path

MAP_PX, BLUR_NM = 96, 0.4


def drawn_scan(analysis: hc.Analysis, transform: Transform) -> ElementalMaps:
    """Counts of a scan in which crystals of the first family are fluoride, and all others oxide."""
    outlines, kinds = outlines_of_domains(
        analysis.domains, analysis.crystallites, analysis.families, analysis.placement
    )
    first = next(kind.members for kind in kinds if kind.kind == "family")
    density = np.full((2, *outlines.shape), 2.0)
    for row, footprint in enumerate(outlines.footprints):
        density[:, *footprint.window][:, footprint.mask] = [[1], [8]] if row in first else [[8], [1]]
    pixel_nm = outlines.pixel_size.row_nm
    blurred = [ndimage.gaussian_filter(one, BLUR_NM / pixel_nm) for one in density]
    places = transform.to_nm(np.argwhere(np.ones((MAP_PX, MAP_PX)))) / pixel_nm
    expected = [ndimage.map_coordinates(one, places.T, order=1, mode="nearest") for one in blurred]
    counts = np.random.default_rng(0).poisson(expected).reshape(2, MAP_PX, MAP_PX)
    return ElementalMaps(
        elements=("O", "F"), counts=counts, backgrounds=np.zeros(counts.shape), quanta=np.zeros(2)
    )


folder = Path(sys.argv[1] if len(sys.argv) > 1 else "composed")
analysis = hc.analyze(hc.read(sample_path("nanocrystals")), hc.Recipe())
outlines, kinds = outlines_of_domains(
    analysis.domains, analysis.crystallites, analysis.families, analysis.placement
)
field_nm = outlines.field_nm
matrix = np.array([[0.97, -0.2], [0.2, 0.97]]) * 0.8 * MAP_PX / max(field_nm)
true = Transform(matrix, MAP_PX / 2 - matrix @ np.array(field_nm) / 2)
maps = drawn_scan(analysis, true)

corners = np.array([[0.1, 0.1], [0.9, 0.2], [0.5, 0.9], [0.2, 0.6], [0.7, 0.6]]) * field_nm
scatter = np.random.default_rng(1).normal(0, 0.5, corners.shape)
pairs = [Pair(*row) for row in np.column_stack([corners, true.to_map(corners) + scatter]).tolist()]
registration = register(pairs, maps, field_nm)
print(f"maps lie within {registration.sigma_nm:.2f} nm ({registration.method})")

found = compose(maps, outlines, registration, kinds=kinds, sensitivity={"O": 1.0, "F": 1.0})
for row in found.together:
    print(f"{row.name} and {row.element}: {100 * row.excess:+.0f} % over the film, q = {row.q_value:.3f}")
saved = Saved(hc.Recipe(composition=CompositionParameters(clicks=tuple(pairs))))
folder.mkdir(parents=True, exist_ok=True)
for name, data in composition_files(found, saved).items():
    (folder / name).write_bytes(data)
