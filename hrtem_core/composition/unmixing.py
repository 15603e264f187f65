"""Counts of crystals and of the film around them: one linear model of the whole scan.

    counts(x) = sum_j [w_j (x) (level_j + slope_j · (x - centre_j))] + (1 - sum_j w_j (x)) film(x)

w is a crystal's outline behind the scan's blur; the film is a smooth surface (a penalized cubic spline:
P. H. C. Eilers & B. D. Marx, Statistical Science 11 (1996) 89, doi:10.1214/ss/1038425655). A crystal's level
is its whole column, film above and below it included.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.composition.crystals import SHAPES, CrystalColumns, Outlines, map_places
from hrtem_core.composition.film import FilmSpline
from hrtem_core.composition.maps import CompositionError, ElementalMaps
from hrtem_core.composition.transforms import Transform
from hrtem_core.composition.tuning import COMPOSITION_TUNING, CompositionTuning
from hrtem_core.numerics import FloatArray, IntArray

LEAST_SHARE = 0.05
"""Expected counts are taken to be at least this part of their mean: empty pixels get no boundless weight."""
LEAST_PIXELS = 50
LEAST_BLUR_PX = 0.29
"""A pixel alone blurs by a uniform distribution: 1 over the root of 12."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Scene:
    """What stays the same for every transform.

    Parameters
    ----------
    maps
        The counts.
    outlines
        The crystals.
    columns
        Their columns behind the blur.
    film
        The film's splines.
    tuning
        What decides.
    """

    maps: ElementalMaps
    outlines: Outlines
    columns: CrystalColumns
    film: FilmSpline
    tuning: CompositionTuning

    @classmethod
    def of(
        cls,
        maps: ElementalMaps,
        outlines: Outlines,
        blur_nm: float,
        *,
        tuning: CompositionTuning = COMPOSITION_TUNING,
    ) -> "Scene":
        """With a blur of probe and pixel together."""
        spacing = max(tuning.knot_nm, 2 * blur_nm)
        film = FilmSpline.over(outlines.field_nm, spacing)
        return cls(
            maps=maps, outlines=outlines, columns=CrystalColumns(outlines, blur_nm), film=film, tuning=tuning
        )

    @property
    def n_crystal_columns(self) -> int:
        """Columns before those of the film."""
        return SHAPES * self.outlines.n_crystals


@dataclass(frozen=True, eq=False)
class Design:
    """The model's matrix for one transform.

    Parameters
    ----------
    pixels
        Shape (n,): numbers of the maps' pixels that lie in the micrograph.
    matrix
        Shape (n, p).
    fullest
        Shape (n_crystals,): the most that each crystal fills of a pixel.
    """

    pixels: IntArray
    matrix: "scipy.sparse.csr_array"
    fullest: FloatArray


def design(scene: Scene, transform: Transform) -> Design:
    """The model's matrix over the maps' pixels that lie in the micrograph.

    Raises
    ------
    CompositionError
        If hardly any do.
    """
    places = map_places(scene.maps.shape, transform)
    half = np.array(scene.outlines.pixel_size.sizes_nm) / 2
    inside = ((places > -half) & (places < np.array(scene.outlines.field_nm) - half)).all(axis=1)
    pixels = np.flatnonzero(inside)
    if len(pixels) < LEAST_PIXELS:
        raise CompositionError(
            f"Only {len(pixels)} pixels of the maps lie in the micrograph; check the pairs of points, and "
            "the micrograph's scale."
        )
    crystals = scene.columns.at(places[pixels])
    levels = crystals[:, ::SHAPES]
    covered = np.minimum(np.asarray(levels.sum(axis=1)).ravel(), 1)
    film = scipy.sparse.diags_array(1 - covered) @ scene.film.at(places[pixels])
    fullest = np.asarray(levels.max(axis=0).todense()).ravel() if levels.shape[1] else np.zeros(0)
    return Design(pixels, scipy.sparse.csr_array(scipy.sparse.hstack([crystals, film])), fullest)


