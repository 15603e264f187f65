"""Real files of other people, where they are at hand."""

from pathlib import Path

import pytest

from hrtem_core.errors import FileError
from hrtem_core.readers import read

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
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
@pytest.mark.parametrize("name", ["tio2/TiO2_462eV.tif", "graphene/graphene_flower_raw.dm3"])
def test_rosettasciio_agrees(name: str) -> None:
    tiff = pytest.importorskip("rsciio.tiff")
    gatan = pytest.importorskip("rsciio.digitalmicrograph")
    plugin = tiff if name.endswith("tif") else gatan
    signal = plugin.file_reader(str(SAMPLES / name))[0]
    assert (read(SAMPLES / name).intensity == signal["data"]).all()
