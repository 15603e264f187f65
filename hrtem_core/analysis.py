"""All stages, one after another: the only place in the core that knows their order."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from hrtem_core.domains import Crystallites, Domains, find_domains, merge, relocate
from hrtem_core.fringes import FringeMaps, add_by_hand, separate
from hrtem_core.image import Micrograph, Placement
from hrtem_core.peaks import Peaks, classify, preload
from hrtem_core.preparation import Prepared, placed, prepare
from hrtem_core.recipe import Recipe, scaled
from hrtem_core.spacings import Families, group_families
from hrtem_core.spectrum import Candidates, Spectrum, find_candidates, transform

Progress = Callable[[str, float], None]
"""Called with the name of the stage that begins and the share of the work that is done, 0 to 1."""

SHARES = {
    "preparation": 0.0,
    "spectrum": 0.1,
    "candidates": 0.2,
    "fringes": 0.5,
    "peaks": 0.9,
    "families": 0.93,
    "domains": 0.94,
    "crystallites": 0.98,
}


@dataclass(frozen=True, eq=False)
class Analysis:
    """A micrograph, a recipe, and what follows from them.

    Parameters
    ----------
    micrograph
        With the scale that was used.
    recipe
        All parameters.
    prepared, spectrum, candidates, fringes, peaks, families, domains, crystallites
        The stages' products.
    seconds
        Time each stage took, and "total".
    """

    micrograph: Micrograph
    recipe: Recipe
    prepared: Prepared
    spectrum: Spectrum
    candidates: Candidates
    fringes: FringeMaps
    peaks: Peaks
    families: Families
    domains: Domains
    crystallites: Crystallites
    seconds: dict[str, float]

    @property
    def placement(self) -> Placement:
        """Where the prepared image lies in the micrograph."""
        return placed(self.micrograph, self.prepared)


def analyze(micrograph: Micrograph, recipe: Recipe, *, progress: Progress | None = None) -> Analysis:
    """Everything that follows from a micrograph and a recipe.

    Parameters
    ----------
    micrograph
        With a scale, unless the recipe has one.
    recipe
        All parameters.
    progress
        Told when a stage begins.

    Raises
    ------
    UserError
        If there is no scale, or the recipe does not fit the micrograph.
    """
    preload()
    # One BLAS thread: the products are small, threads would wait for each other, and the order of the sums
    # must not depend on the machine's cores.
    with threadpool_limits(limits=1, user_api="blas"):
        return _analyze(scaled(micrograph, recipe), recipe, progress)


def _analyze(micrograph: Micrograph, recipe: Recipe, progress: Progress | None) -> Analysis:
    seconds: dict[str, float] = {}

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        if progress is not None:
            progress(name, SHARES[name])
        start = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - start

    with stage("preparation"):
        prepared = prepare(micrograph, recipe.preparation)
    with stage("spectrum"):
        spectrum = transform(prepared, recipe.spectrum)
    with stage("candidates"):
        candidates = find_candidates(spectrum, recipe.candidates)
    with stage("fringes"):
        fringes = add_by_hand(spectrum, separate(spectrum, candidates), recipe.added)
    with stage("peaks"):
        peaks = classify(spectrum, candidates, fringes, recipe.peaks)
    with stage("families"):
        families = group_families(peaks, recipe.families, recipe.calibration_relative_sigma)
    with stage("domains"):
        placement = placed(micrograph, prepared)
        domains = find_domains(spectrum, fringes, peaks, placement, recipe.domains)
        domains = relocate(domains, placement, recipe.delocalization, recipe.domains)
    with stage("crystallites"):
        crystallites = merge(domains, recipe.crystallites)
    seconds["total"] = sum(seconds.values())
    return Analysis(
        micrograph,
        recipe,
        prepared,
        spectrum,
        candidates,
        fringes,
        peaks,
        families,
        domains,
        crystallites,
        seconds,
    )
