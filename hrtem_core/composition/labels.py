"""Domains out of files: a label image of one's own, or the label stack of a result folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy

from hrtem_core.composition.colocalization import Kind
from hrtem_core.composition.crystals import Outlines
from hrtem_core.composition.files import number_in, read_table
from hrtem_core.errors import FileError
from hrtem_core.image import PixelSize, clean_name
from hrtem_core.numerics import Footprint, LabelImage
from hrtem_core.readers import list_images_apart, read_numbers_apart

MAX_DOMAINS, MAX_LABEL_PIXELS = 5000, 1 << 28


def read_labels(path: Path) -> LabelImage:
    """All layers of a label image, shape (layers, rows, columns); 0 is no domain.

    Raises
    ------
    FileError
        If it holds no labels.
    """
    images = list_images_apart(path)
    name = clean_name(path.name)
    if sum(image.rows * image.cols for image in images) > MAX_LABEL_PIXELS:
        raise FileError(f"{name} has more pixels than are read as labels; crop it.")
    layers = [read_numbers_apart(path, image=image.index) for image in images]
    if any(layer.shape != layers[0].shape for layer in layers):
        raise FileError(f"{name} has layers of different sizes; a label image has one.")
    if any(layer.dtype.kind not in "biu" for layer in layers):
        rounded = [np.round(layer) for layer in layers]
        if any(not np.array_equal(a, b) for a, b in zip(layers, rounded, strict=True)):
            raise FileError(
                f"{name} is no label image: a label is a whole number, the same all over a domain."
            )
        layers = rounded
    labels = np.array(layers)
    if labels.min() < 0 or labels.max() > 2**31 - 1:
        raise FileError(f"{name} holds labels that are no numbers from 0 on.")
    return labels.astype(np.int64)


def footprints_of(labels: LabelImage, name: str) -> dict[int, Footprint]:
    """Every domain of a label stack, by its number.

    Parameters
    ----------
    labels
        Shape (layers, rows, columns).
    name
        Of the file, for messages.
    """
    numbers = np.unique(labels)
    numbers = numbers[numbers > 0]
    if len(numbers) > MAX_DOMAINS:
        raise FileError(
            f"{name} holds {len(numbers):,} labels, more than {MAX_DOMAINS:,}; is it a label image?"
        )
    found: dict[int, Footprint] = {}
    for layer in labels:
        compact = np.searchsorted(numbers, layer) + 1
        compact[layer == 0] = 0
        for number, box in zip(numbers.tolist(), scipy.ndimage.find_objects(compact), strict=False):
            if box is not None:
                found[number] = Footprint(box[0].start, box[1].start, layer[box] == number)
    return dict(sorted(found.items()))


def outlines_of(labels: LabelImage, pixel_size: PixelSize, name: str) -> Outlines:
    """Domains of a label image, each a crystal of its own."""
    found = footprints_of(labels, name)
    return Outlines(
        shape=(labels.shape[1], labels.shape[2]),
        pixel_size=pixel_size,
        domain_id=tuple(found),
        footprints=tuple(found.values()),
        crystal=tuple(range(len(found))),
    )


def read_groups(path: Path, domain_ids: Sequence[int]) -> list[Kind]:
    """Phases of domains: a CSV file with `domain_id, phase`."""
    rows = read_table(path, ("domain_id", "phase"), "a table of phases")
    row_of = {number: row for row, number in enumerate(domain_ids)}
    members: dict[str, list[int]] = {}
    for entry in rows:
        number = number_in(entry, "domain_id", path)
        if int(number) in row_of and entry["phase"]:
            members.setdefault(entry["phase"], []).append(row_of[int(number)])
    return [Kind("phase", phase, 0, tuple(sorted(set(rows)))) for phase, rows in sorted(members.items())]
