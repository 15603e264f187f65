"""Make the sample files anew: `python -m hrtem_core.samples.make [--multislice scene.npz]`.

The drawn samples follow from presets and seeds. The first sample is one of the project's own multislice
simulations (200 kV, 900 electrons per Å²); without its file it is left as it is.
"""

import argparse
from pathlib import Path

import numpy as np

from hrtem_core.image import PixelSize
from hrtem_core.samples.catalogue import SAMPLES, sample_path
from hrtem_core.synthesis import PRESETS, simulate, write_micrograph

SEEDS = {"interphase": 1, "bicrystal": 1, "amorphous": 1}
"""Preset, which is also the sample's name, and seed."""


def make_drawn(name: str, seed: int) -> None:
    """Simulate a preset and write its micrograph; counts above 255 do not occur at these doses."""
    scene = simulate(PRESETS[name], seed)
    pixels = np.clip(np.rint(scene.micrograph.intensity), 0, 255).astype(np.uint8)
    write_micrograph(sample_path(name), pixels, scene.pixel_size)


def make_multislice(source: Path) -> None:
    """Write the multislice micrograph of an .npz file with keys image (counts) and pixel_nm."""
    with np.load(source) as content:
        pixel_nm = float(content["pixel_nm"])
        pixels = np.clip(content["image"], 0, 255).astype(np.uint8)
    write_micrograph(sample_path(SAMPLES[0].name), pixels, PixelSize(pixel_nm, pixel_nm))


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--multislice", type=Path, help="the multislice scene for the first sample")
    arguments = parser.parse_args()
    for name, seed in SEEDS.items():
        make_drawn(name, seed)
    if arguments.multislice:
        make_multislice(arguments.multislice)


if __name__ == "__main__":
    main()
