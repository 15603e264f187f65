"""Spectrum images of every format, against what was written and against rosettasciio."""

import io
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from cube_files import CUBE, FIRST_EV, STEP_EV, WRITERS, channels, signal, write_hspy, write_velox
from mutations import mutated

from hrtem_core.errors import FileError
from hrtem_core.readers import (
    open_spectrum_image,
    read,
    read_numbers_apart,
    read_spans,
    read_spans_apart,
)


@pytest.mark.parametrize("name", WRITERS)
def test_sums_are_those_of_the_cube(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    with open_spectrum_image(tmp_path / name) as cube:
        assert cube.shape == (6, 9)
        assert np.allclose(cube.energies_ev, FIRST_EV + STEP_EV * np.arange(40))
        found = cube.over([channels(3, 9), channels(20, 22)])
    assert np.array_equal(found.total, CUBE.sum(axis=(0, 1)))
    assert np.array_equal(found.sums[0], CUBE[:, :, 3:9].sum(axis=2))
    assert np.array_equal(found.counted_in(channels(20, 22)), CUBE[:, :, 20:22].sum(axis=2))


@pytest.mark.parametrize("name", WRITERS)
def test_another_process_gives_the_same_sums(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    spans = [channels(3, 9), channels(20, 22)]
    here, apart = (reading(tmp_path / name, spans) for reading in (read_spans, read_spans_apart))
    assert np.array_equal(apart.sums, here.sums)
    assert np.array_equal(apart.total, here.total)
    assert (apart.name, apart.first_ev, apart.step_ev) == (here.name, here.first_ev, here.step_ev)
    assert np.array_equal(apart.counted_in(spans[1]), CUBE[:, :, 20:22].sum(axis=2))


def test_another_process_gives_the_same_numbers_and_the_same_words(tmp_path: Path) -> None:
    np.save(tmp_path / "map.npy", CUBE.sum(axis=2))
    assert np.array_equal(read_numbers_apart(tmp_path / "map.npy"), CUBE.sum(axis=2))
    np.save(tmp_path / "complex.npy", CUBE[:, :, 0] * 1j)
    with pytest.raises(FileError, match="in place of counts"):
        read_numbers_apart(tmp_path / "complex.npy")
    with pytest.raises(FileError, match="is no spectrum image"):
        read_spans_apart(b"\x89PNG\r\n\x1a\n" + bytes(99), [(0, 1)], name="a.png")


def test_bruker_files_are_read_by_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bruker = pytest.importorskip("rsciio.bruker")
    (tmp_path / "scan.bcf").write_bytes(b"AAMVHFSS" + bytes(100))
    with pytest.raises(FileError, match="damaged"):
        read_spans(tmp_path / "scan.bcf", [])
    monkeypatch.setattr(bruker, "file_reader", lambda _, **_more: [signal()])
    found = read_spans(tmp_path / "scan.bcf", [channels(3, 9)])
    assert np.array_equal(found.sums[0], CUBE[:, :, 3:9].sum(axis=2))
    assert found.first_ev == pytest.approx(FIRST_EV)


@pytest.mark.parametrize("name", ["scan.hspy", "scan.rpl"])
def test_what_rosettasciio_writes_is_read(tmp_path: Path, name: str) -> None:
    rsciio = pytest.importorskip("rsciio")
    assert rsciio
    if name == "scan.hspy":
        from rsciio.hspy import file_writer
    else:
        from rsciio.ripple import file_writer
    file_writer(str(tmp_path / name), signal())
    with open_spectrum_image(tmp_path / name) as cube:
        assert np.allclose(cube.energies_ev[[0, -1]], [FIRST_EV, FIRST_EV + 39 * STEP_EV])
        every = [channels(number, number + 1) for number in range(40)]
        assert np.array_equal(cube.over(every).sums, np.moveaxis(CUBE, 2, 0))


def test_a_packed_cube_is_read(tmp_path: Path) -> None:
    write_hspy(tmp_path / "scan.hspy", compression="gzip", chunks=(2, 9, 40))
    with open_spectrum_image(tmp_path / "scan.hspy") as cube:
        assert np.array_equal(cube.over([]).total, CUBE.sum(axis=(0, 1)))


def test_a_large_cube_is_summed_in_little_memory(tmp_path: Path) -> None:
    counts = np.zeros((128, 128, 2048), np.uint16)
    counts[:, :, 100] = 3
    np.save(tmp_path / "x.npy", counts)
    counts.tofile(tmp_path / "scan.raw")
    (tmp_path / "scan.rpl").write_text(
        "width\t128\nheight\t128\ndepth\t2048\ndata-length\t2\ndata-type\tunsigned\nbyte-order\tlittle-endian\n"
        "record-by\tvector\nev-per-chan\t10\n"
    )
    del counts
    tracemalloc.start()
    with open_spectrum_image(tmp_path / "scan.rpl") as cube:
        assert (cube.over([(900, 1100)]).sums == 3).all()
    assert tracemalloc.get_traced_memory()[1] < 200e6
    tracemalloc.stop()


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_cut_short_is_told_so(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    path = (tmp_path / name).with_suffix(".raw") if name == "scan.rpl" else tmp_path / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(FileError, match=r"damaged|shorter"), open_spectrum_image(tmp_path / name) as cube:
        cube.over([])


def test_a_stream_of_velox_tells_which_image_is_of_its_scan(tmp_path: Path) -> None:
    write_velox(tmp_path / "scan.emd")
    with h5py.File(tmp_path / "scan.emd", "r+") as file:
        file["Data/Image/a0/Data"] = np.ones((8, 8, 1), np.uint16)
    assert read_spans(tmp_path / "scan.emd", [(0, 1e4)]).sums.shape == (1, 6, 9)
    with h5py.File(tmp_path / "scan.emd", "r+") as file:
        del file["Data/Image/aa"], file["Data/Image/a0"]
        file.create_dataset("Data/Image/aa/Data", (2000, 2000, 1), np.uint16, chunks=(1, 1, 1))
    with pytest.raises(FileError, match="states 2000 x 2000 spectra and holds 108"):
        read_spans(tmp_path / "scan.emd", [(0, 1e4)])


def test_other_files_are_told_apart(tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", CUBE)
    with (
        pytest.raises(FileError, match="which energy a channel has"),
        open_spectrum_image(tmp_path / "scan.npy"),
    ):
        pass
    buffer = io.BytesIO()
    np.savez(buffer, other=CUBE)
    with (
        pytest.raises(FileError, match="holds no spectrum image"),
        open_spectrum_image(buffer.getvalue(), name="a.npz"),
    ):
        pass
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(FileError, match="is no spectrum image"), open_spectrum_image(tmp_path / "a.png"):
        pass


def test_a_map_opened_as_a_micrograph_says_where_it_belongs(tmp_path: Path) -> None:
    counts = np.random.default_rng(0).poisson(3, (64, 64)).astype(np.uint16)
    for pixel_nm, is_told in ((0.25, True), (0.02, False)):
        scale = {"imagej": True, "resolution": (1 / pixel_nm,) * 2, "metadata": {"unit": "nm"}}
        tifffile.imwrite(tmp_path / "O.tif", counts, **scale)
        notes = read(tmp_path / "O.tif").notes
        assert any("if this is an elemental map" in note for note in notes) == is_told


def test_a_cube_opened_as_a_micrograph_says_where_it_belongs(tmp_path: Path) -> None:
    write_hspy(tmp_path / "scan.hspy")
    with pytest.raises(FileError, match=r"a spectrum, no micrograph.*Spectra belong to compose"):
        read(tmp_path / "scan.hspy")


@pytest.mark.parametrize("name", WRITERS)
def test_damaged_files_are_told_so_and_nothing_else_happens(tmp_path: Path, name: str) -> None:
    """Either the spectra come out, or one sentence; the fuzz run does the same for longer."""
    WRITERS[name](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    said = []
    for seed in range(40):
        (tmp_path / name).write_bytes(mutated(whole, seed))
        try:
            with open_spectrum_image(tmp_path / name) as cube:
                cube.over([(0, 1e9)])
        except FileError as error:
            said.append(str(error))
    assert not any("\n" in text for text in said)
