"""The rings that a lens leaves in the spectrum of an amorphous film, and the defocus that they tell.

A thin amorphous film scatters everywhere alike: its power follows sin² chi (Thon 1966, Z. Naturforsch. A 21,
476). Its background and envelope are unknown, and crystals add spots: only the places of the rings count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import scipy

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.image import Aberrations
from hrtem_core.numerics import FloatArray
from hrtem_core.spectrum.ring_power import WINDOW_SPREAD, power_and_slopes, power_of
from hrtem_core.spectrum.ring_tuning import RING_TUNING, RingTuning

N_SECTORS = 12
C1_NM2 = np.arange(-0.8, 0.8001, 0.005)
ASTIGMATISMS_NM2 = np.column_stack(
    [
        (size, angle * np.pi / 12)
        for size in np.arange(0.0, 0.0451, 0.009).tolist()
        for angle in range(12 if size else 1)
    ]
)
C3_NM4 = np.arange(0.0, 0.0851, 0.001)
NEAR_NM2 = 0.05
"""What is searched, in steps far finer than a ring, up to Cs 2 mm at 120 kV; with astigmatism only nearby."""
LEAST_VARIATION, ROUNDING = 1e-6, 1e-4
"""Logarithms of power that vary less are rounding; and of a template's energy such a part."""


@dataclass(frozen=True, eq=False)
class RingProfile:
    """Power of a film by |q| and direction.

    Parameters
    ----------
    q_per_nm
        Shape (n,): centres of the rings in 1/nm.
    azimuth_rad
        Shape (N_SECTORS,): centres of the sectors.
    log_power
        Shape (N_SECTORS, n): logarithm of the median power.
    """

    q_per_nm: FloatArray
    azimuth_rad: FloatArray
    log_power: FloatArray


