"""The command that draws a micrograph whose crystals are known."""

import argparse
from pathlib import Path

from hrtem_core.cli.arguments import whole
from hrtem_core.errors import UserError

SIMULATE = """\
Write a synthetic micrograph whose crystals are known: DIR/micrograph.tif with its scale,
DIR/truth.csv with every lattice spacing in it, DIR/truth_labels.tif with the crystals' outlines.
"""

SIMULATE_EXAMPLES = """\
examples:
  python -m hrtem_core simulate --out simulated
  python -m hrtem_core simulate --preset weak --seed 3 --out weak
  python -m hrtem_core analyze weak/micrograph.tif --out results
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked for."""
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the files")
    parser.add_argument(
        "--preset",
        default="interphase",
        metavar="NAME",
        help="kind of specimen (a name there is not lists all)",
    )
    seed = "another number, another specimen"
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help=seed)
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier micrograph")
    parser.add_argument("--quiet", action="store_true", help="say nothing but what went wrong")


def simulate_scene(given: argparse.Namespace) -> None:
    """Write the micrograph and its truth."""
    from hrtem_core.synthesis import PRESETS, simulate, write_scene

    if given.preset not in PRESETS:
        raise UserError(f"There is no preset {given.preset!r}; there are {', '.join(PRESETS)}.")
    if (given.out / "micrograph.tif").exists() and not given.overwrite:
        raise UserError(f"{given.out} holds a micrograph.tif already; choose another folder, or --overwrite.")
    scene = simulate(PRESETS[given.preset], given.seed)
    write_scene(scene, given.out)
    if not given.quiet:
        print(f"{given.preset}, seed {given.seed}: {len(scene.grains)} crystals -> {given.out}")
