"""Make the sample files anew: `python -m hrtem_core.samples.make [--multislice scene.npz]`.

The drawn samples follow from presets and seeds. The first sample is one of the project's own multislice
simulations (200 kV, 900 electrons per Å²); without its file it is left as it is.
"""

import argparse
from pathlib import Path

import numpy as np

from hrtem_core.image import Aberrations, PixelSize, Wavevector
from hrtem_core.samples.catalogue import SAMPLES, sample_path
from hrtem_core.synthesis import PRESETS, Wave, seen_through, simulate, write_micrograph

SEEDS = {"interphase": 1, "bicrystal": 1, "amorphous": 1}
"""Preset, which is also the sample's name, and seed."""


def make_drawn(name: str, seed: int) -> None:
    """Simulate a preset and write its micrograph; counts above 255 do not occur at these doses."""
    scene = simulate(PRESETS[name], seed)
    pixels = np.clip(np.rint(scene.micrograph.intensity), 0, 255).astype(np.uint8)
    write_micrograph(sample_path(name), pixels, scene.pixel_size)


LENS_KV, LENS_CS_MM, LENS_DEFOCUS_NM = 200.0, 1.2, -20.0
CRYSTALS = (
    ((5.0, 5.5), 5.5, 12.0, 1.0), ((13.0, 6.0), 4.5, 48.0, 0.0),
    ((6.5, 14.0), 6.0, 85.0, 0.5), ((14.5, 14.5), 5.0, 130.0, 1.0),
)  # fmt: skip
"""Centre and diameter in nm, azimuth of the first 111 in degrees, and -g over g: tilted crystals lack -g."""
LI2O_011 = ((0.2667, 0.0), (0.2667, 70.53), (0.231, 35.26))
"""d in nm and azimuth in degrees of two 111 and the 200 of Li2O along [011]."""


def make_uncorrected() -> None:
    """Crystals of Li2O through a lens without a corrector, overfocused."""
    waves = []
    for centre_nm, diameter_nm, azimuth_deg, share in CRYSTALS:
        for d_nm, beside_deg in LI2O_011:
            angle = np.radians(azimuth_deg + beside_deg)
            row, col = float(-np.sin(angle) / d_nm), float(np.cos(angle) / d_nm)
            for g, amplitude in ((Wavevector(row, col), 0.075), (Wavevector(-row, -col), 0.075 * share)):
                waves.append(Wave(centre_nm, diameter_nm, g, amplitude))
    lens, pixel_size = Aberrations.of(LENS_KV, LENS_CS_MM, LENS_DEFOCUS_NM), PixelSize(0.035, 0.035)
    seen = seen_through(lens, waves, (576, 576), pixel_size, seed=5)
    pixels = np.clip(np.rint(seen.intensity), 0, 255).astype(np.uint8)
    write_micrograph(sample_path("uncorrected"), pixels, pixel_size)


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
    make_uncorrected()
    if arguments.multislice:
        make_multislice(arguments.multislice)


if __name__ == "__main__":
    main()
