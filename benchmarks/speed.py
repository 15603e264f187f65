"""Speed and memory of the whole analysis, beside one FFT and its inverse.

Run as `python benchmarks/speed.py [--sides 512 1024 2048 4096] [--large]`. For every side:

- fft: `scipy.fft.fft2` and `ifft2` of the image in complex64 with two workers, the best of three;
- analysis: `analyze` with the default recipe in a fresh process, imports and reading not counted, its
  processor time on all cores, and its ratio to fft;
- peak: the largest resident memory of that process, everything counted;
- reject, eps: new domains and measurements after one rejected peak, and after a changed eps, from the
  products above them.

The micrographs have an amorphous film and about 100 to 400 grains at 4096 px, in proportion to their area.
At the end: the time of `python -m hrtem_core analyze` on the 512 px micrograph, start included.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy import fft

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

PIXEL_NM = 0.02
CONTRAST, DOSE = 0.06, 120.0
GRAINS_PER_PIXEL = 200 / 4096**2
BLOCK_ROWS = 256
LARGE = 8192


def film(side: int, rng: np.random.Generator) -> np.ndarray:
    """Image of an amorphous film in float32, without the generator's own copies in float64."""
    from hrtem_core.synthesis import Optics
    from hrtem_core.synthesis.drawing import amorphous_amplitude

    spectrum = fft.rfft2(rng.standard_normal((side, side), dtype=np.float32), workers=2)
    row, col = np.fft.fftfreq(side, PIXEL_NM), np.fft.rfftfreq(side, PIXEL_NM)
    power = 0.0
    for start in range(0, side, BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        amplitude = amorphous_amplitude(np.hypot(row[block, None], col), Optics())
        power += float((amplitude**2).mean()) * len(amplitude) / side
        spectrum[block] *= amplitude.astype(np.float32)
    image = fft.irfft2(spectrum, s=(side, side), workers=2, overwrite_x=True)
    image /= np.float32(np.sqrt(power))
    return np.asarray(image)


def micrograph_image(side: int, seed: int = 0) -> tuple[np.ndarray, int]:
    """Counts with grains of 3 to 10 nm, and how many fringe domains were drawn."""
    from hrtem_core.image import PixelSize
    from hrtem_core.synthesis import Fringes, add_fringes, disc
    from hrtem_core.synthesis.drawing import gaussian_edge

    rng = np.random.default_rng(seed)
    image, pixel = film(side, rng), PixelSize(PIXEL_NM, PIXEL_NM)
    n_drawn = 0
    for _ in range(max(2, round(GRAINS_PER_PIXEL * side**2))):
        diameter = np.exp(rng.uniform(np.log(3), np.log(10)))
        size = min(int((diameter + 1) / PIXEL_NM), side)
        row, col = rng.integers(0, side - size + 1, 2)
        middle = (size * PIXEL_NM / 2, size * PIXEL_NM / 2)
        weight = gaussian_edge(disc((size, size), middle, diameter, pixel), 0.1, pixel)
        patch = np.zeros((size, size))
        for _ in range(int(rng.integers(1, 3))):
            g = Fringes.of_spacing(rng.uniform(0.18, 0.32), rng.uniform(0, 180), amplitude=1.0).g_per_nm
            add_fringes(patch, weight, g, rng.uniform(0.6, 1.3), rng.uniform(0, 6), pixel)
            n_drawn += 1
        image[row : row + size, col : col + size] += patch
    image *= np.float32(CONTRAST)
    image += 1
    for start in range(0, side, BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        image[block] = rng.poisson(np.maximum(image[block], 0.01) * DOSE)
    return image, n_drawn


def seconds_of_fft(image: np.ndarray) -> float:
    """Best of three."""
    complex_image, best = image.astype(np.complex64), np.inf
    for _ in range(3):
        start = time.perf_counter()
        fft.ifft2(fft.fft2(complex_image, workers=2), workers=2)
        best = min(best, time.perf_counter() - start)
    return float(best)


def measure(path: Path) -> dict[str, float]:
    """What a fresh process needs for one micrograph."""
    from dataclasses import replace

    import scipy.optimize  # noqa: F401 - imported when first needed

    from hrtem_core.image import Micrograph, PixelSize
    from hrtem_core.measures import measure
    from hrtem_core.recipe import Recipe
    from hrtem_core.remembering import Remembering

    micrograph = Micrograph(np.load(path), PixelSize(PIXEL_NM, PIXEL_NM), path.stem)
    recipe, work = Recipe(), Remembering()
    start, cpu = time.perf_counter(), time.process_time()
    analysis = work.analyze(micrograph, recipe)
    total, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    mark = (float(analysis.peaks.g_per_nm[0, 0]), float(analysis.peaks.g_per_nm[0, 1]))

    def again(changed: Recipe) -> float:
        """Seconds from a changed parameter to its tables."""
        begin = time.perf_counter()
        measure(work.analyze(micrograph, changed))
        return time.perf_counter() - begin

    rejected = replace(recipe, peaks=replace(recipe.peaks, rejected=(mark,)))
    other_eps = replace(recipe, domains=replace(recipe.domains, eps_nm=0.4))
    stages = {f"stage {name}": seconds for name, seconds in analysis.seconds.items()}
    return {
        "seconds": total, "cpu": cpu, "peak_mib": peak_mib, "domains": len(analysis.domains.accepted),
        "peaks": int(analysis.peaks.accepted.sum()), "reject": again(rejected),
        "eps": again(other_eps), **stages,
    }  # fmt: skip


def in_a_fresh_process(path: Path) -> dict[str, float]:
    """`measure`, in a process of its own."""
    command = [sys.executable, __file__, "--measure", str(path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(output)
    return found


def seconds_of_command(image: np.ndarray, folder: Path) -> float:
    """Best of three runs of the command line."""
    import tifffile

    path, best = folder / "start.tif", np.inf
    tifffile.imwrite(path, image.astype(np.float32))
    command = [
        sys.executable, "-m", "hrtem_core", "analyze", str(path), "--pixel-size-nm", str(PIXEL_NM), "--quiet",
        "--overwrite", "--out", str(folder / "out"),
    ]  # fmt: skip
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
        best = min(best, time.perf_counter() - start)
    return float(best)


def print_machine() -> None:
    """What the figures were measured on."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].split(":")[1].strip() if lines else model
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{model}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}")


def main() -> None:
    """Read the command line, draw, measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sides", type=int, nargs="+", default=[512, 1024, 2048, 4096])
    parser.add_argument("--large", action="store_true", help=f"{LARGE} px too (needs about 4 GB)")
    parser.add_argument("--stages", action="store_true", help="print each stage's time")
    parser.add_argument("--no-start", action="store_true", help="leave the command line out")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure)))
        return
    print_machine()
    names = ("side", "drawn", "peaks", "domains", "fft s", "analysis s", "cpu s", "ratio", "peak MiB")
    print(" ".join(f"{name:>10}" for name in (*names, "reject s", "eps s")))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side in [*arguments.sides, *([LARGE] if arguments.large else [])]:
            image, n_drawn = micrograph_image(side)
            one = seconds_of_fft(image)
            np.save(folder / "image.npy", image)
            del image
            row = in_a_fresh_process(folder / "image.npy")
            figures = (
                f"{side}", f"{n_drawn}", f"{row['peaks']}", f"{row['domains']}", f"{one:.3f}",
                f"{row['seconds']:.2f}", f"{row['cpu']:.2f}", f"{row['seconds'] / one:.0f}",
                f"{row['peak_mib']:.0f}", f"{row['reject']:.3f}", f"{row['eps']:.3f}",
            )  # fmt: skip
            print(" ".join(f"{figure:>10}" for figure in figures), flush=True)
            if arguments.stages:
                times = [f"{k[6:]} {v:.2f}" for k, v in row.items() if k.startswith("stage ")]
                print("       " + ", ".join(times))
        if not arguments.no_start:
            start = seconds_of_command(micrograph_image(512)[0], folder)
            print(f"python -m hrtem_core analyze, 512 px: {start:.2f} s")


if __name__ == "__main__":
    main()
