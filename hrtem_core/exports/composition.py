"""Files of a composition."""

import io
import json
from typing import Any

import numpy as np
import scipy
import tifffile

from hrtem_core.composition import Composition, Fractions
from hrtem_core.exports.bundle import zipped
from hrtem_core.exports.tables import to_csv
from hrtem_core.measures import Table
from hrtem_core.numerics import FloatImage
from hrtem_core.recipe import Saved, to_dict
from hrtem_core.version import VERSION

COMPOSITION_FILES = (
    "registration.json", "composition.csv", "composition_groups.csv", "colocalization.csv", "agreement.csv",
    "composition.json", "maps_on_micrograph.tif",
)  # fmt: skip
MAX_SIDE_PX = 2048
"""Maps are laid on no more pixels than this along a side: they hold no finer detail."""


def composition_files(composition: Composition, saved: Saved) -> dict[str, bytes]:
    """All files of a composition, by name.

    Parameters
    ----------
    composition
        What was found.
    saved
        What gives it again, and for which image: `composition.json` may be given back as a recipe.
    """
    texts = {
        "registration.json": _json(registration_summary(composition)),
        "composition.csv": to_csv(composition_table(composition)),
        "composition_groups.csv": to_csv(groups_table(composition)),
        "colocalization.csv": to_csv(colocalization_table(composition)),
        "agreement.csv": to_csv(agreement_table(composition)),
        "composition.json": _json(composition_summary(composition, saved)),
    }
    files = {name: text.encode() for name, text in texts.items()}
    return {**files, "maps_on_micrograph.tif": maps_tiff(composition)}


def composition_zip(composition: Composition, saved: Saved) -> bytes:
    """The same files in one zip."""
    return zipped(composition_files(composition, saved))


def _json(tree: dict[str, Any]) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def registration_summary(composition: Composition) -> dict[str, Any]:
    """Where the maps lie: map px = matrix · (row_nm, col_nm) + offset."""
    registration = composition.registration
    return {
        "matrix": registration.transform.matrix.tolist(),
        "offset": registration.transform.offset.tolist(),
        "sigma_nm": registration.sigma_nm,
        "leave_one_out_nm": registration.leave_one_out_rms_nm,
        "leave_one_out_each_nm": registration.leave_one_out_nm.tolist(),
        "method": registration.method,
    }


def composition_summary(composition: Composition, saved: Saved) -> dict[str, Any]:
    """What went in, and what to know of it."""
    elements = composition.maps.elements
    return {
        "version": VERSION,
        "elements": list(elements),
        "sensitivity": dict(zip(elements, composition.sensitivity, strict=True)),
        "blur_nm": composition.blur_nm,
        "not_seen": composition.not_seen,
        "files": [
            {"role": role, "name": name, "sha256": sha256} for role, name, sha256 in composition.maps.digests
        ],
        "notes": list(composition.notes),
        "recipe": to_dict(*saved),
    }


def _fraction_columns(found: Fractions, n_elements: int) -> Table:
    n = len(found.flags)
    return {
        "counts": found.counts.ravel().tolist(),
        "background": found.background.ravel().tolist(),
        "fraction": found.fraction.ravel().tolist(),
        "sigma_counting": found.sigma_counting.ravel().tolist(),
        "sigma_registration": found.sigma_registration.ravel().tolist(),
        "sigma": found.sigma.ravel().tolist(),
        "flag": [flag for flag in found.flags for _ in range(n_elements)] if n else [],
    }


def composition_table(composition: Composition) -> Table:
    """One row per domain and element."""
    elements = composition.maps.elements
    ids = composition.outlines.domain_id
    return {
        "domain_id": [number for number in ids for _ in elements],
        "element": list(elements) * len(ids),
        **_fraction_columns(composition.domains, len(elements)),
    }


def groups_table(composition: Composition) -> Table:
    """One row per crystallite, family or phase, and element."""
    elements, kinds = composition.maps.elements, composition.kinds
    return {
        "kind": [kind.kind for kind in kinds for _ in elements],
        "name": [kind.name for kind in kinds for _ in elements],
        "number": [kind.number or "" for kind in kinds for _ in elements],
        "n_domains": [len(kind.members) for kind in kinds for _ in elements],
        "element": list(elements) * len(kinds),
        **_fraction_columns(composition.groups, len(elements)),
    }


def colocalization_table(composition: Composition) -> Table:
    """One row per family or phase, and element; `family_id` is empty for a phase."""
    rows = composition.together
    return {
        "phase": [row.name for row in rows],
        "family_id": [row.number or "" for row in rows],
        "element": [row.element for row in rows],
        "excess": [row.excess for row in rows],
        "p_value": [row.p_value for row in rows],
        "q_value": [row.q_value for row in rows],
        "n_domains": [row.n_domains for row in rows],
    }


def agreement_table(composition: Composition) -> Table:
    """One row per crystallite and candidate phase."""
    columns = (
        "crystallite_id", "phase", "chi2_d", "chi2_composition", "p_value", "probability",
        "probability_with_composition",
    )  # fmt: skip
    return {name: [getattr(row, name) for row in composition.agreement] for name in columns}


def maps_on_micrograph(composition: Composition) -> tuple[FloatImage, tuple[float, float]]:
    """Net counts on the micrograph, shape (elements, rows, columns), and the pixels' (row, column) in nm.

    Pixels outside the scan are NaN.
    """
    outlines, transform = composition.outlines, composition.registration.transform
    step = max(1, -(-max(outlines.shape) // MAX_SIDE_PX))
    rows, cols = (side // step for side in outlines.shape)
    sizes = outlines.pixel_size.row_nm * step, outlines.pixel_size.col_nm * step
    first = [(step - 1) / 2 * size for size in outlines.pixel_size.sizes_nm]
    grid = np.mgrid[:rows, :cols].reshape(2, -1).T * sizes + first
    at = transform.to_map(grid).T
    laid = [
        scipy.ndimage.map_coordinates(net, at, order=1, cval=np.nan).reshape(rows, cols).astype(np.float32)
        for net in composition.maps.net
    ]
    return np.array(laid), sizes


def maps_tiff(composition: Composition) -> bytes:
    """The net counts laid on the micrograph, one page per element, with their scale for ImageJ."""
    laid, sizes = maps_on_micrograph(composition)
    target = io.BytesIO()
    tifffile.imwrite(
        target,
        laid,
        imagej=True,
        compression="zlib",
        resolution=(1 / sizes[1], 1 / sizes[0]),
        metadata={"axes": "ZYX", "unit": "nm", "Labels": list(composition.maps.elements)},
    )
    return target.getvalue()