@dataclass(frozen=True)
class RingFit:
    """The aberrations whose rings fit best.

    Parameters
    ----------
    aberrations
        As fitted.
    sigmas
        Standard uncertainties, term by term; 0 for a term that was given.
    score
        Part of the power's variation, beside a smooth background, that the rings explain: 0 to 1.
    is_clear
        Whether there are rings at all: whether they explain enough.
    """

    aberrations: Aberrations = field(default_factory=Aberrations)
    sigmas: Aberrations = field(default_factory=Aberrations)
    score: float = 0.0
    is_clear: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class _Rings:
    """A profile without what is smooth in it, and rings that can be held against it."""

    profile: RingProfile
    tuning: RingTuning
    floor: float
    smooth: FloatArray
    deviations: FloatArray

    @classmethod
    def of(cls, profile: RingProfile, floor: float, tuning: RingTuning) -> "_Rings":
        q = profile.q_per_nm
        terms = np.vander((q - q[0]) / (q[-1] - q[0]) * 2 - 1, tuning.background_terms)
        smooth = np.linalg.qr(terms)[0]
        rings = cls(profile=profile, tuning=tuning, floor=floor, smooth=smooth, deviations=profile.log_power)
        return replace(rings, deviations=rings.without_smooth(profile.log_power))

    def without_smooth(self, log_power: FloatArray) -> FloatArray:
        """Rows of any shape without their background."""
        return np.asarray(log_power - (log_power @ self.smooth) @ self.smooth.T)

    def expected(self, c1_nm2: FloatArray, c3_nm4: float) -> FloatArray:
        """Rings of a lens with these defocus terms, shape (*c1_nm2.shape, n), without their background."""
        return self.above_floor(power_of(self.profile.q_per_nm, c1_nm2, c3_nm4, self.tuning))

    def above_floor(self, power: FloatArray) -> FloatArray:
        """Rings of any shape on the film's floor, as a logarithm without its background."""
        return self.without_smooth(np.log(power + self.floor))

    def of_lens(self, lens: Aberrations) -> tuple[FloatArray, FloatArray]:
        """`expected` in all sectors, and its derivatives by c1, a_cos, a_sin and c3, a row each."""
        power, by_c1, by_c3 = power_and_slopes(
            self.profile.q_per_nm, self.sector_c1(lens), lens.c3_nm4, self.tuning
        )
        c1, c3 = (self.without_smooth(slope / (power + self.floor)) for slope in (by_c1, by_c3))
        twice = 2 * self.profile.azimuth_rad[:, None]
        slopes = np.stack([c1, np.cos(twice) * c1, np.sin(twice) * c1, c3])
        return self.above_floor(power).ravel(), slopes.reshape(len(slopes), -1)

    def sector_c1(self, lens: Aberrations) -> FloatArray:
        """Defocus term in every sector."""
        twice = 2 * self.profile.azimuth_rad
        return np.asarray(lens.c1_nm2 + lens.a_cos_nm2 * np.cos(twice) + lens.a_sin_nm2 * np.sin(twice))

    def roughly(self, c3_nm4: float, c1_nm2: FloatArray) -> Aberrations:
        """The best of all defoci and astigmatisms on a grid, by one table.

        Strategy: astigmatism is another defocus in every sector, so all its values are looked up in one
        table of defocus and sector.
        """
        templates = self.expected(c1_nm2, c3_nm4)
        agreement, energy = self.deviations @ templates.T, (templates**2).sum(axis=1)
        step = c1_nm2[1] - c1_nm2[0]
        index, sectors = np.arange(len(c1_nm2)), np.arange(N_SECTORS)[:, None]
        offset = ASTIGMATISMS_NM2[0] * np.cos(2 * (self.profile.azimuth_rad[:, None] - ASTIGMATISMS_NM2[1]))
        moved = np.round(offset / step).astype(int).T[:, :, None]
        at = np.clip(index + moved, 0, len(index) - 1)
        both = np.maximum(agreement[sectors, at].sum(axis=1), 0) ** 2 / energy[at].sum(axis=1)
        row, col = np.unravel_index(int(np.argmax(both)), both.shape)
        if both[row, col] <= 0:
            return Aberrations(c3_nm4=c3_nm4)
        size, angle = ASTIGMATISMS_NM2[:, row].tolist()
        return Aberrations(float(c1_nm2[col]), c3_nm4, size * np.cos(2 * angle), size * np.sin(2 * angle))

    def refined(self, start: Aberrations, *, c3_is_known: bool) -> RingFit:
        """The least-squares fit from a start nearby, with one height of the rings for all sectors."""
        q_unit = np.array([0.01, 0.01, 0.01, 0.001])[: 3 if c3_is_known else 4]
        first = np.array([start.c1_nm2, start.a_cos_nm2, start.a_sin_nm2, start.c3_nm4])

        def lens_of(steps: FloatArray) -> Aberrations:
            moved = first.copy()
            moved[: len(steps)] += steps * q_unit
            c1, a_cos, a_sin, c3 = moved.tolist()
            return Aberrations(c1, c3, a_cos, a_sin)

        deviations = self.deviations.ravel()

        def height_of(rings: FloatArray) -> float:
            return max(float(rings @ deviations / (rings @ rings)), 0.0)

        def residual(steps: FloatArray) -> FloatArray:
            lens = lens_of(steps)
            rings = self.expected(self.sector_c1(lens), lens.c3_nm4).ravel()
            return np.asarray(deviations - height_of(rings) * rings)

        def slopes(steps: FloatArray) -> FloatArray:
            rings, moved = self.of_lens(lens_of(steps))
            height, moved = height_of(rings), moved[: len(steps)] * q_unit[:, None]
            raised = moved @ (deviations - 2 * height * rings) / (rings @ rings) * (height > 0)
            return np.asarray(-(raised[:, None] * rings + height * moved).T)

        fit = scipy.optimize.least_squares(residual, np.zeros(len(q_unit)), slopes, method="lm", x_scale=1.0)
        left, total = float((fit.fun**2).sum()), float((self.deviations**2).sum())
        tuning = self.tuning
        free = self.deviations.size - N_SECTORS * tuning.background_terms - len(q_unit) - 1
        # Neighbouring rings share a tile's spectral window: they are fewer than they seem.
        shared = max(1.0, 2 * np.sqrt(np.pi) * WINDOW_SPREAD / tuning.tile_nm / tuning.step_per_nm)
        covariance = np.linalg.pinv(fit.jac.T @ fit.jac) * left / free * shared
        sigma = np.pad(np.sqrt(np.diag(covariance)) * q_unit, (0, 4 - len(q_unit))).tolist()
        sigmas, score = Aberrations(sigma[0], sigma[3], sigma[1], sigma[2]), 1 - left / total
        return RingFit(lens_of(fit.x), sigmas, score, score >= tuning.min_score)

    def maxima(self, c3_nm4: float, n_most: int) -> list[RingFit]:
        """The fits at the defoci whose rings agree best, better than those around."""
        templates = self.expected(C1_NM2, c3_nm4)
        agreement = np.maximum(templates @ self.deviations.sum(axis=0), 0) ** 2 / (templates**2).sum(axis=1)
        inner = agreement[1:-1]
        tops = np.flatnonzero((inner >= agreement[:-2]) & (inner > agreement[2:])) + 1
        best = tops[np.argsort(-agreement[tops], kind="stable")][:n_most]
        step = C1_NM2[1] - C1_NM2[0]
        around = np.arange(-NEAR_NM2, NEAR_NM2 + step, step)
        return [self.refined(self.roughly(c3_nm4, c1 + around), c3_is_known=True) for c1 in C1_NM2[best]]

    def roughly_without_c3(self, powers: Sequence[FloatArray]) -> Aberrations:
        """The best defocus and spherical aberration on a grid, without astigmatism.

        Parameters
        ----------
        powers
            For each of `C3_NM4` the power of the rings for all of `C1_NM2`.
        """
        # Deviations have nothing of the background: what templates have of it counts in their energy alone.
        together, smooth = self.deviations.sum(axis=0).astype(np.float32), self.smooth.astype(np.float32)
        scores = []
        for power in powers:
            rings = np.log(power + np.float32(self.floor))
            whole = np.einsum("cq,cq->c", rings, rings)
            energy = np.maximum(whole - ((rings @ smooth) ** 2).sum(axis=1), ROUNDING * whole)
            scores.append(np.maximum(rings @ together, 0) ** 2 / energy)
        row, col = np.unravel_index(int(np.argmax(scores)), np.shape(scores))
        return Aberrations(float(C1_NM2[col]), float(C3_NM4[row]))


