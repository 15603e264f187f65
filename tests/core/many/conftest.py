"""Small images, and an analysis that takes no time."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from products import analysis_with, disc, domains_of

import hrtem_core.analysis
from hrtem_core.cli import console, main

Run = Callable[..., int]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the science by one domain whose place follows from the pixels; gives what was analyzed."""
    seen: list[str] = []

    def analyze(micrograph, recipe, *, progress=None):
        del progress
        seen.append(micrograph.name)
        at = 15 + int(micrograph.digest[:2], 16) % 10
        one = analysis_with(domains_of([disc(micrograph.shape, at, 25, 8)]))
        return replace(one, micrograph=micrograph, recipe=recipe)

    monkeypatch.setattr(hrtem_core.analysis, "analyze", analyze)
    return seen


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A folder of seven small images, two of them in a folder of their own."""
    folder = tmp_path / "session"
    (folder / "grid 2").mkdir(parents=True)
    for number in range(7):
        name = f"grid 2/film{number}.tif" if number > 4 else f"film{number}.tif"
        pixels = np.random.default_rng(number).normal(1000, 50, (48, 64)).astype(np.float32)
        tifffile.imwrite(folder / name, pixels, imagej=True, resolution=(50, 50), metadata={"unit": "nm"})
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call the command line in this process; however slow the machine is, it says nothing of progress."""
    monkeypatch.setattr(console, "PATIENCE_S", math.inf)

    def called(*arguments: object) -> int:
        return main([str(argument) for argument in arguments])

    return called
