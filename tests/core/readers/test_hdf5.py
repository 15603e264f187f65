"""HDF5 files as instruments write them, and those that would make the library take all memory or time."""

import io
import json
import re
import struct
import zlib
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from dialects import (
    COL_NM,
    ROW_NM,
    berkeley_bytes,
    hdf5_bytes,
    noise,
    plain_hdf5,
    velox_bytes,
    velox_metadata,
)

from hrtem_core.errors import FileError
from hrtem_core.readers import hdf5_guards, list_images, read
from hrtem_core.readers.hdf5 import _Frames
from hrtem_core.readers.hdf5_guards import chunks_by_frame

GROUP = "Data/Image/0123456789abcdef0123456789abcdef"


def test_velox_images_are_named_by_their_detector_and_nothing_else_is_listed() -> None:
    """As in files of EDS maps: a stack of images, its descriptions and the spectra's, of one column each."""
    frames = noise("u2", (40, 56, 20))

    def fill(file: h5py.File) -> None:
        file[f"{GROUP}/Data"] = frames
        text = velox_metadata(ROW_NM * 1e-9, COL_NM * 1e-9, "m")
        named = text.tobytes().replace(b'{"PixelSize"', b'{"Detector": "HAADF", "PixelSize"')
        text[:, 0] = np.frombuffer(named[:1000], np.uint8)
        file[f"{GROUP}/Metadata"] = np.repeat(text, 20, axis=1)
        file["Data/SpectrumStream/ab/Data"] = noise("u2", (5000, 20))
        file["Data/SpectrumStream/ab/Metadata"] = np.repeat(text, 20, axis=1)

    content = hdf5_bytes(fill)
    images = list_images(content, name="a.emd")
    assert [info.title for info in images] == [f"HAADF, {i + 1} of 20" for i in range(20)]
    micrograph = read(content, name="a.emd", image=7)
    np.testing.assert_array_equal(micrograph.intensity, frames[..., 7])
    assert micrograph.pixel_size is not None
    assert micrograph.pixel_size.sizes_nm == pytest.approx((ROW_NM, COL_NM))


def test_maps_of_velox_are_named_as_it_shows_them() -> None:
    def fill(file: h5py.File) -> None:
        for name in ("aa", "bb", "cc"):
            file[f"Data/Image/{name}/Data"] = noise("u2", (20, 24, 1))
            file[f"Data/Image/{name}/Metadata"] = velox_metadata(1e-9, 1e-9, "m")
        texts = {
            "Displays/ImageDisplay/1": {"id": "O", "data": "/SharedProperties/ImageSeriesDataReference/7"},
            "SharedProperties/ImageSeriesDataReference/7": {"dataPath": "/Data/Image/aa"},
            "Presentation/Displays/ImageDisplay/2": {"dataPath": "/Data/Image/bb", "display": {"label": "F"}},
            "Displays/ImageDisplay/3": {"id": 5, "data": "//"},
        }
        for path, said in texts.items():
            file[path] = np.array([json.dumps(said)], dtype=object)
        file["Displays/ImageDisplay/4"] = np.array(["{" * 5000], dtype=object)

    titles = [info.title for info in list_images(hdf5_bytes(fill), name="a.emd")]
    assert titles[:2] == ["O", "F"]
    assert titles[2] not in ("O", "F", "")


def test_a_fourier_transform_of_velox_is_refused_with_a_reason() -> None:
    pairs = np.zeros((40, 56, 1), [("realFloatHalfEven", "<f4"), ("imagFloatHalfEven", "<f4")])

    def fill(file: h5py.File) -> None:
        file[f"{GROUP}/Data"] = pairs
        file[f"{GROUP}/Metadata"] = velox_metadata(1e9, 1e9, "1/m")

    with pytest.raises(FileError, match=r"a\.emd holds a complex image such as a Fourier transform and spec"):
        read(hdf5_bytes(fill), name="a.emd")


