"""Stage 3, domains: fringes that an uncorrected lens has displaced are brought home to their crystals."""

from dataclasses import dataclass, replace

import numpy as np

from hrtem_core.domains import Domain, DomainParameters, Domains, numbered
from hrtem_core.errors import RecipeError
from hrtem_core.image import Placement
from hrtem_core.lens.agreement import agreed, crystals_of
from hrtem_core.lens.choice import Chosen, choose, testimony
from hrtem_core.lens.home_wavevectors import Conditions, measured
from hrtem_core.lens.hypotheses import Hypothesis, hypotheses
from hrtem_core.lens.lattices import straightened
from hrtem_core.lens.measured import Lens
from hrtem_core.lens.optics import ORDINARY_WAVELENGTH_NM
from hrtem_core.lens.sidebands import Cells, Sideband, Waves, sidebands
from hrtem_core.numerics import Footprint
from hrtem_core.parameters import parameter
from hrtem_core.spectrum import Spectrum

MIN_GAIN, MIN_MORE = 1.1, 0.5
"""Where nothing is given, reflections must coincide so many times, and by so much, better at home than where
they are: or they are left there."""


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
    """
    everything = (*domains.accepted, *domains.rejected)
    if not parameters.correct or lens.aberrations is None or not everything:
        return domains
    grid = Cells.over(spectrum)
    bands = sidebands(everything, lens.aberrations, grid)
    waves = [
        band.brought_home(spectrum, grid, lens.aberrations) if band.is_displaced(grid) else None
        for band in bands
    ]
    possible = hypotheses(bands, waves, grid, domain_parameters)
    chosen = choose(possible, bands)
    if lens.source == "rings alone":
        evidence = _Evidence.of(chosen, bands, grid)
        if not evidence.is_clear:
            carried = any(both is not None for both in waves)
            return replace(domains, displaced=carried and evidence.is_suspicious)
    conditions = Conditions(
        lens.aberrations, lens.wavelength_nm or ORDINARY_WAVELENGTH_NM, grid, spectrum.profile
    )
    found = _at_home(chosen, bands, waves, conditions, domains.shape)
    c1, c3 = lens.aberrations.c1_nm2, lens.aberrations.c3_nm4
    return numbered(replace(domains, delocalization=(c1, c3)), found, placement, domain_parameters.rejected)


def _at_home(
    chosen: list[Chosen],
    bands: list[Sideband],
    waves: list[Waves | None],
    conditions: Conditions,
    field_shape: tuple[int, int],
) -> list[Domain]:
    """The chosen places as domains, with the outlines and the g that those of one crystal agree on."""
    crystals = crystals_of(chosen, bands, conditions.grid)
    found = []
    for one in agreed(chosen, crystals):
        band, both = bands[one.hypothesis.band], waves[one.hypothesis.band]
        domain = _domain(one, band, conditions.grid, field_shape)
        if one.is_certain:
            domain = measured(domain, one.hypothesis, band, both, conditions)
        found.append(domain)
    return straightened(found, crystals)


@dataclass(frozen=True)
class _Evidence:
    """How well reflections of different directions coincide.

    Parameters
    ----------
    as_found, at_home
        In all, where the fringes are, and where they were brought.
    carried
        The part of `as_found` that comes from fringes that the lens should have displaced.
    """

    as_found: float
    at_home: float
    carried: float

    @classmethod
    def of(cls, chosen: list[Chosen], bands: list[Sideband], grid: Cells) -> "_Evidence":
        """For and against a lens that nobody has told of."""
        home = [one.hypothesis for one in chosen if one.is_certain]
        found = [
            Hypothesis(number, "home", place, domain.snr)
            for number, band in enumerate(bands)
            for place, domain in zip(band.places, band.members, strict=True)
        ]
        worth = testimony(found, bands)
        carried = [bands[one.band].is_displaced(grid) for one in found]
        return cls(float(worth.sum()), float(testimony(home, bands).sum()), float(worth[carried].sum()))

    @property
    def is_clear(self) -> bool:
        """Whether the fringes belong where they were brought."""
        return self.at_home > MIN_GAIN * self.as_found + MIN_MORE

    @property
    def is_suspicious(self) -> bool:
        """Whether nothing says that they belong where they were found."""
        return self.at_home > MIN_GAIN * self.as_found or self.carried == 0


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
