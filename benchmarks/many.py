"""Many images: what must hold of them, measured.

python benchmarks/many.py equal --folder DIR      1 and 2 processes, three shards and dask give the same bytes
python benchmarks/many.py kill --folder DIR       killed at random and gone on with: the same bytes again
python benchmarks/many.py speed --folder DIR      images per minute; 2 processes beside 1; dask beside both
python benchmarks/many.py skip                    10,000 finished images are skipped
python benchmarks/many.py merge                   10,000 result folders with 500,000 domains are merged
python benchmarks/many.py memory                  what the parent takes over 2,000 images
python benchmarks/many.py engine                  what an engine costs per image, nothing being done
python benchmarks/many.py coverage                how often pooled intervals hold the truth

`--folder` is made, with `-n` small images in it, where it is not there yet.
"""

import argparse
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import tifffile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from hrtem_core.engines import Cluster, Processes  # noqa: E402
from hrtem_core.exports import to_csv  # noqa: E402
from hrtem_core.many import (  # noqa: E402
    Asked,
    Batch,
    Entry,
    Found,
    Input,
    Job,
    Orders,
    Outcome,
    Result,
    merge,
    read_ledgers,
)  # fmt: skip
from hrtem_core.many.inputs import stamp_of  # noqa: E402
from hrtem_core.many.ledger import DONE, Ledger  # noqa: E402
from hrtem_core.many.pooled import Pool  # noqa: E402
from hrtem_core.many.regions import Regions  # noqa: E402
from hrtem_core.recipe import Recipe, to_dict  # noqa: E402
from hrtem_core.version import versions  # noqa: E402

NM = 0.03


def draw(folder: Path, n: int, side: int) -> None:
    """Draw images of amorphous film with a few crystals of different spacing."""
    folder.mkdir(parents=True)
    rows, cols = np.mgrid[:side, :side] * NM
    for number in range(n):
        drawing = np.random.default_rng(number)
        image = drawing.normal(0, 1, (side, side))
        for _ in range(3):
            at, radius = drawing.uniform(0.2, 0.8, 2) * side * NM, drawing.uniform(0.12, 0.3) * side * NM
            d, angle = drawing.uniform(0.2, 0.4), drawing.uniform(0, math.pi)
            wave = np.cos(2 * math.pi / d * (rows * math.cos(angle) + cols * math.sin(angle)))
            image += wave * (np.hypot(rows - at[0], cols - at[1]) < radius)
        pixels = np.clip(1000 + 150 * image, 0, 65535).astype(np.uint16)
        per_nm = (1 / NM, 1 / NM)
        tifffile.imwrite(
            folder / f"film {number}.tif", pixels, imagej=True, resolution=per_nm, metadata={"unit": "nm"}
        )


def command(folder: Path, out: Path, *more: object) -> list[str]:
    words = ["analyze", folder, "--out", out, "--quiet", *more]
    return [sys.executable, "-m", "hrtem_core", *map(str, words)]


def run(folder: Path, out: Path, *more: object) -> float:
    """Run the command line; gives its seconds."""
    began = time.perf_counter()
    subprocess.run(command(folder, out, *more), cwd=ROOT, check=True)
    return time.perf_counter() - began


def contents(out: Path) -> dict[str, bytes]:
    """All that must be equal: tables, labels and pictures; summaries and images.csv hold times."""
    kept = (".csv", ".tif", ".parquet", ".png")
    files = [path for path in out.rglob("*") if path.suffix in kept and path.name != "images.csv"]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