@dataclass(frozen=True, eq=False, kw_only=True)
class Unmixed:
    """The model fitted to every element.

    Parameters
    ----------
    design
        Its matrix.
    inverse
        Shape (p, p): of the penalized normal matrix.
    net, background
        Shape (elements, p): coefficients of the net counts and of the background.
    spread
        Shape (elements, elements, p, p): covariance of the net counts' right-hand side.
    """

    design: Design
    inverse: FloatArray
    net: FloatArray
    background: FloatArray
    spread: FloatArray

    def covariance(self, target: FloatArray) -> FloatArray:
        """Shape (elements, elements): of a target, shape (p,), from counting alone."""
        row = self.inverse @ target
        return np.asarray(np.einsum("p,efpq,q->ef", row, self.spread, row))


def penalty(scene: Scene, smoothness: float, mean_counts: float) -> FloatArray:
    """Shape (p, p): what is expected of the coefficients, in units of the inverse variance of counts.

    Parameters
    ----------
    scene
        The model.
    smoothness
        Factor of the film's roughness, in units of the mean counts.
    mean_counts
        Per pixel, all elements together.
    """
    n = scene.n_crystal_columns
    p = n + scene.film.shape[0] * scene.film.shape[1]
    matrix = np.zeros((p, p))
    slopes = [k for k in range(n) if k % SHAPES]
    matrix[slopes, slopes] = 1 / (scene.tuning.gradient_per_nm * mean_counts) ** 2
    matrix[n:, n:] = smoothness * scene.film.roughness / mean_counts
    matrix[np.arange(p), np.arange(p)] += 1e-6 / mean_counts**2
    return matrix


def expected_counts(scene: Scene, matrix: Design) -> FloatArray:
    """Shape (n,): total counts that pixels may be expected to have, for their weights."""

    total = scene.maps.counts.sum(axis=0) + (scene.maps.backgrounds * scene.maps.quanta[:, None, None]).sum(
        axis=0
    )
    smooth = scipy.ndimage.gaussian_filter(total, 2.0, mode="nearest").ravel()[matrix.pixels]
    return np.asarray(np.maximum(smooth, LEAST_SHARE * max(float(smooth.mean()), 1e-12)))


def choose_smoothness(scene: Scene, matrix: Design) -> float:
    """The film's smoothness by generalized cross-validation of the total net counts.

    P. Craven & G. Wahba, Numerische Mathematik 31 (1979) 377, doi:10.1007/BF01404567.
    """
    tried = scene.tuning.film_smoothness
    return tried[int(np.argmin(cross_validation(scene, matrix, tried)))]


def cross_validation(scene: Scene, matrix: Design, tried: Sequence[float]) -> list[float]:
    """How badly each smoothness of the film would foretell pixels of the total net counts (the GCV score)."""
    weights = 1 / expected_counts(scene, matrix)
    total = scene.maps.net.sum(axis=0).ravel()[matrix.pixels]
    mean = _mean_counts(scene)
    weighted = matrix.matrix.T @ scipy.sparse.diags_array(weights)
    normal, right = (weighted @ matrix.matrix).toarray(), weighted @ total
    scores = []
    for smoothness in tried:
        solved = np.linalg.solve(normal + penalty(scene, smoothness, mean), np.column_stack([right, normal]))
        rest = total - matrix.matrix @ solved[:, 0]
        free = len(total) - np.trace(solved[:, 1:])
        scores.append(float((weights * rest**2).sum()) * len(total) / free**2)
    return scores


def unmix(scene: Scene, matrix: Design, smoothness: float) -> Unmixed:
    """Fit the model by weighted least squares, with the Poisson variances of the fitted counts.

    The weights are common to all elements, so that what varies within a crystal, such as its thickness,
    enters all alike and leaves the fractions.

    Parameters
    ----------
    scene
        Counts and crystals.
    matrix
        The model for one transform.
    smoothness
        Of the film, from `choose_smoothness`.
    """
    maps, a = scene.maps, matrix.matrix
    weighted, normal = _normal(scene, matrix, smoothness, expected_counts(scene, matrix))
    inverse = np.linalg.inv(normal)
    counts, below = (m.reshape(len(m), -1)[:, matrix.pixels] for m in (maps.counts, maps.backgrounds))
    background = (inverse @ (weighted @ below.T)).T
    total = (inverse @ (weighted @ counts.T)).T
    expected = np.maximum((a @ total.T).T, LEAST_SHARE * counts.mean(axis=1, keepdims=True))
    behind = np.maximum((a @ background.T).T, LEAST_SHARE * below.mean(axis=1, keepdims=True))
    spread = _spread(weighted, expected, behind, maps)
    return Unmixed(
        design=matrix, inverse=inverse, net=total - background, background=background, spread=spread
    )


