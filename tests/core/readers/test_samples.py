"""Real files of other people, where they are at hand."""

import importlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile

from hrtem_core.errors import FileError
from hrtem_core.readers import list_images, read

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")

SCALES = {
    "sei_li2o/sei_cryo_tem_1682px.png": None,
    "soot/ExampleImage.tif": None,
    "tio2/TiO2_0eV.tif": None,
    "tio2/TiO2_462eV.tif": 0.06146,
    "graphene/graphene_flower_raw.dm3": None,
    "graphene/graphene_flower_raw.tif": None,
    "hrstem/HRSTEM.h5": 0.01225,
    "gold_boundary/Grain_boundry_gold_512px.png": None,
}


@pytest.mark.parametrize("name", SCALES)
def test_samples_open_with_their_scale(name: str) -> None:
    micrograph = read(SAMPLES / name)
    expected = SCALES[name]
    if expected is None:
        assert micrograph.pixel_size is None
    else:
        assert micrograph.pixel_size is not None
        assert micrograph.pixel_size.mean_nm == pytest.approx(expected, rel=1e-3)


def test_two_formats_of_one_image_agree() -> None:
    dm3, tiff = (read(SAMPLES / f"graphene/graphene_flower_raw.{ending}") for ending in ("dm3", "tif"))
    assert dm3.digest == tiff.digest


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("dm_tiny/*.dm*")), ids=lambda p: p.name)
def test_tiny_files_are_refused_clearly(path: Path) -> None:
    with pytest.raises(FileError, match=r"holds a spectrum, no micrograph|at least 16 pixels on each side"):
        read(path)


@pytest.mark.filterwarnings("ignore")  # rosettasciio's own
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("dm_tiny/*_2.dm*")), ids=lambda p: p.name)
def test_tiny_files_hold_what_rosettasciio_finds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = pytest.importorskip("rsciio.digitalmicrograph")
    monkeypatch.setattr("hrtem_core.image.micrograph.MIN_SIDE_PX", 1)
    data = np.asarray(plugin.file_reader(str(path))[0]["data"])
    frames = data.reshape(-1, *data.shape[-2:])
    assert len(list_images(path)) == len(frames)
    for number, theirs in enumerate(frames):
        np.testing.assert_array_equal(read(path, image=number).intensity, theirs)


RSCIIO = {"tif": "tiff", "dm3": "digitalmicrograph", "png": "image"}
LUMINANCE = (0.299, 0.587, 0.114)


@pytest.mark.filterwarnings("ignore")  # rosettasciio's own
@pytest.mark.parametrize("name", [name for name in SCALES if not name.endswith("h5")])
def test_rosettasciio_agrees(name: str) -> None:
    pytest.importorskip("rsciio")
    plugin = importlib.import_module(f"rsciio.{RSCIIO[name.rpartition('.')[2]]}")
    signal = plugin.file_reader(str(SAMPLES / name))[0]
    data, micrograph = np.asarray(signal["data"]), read(SAMPLES / name)
    if data.dtype.names is not None:
        data = sum(weight * data[channel] for weight, channel in zip(LUMINANCE, "RGB", strict=True))
        np.testing.assert_allclose(micrograph.intensity, data, atol=1e-3)
    else:
        np.testing.assert_array_equal(micrograph.intensity, data)
    if micrograph.pixel_size is not None:
        scales = [axis["scale"] for axis in signal["axes"]]
        assert {axis["units"] for axis in signal["axes"]} == {"nm"}
        assert micrograph.pixel_size.sizes_nm == pytest.approx(scales, rel=1e-6)


@pytest.mark.parametrize("name", [name for name in SCALES if name.endswith("tif")])
def test_tifffile_agrees(name: str) -> None:
    theirs, ours = tifffile.imread(SAMPLES / name).astype(float), read(SAMPLES / name).intensity
    theirs = theirs @ np.array(LUMINANCE) if theirs.ndim == 3 else theirs
    np.testing.assert_allclose(ours, theirs, atol=1e-3, rtol=1e-7)


def test_h5py_agrees() -> None:
    with h5py.File(SAMPLES / "hrstem/HRSTEM.h5") as file:
        images = [item[()] for item in file.values() if isinstance(item, h5py.Dataset) and item.ndim == 2]
    np.testing.assert_array_equal(read(SAMPLES / "hrstem/HRSTEM.h5").intensity, images[0].astype(np.float32))
