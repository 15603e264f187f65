"""The scripts in `examples/` run, and give what they promise."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from hrtem_core.exports.bundle import FILES
from hrtem_core.samples import sample_path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = sample_path("bicrystal")
pytestmark = pytest.mark.slow


def run(name: str, *arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run an example in a folder; warnings are errors there too."""
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / name), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_there_is_a_test_for_every_example() -> None:
    tested = {"one_image.py", "folder_to_table.py", "new_export.py", "queued_workers.py", "compose_maps.py"}
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == tested


def test_one_image(tmp_path: Path) -> None:
    said = run("one_image.py", SAMPLE, "out", folder=tmp_path).stdout.splitlines()
    assert said[0].startswith("d = 0.23")  # gold 111
    assert {path.name for path in (tmp_path / "out" / "bicrystal").iterdir()} == set(FILES)
    areas = [float(row["area_nm2"]) for row in rows_of(tmp_path / "out/bicrystal/domains.csv")]
    assert said[-1].startswith(f"{len(areas)} domains of at least 10 nm², ")
    assert min(areas) >= 10


def test_folder_to_table(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    (films / "first.tif").write_bytes(SAMPLE.read_bytes())
    tifffile.imwrite(films / "second.tif", np.zeros((64, 64), np.uint8))
    (films / "third.tif").write_bytes(sample_path("amorphous").read_bytes())
    done = run("folder_to_table.py", "films", folder=tmp_path)
    assert done.stderr.startswith("second.tif: ")
    rows = rows_of(tmp_path / "domains.csv")
    assert {row["image"] for row in rows} == {"first.tif"}
    assert done.stdout.splitlines() == [f"first.tif: {len(rows)} domains", "third.tif: 0 domains"]
    assert [int(row["domain_id"]) for row in rows] == list(range(1, len(rows) + 1))


def test_new_export(tmp_path: Path) -> None:
    run("new_export.py", SAMPLE, folder=tmp_path)
    features = json.loads((tmp_path / "domains.geojson").read_text(encoding="utf-8"))["features"]
    assert len(features) >= 2
    for feature in features:
        signed = [area_nm2(np.array(ring)) for ring in feature["geometry"]["coordinates"]]
        assert abs(sum(signed)) == pytest.approx(feature["properties"]["area_nm2"], rel=0.03)


def session_in(folder: Path) -> None:
    (folder / "session").mkdir()
    for name in ("bicrystal", "amorphous"):
        (folder / f"session/{name}.tif").write_bytes(sample_path(name).read_bytes())


def statuses(out: Path) -> list[tuple[str, str]]:
    return [(row["image_id"], row["status"]) for row in rows_of(out / "merged/images.csv")]


def test_dask_on_this_machine(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    session_in(tmp_path)
    command = [sys.executable, str(ROOT / "examples/queued_workers.py"), "session", "out"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--local", "--workers", "1"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert statuses(tmp_path / "out") == [("amorphous", "done"), ("bicrystal", "done")]


@pytest.mark.skipif(os.name == "nt", reason="a script of bash")
def test_a_job_array(tmp_path: Path) -> None:
    session_in(tmp_path)
    script = ROOT / "examples/slurm_array.sh"
    for number in ("2", "1"):
        assert not (tmp_path / "out/merged").exists()
        task = {"SLURM_ARRAY_TASK_ID": number, "SLURM_ARRAY_TASK_COUNT": "2", "PYTHON": sys.executable}
        environment = os.environ | task | {"PYTHONPATH": str(ROOT)}
        command = ["bash", str(script), "session", "out", "--quiet"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert statuses(tmp_path / "out") == [("amorphous", "done"), ("bicrystal", "done")]
    alone = subprocess.run(["bash", str(script), "session", "out"], capture_output=True, text=True)
    assert "submit it as an array" in alone.stderr


def test_compose_maps(tmp_path: Path) -> None:
    said = run("compose_maps.py", "out", folder=tmp_path).stdout.splitlines()
    assert said[0].startswith("maps lie within 0.")
    rows = rows_of(tmp_path / "out" / "composition.csv")
    assert {row["element"] for row in rows} == {"O", "F"}
    assert all(0 < float(row["sigma"]) < 0.2 for row in rows if row["fraction"])


def area_nm2(ring: np.ndarray) -> float:
    """Signed area of a closed ring by the shoelace formula: a hole runs the other way round."""
    (x, y), (next_x, next_y) = ring[:-1].T, ring[1:].T
    return float((x * next_y - next_x * y).sum() / 2)
