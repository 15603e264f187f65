"""Grid DBSCAN against scikit-learn's: time, peak memory and agreement, side by side.

Run as `python benchmarks/dbscan.py [--side 4096] [--masks random blobs]`. Each measurement has a process
of its own, so that its peak memory (beyond the mask and the imports; Linux only) is its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import ndimage as ndi
from scipy import signal

sys.path.insert(0, str(Path(__file__).parents[1]))

from hrtem_core.numerics import BoolImage, LabelImage, grid_dbscan

EPS_PX, MIN_SAMPLES, SET_SHARE = 8.0, 60, 0.05


def random_mask(side: int) -> BoolImage:
    """Independent pixels: the speckle of a percentile threshold on noise, almost all of it noise."""
    return np.random.default_rng(0).random((side, side)) < SET_SHARE


def blobs_mask(side: int) -> BoolImage:
    """What a threshold on a Bragg-filtered amplitude leaves: outlines as smooth as the filter is narrow."""
    coarse = ndi.gaussian_filter(np.random.default_rng(0).normal(size=(side // 8 + 1,) * 2), 4)
    smooth = ndi.zoom(coarse, 8, order=3)[:side, :side]
    return smooth > np.quantile(smooth, 1 - SET_SHARE)


def ragged_mask(side: int) -> BoolImage:
    """The same blobs with pixel noise before the threshold: holes, frayed outlines, loose pixels."""
    rng = np.random.default_rng(0)
    coarse = ndi.gaussian_filter(rng.normal(size=(side // 8 + 1,) * 2), 4)
    smooth = ndi.zoom(coarse, 8, order=1)[:side, :side]
    smooth += rng.normal(scale=0.15 * smooth.std(), size=smooth.shape)
    return smooth > np.quantile(smooth, 1 - SET_SHARE)


Mask = Callable[[int], BoolImage]
MASKS: dict[str, Mask] = {"random": random_mask, "blobs": blobs_mask, "ragged": ragged_mask}


def scikit_learn(mask: BoolImage) -> LabelImage:
    """scikit-learn's labels as an image, 0 = noise."""
    from sklearn.cluster import DBSCAN

    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = DBSCAN(eps=EPS_PX, min_samples=MIN_SAMPLES).fit_predict(np.argwhere(mask)) + 1
    return labels


def grid(mask: BoolImage) -> LabelImage:
    """Ours."""
    return grid_dbscan(mask, eps_px=EPS_PX, min_samples=MIN_SAMPLES)


METHODS = {"grid": grid, "scikit-learn": scikit_learn}


def memory_mib(entry: str) -> float:
    """VmRSS, resident memory, or VmHWM, its peak so far, of this process (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(entry))


def measure(method: str, mask_file: Path, labels_file: Path) -> dict[str, float]:
    """Best time of several runs (scikit-learn: one), and peak memory beyond what was there before."""
    mask = np.load(mask_file)
    METHODS[method](random_mask(64))  # imports
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before, seconds = memory_mib("VmRSS"), []
    for _ in range(5 if method == "grid" else 1):
        start = time.perf_counter()
        labels = METHODS[method](mask)
        seconds.append(time.perf_counter() - start)
    after = memory_mib("VmHWM")
    np.save(labels_file, labels)
    return {"seconds": min(seconds), "mib": after - before}


def compare(name: str, side: int, folder: Path) -> None:
    """Measure both methods on one mask and print a line for each."""
    mask = MASKS[name](side)
    np.save(folder / "mask.npy", mask)
    print(f"{name}: {side} x {side} px, {mask.mean():.1%} set, eps {EPS_PX:g} px, min_samples {MIN_SAMPLES}")
    found, labels = {}, {}
    for method in METHODS:
        files = [str(folder / "mask.npy"), str(folder / f"{method}.npy")]
        command = [sys.executable, __file__, "--measure", method, *files]
        output = subprocess.run(command, check=True, capture_output=True)
        found[method] = json.loads(output.stdout)
        labels[method] = np.load(files[1])
        print(f"  {method:13} {found[method]['seconds'] * 1e3:9.1f} ms {found[method]['mib']:8.0f} MiB")
    rows, cols = np.mgrid[-EPS_PX : EPS_PX + 1, -EPS_PX : EPS_PX + 1]
    disc = np.hypot(rows, cols) <= EPS_PX
    neighbours = signal.oaconvolve(mask.astype(np.float32), disc, mode="same")
    cores = mask & (neighbours > MIN_SAMPLES - 0.5)
    ours, theirs = labels["grid"], labels["scikit-learn"]
    same = np.array_equal(ours[cores], theirs[cores]) and np.array_equal(ours > 0, theirs > 0)
    ratio = found["scikit-learn"]["seconds"] / found["grid"]["seconds"]
    print(f"  {ratio:.0f} times as fast, {ours.max()} clusters, identical up to border ties: {same}")
    print(f"  border pixels that took another neighbouring cluster: {np.count_nonzero(ours != theirs)}")


def main() -> None:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=4096, help="rows and columns of the mask")
    parser.add_argument("--masks", nargs="+", choices=MASKS, default=list(MASKS))
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        method, mask_file, labels_file = arguments.measure
        print(json.dumps(measure(method, Path(mask_file), Path(labels_file))))
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.masks:
            compare(name, arguments.side, Path(folder))


if __name__ == "__main__":
    main()
