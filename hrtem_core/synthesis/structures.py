"""The crystals that synthetic micrographs are made of: lattices, reflections, orientations."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from hrtem_core.image import Wavevector
from hrtem_core.numerics import FloatArray

Hkl = tuple[int, int, int]


@dataclass(frozen=True)
class Structure:
    """A crystal structure as far as its fringes show it.

    Parameters
    ----------
    lattice_nm_deg
        a, b, c in nm, alpha, beta, gamma in degrees.
    amplitudes
        Relative structure-factor amplitude |F| of one reflection of each form, the strongest 1; the
        reflections of about a fifth of that and more, down to d = 0.13 nm.
    cubic
        Whether all permutations and signs of hkl are equivalent; otherwise monoclinic, unique axis b.
    source
        Where the lattice comes from.
    """

    name: str
    lattice_nm_deg: tuple[float, float, float, float, float, float]
    amplitudes: dict[Hkl, float]
    cubic: bool
    source: str

    def reciprocal_basis(self) -> FloatArray:
        """Rows a*, b*, c* in 1/nm, Cartesian; shape (3, 3)."""
        a, b, c, *angles = self.lattice_nm_deg
        cos_a, cos_b, cos_c = (math.cos(math.radians(angle)) for angle in angles)
        sin_c = math.sin(math.radians(angles[2]))
        c_y = (cos_a - cos_b * cos_c) / sin_c
        c_z = math.sqrt(1 - cos_b**2 - c_y**2)
        direct = np.array([[a, 0, 0], [b * cos_c, b * sin_c, 0], [c * cos_b, c * c_y, c * c_z]])
        return np.asarray(np.linalg.inv(direct).T)

    def spacing_nm(self, hkl: Hkl) -> float:
        """d of the planes hkl in nm."""
        return 1 / float(np.linalg.norm(np.array(hkl) @ self.reciprocal_basis()))

    def equivalents(self, hkl: Hkl) -> list[Hkl]:
        """All members of the form {hkl}, one of each Friedel pair, sorted."""
        h, k, l = hkl  # noqa: E741  (Miller indices)
        if self.cubic:
            signs = itertools.product((1, -1), repeat=3)
            triples = {(s * p, t * q, u * r) for s, t, u in signs for p, q, r in itertools.permutations(hkl)}
        else:
            triples = {(h, k, l), (h, -k, l), (-h, -k, -l), (-h, k, -l)}
        return sorted(triple for triple in triples if triple > (0, 0, 0))

    def reflections(self) -> tuple[list[Hkl], FloatArray]:
        """Every reflection, one of each Friedel pair, and its relative amplitude."""
        pairs = [(e, amplitude) for hkl, amplitude in self.amplitudes.items() for e in self.equivalents(hkl)]
        return [hkl for hkl, _ in pairs], np.array([amplitude for _, amplitude in pairs])


_STRUCTURES = (
    Structure(
        "Li2O",
        (0.4619, 0.4619, 0.4619, 90, 90, 90),
        {(1, 1, 1): 0.85, (2, 2, 0): 1.0, (3, 1, 1): 0.47},
        True,
        "anti-fluorite, Fm-3m; Wyckoff, Crystal Structures 1 (1963)",
    ),
    Structure(
        "LiF",
        (0.4026, 0.4026, 0.4026, 90, 90, 90),
        {(1, 1, 1): 0.38, (2, 0, 0): 1.0, (2, 2, 0): 0.68},
        True,
        "rock salt, Fm-3m; Thewlis 1955, doi:10.1107/S0365110X55001102",
    ),
    Structure(
        "Li2CO3",
        (0.8359, 0.4973, 0.6197, 90, 114.83, 90),
        {
            (1, 1, 0): 0.34,
            (1, 1, 1): 0.31,
            (2, 0, -2): 0.82,
            (0, 0, 2): 1.0,
            (1, 1, -2): 0.31,
            (0, 2, 0): 0.52,
            (3, 1, -1): 0.50,
            (3, 1, 1): 0.41,
            (2, 0, -4): 0.68,
            (3, 3, -1): 0.34,
        },
        False,
        "zabuyelite, C2/c; Effenberger & Zemann 1979, doi:10.1524/zkri.1979.150.14.133",
    ),
    Structure(
        "Au",
        (0.4078, 0.4078, 0.4078, 90, 90, 90),
        {(1, 1, 1): 1.0, (2, 0, 0): 0.90, (2, 2, 0): 0.65},
        True,
        "Fm-3m; Wyckoff, Crystal Structures 1 (1963)",
    ),
    Structure(
        "Cu",
        (0.3615, 0.3615, 0.3615, 90, 90, 90),
        {(1, 1, 1): 1.0, (2, 0, 0): 0.89, (2, 2, 0): 0.60},
        True,
        "Fm-3m; Wyckoff, Crystal Structures 1 (1963)",
    ),
)
STRUCTURES = {structure.name: structure for structure in _STRUCTURES}
"""By name. |F| from the atoms of the cited cells and the electron scattering factors of International
Tables C, table 4.3.2.2, with B = 0.5 Å², computed with gemmi and rounded."""


def random_rotation(rng: np.random.Generator) -> FloatArray:
    """A rotation drawn evenly from all; shape (3, 3). Shoemake 1992: a normalised random quaternion."""
    w, *vector = (q := rng.normal(size=4)) / np.linalg.norm(q)
    x, y, z = vector
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + 2 * w * cross + 2 * cross @ cross)


def zone_axis_rotation(structure: Structure, zone_axis: Hkl, in_plane_deg: float) -> FloatArray:
    """The rotation that turns a zone axis towards the viewer; shape (3, 3).

    Parameters
    ----------
    structure
        Its lattice gives the direction of the axis.
    zone_axis
        [uvw] in the direct lattice.
    in_plane_deg
        Further rotation about the axis, counter-clockwise as seen in the image, in degrees.
    """
    # a, b, c are the rows of the inverse transpose of the reciprocal basis.
    axis = np.array(zone_axis) @ np.linalg.inv(structure.reciprocal_basis()).T
    axis = axis / np.linalg.norm(axis)
    across = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    across = across / np.linalg.norm(across)
    frame = np.stack((across, np.cross(axis, across), axis))
    cos, sin = math.cos(math.radians(in_plane_deg)), math.sin(math.radians(in_plane_deg))
    return np.asarray(np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ frame)


def visible_reflections(
    structure: Structure, rotation: FloatArray, *, thickness_nm: float, max_g_per_nm: float
) -> list[tuple[Hkl, Wavevector, float]]:
    """Reflections near the Bragg condition, strongest first: (hkl, (g_row, g_col) in 1/nm, amplitude).

    Kinematic: a crystal of thickness t shows g with the amplitude |F| sin(pi s t) / (pi s t), s being the
    distance of g from the Ewald sphere, here flat (at 200 kV and 5/nm it sags by 0.03/nm, far below 1/t).
    Only the main maximum counts. Williams & Carter 2009, chapter 13, doi:10.1007/978-0-387-76501-3.

    Parameters
    ----------
    structure, rotation
        The crystal and its rotation to the frame x right, y up, z towards the viewer.
    thickness_nm
        Thickness of the crystal along the beam.
    max_g_per_nm
        Beyond it nothing is transferred.
    """
    indices, amplitudes = structure.reflections()
    g = np.array(indices) @ structure.reciprocal_basis() @ rotation.T
    off_bragg = g[:, 2] * thickness_nm
    excited = amplitudes * np.where(np.abs(off_bragg) < 1, np.sinc(off_bragg), 0.0)
    seen = np.flatnonzero((excited > 0) & (np.hypot(g[:, 0], g[:, 1]) <= max_g_per_nm))
    order = seen[np.argsort(-excited[seen], kind="stable")]
    return [(indices[i], Wavevector(float(-g[i, 1]), float(g[i, 0])), float(excited[i])) for i in order]
