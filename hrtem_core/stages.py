"""The table of stages: the only place that knows their order, and what each reads.

The composer, cache keys, progress, the pages and the tests read `STAGES`. A new stage is a verb in its own
room, a row here, and a field of `Work` for its product.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.domains import (
    OUTLINE_FIELDS,
    Crystallites,
    Domains,
    Outlines,
    cut_where_crystals_meet,
    find_domains,
    group_crystallites,
    keep_to_usable,
    outline_maps,
)
from hrtem_core.fringes import FringeMaps, add_by_hand, separate
from hrtem_core.image import Micrograph, Placement
from hrtem_core.lens import Lens, bring_home, measure_lens, peaks_at_home
from hrtem_core.peaks import Peaks, Weighed, accept, weigh
from hrtem_core.phases import Phases, suggest_phases
from hrtem_core.preparation import Prepared, placed, prepare
from hrtem_core.recipe import Recipe, lens_in_force
from hrtem_core.spacings import Families, group_families
from hrtem_core.spectrum import Candidates, Spectrum, find_candidates, transform


@dataclass(eq=False)
class Work:
    """An analysis while it is made: what the stages so far have given, by the names of their products."""

    micrograph: Micrograph
    recipe: Recipe
    checkpoint: Checkpoint = go_on
    prepared: Prepared = field(init=False)
    spectrum: Spectrum = field(init=False)
    candidates: Candidates = field(init=False)
    found_fringes: FringeMaps = field(init=False)
    fringes: FringeMaps = field(init=False)
    weighed: Weighed = field(init=False)
    found_peaks: Peaks = field(init=False)
    outlines: Outlines = field(init=False)
    found_domains: Domains = field(init=False)
    lens: Lens = field(init=False)
    home_domains: Domains = field(init=False)
    seen_domains: Domains = field(init=False)
    domains: Domains = field(init=False)
    peaks: Peaks = field(init=False)
    families: Families = field(init=False)
    crystallites: Crystallites = field(init=False)
    phases: Phases = field(init=False)

    @property
    def placement(self) -> Placement:
        """Where the prepared image lies in the micrograph."""
        return placed(self.micrograph, self.prepared)


@dataclass(frozen=True)
class Stage:
    """One step of an analysis.

    Parameters
    ----------
    name
        For progress, times and the page log.
    product
        The field of `Work` that it fills.
    doing
        What it does, for someone who waits.
    needs
        Products of earlier stages that it takes.
    reads
        Fields of the recipe that it reads, "domains.eps_nm" for a single parameter of a stage.
    share
        Of the time of an ordinary analysis.
    make
        Its verb.
    """

    name: str
    product: str
    doing: str
    needs: tuple[str, ...]
    reads: tuple[str, ...]
    share: float
    make: Callable[[Work], object]


STAGES = (
    Stage(
        "preparation", "prepared", "preparing", (), ("preparation",), 0.1,
        lambda work: prepare(work.micrograph, work.recipe.preparation, checkpoint=work.checkpoint),
    ),
    Stage(
        "spectrum", "spectrum", "Fourier transform", ("prepared",), ("spectrum",), 0.1,
        lambda work: transform(work.prepared, work.recipe.spectrum, checkpoint=work.checkpoint),
    ),
    Stage(
        "candidates", "candidates", "looking for peaks", ("spectrum",), ("candidates",), 0.28,
        lambda work: find_candidates(work.spectrum, work.recipe.candidates, checkpoint=work.checkpoint),
    ),
    Stage(
        "fringes", "found_fringes", "following fringes", ("spectrum", "candidates"), (), 0.4,
        lambda work: separate(work.spectrum, work.candidates, checkpoint=work.checkpoint),
    ),
    Stage(
        "added peaks", "fringes", "adding peaks", ("spectrum", "found_fringes"), ("added",), 0.0,
        lambda own: add_by_hand(own.spectrum, own.found_fringes, own.recipe.added, checkpoint=own.checkpoint),
    ),
    Stage(
        "weighing", "weighed", "weighing peaks", ("spectrum", "candidates", "fringes"), (), 0.03,
        lambda work: weigh(work.spectrum, work.candidates, work.fringes, checkpoint=work.checkpoint),
    ),
    Stage(
        "peaks", "found_peaks", "classifying peaks", ("weighed",), ("peaks",), 0.0,
        lambda work: accept(work.weighed, work.recipe.peaks),
    ),
    Stage(
        "outlines", "outlines", "outlining domains", ("spectrum", "fringes"), OUTLINE_FIELDS, 0.04,
        lambda work: outline_maps(
            work.spectrum, work.fringes, work.recipe.domains, checkpoint=work.checkpoint
        ),
    ),
    Stage(
        "domains", "found_domains", "grouping domains",
        ("prepared", "spectrum", "fringes", "outlines", "found_peaks"), ("domains.rejected",), 0.0,
        lambda w: find_domains(
            w.spectrum, w.fringes, w.outlines, w.found_peaks, w.placement, w.recipe.domains
        ),
    ),
    Stage(
        "lens", "lens", "looking for rings", ("spectrum",), ("lens",), 0.01,
        lambda w: measure_lens(w.spectrum, lens_in_force(w.micrograph, w.recipe), checkpoint=w.checkpoint),
    ),
    Stage(
        "delocalization", "home_domains", "bringing fringes home",
        ("prepared", "spectrum", "lens", "found_domains"), ("delocalization", "domains"), 0.01,
        lambda w: bring_home(
            w.spectrum, w.found_domains, w.lens, w.placement, w.recipe.delocalization, w.recipe.domains
        ),
    ),
    Stage(
        "usable part", "seen_domains", "keeping to what was looked at",
        ("prepared", "spectrum", "home_domains"), ("domains.min_area_nm2", "domains.rejected"), 0.0,
        lambda w: keep_to_usable(
            w.spectrum, w.home_domains, w.prepared.usable, w.placement, w.recipe.domains
        ),
    ),
    Stage(
        "common planes", "domains", "cutting where crystals meet",
        ("prepared", "spectrum", "seen_domains"), ("domains.min_area_nm2", "domains.rejected"), 0.0,
        lambda w: cut_where_crystals_meet(w.spectrum, w.seen_domains, w.placement, w.recipe.domains),
    ),
    Stage(
        "wavevectors", "peaks", "measuring at home", ("found_peaks", "domains"), (), 0.0,
        lambda work: peaks_at_home(work.found_peaks, work.domains),
    ),
    Stage(
        "families", "families", "grouping spacings", ("peaks",),
        ("families", "calibration_relative_sigma"), 0.01,
        lambda w: group_families(w.peaks, w.recipe.families, w.recipe.calibration_relative_sigma),
    ),
    Stage(
        "crystallites", "crystallites", "merging crystallites", ("domains",), ("crystallites",), 0.02,
        lambda work: group_crystallites(work.domains, work.recipe.crystallites),
    ),
    Stage(
        "phases", "phases", "naming phases", ("prepared", "domains", "crystallites"),
        ("phases", "calibration_relative_sigma"), 0.0,
        lambda own: suggest_phases(
            own.domains, own.crystallites, own.placement, own.recipe.phases,
            own.recipe.calibration_relative_sigma, checkpoint=own.checkpoint,
        ),
    ),
)  # fmt: skip
"""In the order in which they run."""

STARTS = dict(
    zip((one.name for one in STAGES), accumulate((one.share for one in STAGES), initial=0.0), strict=False)
)
"""The share of the work that is done when each stage begins."""


def stage_called(name: str) -> Stage:
    """The row of `STAGES` with that name."""
    return next(stage for stage in STAGES if stage.name == name)
