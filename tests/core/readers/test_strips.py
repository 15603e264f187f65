"""Images read a few rows at a time: the same numbers, in little memory."""

import io
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from dialects import Dialect, all_dialects, dm_bytes, hdf5_bytes, mrc_bytes, npy_bytes, npz_bytes, tiff_bytes
from PIL import Image

from hrtem_core.errors import FileError
from hrtem_core.image import Strips, precision, strips
from hrtem_core.readers import Limits, pixels, read, tiff
from hrtem_core.readers.formats import recognize
from hrtem_core.readers.source import open_source
from hrtem_core.readers.stored import Stack

SIDE = 1024
STRIP_BYTES, SAMPLE = 64 << 10, 10_000
WIDE = np.random.default_rng(4).normal(1000, 30, (SIDE, SIDE))
NARROW = WIDE.astype(np.float32)


def packed_hdf5(image: np.ndarray, **options: object) -> bytes:
    return hdf5_bytes(lambda file: file.create_dataset("image", data=image, **options))


def packed_tiff(image: np.ndarray, **options: object) -> bytes:
    return tiff_bytes(image, compression="deflate", compressionargs={"level": 1}, **options)


FILES: dict[str, Callable[[np.ndarray], bytes]] = {
    "a.npy": npy_bytes,
    "a.npz": lambda image: npz_bytes(a=image),
    "rows.h5": lambda image: packed_hdf5(image, chunks=(8, SIDE), compression="gzip", compression_opts=1),
    "blocks.h5": lambda image: packed_hdf5(image, chunks=(64, 64), compression="lzf"),
    "whole.h5": packed_hdf5,
    "plain.tif": tiff_bytes,
    "strips.tif": lambda image: packed_tiff(image, rowsperstrip=3),
    "tiles.tif": lambda image: packed_tiff(image, tile=(16, 64)),
}


@pytest.fixture(autouse=True)
def small_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (strips, tiff):
        monkeypatch.setattr(module, "STRIP_BYTES", STRIP_BYTES)
    monkeypatch.setattr(precision, "SAMPLE", SAMPLE)


def stacks_of(content: bytes, name: str) -> Iterator[Stack]:
    source = open_source(content, name, Limits())
    with recognize(source).open(source) as stacks:
        yield from stacks


@pytest.mark.parametrize("dialect", all_dialects(), ids=lambda dialect: dialect.label)
def test_strips_are_the_rows_of_the_image(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "STRIP_BYTES", 500)  # two rows or so
    for stack in stacks_of(dialect.content, dialect.file_name):
        for frame in range(stack.n_frames):
            taken = stack.pixels(frame)
            if isinstance(taken, Strips):
                parts = list(taken.again())
                np.testing.assert_array_equal(np.concatenate(parts), stack.decode(frame))
                assert len(parts) > 1


@pytest.mark.parametrize("name", FILES)
def test_wide_numbers_are_never_all_in_memory(name: str) -> None:
    content, single_bytes = FILES[name](WIDE), WIDE.size * 4
    tracemalloc.start()
    found = read(content, name=name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(found.intensity, NARROW)
    assert peak < 1.5 * single_bytes, "float64 would be 2, a copy of them 4"


@pytest.mark.parametrize("offset", [2.0**40, -1e12])
@pytest.mark.parametrize("dtype", ["f8", "i8"])
def test_an_offset_is_taken_away_in_little_memory(dtype: str, offset: float) -> None:
    counts = WIDE.astype("i8")
    content = npy_bytes((counts + np.int64(offset)).astype(dtype))
    tracemalloc.start()
    found = read(content, name="a.npy")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(np.diff(found.intensity, axis=1), np.diff(counts, axis=1))
    assert peak < 1.5 * WIDE.size * 4


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_numbers_that_are_missing_change_nothing(offset: float) -> None:
    image = WIDE + offset
    image[::7, ::5] = np.nan
    known = image[np.isfinite(image)]
    some = np.sort(known[:: len(known) // SAMPLE])
    middle = some[round((len(some) - 1) / 2)]
    found = read(npy_bytes(image), name="a.npy")
    np.testing.assert_array_equal(found.intensity, (image - middle * (offset > 0)).astype(np.float32))
    assert found.notes[0] == "2.9 % of the pixels hold no finite number; they are left out"
    assert len(found.notes) == 1 + (offset > 0)


def test_a_colour_image_is_looked_at_in_parts() -> None:
    colours = np.repeat((WIDE / 8).astype(np.uint8)[..., None], 3, axis=2)
    content = tiff_bytes(colours, photometric="rgb")
    tracemalloc.start()
    read(content, name="a.tif")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < colours.nbytes + 2 * WIDE.size * 4, "float32 of all colours would be 3"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_a_coloured_picture_is_decoded_but_once(mode: str) -> None:
    picture, stream = Image.fromarray((WIDE / 8).astype(np.uint8)).convert(mode), io.BytesIO()
    picture.save(stream, "JPEG" if mode == "CMYK" else "PNG")
    tracemalloc.start()  # it does not see Pillow's own pixels
    found = read(stream.getvalue(), name="a.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.intensity.std() > 0
    assert peak < 1.6 * found.intensity.nbytes, "with all colours at once it was 2.1 and more"


def test_complex_colours_become_their_modulus() -> None:
    colours = np.full((40, 50, 2), 3 + 4j)
    intensity, notes = pixels.to_intensity(colours)
    assert (intensity == 5).all()
    assert notes == ("complex image: its modulus is used",)


def test_a_single_dm_image_is_not_kept_as_the_file_too() -> None:
    content = dm_bytes(WIDE, 4, 0.02, 0.02, "nm")
    tracemalloc.start()
    found = read(content, name="a.dm4")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(found.intensity, NARROW)
    assert peak < 2.2 * WIDE.nbytes


def test_sections_of_mrc_are_read_by_themselves() -> None:
    found = read(mrc_bytes(NARROW, 0.02, 0.02), name="a.mrc")
    np.testing.assert_array_equal(found.intensity, NARROW)


def test_an_archive_is_read_to_its_end() -> None:
    content = bytearray(npz_bytes(a=WIDE))
    at = len(content) // 2
    content[at : at + 4] = b"\0\1\2\3"
    with pytest.raises(FileError, match="damaged or incomplete"):
        read(bytes(content), name="a.npz")


def test_strips_of_another_width_are_not_spread_over_the_image() -> None:
    with pytest.raises(ValueError, match="a strip of"):
        pixels.to_intensity(Strips((40, 50), lambda: iter([np.zeros((40, 1))])))
