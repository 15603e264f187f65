"""Every dialect opens with the right pixels and the right scale, and others agree."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from dialects import Dialect, all_dialects, ser

from hrtem_core.readers import list_images, read

DIALECTS = all_dialects()
IDS = [dialect.label for dialect in DIALECTS]


def assert_read_right(dialect: Dialect, source: Path | bytes) -> None:
    micrograph = read(source, name=dialect.file_name)
    expected = dialect.pixels.astype(np.float32)
    np.testing.assert_allclose(micrograph.intensity, expected, atol=max(dialect.tolerance, 0), rtol=1e-6)
    if dialect.scale_nm is None:
        assert micrograph.pixel_size is None
    else:
        assert micrograph.pixel_size is not None
        assert micrograph.pixel_size.sizes_nm == pytest.approx(dialect.scale_nm, rel=1e-5)
        assert micrograph.pixel_size.origin == dialect.origin


@pytest.mark.parametrize("dialect", DIALECTS, ids=IDS)
def test_bytes_give_pixels_and_scale(dialect: Dialect) -> None:
    assert_read_right(dialect, dialect.content)


@pytest.mark.parametrize("dialect", DIALECTS, ids=IDS)
def test_a_path_gives_the_same(dialect: Dialect, tmp_path: Path) -> None:
    path = tmp_path / dialect.file_name
    path.write_bytes(dialect.content)
    assert_read_right(dialect, path)


@pytest.mark.parametrize("dialect", DIALECTS, ids=IDS)
def test_content_decides_not_the_ending(dialect: Dialect) -> None:
    micrograph = read(dialect.content, name="mislabelled.dat")
    assert micrograph.shape == dialect.pixels.shape


@pytest.mark.parametrize("dialect", DIALECTS, ids=IDS)
def test_the_list_of_images_begins_with_it(dialect: Dialect) -> None:
    images = list_images(dialect.content, name=dialect.file_name)
    assert (images[0].rows, images[0].cols) == dialect.pixels.shape
    assert [image.index for image in images] == list(range(len(images)))


@pytest.mark.parametrize(
    "dialect", [d for d in DIALECTS if d.label.startswith("tiff")], ids=lambda d: d.label
)
def test_tifffile_agrees(dialect: Dialect, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(dialect.content)
    theirs = tifffile.imread(path)
    if theirs.ndim == 2:
        np.testing.assert_array_equal(read(path).intensity, theirs.astype(np.float32))


RSCIIO = [dialect for dialect in DIALECTS if dialect.rsciio]


@pytest.mark.filterwarnings("ignore")  # rosettasciio's own
@pytest.mark.parametrize("dialect", RSCIIO, ids=lambda d: d.label)
def test_rosettasciio_agrees(dialect: Dialect, tmp_path: Path) -> None:
    pytest.importorskip("rsciio")
    path = tmp_path / dialect.file_name
    path.write_bytes(dialect.content)
    signal = importlib.import_module(f"rsciio.{dialect.rsciio}").file_reader(str(path))[0]
    micrograph = read(path)
    np.testing.assert_array_equal(micrograph.intensity, np.asarray(signal["data"]).astype(np.float32))
    factors = {"nm": 1.0, "µm": 1000.0, "um": 1000.0, "m": 1e9}
    theirs = [axis["scale"] * factors[axis["units"]] for axis in signal["axes"]]
    if dialect.label == "tiff-fei":
        theirs.reverse()  # rosettasciio 0.15 takes PixelWidth for the distance between rows
    assert micrograph.pixel_size is not None
    assert micrograph.pixel_size.sizes_nm == pytest.approx(theirs, rel=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_ser_opens_through_the_extra() -> None:
    pytest.importorskip("rsciio")
    dialect = ser()
    assert_read_right(dialect, dialect.content)
