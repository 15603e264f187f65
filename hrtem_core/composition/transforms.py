"""From places in the micrograph to pixels of the maps: what pairs of points say, and how well."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hrtem_core.composition.tuning import COMPOSITION_TUNING, CompositionTuning
from hrtem_core.errors import UserError
from hrtem_core.numerics import FloatArray, read_only

MIN_PAIRS, AFFINE_PAIRS = 3, 5
LEAST_SPREAD = 0.02
"""Pairs whose narrow extent is less than this part of their wide one lie on a line."""


class RegistrationError(UserError):
    """The pairs of points do not tell where the maps lie."""


class Pair(NamedTuple):
    """One place, in nm of the micrograph from its first pixel's centre, and in pixels of the maps."""

    row_nm: float
    col_nm: float
    map_row_px: float
    map_col_px: float


@dataclass(frozen=True, eq=False)
class Transform:
    """map px = matrix · (row_nm, col_nm) + offset.

    Parameters
    ----------
    matrix
        Shape (2, 2), pixels per nm.
    offset
        Shape (2,), pixels.
    """

    matrix: FloatArray
    offset: FloatArray

    def __post_init__(self) -> None:
        for name in ("matrix", "offset"):
            object.__setattr__(self, name, read_only(np.array(getattr(self, name), dtype=float)))

    @classmethod
    def of_parameters(cls, parameters: FloatArray) -> "Transform":
        """From (m00, m01, b0, m10, m11, b1)."""
        rows = np.asarray(parameters, dtype=float).reshape(2, 3)
        return cls(rows[:, :2], rows[:, 2])

    @property
    def parameters(self) -> FloatArray:
        """(m00, m01, b0, m10, m11, b1)."""
        return np.column_stack([self.matrix, self.offset]).ravel()

    @cached_property
    def px_per_nm(self) -> float:
        """Map pixels per nm, on average over directions."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix))))

    def to_map(self, places_nm: FloatArray) -> FloatArray:
        """Shape (n, 2): map pixels of places given in nm."""
        return np.asarray(np.asarray(places_nm) @ self.matrix.T + self.offset)

    def to_nm(self, map_px: FloatArray) -> FloatArray:
        """Shape (n, 2): places in nm of map pixels."""
        return np.asarray(np.linalg.solve(self.matrix, (np.asarray(map_px) - self.offset).T).T)


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit:
    """A transform and how well it is known.

    Parameters
    ----------
    transform
        The transform.
    covariance
        Shape (6, 6): of `Transform.parameters`.
    click_px
        Standard deviation of a click along an axis, in map pixels.
    """

    transform: Transform
    covariance: FloatArray
    click_px: float

    def sigma_nm(self, field_nm: tuple[float, float]) -> float:
        """How far the found places lie from the true ones: as often less as more.

        Of a field from (0, 0) on the root mean square distance is meant. Its square is a sum of squares of
        normal numbers, near a chi-square of as many freedoms as its mean and variance tell; the median is
        by E. B. Wilson & M. M. Hilferty (Proc. Natl. Acad. Sci. 17 (1931) 684).
        """
        places = grid_of_places(field_nm)
        j = _columns(places).reshape(len(places), 2, 6)
        inverse = np.linalg.inv(self.transform.matrix)
        moved = np.einsum("ab,nbp->nap", inverse, j)
        root = _root_of(self.covariance)
        squares = root.T @ np.einsum("nap,naq->pq", moved, moved) @ root / len(places)
        mean, n = float(np.trace(squares)), float((squares**2).sum())
        freedom = mean**2 / n if n > 0 else 1.0
        return float(np.sqrt(mean * (1 - 2 / (9 * freedom)) ** 3))

    def drawn(self, n: int, rng: np.random.Generator) -> list[Transform]:
        """So many transforms as they might be."""
        root = _root_of(self.covariance)
        steps = rng.normal(size=(n, 6)) @ root.T
        return [Transform.of_parameters(self.transform.parameters + step) for step in steps]


def grid_of_places(field_nm: tuple[float, float], n: int = 7) -> FloatArray:
    """Shape (n², 2): places evenly over a field."""
    axes = [np.linspace(0, side, n) for side in field_nm]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)


def _root_of(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))


def _columns(places_nm: FloatArray) -> FloatArray:
    """Shape (2 n, 6): what each parameter does to the map pixels of n places."""
    n = len(places_nm)
    design = np.zeros((n, 2, 6))
    design[:, 0, :2] = design[:, 1, 3:5] = places_nm
    design[:, 0, 2] = design[:, 1, 5] = 1
    return design.reshape(2 * n, 6)


def check_pairs(pairs: Sequence[Pair]) -> FloatArray:
    """The pairs as an array of shape (n, 4), if they can tell a transform.

    Raises
    ------
    RegistrationError
        If there are fewer than three, or they lie on a line.
    """
    points = np.array(pairs, dtype=float).reshape(-1, 4)
    if len(points) < MIN_PAIRS:
        raise RegistrationError(
            f"At least {MIN_PAIRS} pairs of points are needed to lay the maps on the micrograph, "
            f"got {len(points)}; click more."
        )
    if not np.isfinite(points).all():
        raise RegistrationError("The pairs of points must be finite numbers; correct the table of clicks.")
    for part, where in ((points[:, :2], "micrograph"), (points[:, 2:], "maps")):
        spread = np.linalg.svd(part - part.mean(0), compute_uv=False)
        if not spread[1] > LEAST_SPREAD * spread[0]:
            raise RegistrationError(
                f"The points clicked in the {where} lie on a line, or on one another; click another place."
            )
    return points


def transform_of_pairs(pairs: Sequence[Pair], *, tuning: CompositionTuning = COMPOSITION_TUNING) -> Fit:
    """The transform that the pairs tell: a similarity, from five pairs on an affine one.

    A scan's stretch and shear are small before anything is known. An affine transform is therefore fitted
    with this expectation (ridge regression), and a similarity's uncertainty includes what it leaves out.
    The clicks' own scatter is estimated from the residuals, with a weak expectation of a map pixel.

    Parameters
    ----------
    pairs
        At least three.
    tuning
        Expectations.

    Raises
    ------
    RegistrationError
        As `check_pairs`.
    """
    points = check_pairs(pairs)
    similar = fit_similarity(points)
    base = Transform.of_parameters(similar)
    flip = float(np.sign(np.linalg.det(base.matrix)))
    tight = 1e-4 if len(points) < AFFINE_PAIRS else 1.0
    design, seen = _columns(points[:, :2]), points[:, 2:].ravel()
    scatter = tuning.click_px
    for _ in range(10):
        estimator, hat = _ridge(design, base.px_per_nm, scatter, tight * tuning.distortion, flip)
        found = estimator @ seen
        free = len(seen) - np.trace(hat)
        rest = seen - design @ found
        prior = tuning.click_freedom
        scatter = float(np.sqrt((rest @ rest + prior * tuning.click_px**2) / (free + prior)))
    left_out = estimator @ design - np.eye(6)
    distortions = _distortions(base.px_per_nm, flip)
    covariance = scatter**2 * estimator @ estimator.T + tuning.distortion**2 * (
        left_out @ distortions.T @ distortions @ left_out.T
    )
    return Fit(transform=Transform.of_parameters(found), covariance=covariance, click_px=scatter)


def _distortions(px_per_nm: float, flip: float) -> FloatArray:
    """Shape (2, 6): changes of the parameters by stretch and shear of one."""
    stretch = [1, 0, 0, 0, -flip, 0]
    shear = [0, 1, 0, flip, 0, 0]
    return 0.5 * px_per_nm * np.array([stretch, shear], dtype=float)


def _ridge(
    design: FloatArray, px_per_nm: float, scatter: float, distortion: float, flip: float
) -> tuple[FloatArray, FloatArray]:
    """(6, 2 n) that makes parameters of map pixels, and its hat matrix."""
    rows = _distortions(px_per_nm, flip) * 2 / (px_per_nm * distortion * px_per_nm)
    normal = design.T @ design / scatter**2 + rows.T @ rows
    estimator = np.linalg.solve(normal, design.T / scatter**2)
    return estimator, design @ estimator


def fit_similarity(points: FloatArray) -> FloatArray:
    """Parameters of the similarity through pairs by least squares, mirrored where that fits far better.

    Parameters
    ----------
    points
        Shape (n, 4), as `Pair`; n at least 2.
    """
    places, seen = points[:, :2], points[:, 2:]
    found = []
    for flip in (1.0, -1.0):
        design = _columns(places) @ _similar(flip)
        solution, *_ = np.linalg.lstsq(design, seen.ravel(), rcond=None)
        rest = seen.ravel() - design @ solution
        found.append((float(rest @ rest), _similar(flip) @ solution))
    (plain, upright), (mirrored, turned) = found
    return turned if len(points) > 2 and mirrored < 0.1 * plain and plain > 4 * len(points) else upright


def _similar(flip: float) -> FloatArray:
    """(6, 4): the parameters of a similarity a, b, offsets; mirrored where flip is -1."""
    return np.array(
        [[1, 0, 0, 0], [0, -flip, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [flip, 0, 0, 0], [0, 0, 0, 1]],
        dtype=float,
    )


def leave_one_out_nm(pairs: Sequence[Pair], *, tuning: CompositionTuning = COMPOSITION_TUNING) -> FloatArray:
    """Shape (n,): how far from each pair, in nm, the transform of all others puts it.

    Parameters
    ----------
    pairs
        At least three; of two others a similarity is taken.
    """
    points = check_pairs(pairs)
    distances = []
    for row, point in enumerate(points):
        others = np.delete(points, row, axis=0)
        try:
            fit = transform_of_pairs([Pair(*p) for p in others.tolist()], tuning=tuning).transform
        except RegistrationError:  # two, or on a line without this one
            fit = Transform.of_parameters(fit_similarity(others))
        distances.append(float(np.linalg.norm(fit.to_nm(point[None, 2:])[0] - point[:2])))
    return np.array(distances)
