"""An analysis that is made again and again with other parameters: only what has changed is made anew."""

from collections.abc import Callable

from hrtem_core.analysis import Analysis, Progress, Stopwatch, compose, keys
from hrtem_core.image import Micrograph
from hrtem_core.recipe import Recipe, scaled
from hrtem_core.stages import Stage


class Remembering(Stopwatch):
    """Makes a product anew only when what it follows from has changed: for scripts; the app has caches."""

    def __init__(self, progress: Progress | None = None) -> None:
        super().__init__(progress)
        self.known: dict[str, tuple[str, object]] = {}

    def analyze(self, micrograph: Micrograph, recipe: Recipe) -> Analysis:
        """As `analyze`, from what is still known."""
        micrograph = scaled(micrograph, recipe)
        self.seconds, self.keys = {}, keys(micrograph, recipe)
        return compose(micrograph, recipe, self)

    def __call__(self, stage: Stage, make: Callable[[], object]) -> object:
        """The product of the stage, as it was or made anew."""
        key = self.keys[stage.product]
        if self.known.get(stage.product, ("", None))[0] != key:
            self.known[stage.product] = key, super().__call__(stage, make)
        return self.known[stage.product][1]
