"""The transform refined on a survey image of the scan, against the low-passed micrograph."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.composition.transforms import Fit, Transform
from hrtem_core.composition.tuning import COMPOSITION_TUNING, CompositionTuning
from hrtem_core.image import PixelSize
from hrtem_core.numerics import FloatArray, FloatImage, block_means

MOST_STEPS, STILL_NM = 25, 1e-4
SURVEY_BLUR_PX = 1.0
"""The survey's own slope is taken behind this blur."""
LEAST_PIXELS = 200
"""Fewer pixels of the survey inside the micrograph tell nothing."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Refinement:
    """What the survey says of the transform.

    Parameters
    ----------
    fit
        The refined transform; None when the survey does not tell it.
    information
        Mutual information of survey and low-passed micrograph per pixel, at the refined transform, in nats.
    information_before
        The same at the clicks' transform.
    blur_nm
        Standard deviation of the scan's blur, probe and pixel together, where the survey tells it.
    reason
        Why there is no refined transform; "" when there is one.
    """

    fit: Fit | None
    information: float = 0.0
    information_before: float = 0.0
    blur_nm: float | None = None
    reason: str = ""


class LowPassed:
    """A micrograph as the scan's probe would see it.

    Parameters
    ----------
    image
        Shape (rows, columns); what is not finite is left out.
    pixel_size
        Of the image.
    finest_nm
        Details finer than this are of no use.
    """

    def __init__(self, image: FloatImage, pixel_size: PixelSize, finest_nm: float) -> None:
        factor = max(1, int(finest_nm / max(pixel_size.sizes_nm)))
        known = np.isfinite(image)
        middle = float(np.median(image[known])) if known.any() else 0.0
        self._image = block_means(np.where(known, image, middle).astype(np.float32), factor)
        self._pixel_nm = np.array(pixel_size.binned(factor).sizes_nm)
        self._corner_nm = (np.array(pixel_size.sizes_nm) * (factor - 1)) / 2
        self._sizes_nm = np.array(self._image.shape) * self._pixel_nm
        self._blurred: dict[float, tuple[FloatImage, FloatImage, FloatImage]] = {}

    @property
    def field_nm(self) -> tuple[float, float]:
        """(rows, columns) of the field."""
        return float(self._sizes_nm[0]), float(self._sizes_nm[1])

    def inside(self, places_nm: FloatArray, margin_nm: float) -> FloatArray:
        """Which places lie in the field, and not within a margin of its border."""
        first = self._corner_nm + margin_nm
        return np.asarray(((places_nm > first) & (places_nm < self._sizes_nm - margin_nm)).all(axis=1))

    def sampled(self, places_nm: FloatArray, blur_nm: float) -> tuple[FloatArray, FloatArray]:
        """Shape (n,) and (n, 2): brightness and its gradient per nm at places, behind a blur."""
        at = ((places_nm - self._corner_nm) / self._pixel_nm).T
        layers = self._layers(blur_nm)
        values = [scipy.ndimage.map_coordinates(layer, at, order=1, mode="nearest") for layer in layers]
        return values[0], np.column_stack(values[1:])

    def _layers(self, blur_nm: float) -> tuple[FloatImage, FloatImage, FloatImage]:
        if blur_nm not in self._blurred:
            smooth = scipy.ndimage.gaussian_filter(self._image, blur_nm / self._pixel_nm, mode="nearest")
            rows, cols = np.gradient(smooth, *self._pixel_nm)
            self._blurred[blur_nm] = smooth, rows, cols
        return self._blurred[blur_nm]


@dataclass(frozen=True, eq=False, kw_only=True)
class _State:
    """How well survey and micrograph agree at a transform.

    Parameters
    ----------
    information
        In nats per pixel.
    score
        Shape (n, 6): derivative of each pixel's log likelihood.
    fisher
        Shape (6, 6): of all pixels together.
    jacobian
        Shape (n, 6): of the survey that is expected.
    variance
        Of the survey about it.
    """

    information: float
    score: FloatArray
    fisher: FloatArray
    jacobian: FloatArray
    variance: float


def _compare(transform: Transform, survey: "_Survey", image: LowPassed, blur_nm: float) -> _State:
    """Regress the survey on a cubic of the micrograph's brightness.

    With residuals of a normal distribution the mutual information is -ln(1 - R²) / 2, R² the part of the
    survey's variance that the curve explains: no bins, smooth, and with a derivative.
    """
    places = transform.to_nm(survey.map_px)
    brightness, slope = image.sampled(places, blur_nm)
    spread = float(brightness.std()) or 1.0
    x = (brightness - brightness.mean()) / spread
    curve = np.vander(x, 4)
    solution, *_ = np.linalg.lstsq(curve, survey.values, rcond=None)
    rest = survey.values - curve @ solution
    variance = float(rest @ rest) / len(rest)
    steepness = (3 * solution[0] * x**2 + 2 * solution[1] * x + solution[2]) / spread
    # A step of the parameters moves the places by -M^-1 (step · (place, 1)).
    back = -(slope * steepness[:, None]) @ np.linalg.inv(transform.matrix)
    extended = np.column_stack([places, np.ones(len(places))])
    jacobian = np.concatenate([back[:, :1] * extended, back[:, 1:] * extended], axis=1)
    # What the curve itself would take up says nothing of the place (variable projection).
    taken, *_ = np.linalg.lstsq(curve, jacobian, rcond=None)
    jacobian = jacobian - curve @ taken
    information = 0.5 * np.log(max(float(survey.values.var()), 1e-30) / max(variance, 1e-30))
    return _State(
        information=float(information),
        score=jacobian * (rest / variance)[:, None],
        fisher=jacobian.T @ jacobian / variance,
        jacobian=jacobian,
        variance=variance,
    )


@dataclass(frozen=True, eq=False)
class _Survey:
    """Pixels of the survey that lie in the micrograph.

    Parameters
    ----------
    map_px, values
        Shape (n, 2) and (n,).
    slope
        Shape (n, 2): change of the smoothed survey per map pixel.
    """

    map_px: FloatArray
    values: FloatArray
    slope: FloatArray

    @classmethod
    def over(cls, survey: FloatImage, transform: Transform, image: LowPassed, margin_nm: float) -> "_Survey":
        map_px = np.argwhere(np.isfinite(survey)).astype(float)
        map_px = map_px[image.inside(transform.to_nm(map_px), margin_nm)]
        at = tuple(map_px.astype(int).T)
        known = np.where(np.isfinite(survey), survey, np.nanmedian(survey)).astype(float)
        slopes = np.gradient(scipy.ndimage.gaussian_filter(known, SURVEY_BLUR_PX, mode="nearest"))
        return cls(map_px, known[at], np.column_stack([slope[at] for slope in slopes]))


def _climb(
    start: Transform, prior: Fit, survey: _Survey, image: LowPassed, blur_nm: float, steps: int = MOST_STEPS
) -> tuple[Transform, _State]:
    """Gauss-Newton with damping to the most probable transform, given the clicks and the survey."""
    precision = np.linalg.inv(prior.covariance)
    n, damping = len(survey.values), 1e-3
    here, state = start, _compare(start, survey, image, blur_nm)

    def worth(transform: Transform, of: _State) -> float:
        away = transform.parameters - prior.transform.parameters
        return n * of.information - 0.5 * float(away @ precision @ away)

    for _ in range(steps):
        away = here.parameters - prior.transform.parameters
        slope = state.score.sum(axis=0) - precision @ away
        normal = state.fisher + precision
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), slope)
        there = Transform.of_parameters(here.parameters + step)
        further = _compare(there, survey, image, blur_nm)
        if worth(there, further) > worth(here, state):
            moved = np.abs(there.to_map(prior_corners(image)) - here.to_map(prior_corners(image))).max()
            here, state, damping = there, further, damping / 5
            if moved < STILL_NM * here.px_per_nm:
                break
        else:
            damping *= 10
            if damping > 1e6:
                break
    return here, state


def prior_corners(image: LowPassed) -> FloatArray:
    """Shape (3, 2): three corners of the field, in nm."""
    rows, cols = image.field_nm
    return np.array([[0, 0], [rows, 0], [0, cols]])


def refine(
    clicks: Fit,
    survey: FloatImage,
    image: LowPassed,
    blur_nm: float | None,
    *,
    tuning: CompositionTuning = COMPOSITION_TUNING,
) -> Refinement:
    """The transform that makes the survey most like the low-passed micrograph, where it can be trusted.

    The most probable transform given survey and clicks is climbed to from the clicks', coarse to fine. It is
    accepted only where survey and micrograph then tell more of each other than before, more than at wrong
    places of the survey treated alike, and where it stays within the clicks' uncertainty.

    Parameters
    ----------
    clicks
        What the pairs say.
    survey
        Shape (rows, columns), of the maps' pixels.
    image
        The micrograph.
    blur_nm
        Standard deviation of the scan's blur; None measures it on the survey.
    tuning
        What decides.
    """
    guess = blur_nm or 1.5 / clicks.transform.px_per_nm
    margin = 2 * guess
    seen = _Survey.over(survey, clicks.transform, image, margin)
    if len(seen.values) < LEAST_PIXELS or not seen.values.std() > 0:
        return Refinement(fit=None, reason="too little of the survey lies in the micrograph")
    here = clicks.transform
    for factor in tuning.search_blurs:
        here, _ = _climb(here, clicks, seen, image, factor * guess)
    blur = blur_nm or _best_blur(here, seen, image, tuning)
    here, state = _climb(here, clicks, seen, image, blur)
    before = _compare(clicks.transform, seen, image, blur).information
    away = here.parameters - clicks.transform.parameters
    sigmas = float(np.sqrt(away @ np.linalg.solve(clicks.covariance, away) / 6))
    if sigmas > tuning.most_sigmas:
        reason = "the survey would move it further than the clicks allow"
    elif state.information <= before:
        reason = "the survey fits no better than the clicks"
    elif state.information <= max(_wrong_places(clicks, survey, image, blur, tuning), default=0.0):
        reason = "the survey fits as well at wrong places"
    else:
        reason = ""
    if reason:
        return Refinement(fit=None, information=state.information, information_before=before, reason=reason)
    covariance = _covariance(here, state, seen, clicks, tuning)
    fit = Fit(transform=here, covariance=covariance, click_px=clicks.click_px)
    return Refinement(fit=fit, information=state.information, information_before=before, blur_nm=blur)


def _best_blur(transform: Transform, seen: _Survey, image: LowPassed, tuning: CompositionTuning) -> float:
    """The blur at which survey and micrograph tell most of each other, between those tried by a parabola."""
    tried = np.log(tuning.blurs_nm)
    told = [_compare(transform, seen, image, blur).information for blur in tuning.blurs_nm]
    best = int(np.argmax(told))
    if not 0 < best < len(told) - 1:
        return tuning.blurs_nm[best]
    a, b, _ = np.polyfit(tried[best - 1 : best + 2], told[best - 1 : best + 2], 2)
    return float(np.exp(-b / (2 * a)))


def _covariance(
    transform: Transform, state: _State, seen: _Survey, clicks: Fit, tuning: CompositionTuning
) -> FloatArray:
    """Of the refined parameters: the scores of blocks scatter as they do (a sandwich, H⁻¹ V H⁻¹).

    Residuals of neighbouring pixels go together, because the micrograph's film is one of them; so scores
    are summed in blocks before they are squared (P. J. Huber 1967; K.-Y. Liang & S. L. Zeger, Biometrika 73
    (1986) 13, doi:10.1093/biomet/73.1.13). The film's noise also steepens the micrograph, which would make H
    too large: H takes one slope of the micrograph and one of the survey, whose noises know nothing of each
    other.
    """
    places = transform.to_nm(seen.map_px)
    blocks = np.unique(np.floor(places / tuning.block_nm).astype(int), axis=0, return_inverse=True)[1].ravel()
    sums = np.zeros((int(blocks.max()) + 1, 6))
    np.add.at(sums, blocks, state.score)
    extended = np.column_stack([places, np.ones(len(places))])
    own = -np.concatenate([seen.slope[:, :1] * extended, seen.slope[:, 1:] * extended], axis=1)
    crossed = state.jacobian.T @ own / state.variance
    precision = np.linalg.inv(clicks.covariance)
    normal = np.linalg.inv((crossed + crossed.T) / 2 + precision)
    return np.asarray(normal @ (sums.T @ sums + precision) @ normal)


def _wrong_places(
    clicks: Fit, survey: FloatImage, image: LowPassed, blur_nm: float, tuning: CompositionTuning
) -> Iterator[float]:
    """Information at wrong placements of the survey: turned, mirrored, shifted further than its details."""
    rng = np.random.default_rng(len(survey))
    for number in range(tuning.n_wrong_places):
        turned = np.rot90(survey, number % 4)
        other = turned[::-1] if (number // 4) % 2 else turned
        least = min(other.shape) // 8
        shift = rng.integers(least, 3 * least + 1, 2) * rng.choice([-1, 1], 2)
        other = np.roll(other, shift, axis=(0, 1))
        seen = _Survey.over(other, clicks.transform, image, 2 * blur_nm)
        if len(seen.values) < LEAST_PIXELS or not seen.values.std() > 0:
            continue
        here, _ = _climb(clicks.transform, clicks, seen, image, 3 * blur_nm, steps=3)
        yield _climb(here, clicks, seen, image, blur_nm, steps=3)[1].information
