"""Stage 3, domains: fringes that an uncorrected lens has displaced are brought home to their crystals."""

from dataclasses import dataclass, replace

import numpy as np

from hrtem_core.domains import Domain, DomainParameters, Domains, numbered
from hrtem_core.errors import RecipeError
from hrtem_core.image import ORDINARY_WAVELENGTH_NM, Aberrations, Placement
from hrtem_core.lens.agreement import agreed, crystals_of, strongest_fringes
from hrtem_core.lens.choice import Chosen, choose, testimony
from hrtem_core.lens.home_wavevectors import Conditions, as_found, measured
from hrtem_core.lens.hypotheses import Hypothesis, hypotheses
from hrtem_core.lens.lattices import straightened
from hrtem_core.lens.measured import Lens
from hrtem_core.lens.sidebands import Cells, Sideband, Waves, sidebands
from hrtem_core.lens.tuning import LENS_TUNING, LensTuning
from hrtem_core.numerics import Footprint, boxes_of
from hrtem_core.parameters import parameter
from hrtem_core.spectrum import Spectrum


@dataclass(frozen=True)
class DelocalizationParameters:
    """Whether fringes are moved back to their crystals.

    Parameters
    ----------
    correct
        Undo delocalization; corrected instruments are left alone either way.
    """

    correct: bool = parameter(
        True,
        "Put moved fringes back",
        "A lens that is not corrected moves fringes off their crystal: where the film's rings and the "
        "reflections tell how far, domains are drawn where the crystal is.",
    )

    def __post_init__(self) -> None:
        if not isinstance(self.correct, bool):
            raise RecipeError(f"correct must be true or false, got {self.correct!r}.")


def bring_home(
    spectrum: Spectrum,
    domains: Domains,
    lens: Lens,
    placement: Placement,
    parameters: DelocalizationParameters,
    domain_parameters: DomainParameters,
    *,
    tuning: LensTuning = LENS_TUNING,
) -> Domains:
    """The domains where their crystals are.

    Parameters
    ----------
    spectrum
        Whitened image and noise.
    domains
        As found: where the fringes are.
    lens
        What it does to the waves of each g.
    placement
        Where the prepared image lies in the micrograph, for the person's marks.
    parameters
        Whether to correct.
    domain_parameters
        How outlines are drawn, and the domains a person rejected.
    tuning
        What was tuned.
    """
    everything = (*domains.accepted, *domains.rejected)
    if not parameters.correct or not everything or not (lens.aberrations or lens.guesses):
        return domains
    grid = Cells.over(spectrum, tuning)
    aberrations = lens.aberrations
    if lens.guesses:
        told = _told_by_reflections(lens.guesses, everything, spectrum, grid, domain_parameters, tuning)
        gain = tuning.min_gain if len(lens.guesses) == 1 else tuning.min_gain_of_several
        if not told.is_better(gain, tuning.min_more):
            return replace(domains, displaced=told.carries and told.is_suspicious(tuning.min_gain))
        aberrations = told.lens
    assert aberrations is not None
    trial = _Trial.of(aberrations, everything, spectrum, grid, domain_parameters, tuning)
    wave_nm = lens.wavelength_nm or ORDINARY_WAVELENGTH_NM
    conditions = Conditions(
        lens=aberrations, wavelength_nm=wave_nm, grid=grid, profile=spectrum.profile, tuning=tuning
    )
    found = _at_home(trial.chosen, trial.bands, trial.waves, conditions, domains.shape)
    moved = replace(domains, delocalization=(aberrations.c1_nm2, aberrations.c3_nm4))
    return numbered(moved, found, placement, domain_parameters.rejected)


@dataclass(frozen=True, eq=False)
class _Trial:
    """Where the crystals lie if a lens is the one supposed.

    Parameters
    ----------
    bands, waves
        The fringes of each reflection, and its waves brought home; None where the lens does not move them.
    chosen
        The places.
    """

    bands: list[Sideband]
    waves: list[Waves | None]
    chosen: list[Chosen]

    @classmethod
    def of(
        cls,
        lens: Aberrations,
        domains: tuple[Domain, ...],
        spectrum: Spectrum,
        grid: Cells,
        parameters: DomainParameters,
        tuning: LensTuning,
    ) -> "_Trial":
        """By one lens."""
        bands = sidebands(domains, lens, grid, tuning)
        waves = [
            band.brought_home(spectrum, grid, lens) if band.is_displaced(grid) else None for band in bands
        ]
        possible = hypotheses(bands, waves, grid, parameters, tuning)
        return cls(bands, waves, choose(possible, bands, tuning))


