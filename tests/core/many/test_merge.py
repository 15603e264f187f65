"""One dataset of many results: its tables, what is damaged, and what is there without pyarrow."""

import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from hrtem_core.many import MergeError, merge, sheets
from hrtem_core.many.sheets import DamagedTable, kind_of, read_sheet

TABLES = ("domains", "crystallites", "families", "peaks")

PHASE = 'Au, "fcc"\n'


@pytest.fixture
def out(session: Path, quick, run) -> Path:
    """Seven results, merged."""
    del quick
    assert run("analyze", session, "--out", session.parent / "out", "--jobs", 1, "--quiet") == 0
    return session.parent / "out"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_tables_have_the_columns_of_each_image_and_which_one_it_is(out: Path) -> None:
    for name in TABLES:
        merged = parquet.read_table(out / f"merged/{name}.parquet")
        own = rows(out / f"film0/{name}.csv")
        added = ["image_id", "path", "recorded", "pixel_size_nm", "field_nm2"]
        assert merged.column_names == [*added, *own[0], "frame"]
        assert merged.num_rows == 7 * len(own)
    domains = parquet.read_table(out / "merged/domains.parquet").to_pylist()
    assert domains[5]["image_id"] == "grid 2/film5"
    assert domains[5]["path"].endswith("session/grid 2/film5.tif")
    assert domains[5]["recorded"].endswith("Z")
    assert (domains[5]["domain_id"], domains[5]["touches_border"], domains[5]["place"]) == (1, False, "home")
    assert domains[5]["area_nm2"] == float(rows(out / "grid 2/film5/domains.csv")[0]["area_nm2"])


def test_pooled_and_convergence_have_their_columns(out: Path) -> None:
    pooled = rows(out / "merged/pooled.csv")
    assert list(pooled[0]) == ["quantity", "unit", "estimate", "low95", "high95", "n_images"]
    assert {row["n_images"] for row in pooled} == {"7"}
    with (out / "merged/convergence.csv").open() as stream:
        assert stream.readline().startswith("n_images,quantity,estimate,low95,high95,wasserstein_nm")


def test_csv_says_the_same_as_parquet(out: Path, run, capsys) -> None:
    assert run("merge", out, "--csv") == 0
    assert "merged: 7 of 7 images, 7 domains" in capsys.readouterr().out
    for name in TABLES:
        table = parquet.read_table(out / f"merged/{name}.parquet").to_pylist()
        for typed, text in zip(table, rows(out / f"merged/{name}.csv"), strict=True):
            for column, value in typed.items():
                read = sheets.READ[kind_of(column)](text[column])
                assert read == (pytest.approx(value, rel=1e-8) if kind_of(column) == sheets.NUMBER else value)


@pytest.mark.parametrize(
    ("column", "entries"),
    [
        ("domain_id", [1, None, -5, 0, 2**62]),
        ("touches_border", [True, False, None] * 7),
        ("area_nm2", [1.5, None, math.nan, -0.0, math.inf]),
        ("path", ["a", None, "", "äé€", "x" * 1000]),
        ("path", [None, None]),
        ("domain_id", []),
    ],
)
def test_parquet_holds_what_was_given(tmp_path: Path, column: str, entries: list[object]) -> None:
    sheet = sheets.Sheet(tmp_path / "table", [column], ["parquet"])
    sheet.add({column: entries}, {})
    sheet.finish()
    sheet.close()
    written = parquet.read_table(tmp_path / "table.parquet")
    written.validate(full=True)
    assert repr(written[column].to_pylist()) == repr(entries)  # in words: not a number is not itself
    assert written[column].null_count == entries.count(None)


def test_merging_needs_no_library_that_only_people_need(out: Path) -> None:
    code = f"import sys, pathlib; from hrtem_core.many import merge; merge(pathlib.Path({str(out)!r}))\n"
    code += "print([one for one in ('pandas', 'altair', 'scipy.stats') if one in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_without_pyarrow_tables_are_csv(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrtem_core.many.merging.has_parquet", lambda: False)
    remarks = merge(out).remarks
    assert "tables are CSV; for Parquet: pip install hrtem-domains[parquet]." in remarks
    assert len(rows(out / "merged/domains.csv")) == 7
    assert not (out / "merged/domains.parquet").exists()


@pytest.mark.parametrize(
    "damage", ["", "domain_id,area_nm2\n1,wide\n", "domain_id,area_nm2\n1\n", "a,b\n1,2\n"]
)
def test_a_damaged_table_costs_its_image_only(out: Path, damage: str) -> None:
    (out / "film2/domains.csv").write_text(damage)
    merged = merge(out)
    (bad,) = [one for one in merged.images if one.error]
    assert bad.image_id == "film2"
    assert bad.error.endswith("; analyze it again with --overwrite.")
    assert (merged.n_done, merged.n_rows["domains"], merged.n_rows["peaks"]) == (6, 6, 18)
    assert rows(out / "merged/images.csv")[2]["status"] == "failed"


def test_a_damaged_summary_costs_its_image_only(out: Path) -> None:
    summary = json.loads((out / "film2/summary.json").read_text())
    del summary["n_domains"]
    (out / "film2/summary.json").write_text(json.dumps(summary))
    (bad,) = [one for one in merge(out).images if one.error]
    assert bad.error.startswith("its summary.json is damaged (KeyError")


def test_another_recipe_among_them_is_said(out: Path) -> None:
    summary = json.loads((out / "film2/summary.json").read_text())
    summary["recipe"]["spectrum"]["min_d_nm"] = 0.2
    (out / "film2/summary.json").write_text(json.dumps(summary))
    assert "the images were analyzed with 2 different recipes." in merge(out).remarks


def test_columns_of_another_version_are_kept(out: Path) -> None:
    table = rows(out / "film2/domains.csv")
    with (out / "film2/domains.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [*table[0], "phase", "strain_percent"])
        writer.writeheader()
        writer.writerows({**row, "phase": PHASE, "strain_percent": "0.5"} for row in table)
    merge(out)
    merged = parquet.read_table(out / "merged/domains.parquet").to_pylist()
    assert [(row["phase"], row["strain_percent"]) for row in merged[1:3]] == [(None, None), (PHASE, 0.5)]


def test_nothing_to_merge_is_one_line(tmp_path: Path, run, capsys) -> None:
    assert run("merge", tmp_path) == 2
    said = f"{tmp_path} holds no results; give the folder that was given to analyze as --out."
    assert capsys.readouterr().err == f"hrtem_core: {said}\n"
    with pytest.raises(MergeError):
        merge(tmp_path / "none")


def test_a_table_without_rows_is_one(tmp_path: Path) -> None:
    (tmp_path / "domains.csv").write_text("domain_id,area_nm2\n")
    assert read_sheet(tmp_path / "domains.csv") == {"domain_id": [], "area_nm2": []}
    (tmp_path / "domains.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DamagedTable):
        read_sheet(tmp_path / "domains.csv")
