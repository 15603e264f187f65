"""Which images are meant by what was given, and which folders their results get."""

import json
import os
from pathlib import Path, PurePath

import pytest

from hrtem_core.many import Asked, Input, find_inputs, inputs, plan, shard_of
from hrtem_core.many.inputs import InputsError, natural


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def found(root: Path, *given: object) -> list[str]:
    these = find_inputs([Path(str(one)) for one in given], root / "out").inputs
    return [str(one.path.relative_to(root)) for one in these]


def folders(these: list[Input], known: dict[str, str] | None = None) -> list[str]:
    return [job.image_id for job in plan(these, Path("out"), Asked(), known or {})]


def test_a_folder_is_taken_with_all_in_it_in_natural_order(tmp_path: Path) -> None:
    touch(tmp_path / "s", "film 10.tif", "film 9.tif", "b/x.dm3", "notes.txt", ".hidden.tif", ".x/y.tif")
    assert found(tmp_path, tmp_path / "s") == ["s/film 9.tif", "s/film 10.tif", "s/b/x.dm3"]
    these = find_inputs([tmp_path / "s"], tmp_path / "out")
    assert these.other == {".txt": 1}
    assert folders(these.inputs) == ["film 9", "film 10", "b/x"]


def test_results_are_no_inputs(tmp_path: Path) -> None:
    touch(tmp_path / "s", "film.tif", "film/domains.tif", "film/overlay.png", "out/x.tif", "mine/domains.tif")
    summary = {"image": {}, "versions": {"hrtem_core": ""}, "recipe": {}}
    (tmp_path / "s/film/summary.json").write_text(json.dumps(summary))
    these = find_inputs([tmp_path / "s"], tmp_path / "s/out").inputs
    assert [one.path.name for one in these] == ["film.tif", "domains.tif"]
    assert folders(these) == ["film", "mine/domains"]


def test_patterns_lists_and_twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "a1.tif", "a2.tif", "d/b.tif", "@c.tif")
    Path("list.txt").write_text("\ufeffa2.tif\n\n  \nd\n@c.tif\n*1.tif\n@list.txt\n", encoding="utf-8")
    assert found(tmp_path, "*.tif") == ["@c.tif", "a1.tif", "a2.tif"]
    assert found(tmp_path, "**/b.tif", "d", "d/b.tif", tmp_path / "d/b.tif") == ["d/b.tif"]
    # A list in a list is a file that is not there, and so is a pattern without a match.
    assert found(tmp_path, "@list.txt") == ["a2.tif", "d/b.tif", "@c.tif", "a1.tif", "@list.txt"]
    assert found(tmp_path, "*.png") == ["*.png"]
    Path("bad.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputsError, match=r"The list bad\.txt cannot be read: it is not a text in UTF-8\."):
        find_inputs([Path("@bad.txt")], Path("out"))


def test_a_folder_without_rights_is_a_problem_of_its_own(tmp_path: Path, monkeypatch) -> None:
    touch(tmp_path, "s/locked/x.tif", "s/open.tif")
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(inputs.os, "scandir", scandir)
    these = find_inputs([tmp_path / "s"], tmp_path / "out")
    assert [one.path.name for one in these.inputs] == ["open.tif"]
    (problem,) = these.problems
    assert (problem.path.name, problem.error) == ("locked", "the folder cannot be read: Permission denied.")


def of(root: str, *names: str, given: str = "") -> list[Input]:
    """Inputs below `root`, the folder `given` below it having been given, or each file itself."""
    paths = [Path(root) / name for name in names]
    from_given = [path.relative_to(Path(root) / given) if given else PurePath(path.name) for path in paths]
    return [Input(path, relative) for path, relative in zip(paths, from_given, strict=True)]


@pytest.mark.parametrize(
    ("these", "named"),
    [
        (of("/r", "film.tif", "other.dm3", ".tif"), ["film", "other", ".tif"]),
        (of("/r", "film.tif", "FILM.png"), ["film.tif", "FILM.png"]),
        (of("/r", "a/x.tif", "b/x.tif"), ["a/x", "b/x"]),
        (of("/r", "a/x.tif", "a/x.png", "b/x.tif"), ["a/x", "x.png", "b/x"]),
        (of("/r", "s/a.tif", "s/a/x.tif", given="s"), ["a.tif", "a/x"]),
        (of("/r", "merged.tif", "...tif"), ["merged.tif", "results"]),
        (of("/r", "s/../x.tif", given="s"), ["results/x"]),
    ],
)
def test_every_image_has_a_folder_of_its_own(these: list[Input], named: list[str]) -> None:
    assert folders(these) == named


def test_names_that_show_alike_are_told_apart() -> None:
    these = of("/r", "new\nline.tif", "newline.tif", "new\u202eline.tif")
    named = folders(these)
    assert len(set(named)) == 3
    assert folders(these) == named
    assert all(name.isprintable() for name in named)


def test_an_image_keeps_its_folder_whatever_comes_later() -> None:
    known = {"/r/film.tif": "film", "/r/film/x.tif": "film/x"}
    these = of("/r", "film.png", "film.tif", "film/y.tif", given=".")
    named = folders(these, {"/r/film.tif": "film"})
    assert named[:2] == ["film.png", "film"]
    assert not named[2].startswith("film/")
    assert known["/r/film.tif"] == named[1]


def test_shards_are_all_jobs_once() -> None:
    jobs = plan(of("/r", *(f"{n}.tif" for n in range(10))), Path("out"), Asked(), {})
    parts = [shard_of(jobs, number, 3) for number in (1, 2, 3)]
    assert sorted(job.image_id for part in parts for job in part) == sorted(job.image_id for job in jobs)
    assert [len(part) for part in parts] == [4, 3, 3]


def test_numbers_in_names_sort_by_value() -> None:
    assert sorted(["a10", "a9b", "A9a", "a²", "9", "b"], key=natural) == ["9", "A9a", "a9b", "a10", "a²", "b"]
    assert sorted(["film2", "film"], key=natural) == ["film", "film2"], "One name may begin another."
