"""Time of the parts that were once far slower than they need be, each beside its own bound.

Run as `python benchmarks/parts.py`. A part over its bound has lost what was won: the bounds leave room for a
machine a few times slower than the one they were set on. Processor time, best of three.
"""

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from products import analysis_with, disc, domains_of, peaks_at  # noqa: E402

from hrtem_core.analysis import Analysis, analyze  # noqa: E402
from hrtem_core.domains import CrystalliteParameters, group_crystallites  # noqa: E402
from hrtem_core.exports import write_results  # noqa: E402
from hrtem_core.image import Micrograph, PixelSize, Placement  # noqa: E402
from hrtem_core.measures.tables import domains_table  # noqa: E402
from hrtem_core.numerics import Footprint  # noqa: E402
from hrtem_core.preparation import PreparationParameters, prepare  # noqa: E402
from hrtem_core.readers import read  # noqa: E402
from hrtem_core.recipe import Recipe  # noqa: E402
from hrtem_core.spacings import FamilyParameters, group_families  # noqa: E402

Work = Callable[[], object]


def measuring() -> Work:
    """The table of 300 domains on 2048 x 2048 pixels."""
    rng, size = np.random.default_rng(1), (2048, 2048)
    domains = domains_of([disc(size, *rng.uniform(100, 1900, 2), rng.uniform(10, 60)) for _ in range(300)])
    families = group_families(peaks_at([0.3]), FamilyParameters(), 0.0)
    crystallites = group_crystallites(domains, CrystalliteParameters())
    placement = Placement(size, domains.pixel_size)
    return lambda: domains_table(domains, families, crystallites, placement)


def writing() -> Work:
    """All result files of 200 domains on 2048 x 2048 pixels."""
    rng = np.random.default_rng(0)
    domains = domains_of([disc((81, 81), 40, 40, 40)] * 200)
    accepted = tuple(
        replace(domain, footprint=Footprint(*rng.integers(0, 1960, 2).tolist(), domain.footprint.mask))
        for domain in domains.accepted
    )
    analysis = analysis_with(replace(domains, shape=(2048, 2048), accepted=accepted))
    return lambda: _written(analysis)


def _written(analysis: Analysis) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_results(analysis, Path(folder) / "film")


def preparing() -> Work:
    """An image of 4096 x 4096 pixels with one spike."""
    image = np.random.default_rng(0).normal(100, 10, (4096, 4096)).astype(np.float32)
    image[1000, 1000] = 4000
    micrograph = Micrograph(image, PixelSize(0.02, 0.02), "large")
    return lambda: prepare(micrograph, PreparationParameters())


def reading_small_chunks() -> Work:
    """An HDF5 image of 1000 x 1500 pixels in chunks of 10 x 10; asked for one by one, they took a minute."""
    pixels = np.random.default_rng(0).integers(0, 1000, (1000, 1500)).astype(np.uint16)
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_dataset("image", data=pixels, chunks=(10, 10), compression="gzip", compression_opts=1)
    content = stream.getvalue()
    return lambda: read(content, name="a.h5")


def lattices(seed: int, reach_nm: float) -> np.ndarray:
    """17 lattices of any spacing and direction in noise, each in a disc with a radius of up to `reach_nm`."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:1024, :1024] * 0.025
    image = rng.normal(0, 1, rows.shape)
    for _ in range(17):
        d, azimuth, phase = rng.uniform(0.15, 0.45), rng.uniform(0, np.pi), rng.uniform(0, 6)
        middle, radius = rng.uniform(0, 25.6, 2), reach_nm * rng.uniform(0.3, 1)
        inside = np.hypot(rows - middle[0], cols - middle[1]) < radius
        along = rows * np.cos(azimuth) + cols * np.sin(azimuth)
        height = rng.uniform(0.15, 0.5) * (2 if reach_nm < 10 else 1)  # small grains must be seen, too
        image += height * inside * np.cos(2 * np.pi / d * along + phase)
    return (1000 + 100 * image).astype(np.float32)


def seventeen_grains() -> Work:
    """An ordinary image of 1024 x 1024 pixels."""
    return _all_of([lattices(seed, 3.0) for seed in range(4)])


def seventeen_lattices() -> Work:
    """As many lattices, each over the whole field; 1.5 times the line above is wanted, 1.6 is had."""
    return _all_of([lattices(seed, 1000.0) for seed in range(4)])


def _all_of(images: list[np.ndarray]) -> Work:
    films = [Micrograph(image, PixelSize(0.025, 0.025), "film") for image in images]
    return lambda: [analyze(film, Recipe()) for film in films]


BOUNDS_S = {
    measuring: 0.5, writing: 4.0, preparing: 4.0, reading_small_chunks: 5.0, seventeen_grains: 12.0,
    seventeen_lattices: 18.0,
}  # fmt: skip


def seconds_of(work: Work) -> float:
    """Processor time of the work, best of three."""
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return float(best)


def main() -> int:
    """Print the table; 1 if a part is over its bound."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    status = 0
    for part, bound_s in BOUNDS_S.items():
        seconds = seconds_of(part())
        status |= seconds > bound_s
        verdict = "" if seconds <= bound_s else "LOST"
        print(f"{part.__name__:<22} {seconds:6.2f} s of {bound_s:g} s  {verdict}".rstrip())
    return status


if __name__ == "__main__":
    sys.exit(main())
