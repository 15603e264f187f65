"""Which candidate each crystallite is, how it lies, and what an image cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.numerics import FloatArray, read_only
from hrtem_core.phases.decoys import decoy_shares, fittest, rivals_of
from hrtem_core.phases.evidences import Gathered, Scales, gather, scales_for
from hrtem_core.phases.groups import undecidable
from hrtem_core.phases.observed import Observed
from hrtem_core.phases.posterior import Posterior, any_of, posterior, within_tolerance
from hrtem_core.phases.readings import NamedReading, distinct_readings
from hrtem_core.phases.reflections import Reflections, reflections_of
from hrtem_core.phases.structure import Structure, volume_nm3
from hrtem_core.phases.tuning import PHASE_TUNING, PhaseTuning

SAID = 50.0
"""ln of the odds that a person's verdict is right."""
SAME_RING = 0.03
"""In ln |g|: spacings closer than this are one ring."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Phases:
    """What the crystallites of an image are.

    Parameters
    ----------
    candidates
        What they could be.
    probabilities
        Shape (n_crystallites, n_candidates + 1): the last column is none of the candidates.
    fits
        For each crystallite, by the row of a candidate that explains it at all, its distinct readings, the
        most probable first.
    weights
        Shape (n_candidates + 1,): mean share of each among the crystallites.
    scale, scale_sigma, prior_scale_sigma
        True length over length as calibrated; its standard uncertainties after and before.
    scatter
        Mean scatter of d and angles, in units of the least.
    cells
        Shape (n_candidates,): ln of true cell over the candidate's, mean.
    groups
        Names of candidates that this image cannot tell apart by geometry, in groups.
    unplaced, unplaced_fits
        Probabilities and readings of domains of which nobody knows where their crystal lies, one row each.
    """

    candidates: tuple[Structure, ...] = ()
    probabilities: FloatArray = field(default_factory=lambda: read_only(np.zeros((0, 1))))
    fits: tuple[Mapping[int, tuple[NamedReading, ...]], ...] = ()
    weights: FloatArray = field(default_factory=lambda: read_only(np.ones(1)))
    scale: float = 1.0
    scale_sigma: float = 0.0
    prior_scale_sigma: float = 0.0
    scatter: float = 1.0
    cells: FloatArray = field(default_factory=lambda: read_only(np.zeros(0)))
    groups: tuple[tuple[str, ...], ...] = ()
    unplaced: FloatArray = field(default_factory=lambda: read_only(np.zeros((0, 1))))
    unplaced_fits: tuple[Mapping[int, tuple[NamedReading, ...]], ...] = ()

    def set_apart(self, n: int) -> "Phases":
        """The first n rows as crystallites, those after them as domains without a place."""
        return replace(
            self,
            probabilities=read_only(self.probabilities[:n].copy()),
            fits=self.fits[:n],
            unplaced=read_only(self.probabilities[n:].copy()),
            unplaced_fits=self.fits[n:],
        )

    @property
    def readings(self) -> tuple[Mapping[int, NamedReading], ...]:
        """For each crystallite the most probable reading by every candidate that explains it at all."""
        return tuple({at: fits[0] for at, fits in row.items()} for row in self.fits)

    @property
    def one_ring_only(self) -> bool:
        """Whether no crystallite is read in two directions, so that d alone tells."""
        readings = [reading for row in self.readings for reading in row.values()]
        return bool(readings) and all(reading.zone is None for reading in readings)

    @property
    def names(self) -> tuple[str, ...]:
        """What the candidates are called."""
        return tuple(one.name for one in self.candidates)


@dataclass(frozen=True)
class Said:
    """A person's verdict on one crystallite: it is this candidate, or it is not."""

    crystallite: int
    candidate: int
    is_it: bool