def guesses(
    profile: RingProfile, c3_nm4: float, n_most: int, tuning: RingTuning = RING_TUNING
) -> tuple[RingFit, ...]:
    """Lenses that would do, where the rings are too faint to tell the defocus: the best first.

    Parameters
    ----------
    profile
        Power of the film.
    c3_nm4
        Spherical aberration, known.
    n_most
        How many defoci are tried.
    tuning
        What was tuned.
    """
    if len(profile.q_per_nm) < 2 * tuning.background_terms:
        return ()
    fits = _Rings.of(profile, tuning.floors[1], tuning).maxima(c3_nm4, n_most)
    least = max(tuning.min_guess, max((fit.score for fit in fits), default=0.0) - tuning.guess_reach)
    kept: list[RingFit] = []
    for fit in sorted(fits, key=lambda fit: -fit.score):
        apart_nm = (_apart_nm(fit.aberrations, one.aberrations, tuning.guess_g_per_nm) for one in kept)
        is_other = all(apart > tuning.same_shift_nm for apart in apart_nm)
        kept += [fit] * (is_other and fit.score >= least)
    return tuple(kept)


def _apart_nm(one: Aberrations, other: Aberrations, lengths_per_nm: tuple[float, ...]) -> float:
    """How differently two lenses displace fringes of some |g|, at most."""
    g = np.column_stack([np.zeros(len(lengths_per_nm)), lengths_per_nm])
    apart = replace(one, a_cos_nm2=0, a_sin_nm2=0).displacement_nm(g)
    return float(np.abs(apart - replace(other, a_cos_nm2=0, a_sin_nm2=0).displacement_nm(g)).max())


@dataclass(frozen=True, eq=False)
class Rings:
    """The rings of a film, and the lens that they tell of by themselves.

    Parameters
    ----------
    profile
        Power by |q| and direction.
    alone
        The fit to it with nothing known of the lens.
    tuning
        With which both were made, and further fits are.
    """

    profile: RingProfile
    alone: RingFit
    tuning: RingTuning = RING_TUNING


NO_PROFILE = RingProfile(np.zeros(0), np.zeros(N_SECTORS), np.zeros((N_SECTORS, 0)))
NO_RINGS = Rings(NO_PROFILE, RingFit())
"""Where rings have not been looked for, or pixels are too coarse to show them."""


@lru_cache(maxsize=1)
def _all_powers(q_float32: bytes, tuning: RingTuning) -> tuple[FloatArray, ...]:
    """For each of `C3_NM4` the power of the rings for all of `C1_NM2`: images of one series share them."""
    q, c1 = np.frombuffer(q_float32, dtype=np.float32), C1_NM2.astype(np.float32)
    return tuple(power_of(q, c1, float(c3), tuning) for c3 in C3_NM4)


def fit_rings(
    profile: RingProfile,
    c3_nm4: float | None = None,
    near_c1_nm2: tuple[float, float] | None = None,
    checkpoint: Checkpoint = go_on,
    *,
    tuning: RingTuning = RING_TUNING,
) -> RingFit:
    """Defocus and astigmatism whose rings agree best with a film's, and spherical aberration if not known.

    Parameters
    ----------
    profile
        Power of the film.
    c3_nm4
        Wavelength³ x Cs; None to fit it.
    near_c1_nm2
        Least and largest defocus term that is believed; None for all of `C1_NM2`.
    checkpoint
        Called for every floor.
    tuning
        What was tuned.

    Returns
    -------
    fit
        With score 0 when the profile is too short to show a ring, or flat.
    """
    if len(profile.q_per_nm) < 2 * tuning.background_terms or np.ptp(profile.log_power) < LEAST_VARIATION:
        return RingFit()
    fits, powers = [], tuple[FloatArray, ...]()
    if c3_nm4 is None:  # the same for every floor
        q = profile.q_per_nm.astype(np.float32)
        powers = _all_powers(q.tobytes(), tuning)
    for floor in tuning.floors:
        checkpoint()
        fits.append(_fit(_Rings.of(profile, floor, tuning), c3_nm4, near_c1_nm2, powers))
    return max(fits, key=lambda fit: fit.score)


def _fit(
    rings: _Rings,
    c3_nm4: float | None,
    near_c1_nm2: tuple[float, float] | None,
    powers: Sequence[FloatArray],
) -> RingFit:
    low, high = near_c1_nm2 or (C1_NM2[0], C1_NM2[-1])
    if c3_nm4 is None:
        start = rings.roughly_without_c3(powers)
        c3 = start.c3_nm4
        low, high = start.c1_nm2 - NEAR_NM2, start.c1_nm2 + NEAR_NM2
    else:
        c3 = c3_nm4
    c1 = np.arange(low, high + C1_NM2[1] - C1_NM2[0], C1_NM2[1] - C1_NM2[0])
    return rings.refined(rings.roughly(c3, c1), c3_is_known=c3_nm4 is not None)
