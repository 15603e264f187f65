"""How often is a crystallite's phase right, and "none of these" said where no candidate is?

Run as `python benchmarks/phases.py YARDSTICK [--seeds 4000 5000] [--tuning none_share=0.25 ...]`, YARDSTICK
the folder of its `scenes.py`. Every scene is analyzed once; its crystallites are then named for every case:

- right: the candidates that the scenes are made of among twelve, the pixel size as it is;
- scale: lengths 2 % off, nobody has said it; cells: those of the candidates off by 0.3 %;
- none of 10, none of 50: structures of the table, neither the true ones nor such of their geometry.

One row for crystallites with reflections in two directions or more and one for the others: how many, share
whose first answer is right ("none" in the last two), share with a wrong phase at 0.9 or more, mean of
-ln p(right).
"""

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from known_scenes import matches, yardstick_scenes

from hrtem_core.analysis import analyze
from hrtem_core.phases import NONE, PHASE_TUNING, Observed, PhaseTuning, Structure, built_in, reflections_of
from hrtem_core.phases.groups import undecidable
from hrtem_core.phases.naming import name_crystallites
from hrtem_core.phases.observed import observed_crystallites
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import Scene

TWELVE = ("Li", "LiF", "Li2O", "Li2CO3", "LiOH", "Li2O2", "Li3N", "LiH", "Li2S", "Cu", "Au", "NiO")
SCALE_SIGMA, SAME_GEOMETRY = 0.01, 0.03
BOLD, LEAST = 0.9, 1e-4


@dataclass(frozen=True, eq=False)
class Known:
    """A scene's crystallites, and the phase of each; "" where they are no grain's."""

    seen: tuple[Observed, ...]
    truth: tuple[str, ...]


Row = tuple[bool, bool, bool, float]
"""Whether a crystallite has two directions, is named rightly, is named wrongly and boldly; its log loss."""
Chosen = tuple[tuple[Observed, ...], tuple[Structure, ...], bool]
"""What is seen, the candidates, and whether none of them is right."""
Case = Callable[[Known, np.random.Generator], Chosen]


def known(scene: Scene, tuning: PhaseTuning) -> Known | None:
    """The crystallites of a scene; None where there is none."""
    analysis = analyze(scene.micrograph, Recipe())
    numbers = analysis.crystallites.crystallite_of_domain.tolist()
    crystal_of = {
        one.domain_id: number for one, number in zip(analysis.domains.accepted, numbers, strict=True)
    }
    votes: dict[int, Counter[str]] = {}
    for grain in scene.grains:
        of_grain = replace(scene, grains=(grain,))
        for match in matches(of_grain, analysis):
            if match.domain is not None:
                number = crystal_of[match.domain.domain_id]
                votes.setdefault(number, Counter())[grain.phase] += match.domain.footprint.n_pixels
    seen = observed_crystallites(analysis.domains, analysis.crystallites, tuning)
    if not seen:
        return None
    best = (votes.get(number + 1, Counter()).most_common(1) for number in range(len(seen)))
    return Known(seen, tuple(one[0][0] if one else "" for one in best))


def right(scene: Known, _: np.random.Generator) -> Chosen:
    """Twelve candidates, and what the scene is made of."""
    names = dict.fromkeys((*TWELVE, *(one for one in scene.truth if one)))
    return scene.seen, tuple(built_in()[name] for name in names), False


def scale_off(scene: Known, rng: np.random.Generator) -> Chosen:
    """Lengths 2 % too long."""
    seen, candidates, _ = right(scene, rng)
    return tuple(replace(one, g_per_nm=one.g_per_nm / 1.02) for one in seen), candidates, False


def cells_off(scene: Known, rng: np.random.Generator) -> Chosen:
    """Cells of the candidates 0.3 % rms off, each as a whole."""
    seen, candidates, _ = right(scene, rng)
    return seen, tuple(_stretched(one, float(np.exp(rng.normal(0, 0.003)))) for one in candidates), False


def _stretched(structure: Structure, by: float) -> Structure:
    a, b, c, *angles = structure.cell_angstrom_deg
    return replace(structure, cell_angstrom_deg=(a * by, b * by, c * by, *angles))


def none_of(n: int) -> Case:
    """Candidates that the scene is not made of."""

    def case(scene: Known, rng: np.random.Generator) -> Chosen:
        table = built_in()
        true = [table[name] for name in sorted(set(scene.truth) - {""})]
        names = [name for name, one in table.items() if not any(_alike(one, other) for other in true)]
        return scene.seen, tuple(table[name] for name in rng.permutation(names)[:n].tolist()), True

    return case


def _alike(one: Structure, other: Structure) -> bool:
    lattices = [reflections_of(one), reflections_of(other)]
    return one is other or bool(undecidable(lattices, SAME_GEOMETRY))


CASES: dict[str, Case] = {
    "right": right,
    "scale": scale_off,
    "cells": cells_off,
    "none of 10": none_of(10),
    "none of 50": none_of(50),
}


def judged(scene: Known, case: Case, rng: np.random.Generator, tuning: PhaseTuning) -> list[Row]:
    """One row for each crystallite that is a grain's."""
    seen, candidates, is_none = case(scene, rng)
    found = name_crystallites(seen, candidates, prior_scale_sigma=SCALE_SIGMA, tuning=tuning)
    names = [*found.names, NONE]
    rows = []
    for one, truth, probability in zip(seen, scene.truth, found.probabilities, strict=True):
        if truth:
            at = names.index(NONE if is_none else truth)
            first = int(np.argmax(probability))
            bold = first not in (at, len(names) - 1) and bool(probability[first] >= BOLD)
            loss = -float(np.log(max(probability[at], LEAST)))
            rows.append((bool(one.pairs), first == at, bold, loss))
    return rows


def tuned(given: list[str]) -> PhaseTuning:
    """The method's numbers with some changed, each given as NAME=VALUE."""
    changed = dict(one.split("=", 1) for one in given)
    return replace(
        PHASE_TUNING, **{name: type(getattr(PHASE_TUNING, name))(value) for name, value in changed.items()}
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("yardstick", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[4000, 5000])
    parser.add_argument("--tuning", nargs="*", default=[], metavar="NAME=VALUE")
    given = parser.parse_args()
    tuning = tuned(given.tuning)
    scenes = (scene for seed in given.seeds for scene in yardstick_scenes(given.yardstick, seed))
    found = [one for one in (known(scene, tuning) for scene in scenes) if one]
    print(f"{'case':12} {'directions':10} {'n':>4} {'first':>6} {'bold':>6} {'log loss':>8}")
    for name, case in CASES.items():
        rng = np.random.default_rng(1)
        rows = [row for scene in found for row in judged(scene, case, rng, tuning)]
        for several in (True, False):
            own = np.array([row[1:] for row in rows if row[0] == several], dtype=float).reshape(-1, 3)
            if len(own):
                first, bold, loss = own.mean(axis=0)
                directions = "2 or more" if several else "1"
                print(f"{name:12} {directions:10} {len(own):4} {first:6.3f} {bold:6.3f} {loss:8.3f}")


if __name__ == "__main__":
    main()
