"""Scenes with known crystals for the benchmarks, and which domains of an analysis match them."""

import importlib.util
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from hrtem_core.analysis import Analysis
from hrtem_core.domains import Domain
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.numerics import Footprint
from hrtem_core.synthesis import PRESETS, Grain, Reflection, Scene, simulate

SAME_D = 0.04
SAME_ANGLE_DEG = 4.0
SAME_IOU = 0.5
"""A domain matches a reflection when d, direction and outline agree so far: the yardstick's tolerances."""

DRAWN_PRESETS = ("interphase", "weak", "small", "overlap", "dense", "edge", "faults", "rectangular")


@dataclass(frozen=True, eq=False)
class Match:
    """A reflection of a scene, and the domain that shows it, if any."""

    reflection: Reflection
    domain: Domain | None
    iou: float


def own_scenes(n_scenes: int, seed: int) -> Iterator[Scene]:
    """Scenes of our own synthesis, the presets in turn."""
    for number in range(n_scenes):
        name = DRAWN_PRESETS[number % len(DRAWN_PRESETS)]
        yield simulate(PRESETS[name], seed + number, f"{name}-{seed + number}")


def yardstick_module(folder: Path) -> ModuleType:
    """The yardstick's `scenes.py`, which is not part of this project."""
    path = folder / "scenes.py"
    spec = importlib.util.spec_from_file_location("yardstick_scenes", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SystemExit(f"{folder} has no scenes.py; give the yardstick's folder.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def yardstick_scenes(folder: Path, seed: int, max_side_px: int = 1280) -> Iterator[Scene]:
    """The yardstick's drawn scenes up to a size, as scenes of ours."""
    module = yardstick_module(folder)
    for recipe in module.suite(seed):
        if max(recipe.shape) <= max_side_px:
            yield as_scene(module.make_scene(recipe))


def as_scene(drawn: Any) -> Scene:
    """A scene of the yardstick as a scene of ours."""
    pixel = PixelSize(drawn.pixel_nm, drawn.pixel_nm, "simulated")
    micrograph = Micrograph(drawn.image.astype(np.float32), pixel, drawn.name)
    grains = []
    for grain in drawn.grains:
        reflections = tuple(
            Reflection(float(r.g[0]), float(r.g[1]), float(r.amplitude), float(r.rho))
            for r in grain.reflections
        )
        grains.append(Grain(Footprint.of(grain.mask), micrograph.shape, grain.phase, reflections))
    return Scene(micrograph, tuple(grains))


def same_wave(domain: Domain, reflection: Reflection) -> bool:
    """Whether d and direction agree."""
    ours, truth = domain.g_per_nm, (reflection.g_row_per_nm, reflection.g_col_per_nm)
    length, true_length = math.hypot(*ours), math.hypot(*truth)
    cosine = abs(ours[0] * truth[0] + ours[1] * truth[1]) / (length * true_length)
    angle = math.degrees(math.acos(min(1.0, cosine)))
    return abs(true_length / length - 1) <= SAME_D and angle <= SAME_ANGLE_DEG


def shared_iou(domain: Domain, grain: Grain) -> float:
    """Intersection over union of a domain and a grain."""
    both = domain.footprint.shared(grain.footprint)
    return both / (domain.footprint.n_pixels + grain.footprint.n_pixels - both)


def matches(scene: Scene, analysis: Analysis) -> list[Match]:
    """Every reflection with the domain that matches it best; each domain is used once."""
    truth = [(grain, reflection) for _, grain, reflection in scene.truth()]
    pairs = [
        (shared_iou(domain, grain), i, j)
        for i, (grain, reflection) in enumerate(truth)
        for j, domain in enumerate(analysis.domains.accepted)
        if same_wave(domain, reflection)
    ]
    taken: dict[int, tuple[int, float]] = {}
    for overlap, i, j in sorted(pairs, reverse=True):
        if overlap >= SAME_IOU and i not in taken and all(j != other for other, _ in taken.values()):
            taken[i] = (j, overlap)
    out = []
    for i, (_, reflection) in enumerate(truth):
        j, overlap = taken.get(i, (-1, 0.0))
        out.append(Match(reflection, analysis.domains.accepted[j] if j >= 0 else None, overlap))
    return out


def without_crystals(scene: Scene) -> Scene:
    """The scene's micrograph with an empty truth."""
    return replace(scene, grains=())