@contextmanager
def cluster(n_workers: int) -> Iterator[str]:
    """The address of a dask cluster on this machine."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None) as here:
        yield here.scheduler_address


def equal(folder: Path, _: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as base:
        outs = {name: Path(base) / name for name in ("one", "two", "shards", "dask")}
        run(folder, outs["one"], "--jobs", 1)
        run(folder, outs["two"], "--jobs", 2)
        for number in (2, 3, 1):
            run(folder, outs["shards"], "--shard", f"{number}/3", "--jobs", 1)
        with cluster(2) as address:
            run(folder, outs["dask"], "--dask", address)
        expected = contents(outs["one"])
        for name, out in outs.items():
            print(f"{name:<8} {len(contents(out))} files, equal: {contents(out) == expected}")


def kill(folder: Path, given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as base:
        whole = Path(base) / "whole"
        seconds = run(folder, whole, "--jobs", 2)
        expected, chance, good = contents(whole), random.Random(given.seed), 0
        for number in range(given.times):
            out = Path(base) / "cut"
            shutil.rmtree(out, ignore_errors=True)
            process = subprocess.Popen(command(folder, out, "--jobs", 2), cwd=ROOT)
            time.sleep(chance.uniform(0.2, 1.0) * seconds)
            process.kill()
            process.wait()
            n_before = len(list(out.glob("*/summary.json")))
            run(folder, out, "--jobs", 2)
            left = list(out.rglob(".hrtem.*"))
            same = contents(out) == expected and not left
            good += same
            print(f"{number + 1:>3}: killed with {n_before} done, then equal: {same}", flush=True)
        print(f"{good} of {given.times} equal bit for bit")


def cpu_of_children() -> float:
    """Seconds that processes which have ended were at work."""
    used = psutil.Process().cpu_times()
    return used.children_user + used.children_system


def speed(folder: Path, _: argparse.Namespace) -> None:
    n = len(list(folder.glob("*.tif")))
    times: dict[object, float] = {}
    with tempfile.TemporaryDirectory() as base:
        for jobs in (1, 2):
            before = cpu_of_children()
            times[jobs] = run(folder, Path(base) / str(jobs), "--jobs", jobs)
            taken = cpu_of_children() - before
            print(f"{jobs} at a time: {taken:.1f} s of CPU, {taken / n:.2f} for each image", flush=True)
        with cluster(2) as address:
            times["dask"] = run(folder, Path(base) / "dask", "--dask", address)
    for name, seconds in times.items():
        print(f"{name!s:>5}: {seconds:.1f} s, {60 * n / seconds:.0f} images per minute")
    beside = times[2] / times["dask"]
    print(f"efficiency of 2 processes {times[1] / times[2] / 2:.2f}; dask beside them {beside:.2f}")


def finished(out: Path, films: Path, n: int, n_domains: int) -> None:
    """Write `n` results as `analyze` leaves them, each with so many domains, and their ledger."""
    recipe, files = to_dict(Recipe()), ("peaks", "families", "domains", "crystallites")
    drawing, ledger = np.random.default_rng(0), Ledger(out, "")
    for number in range(n):
        name, sha = f"film{number}", f"{number:064x}"
        folder = out / name
        folder.mkdir(parents=True)
        film = films / f"{name}.tif"
        film.write_bytes(b"x")
        tables = tables_of(drawing, n_domains)
        for one in files:
            (folder / f"{one}.csv").write_text(to_csv(tables[one]))
        origin = {"image_of": {"name": film.name, "sha256": sha}}
        summary = {
            "image": {"name": film.name, "sha256": sha, "shape": [2048, 2048], "pixel_size_nm": NM},
            "versions": versions(), "recipe": {"version": recipe["version"], **origin, **recipe},
            "n_domains": n_domains, "n_crystallites": n_domains, "crystalline_area_nm2": 100.0,
            "usable_area_nm2": (2048 * NM) ** 2, "crystalline_fraction": 0.03, "seconds": {"total": 1.0},
            "files": sorted([*(f"{one}.csv" for one in files), "summary.json"]),
        }  # fmt: skip
        (folder / "summary.json").write_text(json.dumps(summary, indent=2))
        size, time_ns = stamp_of(film)
        facts = {"sha256": sha, "n_bytes": size, "modified_ns": time_ns}
        ledger.note(Entry(path=str(film), image_id=name, status=DONE, **facts))


def tables_of(drawing: np.random.Generator, n: int) -> dict[str, dict[str, list[object]]]:
    """Tables with the columns of a result, and random numbers."""
    ids = list(range(1, n + 1))
    diameter = drawing.lognormal(1.2, 0.4, n)
    shape = {
        "area_nm2": (math.pi / 4 * diameter**2).tolist(), "equivalent_diameter_nm": diameter.tolist(),
        "feret_max_nm": (1.1 * diameter).tolist(), "feret_min_nm": (0.9 * diameter).tolist(),
        "centroid_row_nm": drawing.uniform(0, 60, n).tolist(),
        "centroid_col_nm": drawing.uniform(0, 60, n).tolist(),
    }  # fmt: skip
    wave = {
        "g_row_per_nm": drawing.normal(0, 3, n).tolist(), "g_col_per_nm": drawing.normal(0, 3, n).tolist(),
        "d_nm": drawing.uniform(0.2, 0.4, n).tolist(), "d_sigma_nm": [0.001] * n,
        "azimuth_deg": drawing.uniform(0, 180, n).tolist(),
    }  # fmt: skip
    cut = (drawing.uniform(size=n) < 0.1).tolist()
    return {
        "domains": {
            "domain_id": ids, "peak_id": ids, "family_id": [1] * n, "crystallite_id": ids, **wave, **shape,
            "snr": [5.0] * n, "touches_border": cut, "displacement_nm": [0.0] * n, "place": ["home"] * n,
            "name": [""] * n,
        },
        "crystallites": {
            "crystallite_id": ids, "domain_ids": [str(one) for one in ids], "n_domains": [1] * n, **shape,
            "touches_border": cut,
        },
        "families": {
            "family_id": [1, 2], "d_nm": [0.2, 0.3], "d_sigma_nm": [0.001] * 2, "n_peaks": [n, 0],
            "n_domains": [n, 0], "area_nm2": [1.0, 2.0], "name": ["", ""],
        },
        "peaks": {
            "peak_id": ids, **wave, "snr": [5.0] * n, "signal_probability": [1.0] * n, "accepted": [True] * n,
            "family_id": [1] * n,
        },
    }  # fmt: skip


def skip(_: Path, given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as base:
        films, out = Path(base) / "films", Path(base) / "out"
        films.mkdir()
        finished(out, films, given.number or 10_000, 3)
        merge(out)
        seconds = run(films, out)
        print(f"{len(list(films.iterdir()))} finished images skipped in {seconds:.1f} s (bound 10 s)")


def merging(_: Path, given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as base:
        films, out = Path(base) / "films", Path(base) / "out"
        films.mkdir()
        finished(out, films, given.number or 10_000, 50)
        process = psutil.Popen([sys.executable, "-m", "hrtem_core", "merge", str(out)], cwd=ROOT)
        began, most, cpu_s = time.perf_counter(), 0, 0.0
        while process.poll() is None:
            most, cpu_s = max(most, process.memory_info().rss), sum(process.cpu_times()[:2])
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        taken = f"{seconds:.1f} s, {cpu_s:.1f} s of them at work, {most / 1e6:.0f} MB"
        print(f"merged in {taken} (bounds 60 s, 1 GB)")


def pretend(job: Job) -> Outcome:
    """Do nothing to an image, and say that it is done."""
    entry = Entry(path=str(job.path), image_id=job.image_id, status=DONE, sha256="0" * 64, n_bytes=1)
    return Outcome(entry=entry, folder=job.folder, found="3 domains" * 10, remarks=("note: nothing",))


def pretended(executor: Executor, n: int, out: Path) -> Iterator[float]:
    """Run over `n` images without doing anything; gives the seconds so far, image by image."""
    inputs = [Input(Path(f"/films/film{number}.tif"), Path(f"film{number}.tif")) for number in range(n)]
    batch = Batch(Orders(out=out, asked=Asked()), Found(inputs))
    began = time.perf_counter()
    for outcome in batch.outcomes(batch.jobs, executor, pretend):
        if outcome is not None:
            yield time.perf_counter() - began


def memory(_: Path, given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as base, Processes(2) as executor:
        here, sizes = psutil.Process(), []
        for _at in pretended(executor, given.number or 2000, Path(base)):
            sizes.append(here.memory_info().rss / 1e6)
        grown = sizes[-1] - sizes[0]
        print(f"parent {sizes[0]:.0f} MB, and {grown:.1f} MB more after {len(sizes)} images (bound 50)")


def engine(_: Path, given: argparse.Namespace) -> None:
    n = given.number or 2000
    with tempfile.TemporaryDirectory() as base:
        with Processes(2) as executor:
            report("processes", list(pretended(executor, n, Path(base) / "a")))
        with cluster(2) as address:
            from distributed import Client

            executor = Cluster(Client(address, set_as_default=False))
            report("dask", list(pretended(executor, n, Path(base) / "b")))
            executor.shutdown()
        assert len(read_ledgers(Path(base) / "b").latest) == n


def report(name: str, seconds: list[float]) -> None:
    each = (seconds[-1] - seconds[len(seconds) // 5]) / (0.8 * len(seconds))
    print(f"{name:<10} {1e3 * each:.2f} ms per image for engine, message and ledger")


def a_set(drawing: np.random.Generator, n_images: int) -> Pool:
    """A set of images of one specimen whose sizes and numbers differ from image to image."""
    side, domains, images = 60.0, Regions(), []
    for number in range(n_images):
        margin, density = 15.0, 0.01 * drawing.gamma(4, 1 / 4)
        n = drawing.poisson(density * (side + 2 * margin) ** 2)
        centre = drawing.uniform(-margin, side + margin, (n, 2))
        diameter = drawing.lognormal(1.3 + drawing.normal(0, 0.1), 0.4, n)
        elongation = drawing.uniform(1, 1.6, n)
        angle = drawing.uniform(0, math.pi, n)
        major, minor = diameter * np.sqrt(elongation), diameter / np.sqrt(elongation)
        turns = angle[:, None] - (0, math.pi / 2)
        reach = np.hypot(major[:, None] * np.cos(turns), minor[:, None] * np.sin(turns)) / 2
        seen = np.all((centre + reach > 0) & (centre - reach < side), axis=1)
        cut = np.any((centre < reach) | (centre + reach > side), axis=1)
        domains.add(
            number,
            {
                "equivalent_diameter_nm": diameter[seen], "area_nm2": math.pi / 4 * diameter[seen] ** 2,
                "feret_max_nm": major[seen], "feret_min_nm": minor[seen], "touches_border": cut[seen],
            },
            (side, side),
        )  # fmt: skip
        shown = {"field_nm2": side**2, "crystalline_fraction": inside(centre, diameter, side)}
        images.append(Result(image_id=str(number), path="", summary=shown))
    return Pool(images, domains, Regions())


def inside(centre: np.ndarray, diameter: np.ndarray, side: float) -> float:
    """The share of the field that discs cover, overlaps counted twice, by points on a grid."""
    at = (np.arange(60) + 0.5) * side / 60
    points = np.stack(np.meshgrid(at, at, indexing="ij"), axis=-1).reshape(-1, 1, 2)
    return float(np.mean(np.sum(np.hypot(*np.moveaxis(points - centre, -1, 0)) < diameter / 2, axis=1)))


def truth(name: str) -> float:
    """Of the specimen that `a_set` draws from; sizes are of all domains of all images together."""
    mu, var = 1.3, 0.4**2 + 0.1**2

    def moment(k: float) -> float:
        return math.exp(k * mu + k**2 * var / 2)

    return {
        "domain_density": 0.01,
        "domain_mean_diameter": moment(1),
        "domain_median_diameter": math.exp(mu),
        "domain_area_weighted_diameter": moment(3) / moment(2),
        "domain_mean_area": math.pi / 4 * moment(2),
        "crystalline_fraction": 0.01 * math.pi / 4 * moment(2),
    }[name]


def coverage(_: Path, given: argparse.Namespace) -> None:
    n_sets = given.number or 100
    for n_images in (8, 10, 20, 50):
        held: dict[str, int] = {}
        for number in range(n_sets):
            pool = a_set(np.random.default_rng((given.seed, n_images, number)), n_images)
            for one in pool.estimates():
                if not one.quantity.startswith("crystallite_"):
                    is_held = one.low95 <= truth(one.quantity) <= one.high95
                    held[one.quantity] = held.get(one.quantity, 0) + is_held
        counts = ", ".join(f"{name} {n}" for name, n in held.items())
        print(f"{n_images:>3} images: {counts} of {n_sets}", flush=True)


PARTS = {
    "equal": equal, "kill": kill, "speed": speed, "skip": skip, "merge": merging, "memory": memory,
    "engine": engine, "coverage": coverage,
}  # fmt: skip


def main() -> None:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--folder", type=Path, help="of images; drawn if it is not there")
    parser.add_argument("-n", "--number", type=int, help="of images or sets")
    parser.add_argument("--side", type=int, default=128, help="of drawn images, in pixels")
    parser.add_argument("--times", type=int, default=20, help="how often to kill")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.part in ("equal", "kill", "speed"):
        given.folder = given.folder or Path(tempfile.gettempdir()) / f"many-{given.side}"
        if not given.folder.exists():
            draw(given.folder, given.number or 24, given.side)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    PARTS[given.part](given.folder, given)


if __name__ == "__main__":
    main()