def name_crystallites(
    seen: tuple[Observed, ...],
    candidates: tuple[Structure, ...],
    *,
    prior_scale_sigma: float,
    said: tuple[Said, ...] = (),
    tuning: PhaseTuning = PHASE_TUNING,
    checkpoint: Checkpoint = go_on,
) -> Phases:
    """Give each crystallite's candidates their probabilities.

    Parameters
    ----------
    seen
        The crystallites.
    candidates
        What they could be.
    prior_scale_sigma
        Relative standard uncertainty of lengths.
    said
        Verdicts of a person.
    tuning
        Rates, widths, priors.
    checkpoint
        Called for each crystallite.
    """
    lattices = [reflections_of(one, tuning=tuning) for one in candidates]
    if not seen or not candidates:
        weights = np.append(np.zeros(len(candidates)), 1.0)
        return Phases(
            candidates=candidates,
            probabilities=read_only(np.zeros((0, len(candidates) + 1))),
            weights=read_only(weights),
            scale_sigma=prior_scale_sigma,
            prior_scale_sigma=prior_scale_sigma,
            cells=read_only(np.zeros(len(candidates))),
            groups=_groups(candidates, lattices, prior_scale_sigma, tuning),
        )
    scales = scales_for(seen, prior_scale_sigma, tuning)
    gathered = gather(seen, candidates, scales, tuning, checkpoint)
    found = weigh_together(gathered, candidates, scales, prior_scale_sigma, said, tuning)
    ln_scale = np.array(scales.image.ln_scales)
    p_scale = found.on_grid.sum(axis=0)
    mean = float(p_scale @ ln_scale)
    sigma = float(np.sqrt(p_scale @ (ln_scale - mean) ** 2 + tuning.scale_step**2 / 12))
    fits = _fits(seen, gathered, lattices, found, scales, tuning)
    return Phases(
        candidates=candidates,
        probabilities=read_only(_with_doubt(found.probabilities, seen, fits, said, tuning)),
        fits=fits,
        weights=read_only(found.weights),
        scale=float(np.exp(mean)),
        scale_sigma=sigma,
        prior_scale_sigma=prior_scale_sigma,
        scatter=float(found.on_grid.sum(axis=1) @ scales.image.scatters),
        cells=read_only(found.cells),
        groups=_groups(candidates, lattices, sigma, tuning),
    )


def weigh_together(
    gathered: Gathered,
    candidates: tuple[Structure, ...],
    scales: Scales,
    prior_scale_sigma: float,
    said: tuple[Said, ...],
    tuning: PhaseTuning,
) -> Posterior:
    """The posterior of all crystallites together."""
    own = np.array([[one.ln_probability for one in row] for row in gathered.candidates])
    n, _, f = own.shape[:3]
    inside = own[..., scales.margin : own.shape[3] - scales.margin]
    loose = np.broadcast_to(gathered.loose[:, None, None, None], (n, 1, f, inside.shape[3]))
    n_decoys = gathered.decoys.shape[1]
    is_rival = rivals_of(candidates, n_decoys, prior_scale_sigma, tuning)
    shares = decoy_shares(n_decoys)[is_rival]
    shares = shares / shares.sum()
    decoys = sliding_window_view(gathered.decoys[:, is_rival], tuning.decoy_steps, axis=3)
    fit = fittest(decoys, inside.max(axis=1), loose[:, 0], shares, tuning.most_decoys)
    for one in said:
        own[one.crystallite, one.candidate] += SAID if one.is_it else -SAID
    share, to_loose = tuning.none_share, tuning.loose_share
    ln_scale = np.array(scales.image.ln_scales)
    ln_scatter = np.log([probability for _, probability in tuning.scatters])
    return posterior(
        within_tolerance(own, (1 - share) * prior_of(candidates, tuning), tuning),
        (
            any_of(decoys[:, fit].astype(float), share * (1 - to_loose) * shares[fit]),
            any_of(loose[..., None], np.array([share * to_loose])),
        ),
        gathered.false,
        ln_scatter[:, None] - 0.5 * (ln_scale / prior_scale_sigma) ** 2,
        tuning,
    )


