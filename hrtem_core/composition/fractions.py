"""Atomic fractions of domains and groups, with the uncertainty of counting and of registration."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from hrtem_core.composition.crystals import SHAPES, Outlines
from hrtem_core.composition.transforms import Fit
from hrtem_core.composition.unmixing import Scene, Unmixed, design, net_levels
from hrtem_core.numerics import FloatArray, Footprint

SMALL = 0.5
"""A crystal that fills less than this of any pixel, behind the blur, is hardly seen alone."""
FEW = 10.0
"""Fewer counts than this in all elements say next to nothing."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Fractions:
    """Composition of some regions.

    Parameters
    ----------
    counts, background
        Shape (regions, elements): counts inside the outlines, and what of them is background.
    fraction
        Shape (regions, elements): atomic fractions; NaN where nothing is known.
    sigma_counting, sigma_registration
        Shape (regions, elements): standard uncertainties.
    covariance
        Shape (regions, elements, elements): of the fractions, both parts together.
    flags
        Shape (regions,): what to beware of, in words; "" for nothing.
    """

    counts: FloatArray
    background: FloatArray
    fraction: FloatArray
    sigma_counting: FloatArray
    sigma_registration: FloatArray
    covariance: FloatArray
    flags: tuple[str, ...]

    @property
    def sigma(self) -> FloatArray:
        """Shape (regions, elements): both parts together."""
        return np.hypot(self.sigma_counting, self.sigma_registration)

    def part(self, rows: slice) -> "Fractions":
        """Of some of the regions."""
        arrays = {one.name: getattr(self, one.name)[rows] for one in fields(self)}
        return Fractions(**arrays)


@dataclass(frozen=True, eq=False)
class Targets:
    """Regions as sums over the model's coefficients.

    Parameters
    ----------
    rows
        Shape (regions, p): mean counts per map pixel in each region.
    area_nm2
        Shape (regions,).
    """

    rows: FloatArray
    area_nm2: FloatArray

    def mean_of(self, members: Sequence[int]) -> FloatArray:
        """Shape (p,): the mean over several regions, by area."""
        chosen = list(members)
        weights = self.area_nm2[chosen] / self.area_nm2[chosen].sum()
        return np.asarray(weights @ self.rows[chosen])


def domain_targets(scene: Scene) -> Targets:
    """Each domain as what its crystal has at the domain's centre."""
    outlines = scene.outlines
    p = scene.n_crystal_columns + scene.film.shape[0] * scene.film.shape[1]
    rows = np.zeros((len(outlines.footprints), p))
    for row, (footprint, crystal) in enumerate(zip(outlines.footprints, outlines.crystal, strict=True)):
        first = SHAPES * crystal
        rows[row, first] = 1
        rows[row, first + 1 : first + SHAPES] = (
            _centre_nm(outlines, footprint) - scene.columns.centres[crystal]
        )
    area = np.array([footprint.n_pixels for footprint in outlines.footprints], dtype=float)
    return Targets(rows, area * outlines.pixel_size.area_nm2)


def _centre_nm(outlines: Outlines, footprint: Footprint) -> FloatArray:
    return np.asarray(footprint.positions().mean(axis=0) * outlines.pixel_size.sizes_nm)


def fractions_of(counts: FloatArray, sensitivity: FloatArray) -> FloatArray:
    """Shape (..., elements): atomic fractions of counts; NaN where these add up to nothing."""
    atoms = counts / sensitivity
    total = atoms.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, atoms / total, np.nan)


def _derivative(counts: FloatArray, sensitivity: FloatArray) -> FloatArray:
    """Shape (elements, elements): change of the fractions with the counts."""
    atoms = counts / sensitivity
    total = float(atoms.sum())
    return np.asarray((np.eye(len(counts)) - (atoms / total)[:, None]) / (total * sensitivity))


def measure_fractions(
    scene: Scene,
    found: Unmixed,
    targets: Targets,
    sensitivity: FloatArray,
    fit: Fit,
    smoothness: float,
    flags: Sequence[str],
    *,
    seed: int = 0,
) -> Fractions:
    """The atomic fractions of regions.

    Counting follows from the Poisson variances; registration from fitting all again at transforms drawn as
    they might be.

    Parameters
    ----------
    scene, found
        The model and its fit at the transform itself.
    targets
        The regions.
    sensitivity
        Shape (elements,): counts per atom, relative.
    fit
        The transform and its uncertainty.
    smoothness
        Of the film.
    flags
        Of each region, as far as they are known.
    seed
        Of the drawn transforms.
    """
    levels = targets.rows @ found.net.T
    fraction = fractions_of(levels, sensitivity)
    n, m = fraction.shape
    counting = np.full((n, m, m), np.nan)
    for row in np.flatnonzero(np.isfinite(fraction).all(axis=1)):
        slope = _derivative(levels[row], sensitivity)
        counting[row] = slope @ found.covariance(targets.rows[row]) @ slope.T
    drawn = [
        fractions_of(targets.rows @ net_levels(scene, design(scene, transform), smoothness).T, sensitivity)
        for transform in fit.drawn(scene.tuning.n_draws, np.random.default_rng(seed))
    ]
    away = np.nan_to_num(np.array(drawn) - fraction)
    registration = np.einsum("dre,drf->ref", away, away) / len(drawn)
    map_px = targets.area_nm2[:, None] * fit.transform.px_per_nm**2
    background = (targets.rows @ found.background.T) * map_px
    counts = levels * map_px + background
    return Fractions(
        counts=counts,
        background=background,
        fraction=fraction,
        sigma_counting=np.sqrt(np.einsum("ree->re", counting)),
        sigma_registration=np.sqrt(np.einsum("ree->re", registration)),
        covariance=counting + registration,
        flags=tuple(
            _and_few(flag, float(total)) for flag, total in zip(flags, counts.sum(axis=1), strict=True)
        ),
    )


def _and_few(flag: str, counts: float) -> str:
    return "; ".join(part for part in (flag, "few counts" if counts < FEW else "") if part)


def domain_flags(scene: Scene, found: Unmixed) -> list[str]:
    """What to beware of in each domain."""
    flags = []
    for row, crystal in enumerate(scene.outlines.crystal):
        fullest = float(found.design.fullest[crystal])
        said = ["outside the maps" if fullest == 0 else "hardly resolved" if fullest < SMALL else ""]
        said += ["touches the border" if scene.outlines.touches_border(row) else ""]
        flags.append("; ".join(part for part in said if part))
    return flags
