"""The command line of compositions: files written, and one clear line for whatever a caller must mend."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from composition_scenes import FINE_NM, SENSITIVITY, Scan, scan

from hrtem_core.cli.commands import main
from hrtem_core.cli.compose import named_files, numbered
from hrtem_core.composition import MapSource

SCENE = scan(4)


def written(scene: Scan, folder: Path) -> Path:
    """The files of a scene."""
    scale = {"imagej": True, "resolution": (1 / FINE_NM,) * 2, "metadata": {"unit": "nm"}}
    tifffile.imwrite(folder / "micrograph.tif", scene.image, **scale)
    tifffile.imwrite(folder / "labels.tif", scene.labels)
    for number, element in enumerate(scene.maps.elements):
        tifffile.imwrite(folder / f"{element}.tif", scene.maps.counts[number].astype(np.float32))
        tifffile.imwrite(folder / f"b{element}.tif", scene.maps.backgrounds[number].astype(np.float32))
    tifffile.imwrite(folder / "haadf.tif", scene.maps.survey.astype(np.float32))
    (folder / "k.json").write_text(json.dumps(SENSITIVITY))
    rows = ["row_nm,col_nm,map_row_px,map_col_px", *(",".join(map(str, pair)) for pair in scene.pairs)]
    (folder / "clicks.csv").write_text("\n".join(rows) + "\n")
    phases = [f"{number},{phase}" for number, phase in scene.phases.items()]
    (folder / "phases.csv").write_text("\n".join(["domain_id,phase", *phases]) + "\n")
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return written(SCENE, tmp_path)


def run(files: Path, *more: object, maps: tuple[str, ...] = ("O=O.tif", "F=F.tif")) -> int:
    parts = (one.rpartition("=") for one in maps)
    placed = [f"{name}={files / file}" if name else file for name, _, file in parts]
    arguments = [
        "--micrograph", files / "micrograph.tif", "--labels", files / "labels.tif", "--maps", *placed,
        "--clicks", files / "clicks.csv", "--out", files / "out", *more,
    ]  # fmt: skip
    return main(["compose", *(str(one) for one in arguments)])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_compose_writes_the_files_of_the_contract(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    below = [f"{name}={files / f'b{name}.tif'}" for name in ("O", "F")]
    status = run(
        files, "--backgrounds", *below, "--survey", files / "haadf.tif", "--sensitivity", files / "k.json",
        "--groups", files / "phases.csv",
    )  # fmt: skip
    assert status == 0
    assert "refined on the survey" in capsys.readouterr().out
    out = files / "out"
    registration = json.loads((out / "registration.json").read_text())
    assert np.allclose(registration["matrix"], SCENE.transform.matrix, atol=0.03)
    assert 0 < registration["sigma_nm"] < registration["leave_one_out_nm"]
    composition = rows_of(out / "composition.csv")
    assert list(composition[0]) == [
        "domain_id", "element", "counts", "background", "fraction", "sigma_counting", "sigma_registration",
        "sigma", "flag",
    ]  # fmt: skip
    first = composition[0]
    assert float(first["fraction"]) == pytest.approx(SCENE.fractions[1][0], abs=4 * float(first["sigma"]))
    together = rows_of(out / "colocalization.csv")
    columns = ["phase", "family_id", "element", "excess", "p_value", "q_value", "n_domains"]
    assert list(together[0]) == columns
    assert [row["p_value"] for row in together if (row["phase"], row["element"]) == ("LiF", "F")] == ["0.001"]
    assert tifffile.imread(out / "maps_on_micrograph.tif").shape == (2, *SCENE.image.shape)
    assert "Li" in json.loads((out / "composition.json").read_text())["not_seen"]


def test_nothing_is_replaced_unasked(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "out").mkdir()
    (files / "out" / "mine.txt").write_text("x")
    assert run(files, "--overwrite") == 2
    assert (files / "out" / "mine.txt").read_text() == "x"
    assert "mine.txt, which is no result and would be lost" in capsys.readouterr().err


def test_earlier_files_are_replaced_whole_when_asked(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files) == 0
    assert run(files) == 2
    assert "exists already" in capsys.readouterr().err
    (files / "out" / "composition.csv").write_text("old")
    assert run(files, "--overwrite") == 0
    assert rows_of(files / "out" / "composition.csv")
    assert not [path.name for path in files.iterdir() if path.name.startswith(".")]


def test_its_own_recipe_gives_the_same_again(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files, "--sensitivity", files / "k.json", "--probe-nm", 0.4) == 0
    recipe = files / "out" / "composition.json"
    again = [
        "compose", "--micrograph", files / "micrograph.tif", "--labels", files / "labels.tif", "--maps",
        f"O={files / 'O.tif'}", f"F={files / 'F.tif'}", "--recipe", recipe, "--out", files / "again",
    ]  # fmt: skip
    assert main([str(one) for one in again]) == 0
    for name in ("composition.csv", "registration.json", "composition.json"):
        assert (files / "again" / name).read_bytes() == (files / "out" / name).read_bytes()
    tifffile.imwrite(files / "O.tif", np.ones((70, 80), np.float32))
    assert main([*(str(one) for one in again), "--overwrite"]) == 2
    assert "O.tif is none of the files that the recipe's pairs were clicked in" in capsys.readouterr().err


def test_pairs_must_come_from_somewhere(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compose", "results", "--maps", f"O={files / 'O.tif'}", "--out", files / "out"]
    assert main([str(one) for one in arguments]) == 2
    assert "Give --clicks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: (d / "O.tif").write_bytes(b"II*\0\x08"), "cannot be read as TIFF"),
        (lambda d: (d / "O.tif").unlink(), "There is no file O.tif"),
        (lambda d: tifffile.imwrite(d / "O.tif", np.ones((20, 30), np.float32)), "give maps of one scan"),
        (lambda d: tifffile.imwrite(d / "O.tif", -np.ones((70, 80), np.float32)), "counts below zero"),
        (lambda d: tifffile.imwrite(d / "O.tif", np.ones((70, 80, 3), np.uint8)), "coloured picture"),
        (lambda d: (d / "clicks.csv").write_text("a,b\n1,2\n"), "has no column row_nm"),
        (
            lambda d: (d / "clicks.csv").write_text("row_nm,col_nm,map_row_px,map_col_px\n1,2,3,x\n"),
            "map_col_px must be a number, got 'x'",
        ),
        (
            lambda d: (d / "clicks.csv").write_text("row_nm,col_nm,map_row_px,map_col_px\n1,2,3,4\n"),
            "At least 3 pairs of points are needed",
        ),
        (
            lambda d: tifffile.imwrite(d / "labels.tif", np.ones((9, 20), np.uint8)),
            "must have the micrograph's",
        ),
        (lambda d: tifffile.imwrite(d / "labels.tif", np.full((150, 180), 0.5)), "is no label image"),
        (lambda d: tifffile.imwrite(d / "labels.tif", np.zeros((150, 180), np.uint8)), None),
    ],
)
def test_what_is_wrong_is_said_in_one_line(files: Path, spoil, message, capsys) -> None:
    spoil(files)
    status = run(files)
    said = capsys.readouterr().err
    if message is None:  # no domain is a result
        assert status == 0
        assert rows_of(files / "out" / "composition.csv") == []
        return
    assert status == 2
    assert message in said
    assert said.count("\n") == 1
    assert not (files / "out").exists()


def test_maps_are_named_one_by_one_or_by_a_stack(tmp_path: Path) -> None:
    assert named_files("O=a.tif") == [("O", MapSource(Path("a.tif")))]
    stack = Path("s.tif")
    assert named_files("C,O=s.tif") == [("C", MapSource(stack)), ("O", MapSource(stack, image=1))]
    assert numbered("a.emd#3") == MapSource(Path("a.emd"), image=3)
    (tmp_path / "a#3").write_bytes(b"x")
    assert numbered(str(tmp_path / "a#3")) == MapSource(tmp_path / "a#3")


def test_a_map_without_a_name_is_told_so(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files, maps=("O.tif",)) == 2
    assert "names no map; write ELEMENT=FILE" in capsys.readouterr().err


def result_folder(scene: Scan, folder: Path) -> Path:
    """A folder as `analyze` writes it, with suggested phases."""
    made = folder / "results" / "film"
    made.mkdir(parents=True)
    tifffile.imwrite(made / "domains.tif", scene.labels[None])
    image = {"name": "micrograph.tif", "sha256": "", "shape": scene.labels.shape, "pixel_size_nm": FINE_NM}
    (made / "summary.json").write_text(json.dumps({"image": image}))
    tables = {
        "domains": ["domain_id,family_id,crystallite_id,d_nm,d_sigma_nm"]
        + [f"{n},{1 + n % 2},{n},0.2,0.001" for n in scene.phases],
        "families": ["family_id,name", "1,wide", "2,"],
        "phases": ["crystallite_id,rank,phase,probability"]
        + [f"{n},1,{phase},0.5\n{n},2,Li2CO3,0.3\n{n},3,none,0.2" for n, phase in scene.phases.items()],
        "phase_reflections": ["crystallite_id,domain_id,phase,d_residual_percent"]
        + [f"{n},{n},{phase},0.3" for n, phase in scene.phases.items()],
    }
    for name, lines in tables.items():
        (made / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return made


def test_a_result_folder_gives_families_phases_and_their_agreement(files: Path) -> None:
    folder = result_folder(SCENE, files)
    below = [f"{name}={files / f'b{name}.tif'}" for name in ("O", "F")]
    arguments = [
        "compose", folder, "--micrograph", files / "micrograph.tif", "--survey", files / "haadf.tif",
        "--maps", f"O={files / 'O.tif'}", f"F={files / 'F.tif'}", "--backgrounds", *below,
        "--clicks", files / "clicks.csv", "--sensitivity", files / "k.json", "--out", files / "out",
    ]  # fmt: skip
    assert main([str(one) for one in arguments]) == 0
    together = rows_of(files / "out" / "colocalization.csv")
    assert {(row["phase"], row["family_id"]) for row in together} == {
        ("wide", "1"), ("Family 2", "2"), ("LiF", ""), ("Li2O", ""),
    }  # fmt: skip
    agreement = {
        (int(row["crystallite_id"]), row["phase"]): row for row in rows_of(files / "out" / "agreement.csv")
    }
    for number, phase in SCENE.phases.items():
        right = agreement[number, phase]
        assert float(right["p_value"]) > 1e-3
        assert float(right["chi2_d"]) == pytest.approx(0.003**2 / (0.005**2 + 0.005**2))
    groups = rows_of(files / "out" / "composition_groups.csv")
    assert {row["kind"] for row in groups} == {"crystallite", "family", "phase"}


def test_a_folder_that_is_no_result_is_told_so(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "empty").mkdir()
    arguments = [
        "compose", files / "empty", "--maps", f"O={files / 'O.tif'}", "--clicks", files / "clicks.csv",
        "--out", files / "out",
    ]  # fmt: skip
    assert main([str(one) for one in arguments]) == 2
    assert "is no folder of results" in capsys.readouterr().err
