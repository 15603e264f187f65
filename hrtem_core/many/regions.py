"""Domains or crystallites of many images, corrected for those that the border cuts.

A region that the border cuts is left out, as its size is not known; the whole ones count the more the larger
they are, since those are the likelier to be cut (R. E. Miles, 1974; C. Lantuéjoul, 1980; J. Serra, Image
Analysis and Mathematical Morphology, 1982, p. 246).
"""

from dataclasses import dataclass, field

import numpy as np

from hrtem_core.measures import Table
from hrtem_core.numerics import FloatArray

SIZES = ("equivalent_diameter_nm", "area_nm2", "feret_max_nm", "feret_min_nm")


@dataclass
class Regions:
    """Domains or crystallites of all images, whole ones only.

    Parameters
    ----------
    image
        Number of the image of each.
    diameter_nm, area_nm2
        Of each.
    weight
        Reciprocal of the chance that one of this size is not cut by the border.
    """

    image: list[FloatArray] = field(default_factory=list)
    diameter_nm: list[FloatArray] = field(default_factory=list)
    area_nm2: list[FloatArray] = field(default_factory=list)
    weight: list[FloatArray] = field(default_factory=list)

    def add(self, number: int, table: Table, field_nm: tuple[float, float]) -> None:
        """Take the whole regions of one image.

        Parameters
        ----------
        number
            Of the image.
        table
            `domains.csv` or `crystallites.csv`.
        field_nm
            Height and width of the field.
        """
        cut = np.array(table["touches_border"], dtype=bool)
        place = np.array(table.get("place") or [""] * len(cut), dtype=str)
        whole = ~cut & (place != "either")
        columns = (np.array(table[name], dtype=float)[whole] for name in SIZES)
        diameter, area, largest, smallest = columns
        self.image.append(np.full(len(area), float(number)))
        self.diameter_nm.append(diameter)
        self.area_nm2.append(area)
        self.weight.append(border_weight(mean_breadth(largest, smallest), field_nm))


def mean_breadth(largest: FloatArray, smallest: FloatArray) -> FloatArray:
    """The breadth of regions averaged over all directions: that of the ellipse with their Feret diameters.

    Of a convex region it is the perimeter over pi (Cauchy); that of an ellipse is Ramanujan's.

    Parameters
    ----------
    largest, smallest
        Feret diameters.
    """
    h = ((largest - smallest) / np.maximum(largest + smallest, 1e-300)) ** 2
    return np.asarray((largest + smallest) / 2 * (1 + 3 * h / (10 + np.sqrt(4 - 3 * h))))


def border_weight(breadth: FloatArray, field_nm: tuple[float, float]) -> FloatArray:
    """Miles-Lantuéjoul: the field's area over that in which a region of this breadth lies whole.

    Parameters
    ----------
    breadth
        Of the regions in nm.
    field_nm
        Height and width of the field in nm.
    """
    height, width = field_nm
    # One that fills the field can hardly lie whole in it; it must not count for all others.
    inside = [np.maximum(side - breadth, 0.05 * side) for side in (height, width)]
    return np.asarray(height * width / (inside[0] * inside[1]))
