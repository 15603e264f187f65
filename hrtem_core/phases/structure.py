"""A crystal structure as plain facts: cell, symmetry, atoms, and where they are known from."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hrtem_core.errors import RecipeError
from hrtem_core.numerics import FloatArray

if TYPE_CHECKING:
    import gemmi

MAX_VOLUME_NM3 = 6.0
"""Of a cell: a larger one has more reflections than an image could tell apart."""
MAX_ATOMS = 2000
"""In a cell, so that structure factors stay a matter of milliseconds."""
MAX_NAME = 60
NONE = "none"
"""The answer that it is no candidate; no structure may be called so."""


class Site(NamedTuple):
    """An atom of the asymmetric unit: element, fractional coordinates, and how often the site is filled."""

    element: str
    x: float
    y: float
    z: float
    occupancy: float = 1.0


@dataclass(frozen=True)
class Structure:
    """A crystal structure.

    Parameters
    ----------
    name
        One line, unlike "none".
    cell_angstrom_deg
        a, b, c in angstrom, alpha, beta, gamma in degrees.
    symmetry
        Hermann-Mauguin symbol with origin or axes where there are several ("F d -3 m:2", "R -3 c:H"), or
        all operations with ";" between them ("x,y,z;-x,-y,-z").
    sites
        Of the asymmetric unit; empty where only the lattice and its extinctions are known.
    elements
        What it is made of.
    reference
        Where it is known from.
    doi, cod
        Of the reference, and its number in the Crystallography Open Database; "" and 0 where unknown.
    sha256
        Of the file it was read from, "" for a structure of the table.

    Raises
    ------
    RecipeError
        If it cannot be a crystal, naming it.
    """

    name: str
    cell_angstrom_deg: tuple[float, float, float, float, float, float]
    symmetry: str
    sites: tuple[Site, ...] = ()
    elements: tuple[str, ...] = ()
    reference: str = ""
    doi: str = ""
    cod: int = 0
    sha256: str = ""

    def __post_init__(self) -> None:
        if not (0 < len(self.name) <= MAX_NAME and self.name.isprintable()) or self.name == NONE:
            raise RecipeError(
                f'A structure\'s name must be one line of 1 to {MAX_NAME} characters and not "{NONE}", '
                f"got {self.name[:80]!r}."
            )
        for text in (self.symmetry, self.reference, self.doi, self.sha256, *self.elements):
            if len(text) > 20_000:
                raise RecipeError(f"{self.name}: a text of a structure must be shorter, got {len(text)}.")
        _check_cell(self)

    @property
    def is_own(self) -> bool:
        """Whether it was read from a person's file."""
        return bool(self.sha256)

    @property
    def said_by(self) -> str:
        """Where it is known from, in words."""
        parts = [self.reference, f"doi:{self.doi}" if self.doi else "", f"COD {self.cod}" if self.cod else ""]
        return ", ".join(part for part in parts if part)


def _check_cell(structure: Structure) -> None:
    *lengths, alpha, beta, gamma = structure.cell_angstrom_deg
    if not all(1.5 <= length <= 100 for length in lengths):
        raise RecipeError(f"{structure.name}: a, b and c must lie between 1.5 and 100 Å, got {lengths}.")
    if not all(30 <= angle <= 150 for angle in (alpha, beta, gamma)):
        raise RecipeError(f"{structure.name}: the cell's angles must lie between 30 and 150 degrees.")
    volume = volume_nm3(structure)
    if not 0.005 <= volume <= MAX_VOLUME_NM3:
        raise RecipeError(
            f"{structure.name}: the cell must have 0.005 to {MAX_VOLUME_NM3:g} nm³, got {volume:.3g} nm³."
        )


def volume_nm3(structure: Structure) -> float:
    """Volume of the cell in nm³; 0 where its angles close no cell."""
    a, b, c, *angles = structure.cell_angstrom_deg
    x, y, z = (math.cos(math.radians(angle)) for angle in angles)
    squared = 1 - x * x - y * y - z * z + 2 * x * y * z
    return a * b * c * 1e-3 * math.sqrt(max(squared, 0.0))


def operations(structure: Structure) -> "gemmi.GroupOps":
    """The symmetry operations.

    Raises
    ------
    RecipeError
        If the symmetry is neither a known symbol nor a group of operations.
    """
    import gemmi

    if "," not in structure.symmetry:
        group = gemmi.find_spacegroup_by_name(structure.symmetry)
        if group is None:
            raise RecipeError(f"{structure.name}: there is no space group {structure.symmetry[:40]!r}.")
        return group.operations()
    triplets = structure.symmetry.split(";")
    if len(triplets) > 192:
        raise RecipeError(f"{structure.name}: a space group has at most 192 operations.")
    try:
        return gemmi.GroupOps([gemmi.Op(triplet) for triplet in triplets])
    except (RuntimeError, ValueError) as error:
        raise RecipeError(f"{structure.name}: its symmetry cannot be read: {error}.") from error


def space_group_of(structure: Structure) -> str:
    """Symbol of the space group, its setting included; "" where the operations are those of none."""
    import gemmi

    group = gemmi.find_spacegroup_by_ops(operations(structure))
    return "" if group is None else group.xhm()


class Atoms(NamedTuple):
    """Every atom of a cell: its element, place (shape (n, 3), fractions of the cell) and share."""

    elements: list[str]
    fractions: FloatArray
    occupancies: FloatArray


def atoms_in_cell(structure: Structure) -> Atoms:
    """All atoms of the cell; images of a site that fall on each other are one atom.

    Raises
    ------
    RecipeError
        If there are more than `MAX_ATOMS`, or an element is none.
    """
    import gemmi

    groups = operations(structure)
    if len(structure.sites) > MAX_ATOMS:
        raise RecipeError(f"{structure.name}: a cell may hold {MAX_ATOMS} atoms at most.")
    cell = gemmi.UnitCell(*structure.cell_angstrom_deg)
    to_angstrom = np.array(cell.orth.mat.tolist())
    rotations = np.array([op.rot for op in groups], dtype=float) / gemmi.Op.DEN
    shifts = np.array([op.tran for op in groups], dtype=float) / gemmi.Op.DEN
    elements: list[str] = []
    fractions: list[FloatArray] = []
    occupancies: list[float] = []
    for site in structure.sites:
        if gemmi.Element(site.element).atomic_number == 0:
            raise RecipeError(f"{structure.name}: there is no element {site.element[:10]!r}.")
        images = _distinct(rotations @ np.array(site[1:4]) + shifts, to_angstrom)
        elements += [site.element] * len(images)
        fractions.append(images)
        occupancies += [site.occupancy] * len(images)
        if len(elements) > MAX_ATOMS:
            raise RecipeError(f"{structure.name}: a cell may hold {MAX_ATOMS} atoms at most.")
    return Atoms(elements, np.concatenate([np.zeros((0, 3)), *fractions]), np.array(occupancies))


SAME_PLACE_ANGSTROM = 0.3
"""Images of a site that are closer are one atom on a special position."""


def _distinct(places: FloatArray, to_angstrom: FloatArray) -> FloatArray:
    """The images of a site without repeats, shape (m, 3), each coordinate in [0, 1)."""
    places = np.mod(places, 1.0)
    apart = places[:, None] - places[None]
    distance = np.linalg.norm((apart - np.round(apart)) @ to_angstrom.T, axis=2)
    first = np.argmax(distance < SAME_PLACE_ANGSTROM, axis=1)
    return np.asarray(places[np.unique(first)])
