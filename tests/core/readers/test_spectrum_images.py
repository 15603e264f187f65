"""Spectrum images of every format, against what was written and against rosettasciio."""

import io
import json
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from mutations import mutated
from nion.data import DataAndMetadata
from nion.data.Calibration import Calibration
from nionswift_plugin.DM_IO import dm3_image_utils

from hrtem_core.errors import FileError
from hrtem_core.readers import open_spectrum_image, read

CUBE = np.random.default_rng(0).poisson(0.4, (6, 9, 40)).astype(np.uint16)
FIRST_EV, STEP_EV = 150.0, 10.0


def axis(name: str, size: int, scale: float, offset: float, units: str, navigate: bool) -> dict[str, object]:
    return {
        "name": name, "size": size, "scale": scale, "offset": offset, "units": units, "navigate": navigate,
        "index_in_array": "yxE".index(name[0]), "_type": "UniformDataAxis", "is_binned": False,
    }  # fmt: skip


def signal() -> dict[str, object]:
    """The cube as rosettasciio takes it."""
    axes = [
        axis("y", 6, 0.25, 0.0, "nm", True), axis("x", 9, 0.25, 0.0, "nm", True),
        axis("Energy", 40, STEP_EV / 1000, FIRST_EV / 1000, "keV", False),
    ]  # fmt: skip
    metadata = {
        "General": {"title": "scan"},
        "Signal": {"signal_type": ""},
        "_HyperSpy": {"Folding": {"unfolded": False, "original_shape": None, "original_axes_manager": None}},
    }
    return {
        "data": CUBE, "axes": axes, "metadata": metadata, "original_metadata": {}, "package": "hyperspy",
        "package_version": "2", "learning_results": {}, "models": {}, "attributes": {"_lazy": False},
        "tmp_parameters": {}, "package_info": {},
    }  # fmt: skip


def write_hspy(path: Path, **options: object) -> None:
    with h5py.File(path, "w") as file:
        group = file.create_group("Experiments/scan")
        group.create_dataset("data", data=CUBE, **options)
        for number, one in enumerate(signal()["axes"]):
            place = group.create_group(f"axis-{number}")
            for key, value in one.items():
                place.attrs[key] = value


def write_velox(path: Path) -> None:
    words = []
    for frame in range(2):
        for number, spectrum in enumerate(CUBE.reshape(-1, 40)):
            if frame or number:
                words.append(65535)
            split = spectrum // 2 if frame else spectrum - spectrum // 2
            words += np.repeat(np.arange(40), split).tolist()
    metadata = {
        "BinaryResult": {"Detector": "SuperX"},
        "Detectors": {"Detector-0": {"DetectorName": "SuperXG21", "OffsetEnergy": "150", "Dispersion": "10"}},
    }
    with h5py.File(path, "w") as file:
        file["Data/Image/aa/Data"] = np.ones((6, 9, 1), np.uint16)
        stream = file.create_group("Data/SpectrumStream/bb")
        stream["Data"] = np.array(words, np.uint16)[:, None]
        stream["AcquisitionSettings"] = np.array([json.dumps({"bincount": "40"})], dtype=object)
        text = np.frombuffer(json.dumps(metadata).encode() + b"\0\0", np.uint8)
        stream["Metadata"] = text[:, None]


def write_npz(path: Path) -> None:
    np.savez_compressed(path, counts=CUBE, energy_kev=(FIRST_EV + STEP_EV * np.arange(40)) / 1000)


def write_ripple(path: Path) -> None:
    path.with_suffix(".raw").write_bytes(np.moveaxis(CUBE, 2, 0).tobytes())
    said = {
        "key": "value", "width": 9, "height": 6, "depth": 40, "offset": 0, "data-length": 2,
        "data-type": "unsigned", "byte-order": "little-endian", "record-by": "image",
        "depth-scale": STEP_EV / 1000, "depth-origin": FIRST_EV / 1000, "depth-units": "keV",
    }  # fmt: skip
    path.write_text("\n".join(f"{key}\t{value}" for key, value in said.items()))


def write_dm4(path: Path) -> None:
    """A scan of spectra; DigitalMicrograph's channels vary slowest."""
    nm, energy = Calibration(0, 0.25, "nm"), Calibration(FIRST_EV, STEP_EV, "eV")
    data = DataAndMetadata.new_data_and_metadata(
        CUBE.astype(np.float32),
        data_descriptor=DataAndMetadata.DataDescriptor(False, 2, 1),
        dimensional_calibrations=[nm, nm, energy],
    )
    with path.open("wb") as stream:
        dm3_image_utils.save_image(data, stream, 4)


def channels(first: int, stop: int) -> tuple[float, float]:
    """The span of energy that holds these channels alone."""
    return FIRST_EV + (first - 0.5) * STEP_EV, FIRST_EV + (stop - 0.5) * STEP_EV


WRITERS = {
    "scan.dm4": write_dm4,
    "scan.hspy": write_hspy,
    "scan.emd": write_velox,
    "scan.npz": write_npz,
    "scan.rpl": write_ripple,
}


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
