"""All stages, one after another: what follows from a micrograph and a recipe, and from which of its parts."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Protocol

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.domains import Crystallites, Domains
from hrtem_core.fringes import FringeMaps
from hrtem_core.image import Micrograph, Placement
from hrtem_core.lens import Lens
from hrtem_core.numerics import one_library_thread
from hrtem_core.peaks import Peaks
from hrtem_core.phases import Phases
from hrtem_core.preparation import Prepared, placed
from hrtem_core.recipe import Recipe, canonical_parts, check_resolution, scaled
from hrtem_core.spacings import Families
from hrtem_core.spectrum import Candidates, Spectrum
from hrtem_core.stages import STAGES, STARTS, Stage, Work

Progress = Callable[[str, float], None]
"""Called with the name of the stage that begins and the share of the work that is done, 0 to 1."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Analysis:
    """A micrograph, a recipe, and what follows from them.

    Parameters
    ----------
    micrograph
        With the scale that was used.
    recipe
        All parameters.
    prepared, spectrum, candidates, fringes, peaks, families, lens, domains, crystallites, phases
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
    lens: Lens
    domains: Domains
    crystallites: Crystallites
    phases: Phases
    seconds: dict[str, float]

    @property
    def placement(self) -> Placement:
        """Where the prepared image lies in the micrograph."""
        return placed(self.micrograph, self.prepared)


class Keep(Protocol):
    """What makes the product of a stage, or remembers it, and knows how long it took to make."""

    seconds: dict[str, float]

    def __call__(self, stage: Stage, make: Callable[[], object]) -> object:
        """The product of `stage`: what `make()` gives, now or earlier from the same key."""


def compose(micrograph: Micrograph, recipe: Recipe, keep: Keep, checkpoint: Checkpoint = go_on) -> Analysis:
    """Everything that follows from a micrograph and a recipe, each product made or remembered by `keep`.

    Parameters
    ----------
    micrograph
        With the scale that counts.
    recipe
        All parameters.
    keep
        Called once for each stage, in order.
    checkpoint
        Called before each stage, and often within the long ones; what it raises ends the analysis.

    Raises
    ------
    UserError
        If the recipe does not fit the micrograph.
    """
    work = Work(micrograph, recipe, checkpoint)
    for stage in STAGES:
        checkpoint()
        setattr(work, stage.product, keep(stage, partial(_made, stage, work)))
    products = {one.name: getattr(work, one.name) for one in fields(Analysis) if one.name != "seconds"}
    return Analysis(**products, seconds={**keep.seconds, "total": sum(keep.seconds.values())})


def _made(stage: Stage, work: Work) -> object:
    """The product of a stage, with one thread for each library: their work is small, threads would wait for
    each other (10 to 40 times as long on a busy host), and the order of sums must not depend on the cores."""
    with one_library_thread():
        return stage.make(work)


def keys(micrograph: Micrograph, recipe: Recipe) -> dict[str, str]:
    """What each stage's product follows from, as a digest: equal keys, equal products.

    A key covers the pixels, the scale, the instrument, what the stage reads of the recipe, and the keys of
    what it needs: a parameter that a stage does not read leaves its key as it is.

    Parameters
    ----------
    micrograph
        With the scale that counts.
    recipe
        All parameters.

    Returns
    -------
    keys
        64 hexadecimal digits by the name of each product.
    """
    sizes = micrograph.pixel_size.sizes_nm if micrograph.pixel_size else None
    pixels = f"{micrograph.digest} {sizes} {micrograph.instrument}"
    found: dict[str, str] = {}
    read = canonical_parts(recipe, [stage.reads for stage in STAGES])
    for stage, part in zip(STAGES, read, strict=True):
        parts = [stage.product, *(found[name] for name in stage.needs), part]
        found[stage.product] = hashlib.sha256(" ".join([pixels, *parts]).encode()).hexdigest()
    return found


@dataclass(eq=False)
class Stopwatch:
    """Makes every product anew, tells of progress, and takes the time.

    Parameters
    ----------
    progress
        Told when a stage begins.
    seconds
        Time each stage took.
    """

    progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    def __call__(self, stage: Stage, make: Callable[[], object]) -> object:
        """The product of the stage."""
        if self.progress is not None:
            self.progress(stage.name, STARTS[stage.name])
        start = time.perf_counter()
        product = make()
        self.seconds[stage.name] = time.perf_counter() - start
        return product


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
        If there is no scale, its pixels show none of the spacings looked for, or the recipe does not fit.
    """
    micrograph = scaled(micrograph, recipe)
    check_resolution(micrograph, recipe)
    return compose(micrograph, recipe, Stopwatch(progress))