def net_levels(scene: Scene, matrix: Design, smoothness: float) -> FloatArray:
    """Shape (elements, p): coefficients of the net counts alone, as `unmix` gives them."""
    weighted, normal = _normal(scene, matrix, smoothness, expected_counts(scene, matrix))
    net = scene.maps.net.reshape(len(scene.maps.elements), -1)[:, matrix.pixels]
    return np.asarray(np.linalg.solve(normal, weighted @ net.T).T)


def even_filters(scene: Scene, matrix: Design, smoothness: float, targets: FloatArray) -> FloatArray:
    """Shape (m, n): what each pixel adds to m targets, shape (m, p), when all pixels weigh alike."""
    alike = np.full(len(matrix.pixels), _mean_counts(scene))
    weighted, normal = _normal(scene, matrix, smoothness, alike)
    return np.asarray((weighted.T @ np.linalg.solve(normal, targets.T)).T)


def _mean_counts(scene: Scene) -> float:
    return max(float(scene.maps.counts.sum(axis=0).mean()), 1e-9)


def _normal(
    scene: Scene, matrix: Design, smoothness: float, expected: FloatArray
) -> "tuple[scipy.sparse.csr_array, FloatArray]":
    """The matrix weighted by expected counts (p, n), and the penalized normal matrix (p, p)."""
    mean = _mean_counts(scene)
    weighted = (matrix.matrix.T @ scipy.sparse.diags_array(1 / expected)).tocsr()
    return weighted, (weighted @ matrix.matrix).toarray() + penalty(scene, smoothness, mean)


def _spread(
    weighted: "scipy.sparse.csr_array", expected: FloatArray, behind: FloatArray, maps: ElementalMaps
) -> FloatArray:
    """Shape (elements, elements, p, p): A^T W S W A of the Poisson covariances S of net counts.

    The windows' counts are independent. Backgrounds that are one and the same count, scaled to each line,
    are not.
    """
    n, p = len(expected), weighted.shape[0]
    spread = np.zeros((n, n, p, p))
    shared = _share_a_background(maps)
    for i in range(n):
        for j in range(i, n):
            variance = expected[i] + behind[i] * maps.quanta[i] if i == j else None
            if i != j and shared:
                variance = np.sqrt(behind[i] * maps.quanta[i] * behind[j] * maps.quanta[j])
            if variance is not None:
                spread[i, j] = (weighted @ scipy.sparse.diags_array(variance) @ weighted.T).toarray()
                spread[j, i] = spread[i, j]
    return spread


def _share_a_background(maps: ElementalMaps) -> bool:
    if not (maps.quanta > 0).all():
        return False
    counted = maps.backgrounds / maps.quanta[:, None, None]
    return bool(np.allclose(counted, counted[0], rtol=1e-3, atol=1e-3))


def measure_blur(
    maps: ElementalMaps,
    outlines: Outlines,
    transform: Transform,
    *,
    tuning: CompositionTuning = COMPOSITION_TUNING,
) -> float:
    """Standard deviation of the scan's blur, probe and pixel together, in nm.

    The blur of the outlines that explains the survey best, or all counts where there is no survey, by
    generalized cross-validation, because a wider blur has a film of fewer knots. Between the blurs tried by
    a parabola of their logarithms.

    Parameters
    ----------
    maps, outlines, transform
        Counts, crystals, and where they lie.
    tuning
        The blurs tried.
    """
    image = maps.counts.sum(axis=0) if maps.survey is None else maps.survey
    as_one = ElementalMaps(
        elements=("all",),
        counts=np.maximum(image, 0)[None],
        backgrounds=np.zeros((1, *maps.shape)),
        quanta=np.zeros(1),
    )
    tried = [blur for blur in tuning.blurs_nm if blur * transform.px_per_nm > LEAST_BLUR_PX]
    left: list[float] = []
    for blur in tried:
        scene = Scene.of(as_one, outlines, blur, tuning=tuning)
        left += cross_validation(scene, design(scene, transform), [tuning.blur_smoothness])
    best = int(np.argmin(left))
    if not 0 < best < len(left) - 1:
        return tried[best]
    near = slice(best - 1, best + 2)
    a, b, _ = np.polyfit(np.log(tried[near]), left[near], 2)
    return float(np.exp(-b / (2 * a)))