@pytest.mark.parametrize("n_at_once", [1, 17, 64])
def test_many_chunks_are_read_some_rows_at_a_time(n_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrtem_core.readers.hdf5.CHUNKS_AT_ONCE", n_at_once)
    pixels = noise("u2", (3, 100, 150))
    made = {
        "alone": (pixels[1], (10, 10)), "stack": (pixels, (1, 7, 40)),
        "colours": (pixels.astype("u1").transpose(1, 2, 0), (7, 10, 3)),
    }  # fmt: skip
    for data, chunks in made.values():

        def fill(file: h5py.File, data=data, chunks=chunks) -> None:
            file.create_dataset("image", data=data, chunks=chunks)

        content = hdf5_bytes(fill)
        with h5py.File(io.BytesIO(content)) as file:
            axis = 0 if chunks[0] == 1 else None
            frames = _Frames(file["image"], axis, SimpleNamespace(n_bytes=len(content), name="a.h5"), False)
            assert np.array_equal(frames(1), data[1] if axis == 0 else data)


def test_words_are_found_wherever_a_search_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"aabaaabaaaacaaabaa"
    for n_bytes in range(1, 20):
        monkeypatch.setattr(hdf5_guards, "SEARCHED_BYTES", n_bytes)
        for word in (b"aa", b"aab", b"aaac", b"c"):
            expected = [m.start() for m in re.finditer(b"(?=%s)" % word, content)]
            assert list(hdf5_guards._places(content, word)) == expected


def test_chunks_are_visited_not_asked_for_by_number() -> None:
    """Velox may write chunks of 10 x 10. The n-th is found by counting to n: that took a minute an image."""

    class Visited:
        """A dataset of which no chunk can be had by number."""

        def __init__(self, dataset: h5py.Dataset) -> None:
            self.chunks = dataset.chunks
            self.id = SimpleNamespace(chunk_iter=dataset.id.chunk_iter)

    pixels = noise("u2", (100, 150))

    def fill(file: h5py.File) -> None:
        file.create_dataset("image", data=pixels, chunks=(10, 10), compression="gzip")

    content = hdf5_bytes(fill)
    with h5py.File(io.BytesIO(content)) as file:
        found = chunks_by_frame(Visited(file["image"]), 0)
    np.testing.assert_array_equal(read(content, name="a.h5").intensity, pixels)
    assert {row: len(chunks) for row, chunks in found.items()} == dict.fromkeys(range(10), 15)


def scaled_hdf5(libver: str, unit: str = "nm", n_others: int = 0) -> bytes:
    """An image of 0.03 units per pixel in a file of one of the versions of HDF5."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver=libver) as file:
        dataset = file.create_dataset("image", data=noise("f4"))
        for number in range(n_others):
            dataset.attrs[f"other {number}"] = "text" * number
        dataset.attrs["scale"], dataset.attrs["units"] = 0.03, unit
    return stream.getvalue()


@pytest.mark.parametrize("libver", ["earliest", "v108", "latest"])
@pytest.mark.parametrize("n_others", [0, 40])
def test_texts_are_found_in_every_version_of_the_format(libver: str, n_others: int) -> None:
    """With many attributes they lie in a heap of their own."""
    micrograph = read(scaled_hdf5(libver, n_others=n_others), name="a.h5")
    assert micrograph.pixel_size is not None
    assert micrograph.pixel_size.mean_nm == pytest.approx(0.03)


def test_the_length_of_a_text_is_not_believed() -> None:
    """The HDF5 library would make room for 2^31 bytes, fill it with zeros, and only then look."""
    content = bytearray(scaled_hdf5("earliest"))
    place = content.index(struct.pack("<I", 2), content.index(b"units\0") + 32)  # behind name, type and space
    content[place : place + 4] = struct.pack("<I", 2**31 + 5)
    assert read(bytes(content), name="a.h5").pixel_size is None


@pytest.mark.parametrize("user_block", [0, 512])
def test_free_space_that_leads_in_a_circle_is_not_followed(user_block: int) -> None:
    """The HDF5 library would follow it for ever, and take memory for every step."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver="earliest", userblock_size=user_block) as file:
        file["image"] = noise("f4")
    content = bytearray(stream.getvalue())
    at = content.index(b"HEAP\0\0\0\0")
    (names_at,) = struct.unpack_from("<Q", content, at + 24)
    struct.pack_into("<Q", content, at + 16, 16)
    struct.pack_into("<QQ", content, user_block + names_at + 16, 16, 16)
    with pytest.raises(FileError, match=r"a\.h5 is damaged in its list of names; copy it again"):
        read(bytes(content), name="a.h5")


UNITS = (["nm", "nm"], np.array(["nm"], h5py.string_dtype()), np.bytes_("nm"))


@pytest.mark.parametrize("units", UNITS, ids=["two", "one of variable length", "one of fixed length"])
def test_texts_of_every_kind_are_read(units: object) -> None:
    micrograph = read(plain_hdf5(noise("f4"), scale=[ROW_NM, COL_NM], units=units), name="a.h5")
    assert micrograph.pixel_size is not None
    assert micrograph.pixel_size.sizes_nm == pytest.approx((ROW_NM, COL_NM))


def test_filters_that_believe_the_file_are_not_used() -> None:
    def packed(**how: object) -> bytes:
        return hdf5_bytes(lambda file: file.create_dataset("d", data=noise("u2"), chunks=(40, 56), **how))

    for how in ({"scaleoffset": 0}, {"compression": "szip"}):
        with pytest.raises(FileError, match="data packed in a way that is not read"):
            read(packed(**how), name="a.h5")
    for how in ({"compression": "lzf"}, {"compression": "gzip", "shuffle": True, "fletcher32": True}):
        np.testing.assert_array_equal(read(packed(**how), name="a.h5").intensity, noise("u2"))


def test_a_bomb_in_a_bomb_is_not_unpacked() -> None:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((64, 64))
        plan.set_deflate(9)
        plan.set_deflate(9)
        space = h5py.h5s.create_simple((64, 64))
        made = h5py.h5d.create(file.id, b"d", h5py.h5t.NATIVE_UINT8, space, plan)
        inner = zlib.compress(bytes(3 << 20), 9)
        h5py.Dataset(made).id.write_direct_chunk((0, 0), zlib.compress(inner, 9))
    with pytest.raises(FileError, match="data packed in a way that is not read"):
        read(stream.getvalue(), name="a.h5")


def test_what_lies_beside_an_image_is_guarded_too() -> None:
    bomb = zlib.compress(bytes(80 << 20))

    def fill(file: h5py.File) -> None:
        file[f"{GROUP}/Data"] = noise("u2", (40, 56, 1))
        text = file.create_dataset(f"{GROUP}/Metadata", (1000, 1), "u1", chunks=(1000, 1), compression="gzip")
        text.id.write_direct_chunk((0, 0), bomb)

    with pytest.raises(FileError, match="unpacks to more than it states"):
        read(hdf5_bytes(fill), name="a.emd")


def test_berkeley_and_velox_from_a_path_and_from_bytes_agree(tmp_path: object) -> None:
    for content in (berkeley_bytes(noise("f4")), velox_bytes(noise("u2", (40, 56, 1)))):
        path = tmp_path / "a.emd"  # type: ignore[operator]
        path.write_bytes(content)
        assert read(path).digest == read(content, name="a.emd").digest
        assert read(path).pixel_size == read(content, name="a.emd").pixel_size