def _with_doubt(
    probabilities: FloatArray,
    seen: tuple[Observed, ...],
    fits: tuple[Mapping[int, tuple[NamedReading, ...]], ...],
    said: tuple[Said, ...],
    tuning: PhaseTuning,
) -> FloatArray:
    """Nothing is sure of a crystal read in one direction, unless a lattice of the image bears witness.

    One spacing meets a line of some structure by chance, the more easily the less the scale is known, and all
    crystals of the image repeat the same chance. A crystal that is read as a candidate in two directions and
    by two spacings holds the scale, and so does one that a person named. What is taken from a candidate goes
    to none of them, and from none to the candidates.
    """
    named = {one.crystallite for one in said if one.is_it}
    lattices = np.zeros(probabilities.shape, dtype=bool)
    for row, (one, of_row) in enumerate(zip(seen, fits, strict=True)):
        lattices[row, -1] = bool(one.pairs)
        for at, (best, *_) in of_row.items():
            lattices[row, at] = best.zone is not None
    lattices[list(named)] = True
    bears = lattices.copy()
    bears[:, -1] = False
    bears[[row for row, one in enumerate(seen) if _is_one_ring(one) and row not in named]] = False
    witness = float(probabilities[bears].max(initial=0.0))
    most = tuning.one_direction_most + (1 - tuning.one_direction_most) * witness
    excess = np.where(lattices, 0.0, np.maximum(probabilities - most, 0.0))
    kept = probabilities - excess
    others = kept[:, :-1] + 1e-12
    kept[:, :-1] += excess[:, -1:] * others / others.sum(axis=1, keepdims=True)
    kept[:, -1] += excess[:, :-1].sum(axis=1)
    return kept


def _is_one_ring(seen: Observed) -> bool:
    """Whether all reflections have one length: two of one ring may be two crystals."""
    return bool(np.ptp(np.log(seen.lengths_per_nm)) < SAME_RING)


def prior_of(candidates: tuple[Structure, ...], tuning: PhaseTuning) -> FloatArray:
    """Share of each candidate among the crystals that are found, before anything is known; sums to 1.

    Strong fringes are found more often than weak ones: of two structures of one geometry, the one that
    scatters electrons more strongly per volume is the more probable, by how often it would be found.
    """
    known = np.array([_strength(one, tuning) if one.sites else np.nan for one in candidates])
    middle = float(np.nanmedian(known)) if np.isfinite(known).any() else 1.0
    strength = np.where(np.isfinite(known), known, middle)
    raw = strength**2 / (strength**2 + tuning.half_strength**2)
    return np.asarray(raw / raw.sum())


def _strength(structure: Structure, tuning: PhaseTuning) -> float:
    """|F| per volume of the strongest fringes."""
    lattice = reflections_of(structure, tuning=tuning)
    envelope = np.exp(-((lattice.g_lengths_per_nm / tuning.envelope_per_nm) ** 2))
    return float((lattice.amplitudes * envelope).max(initial=0.0)) / volume_nm3(structure) + 1e-6


def _groups(
    candidates: tuple[Structure, ...], lattices: list[Reflections], sigma: float, tuning: PhaseTuning
) -> tuple[tuple[str, ...], ...]:
    tolerance = 2 * float(np.hypot(sigma, np.sqrt(2) * tuning.cell_sigma))
    return tuple(tuple(candidates[row].name for row in group) for group in undecidable(lattices, tolerance))


def _fits(
    seen: tuple[Observed, ...],
    gathered: Gathered,
    lattices: list[Reflections],
    found: Posterior,
    scales: Scales,
    tuning: PhaseTuning,
) -> tuple[Mapping[int, tuple[NamedReading, ...]], ...]:
    """The readings of every crystallite by every candidate, at the most probable scatter and scale."""
    at_scatter, at_scale = np.unravel_index(int(np.argmax(found.on_grid)), found.on_grid.shape)
    shifts = scales.margin + np.round(found.cells / tuning.scale_step).astype(int)
    fits = []
    for one, row in zip(seen, gathered.candidates, strict=True):
        named = (
            distinct_readings(one, evidence, lattice, int(at_scatter), int(at_scale + shift))
            for evidence, lattice, shift in zip(row, lattices, shifts, strict=True)
        )
        fits.append({at: several for at, several in enumerate(named) if several})
    return tuple(fits)