def _told_by_reflections(
    guesses: tuple[Aberrations, ...],
    domains: tuple[Domain, ...],
    spectrum: Spectrum,
    grid: Cells,
    parameters: DomainParameters,
    tuning: LensTuning,
) -> "_Evidence":
    """For the lens with which reflections coincide best.

    Strategy: all crystals have one lens, so those around the most certain fringes are enough to tell it.
    """
    strongest = max(domains, key=lambda domain: domain.snr * np.sqrt(domain.footprint.n_pixels))
    middle = boxes_of([domain.footprint for domain in domains]).reshape(-1, 2, 2).mean(axis=1)
    apart = np.hypot(*(middle - middle[domains.index(strongest)]).T)
    telling = tuple(domains[i] for i in np.sort(np.argsort(apart, kind="stable")[: tuning.n_telling]))
    trials = ((lens, _Trial.of(lens, telling, spectrum, grid, parameters, tuning)) for lens in guesses)
    return max(
        (_Evidence.of(lens, trial, grid, tuning) for lens, trial in trials),
        key=lambda evidence: evidence.at_home,
    )


def _at_home(
    chosen: list[Chosen],
    bands: list[Sideband],
    waves: list[Waves | None],
    conditions: Conditions,
    field_shape: tuple[int, int],
) -> list[Domain]:
    """The chosen places as domains, with the outlines and the g that those of one crystal agree on."""
    crystals = crystals_of(chosen, bands, conditions.grid, conditions.tuning)
    strongest = strongest_fringes(chosen, crystals)
    found = []
    for one, snr in zip(agreed(chosen, crystals, conditions.tuning), strongest.tolist(), strict=True):
        band, both = bands[one.hypothesis.band], waves[one.hypothesis.band]
        domain = _domain(one, band, conditions.grid, field_shape)
        if one.is_certain:
            domain = measured(domain, one.hypothesis, band, both, snr, conditions)
        else:
            domain = as_found(domain, one.hypothesis, conditions)
        found.append(domain)
    return straightened(found, crystals, conditions.tuning)


@dataclass(frozen=True, kw_only=True)
class _Evidence:
    """How well reflections of different directions coincide.

    Parameters
    ----------
    lens
        The one supposed.
    as_found, at_home
        In all, where the fringes are, and where they were brought.
    carried
        The part of `as_found` that comes from fringes that the lens should have displaced.
    carries
        Whether the lens should have displaced any.
    """

    lens: Aberrations
    as_found: float
    at_home: float
    carried: float
    carries: bool

    @classmethod
    def of(cls, lens: Aberrations, trial: _Trial, grid: Cells, tuning: LensTuning) -> "_Evidence":
        """For and against a lens that nobody has told of."""
        bands = trial.bands
        home = [one.hypothesis for one in trial.chosen if one.is_certain]
        found = [
            Hypothesis(band=number, kind="home", place=place, snr=domain.snr)
            for number, band in enumerate(bands)
            for place, domain in zip(band.places, band.members, strict=True)
        ]
        worth = testimony(found, bands, tuning)
        carried = [bands[one.band].is_displaced(grid) for one in found]
        return cls(
            lens=lens,
            as_found=float(worth.sum()),
            at_home=float(testimony(home, bands, tuning).sum()),
            carried=float(worth[carried].sum()),
            carries=any(waves is not None for waves in trial.waves),
        )

    def is_better(self, gain: float, more: float) -> bool:
        """Whether the fringes belong where they were brought: so many times better, and by so much."""
        return self.at_home > gain * self.as_found + more

    def is_suspicious(self, gain: float) -> bool:
        """Whether nothing says that they belong where they were found."""
        return self.is_better(gain, 0.0) or self.carried == 0


def _domain(one: Chosen, band: Sideband, grid: Cells, field_shape: tuple[int, int]) -> Domain:
    """A chosen place as a domain of the prepared image."""
    hypothesis = one.hypothesis
    owner = _owner(hypothesis, band)
    shift_nm = float(np.hypot(*(band.displacement * grid.cell_nm)))
    if hypothesis.kind == "home":
        return owner
    place = hypothesis.place if one.is_certain else _where_seen(hypothesis, band)
    drawn = grid.on_field(place, field_shape)
    if hypothesis.kind == "stays":
        return replace(owner, footprint=drawn, place="stays")
    return replace(
        owner,
        snr=hypothesis.snr,
        footprint=drawn,
        displacement_nm=shift_nm,
        place="home" if one.is_certain else "either",
    )


def _where_seen(hypothesis: Hypothesis, band: Sideband) -> Footprint:
    """A lone copy where its fringes are."""
    sign = 1 if hypothesis.kind == "plus" else -1
    rows, cols = np.round(sign * band.displacement).astype(int).tolist()
    return hypothesis.place.moved(rows, cols)


def _owner(hypothesis: Hypothesis, band: Sideband) -> Domain:
    """The domain whose fringes a home explains most of."""

    def shared(own: Footprint) -> int:
        if not hypothesis.copies:
            return own.shared(hypothesis.place)
        row, col = own.row0 - band.row0, own.col0 - band.col0
        window = slice(row, row + own.mask.shape[0]), slice(col, col + own.mask.shape[1])
        return int(np.count_nonzero(np.any(hypothesis.copies, axis=0)[window] & own.mask))

    if len(band.members) == 1:
        return band.members[0]
    return band.members[int(np.argmax([shared(own) for own in band.places]))]
