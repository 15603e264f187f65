"""How long an analysis can be kept from ending: absurd recipes, and the pauses between its checkpoints.

    python benchmarks/budgets.py                 every parameter at its limits, on 512 x 512 pixels
    python benchmarks/budgets.py --side 4096     the pauses of the default recipe on a large image

*Cancel* ends an analysis at its next checkpoint. Exit status 1 if one came later than `PAUSE_S` after the one
before, or if a recipe took longer than `SECONDS`. Of clock and processor time the shorter one counts, so that
nobody else's work does.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from hrtem_core.analysis import Stopwatch, compose  # noqa: E402
from hrtem_core.errors import UserError  # noqa: E402
from hrtem_core.image import PLAUSIBLE_NM, Micrograph  # noqa: E402
from hrtem_core.readers import read  # noqa: E402
from hrtem_core.recipe import Recipe, all_parameters, scaled  # noqa: E402
from hrtem_core.samples import SAMPLES, sample_bytes  # noqa: E402
from hrtem_core.spectrum import SpectrumParameters  # noqa: E402
from hrtem_core.stages import Stage  # noqa: E402

PAUSE_S, SECONDS = 1.0, 60.0


class TooLong(Exception):
    """A recipe has had its time."""


class Clock(Stopwatch):
    """Takes the pauses between checkpoints, and ends what takes longer than `SECONDS`."""

    def __init__(self) -> None:
        super().__init__(None)
        self.stage, self.longest = "", (0.0, "")
        self.start = self.last = _now()

    def __call__(self, stage: Stage, make):  # type: ignore[no-untyped-def]
        self.stage = stage.name
        return super().__call__(stage, make)

    def checkpoint(self) -> None:
        """Note how long it took to come here."""
        self.longest, self.last = max(self.longest, (_since(self.last), self.stage)), _now()
        if _since(self.start) > SECONDS:
            raise TooLong


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(then: tuple[float, float]) -> float:
    return min(now - before for now, before in zip(_now(), then, strict=True))


def micrograph_of(side_px: int) -> Micrograph:
    """A sample, laid side by side with its mirror image under new noise until it is large enough."""
    sample = read(sample_bytes(SAMPLES[0].name), name=SAMPLES[0].filename)
    image = sample.intensity[:side_px, :side_px]
    rng = np.random.default_rng(0)
    n = -(-side_px // min(image.shape))
    tiles = [[image if (i + j) % 2 else image[::-1, ::-1] for j in range(n)] for i in range(n)]
    whole = np.block(tiles)[:side_px, :side_px]
    noise = rng.normal(0, float(image.std()) / 2, whole.shape)
    return Micrograph((whole + noise).astype(np.float32), sample.pixel_size, "tiles")


def with_value(recipe: Recipe, path: str, value: object) -> Recipe:
    """A recipe with another value at `path`."""
    *stage, name = path.split(".")
    if not stage:
        return replace(recipe, **{name: value})
    return replace(recipe, **{stage[0]: replace(getattr(recipe, stage[0]), **{name: value})})


def extremes() -> Iterator[tuple[str, Recipe]]:
    """The default recipe, each parameter at its limits, and areas of many corners."""
    yield "default", Recipe()
    for one in all_parameters():
        for value in one.facts.limits or ():
            try:
                yield f"{one.path} = {value:g}", with_value(Recipe(), one.path, value)
            except UserError as refused:
                print(f"{one.path} = {value:g}: refused: {refused}")
    for low, high in ((0.02, 20.0), (0.02, 0.021), (19.0, 20.0), (0.5, 20.0)):
        yield f"d from {low:g} to {high:g} nm", replace(Recipe(), spectrum=SpectrumParameters(low, high))
    for size in (*PLAUSIBLE_NM, 0.005, 0.2, 1.0):
        yield f"pixels of {size:g} nm", replace(Recipe(), pixel_size_nm=size)
    yield "pixels of 0.01 x 1 nm", replace(Recipe(), pixel_size_nm=(0.01, 1.0))
    wide = replace(Recipe().domains, threshold_snr=0.5, eps_nm=3.0, min_area_nm2=0.01)
    yield "domains everywhere", replace(Recipe(), domains=wide)
    turn = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    radius = 200 * (1 + 0.1 * np.sin(37 * turn))
    traced = np.stack([256 + radius * np.sin(turn), 256 + radius * np.cos(turn)], axis=1)
    tangle = np.random.default_rng(0).uniform(0, 512, (5000, 2))
    corners = {"20 traced outlines of 5,000 corners": traced, "20 tangles of 5,000 corners": tangle}
    for name, places in corners.items():
        polygon = tuple((float(row), float(col)) for row, col in places)
        yield name, with_value(Recipe(), "preparation.excluded_px", (polygon,) * 20)


def measured(name: str, micrograph: Micrograph, recipe: Recipe) -> bool:
    """Print how long a recipe took; whether that was within its time."""
    clock, outcome = Clock(), ""
    try:
        compose(scaled(micrograph, recipe), recipe, clock, clock.checkpoint)
    except UserError as error:
        outcome = f"refused: {error}"
    except TooLong:
        outcome = "TOO LONG"
    pause, stage = max(clock.longest, (_since(clock.last), clock.stage))
    words = f"longest pause {pause:5.2f} s in {stage:15s} {outcome[:80]}"
    print(f"{name:45s} {_since(clock.start):7.2f} s, {words}", flush=True)
    return pause <= PAUSE_S and outcome != "TOO LONG"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=0, help="only the default recipe, on so many pixels")
    options = parser.parse_args()
    micrograph = micrograph_of(options.side or 512)
    measured("to load the libraries", micrograph_of(64), Recipe())
    cases = [("default", Recipe())] if options.side else list(extremes())
    well = [measured(name, micrograph, recipe) for name, recipe in cases]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
