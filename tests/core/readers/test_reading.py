"""Several images, odd images, and every sentence a file can be refused with."""

import contextlib
import io
import os
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from dialects import (
    COLS,
    ROWS,
    all_dialects,
    dm_bytes,
    hdf5_bytes,
    mrc_bytes,
    noise,
    npy_bytes,
    npz_bytes,
    raster_bytes,
    ser,
    tiff_bytes,
)
from mutations import mutated
from PIL import Image

from hrtem_core.errors import FileError
from hrtem_core.readers import FORMATS, Limits, clean_name, describe_formats, list_images, read


def refused(content: bytes | Path, name: str | None, sentence: str, **options: object) -> None:
    with pytest.raises(FileError, match=sentence):
        read(content, name=name, **options)  # type: ignore[arg-type]


# several images ---------------------------------------------------------------------------------


def test_a_page_is_chosen_and_named_in_a_note() -> None:
    pages = noise("u2", (5, 40, 56))
    content = tiff_bytes(pages)
    micrograph = read(content, name="a.tif", image=3)
    np.testing.assert_array_equal(micrograph.intensity, pages[3])
    assert micrograph.notes == ("image 4 of 5 in the file",)
    assert [info.title for info in list_images(content, name="a.tif")][:2] == ["1 of 5", "2 of 5"]


def test_a_path_may_be_a_string(tmp_path: Path) -> None:
    path = tmp_path / "film.tif"
    path.write_bytes(tiff_bytes(noise("u2")))
    assert read(str(path)).digest == read(path).digest
    assert list_images(str(path)) == list_images(path)


def test_a_missing_page_says_which_there_are() -> None:
    refused(
        tiff_bytes(noise("u2", (5, 40, 56))),
        "a.tif",
        r"a.tif has no image 9; it holds images 0 to 4",
        image=9,
    )
    refused(
        tiff_bytes(noise("u2")), "a.tif", r"a.tif has no image -1; it holds one image, number 0", image=-1
    )


def test_images_with_titles_are_named() -> None:
    def fill(file: h5py.File) -> None:
        file["gold"], file["film"], file["series"] = noise("f4"), noise("f4"), noise("f4", (3, 40, 56))

    content = hdf5_bytes(fill)
    assert read(content, name="a.h5", image=1).notes == ("image 2 of 5 in the file: gold",)
    refused(content, "a.h5", r"images 0 to 4 \(0 film, 1 gold, 2 to 4 series\)\.$", image=5)
    many = hdf5_bytes(lambda file: [file.create_dataset(f"i{n}", data=noise("f4")) for n in range(12)])
    refused(many, "a.h5", r"it holds images 0 to 11 \(0 i0, 1 i1, .*, …\)\.$", image=99)


def test_pages_of_different_sizes_are_images_of_their_own() -> None:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        writer.write(noise("u2", (64, 48)), photometric="minisblack", metadata=None)
        writer.write(noise("u1", (20, 20)), photometric="minisblack", metadata=None)
    infos = list_images(stream.getvalue(), name="a.tif")
    assert [(info.rows, info.cols, info.stored_as) for info in infos] == [
        (64, 48, "uint16"),
        (20, 20, "uint8"),
    ]


def test_a_dm_stack_gives_its_frames() -> None:
    frames = noise("f4", (3, 40, 56))
    content = dm_bytes(frames, 4, 0.03, 0.03, "nm", collection=1, datum=2)
    np.testing.assert_array_equal(read(content, name="a.dm4", image=2).intensity, frames[2])


def test_mrc_sections() -> None:
    frames = noise("i2", (3, 40, 56))
    np.testing.assert_array_equal(
        read(mrc_bytes(frames, 0.03, 0.03), name="a.mrc", image=1).intensity, frames[1]
    )


def test_bytes_of_imod_count_from_zero() -> None:
    pixels = noise("u1")
    content = bytearray(mrc_bytes(pixels.view("i1"), 0.03, 0.03))
    np.testing.assert_array_equal(read(bytes(content), name="a.mrc").intensity, pixels.view("i1"))
    content[152:160] = (1146047817).to_bytes(4, "little") + (0).to_bytes(4, "little")
    np.testing.assert_array_equal(read(bytes(content), name="a.mrc").intensity, pixels)
    content[156] = 1
    np.testing.assert_array_equal(read(bytes(content), name="a.mrc").intensity, pixels.view("i1"))


def test_an_mrc_cut_short_opens_as_far_as_it_goes() -> None:
    content = mrc_bytes(noise("i2", (3, 40, 56)), 0.03, 0.03)[:-100]
    micrograph = read(content, name="a.mrc")
    assert "the file ends after 2 of 3 sections" in micrograph.notes


def test_hdf5_lists_images_before_stacks_and_masks() -> None:
    def fill(file: h5py.File) -> None:
        file["a_mask"] = noise("f4") > 100
        file["b_stack"] = noise("f4", (3, 40, 56))
        file["c_image"] = noise("f4")
        file["d_spectrum"] = noise("f4", (100,))

    titles = [info.title for info in list_images(hdf5_bytes(fill), name="a.h5")]
    assert titles == ["c_image", "b_stack, 1 of 3", "b_stack, 2 of 3", "b_stack, 3 of 3", "a_mask"]


# odd images -------------------------------------------------------------------------------------


def test_an_image_of_nan_opens() -> None:
    assert np.isnan(read(tiff_bytes(np.full((40, 56), np.nan, np.float32)), name="a.tif").intensity).all()


def test_pixels_that_show_nothing_are_remarked_on() -> None:
    def remarks(pixels: np.ndarray) -> tuple[str, ...]:
        return read(tiff_bytes(pixels), name="a.tif").notes

    half = noise("f4")
    half[:20] = np.nan
    half[20, 0] = np.inf
    assert remarks(half) == ("50 % of the pixels hold no finite number; they are left out",)
    assert remarks(np.full_like(half, np.nan)) == (
        "no pixel holds a finite number, so there is nothing to find; export the image again",
    )
    assert remarks(np.full((40, 56), 7, np.uint16)) == (
        "every pixel has the same value, so there is nothing to find",
    )
    assert remarks(noise("f4")) == ()


def test_twelve_bit_numbers_keep_their_value() -> None:
    pixels = noise("u2") % 4096
    np.testing.assert_array_equal(read(tiff_bytes(pixels), name="a.tif").intensity, pixels)


def test_indexed_colours_become_brightness() -> None:
    indices = np.arange(40 * 56, dtype=np.uint8).reshape(40, 56)
    table = np.zeros((3, 256), np.uint16)
    table[:] = 65535 - 257 * np.arange(256)
    micrograph = read(tiff_bytes(indices, photometric="palette", colormap=table), name="a.tif")
    np.testing.assert_allclose(micrograph.intensity, 255 - indices.astype(float), atol=1e-3)
    assert "indexed colours are turned into the brightness they stand for" in micrograph.notes


def test_a_grey_palette_keeps_its_levels() -> None:
    indices = np.arange(40 * 56, dtype=np.uint8).reshape(40, 56)
    table = np.repeat(257 * np.arange(256, dtype=np.uint16)[None], 3, axis=0)
    micrograph = read(tiff_bytes(indices, photometric="palette", colormap=table), name="a.tif")
    np.testing.assert_array_equal(micrograph.intensity, indices)
    assert micrograph.notes == ("indexed colours are turned into the brightness they stand for",)


def test_an_inverted_tiff_says_so() -> None:
    notes = read(tiff_bytes(noise("u1"), photometric="miniswhite"), name="a.tif").notes
    assert notes == ("the file shows small numbers as bright; the numbers are used as they are",)


def test_of_several_channels_the_first_is_used() -> None:
    pixels = noise("u2", (40, 56, 2))
    micrograph = read(tiff_bytes(pixels, planarconfig="contig", extrasamples=["unspecified"]), name="a.tif")
    np.testing.assert_array_equal(micrograph.intensity, pixels[..., 0])
    assert micrograph.notes == ("the first of 2 channels is used",)


def test_inks_are_not_mixed() -> None:
    inks = noise("u1", (40, 56, 4))
    micrograph = read(tiff_bytes(inks, photometric="separated"), name="a.tif")
    np.testing.assert_array_equal(micrograph.intensity, inks[..., 0])
    assert micrograph.notes == ("the first of 4 channels is used",)


def test_colours_of_a_png_deeper_than_is_read_are_told_of() -> None:
    deep = bytearray(raster_bytes(noise("u1", (40, 56, 3)), "PNG"))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in noise("u2", (40, 56 * 3)))
    body = b"IHDR" + bytes(deep[16:24]) + bytes((16, 2, 0, 0, 0))
    packed = b"IDAT" + zlib.compress(rows)
    parts = [(len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")
             for data in (body, packed, b"IEND")]  # fmt: skip
    micrograph = read(bytes(deep[:8]) + b"".join(parts), name="a.png")
    assert "only 8 of the 16 bits of its colours are read: save it as grey to keep all" in micrograph.notes


def test_complex_numbers_become_their_modulus() -> None:
    micrograph = read(dm_bytes(noise("c8"), 3, 0.03, 0.03, "nm"), name="a.dm3")
    assert micrograph.notes == ("complex image: its modulus is used",)


def test_single_numbers_beyond_float32_are_left_out_and_named_truly() -> None:
    pixels = noise("f8")
    pixels[0, 0] = 1e300
    micrograph = read(tiff_bytes(pixels), name="a.tif")
    assert np.isinf(micrograph.intensity[0, 0])
    assert micrograph.notes == ("0.045 % of the pixels hold numbers beyond 3.4e+38; they are left out",)


@pytest.mark.parametrize(("exponent", "said"), [(300, "1e+301"), (-100, "1e-99")])
def test_an_image_out_of_the_range_of_float32_is_brought_into_it(exponent: int, said: str) -> None:
    plain = noise("f8")
    micrograph = read(tiff_bytes(plain * 10.0**exponent), name="a.tif")
    factor = 10.0 ** float(said[2:]) / 10.0**exponent
    np.testing.assert_allclose(micrograph.intensity * factor, plain, rtol=1e-5)
    assert micrograph.notes == (
        f"all numbers are divided by {said}: they are out of single precision's range",
    )


@pytest.mark.parametrize(
    ("dtype", "offset"),
    [("u4", 2**31), ("i4", -(2**30)), ("u8", 2**63), ("i8", -(2**62)), ("f8", 1e9), ("f8", -1e12)],
)
def test_a_large_offset_changes_nothing(dtype: str, offset: float) -> None:
    plain = noise("u2", seed=3) // 64
    kind = np.dtype(dtype).type
    shifted = plain.astype(dtype) + kind(offset)
    micrograph = read(npy_bytes(shifted), name="a.npy")
    # float64 itself keeps 4 digits of a contrast of 1000 on 1e12.
    np.testing.assert_allclose(
        np.diff(micrograph.intensity, axis=1), np.diff(plain.astype(float), axis=1), atol=1e-3
    )
    assert len(micrograph.notes) == 1
    assert micrograph.notes[0].endswith("is taken away: it is far larger than the contrast")


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f2", "f4", "u4", "i8", "f8"])
def test_ordinary_numbers_stay_as_they_are(dtype: str) -> None:
    plain = (noise("u1", seed=5) // 2).astype(dtype)
    micrograph = read(npy_bytes(plain), name="a.npy")
    np.testing.assert_array_equal(micrograph.intensity, plain.astype(np.float32))
    assert micrograph.notes == ()


def with_corner_transparent(channels: int) -> np.ndarray:
    pixels = np.repeat(noise("u1", seed=7)[..., None] // 2 + 60, channels, axis=2)
    pixels[..., -1] = 255
    pixels[:10, :14, -1] = 0
    return pixels


@pytest.mark.parametrize("kind", ["png LA", "png RGBA", "png palette", "tiff RGBA", "tiff LA"])
def test_what_is_transparent_is_left_out(kind: str) -> None:
    colours = with_corner_transparent(2 if kind.endswith("LA") and "RGB" not in kind else 4)
    if kind == "png palette":
        picture = Image.fromarray(np.where(colours[..., 3] > 0, colours[..., 0], 0).astype(np.uint8))
        stream = io.BytesIO()
        picture.convert("P").save(stream, "PNG", transparency=0)
        content = stream.getvalue()
    elif kind.startswith("png"):
        content = raster_bytes(colours, "PNG")
    else:
        photometric = "rgb" if colours.shape[2] == 4 else "minisblack"
        content = tiff_bytes(
            colours, photometric=photometric, extrasamples=["unassalpha"], planarconfig="contig"
        )
    micrograph = read(content, name=f"a.{kind[:4].strip()}")
    transparent = np.zeros((ROWS, COLS), bool)
    transparent[:10, :14] = True
    np.testing.assert_array_equal(np.isnan(micrograph.intensity), transparent)
    assert any("6.2 % of the pixels are transparent; they are left out" in note for note in micrograph.notes)


# refusals ---------------------------------------------------------------------------------------


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    refused(tmp_path / "no.tif", None, "There is no file no.tif at the place given; check the path")
    refused(tmp_path, None, "is not a file; give the path of an image file")
    refused(Path("a\0b.tif"), None, "check the path")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tif")
    refused(tmp_path / "pipe.tif", None, "pipe.tif is not a file")


def test_empty_large_and_unknown_files() -> None:
    refused(b"", "a.tif", "a.tif is empty; copy or export it again")
    refused(bytes(5000), "a.tif", "has 0 MiB, more than the 0 MiB", limits=Limits(max_file_bytes=1000))
    refused(b"hello world" * 50, "a.xyz", "a.xyz is in no format that is read here; these are: tif, tiff")


@pytest.mark.parametrize(
    "name", ["a.tif", "a.png", "a.jpg", "a.bmp", "a.dm3", "a.h5", "a.npy", "a.npz", "a.mrc"]
)
def test_nonsense_ends_in_one_sentence(name: str) -> None:
    for content in (b"nonsense" * 400, b"II*\0" + b"\xff" * 2000, b"\x89PNG\r\n\x1a\n" + bytes(2000)):
        refused(content, name, "^[^\n]{20,300}[.]$")


def test_too_small_and_too_large() -> None:
    refused(tiff_bytes(noise("u1", (8, 50))), "a.tif", "at least 16 pixels on each side, got 8 x 50")
    refused(
        tiff_bytes(np.zeros((1, 300_000), np.uint8)),
        "a.tif",
        "states 1 x 300000 pixels, more than 16384 x 16384",
    )


def test_spectra_are_refused() -> None:
    refused(dm_bytes(noise("f4", (100,)), 3, 1, 1, "eV"), "a.dm3", "a.dm3 holds a spectrum, no micrograph")
    refused(
        hdf5_bytes(lambda file: file.create_dataset("d", data=noise("f4", (100,)))), "a.h5",
        "a.h5 holds data of 1 dimension, no micrograph",
    )  # fmt: skip
    refused(npy_bytes(noise("f4", (100,))), "a.npy", "holds an array of shape 100 and type float32")


def test_python_objects_are_never_opened() -> None:
    refused(
        npy_bytes(np.array([[{}] * 20] * 20), allow_pickle=True),
        "a.npy",
        "holds Python objects, which are never",
    )
    refused(npz_bytes(a=np.array([None])), "a.npz", "holds Python objects, which are never opened")


def test_header_sizes_are_not_believed() -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f4", "fortran_order": False, "shape": (9_000_000, 56)}
    )
    refused(stream.getvalue(), "a.npy", "a.npy states 9000000 x 56 numbers but is shorter; save it again")
    content = bytearray(mrc_bytes(noise("f4"), 0.03, 0.03))
    content[0:8] = b"\xff\xff\x00\x00" * 2
    refused(bytes(content), "a.mrc", "a.mrc states 65535 x 65535 pixels but is shorter")


def test_decompression_bombs() -> None:
    bomb = npz_bytes(image=np.zeros((9000, 9000), np.float32))
    refused(bomb, "a.npz", r"a.npz would unpack 0.3 MiB into 309 MiB, which no micrograph does")
    refused(
        raster_bytes(np.zeros((12000, 12000), np.uint8), "PNG"),
        "a.png",
        "into 137 MiB, which no micrograph does",
    )
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        dataset = file.create_dataset("d", (64, 64), "u1", chunks=(64, 64), compression="gzip")
        dataset.id.write_direct_chunk((0, 0), zlib.compress(bytes(80 << 20)))
    refused(stream.getvalue(), "a.h5", "a.h5 unpacks to more than it states, as no micrograph does")


def test_an_archive_that_lies_about_its_length() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("image.npy", npy_bytes(noise("f4")) + bytes(1000))
    content = stream.getvalue()
    length = (40 * 56 * 4 + 128 + 1000).to_bytes(4, "little")
    lying = content.replace(length, (200).to_bytes(4, "little"))
    refused(lying, "a.npz", "a.npz cannot be read as NumPy archive: the file is damaged or incomplete")


def test_hdf5_stays_in_its_file(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = noise("f4")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["external"] = h5py.ExternalLink("other.h5", "/secret")
        file["soft"] = h5py.SoftLink("/external")
        layout = h5py.VirtualLayout((40, 56), "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "secret", (40, 56))
        file.create_virtual_dataset("virtual", layout)
        raw = [(str(tmp_path / "other.h5"), 0, 40 * 56)]
        file.create_dataset("stored_elsewhere", (40, 56), "u1", external=raw)
    refused(tmp_path / "a.h5", None, "a.h5 holds data that lie in another file, no micrograph")


def test_hdf5_groups_that_contain_themselves_end() -> None:
    def fill(file: h5py.File) -> None:
        group = file.create_group("a")
        group["again"] = group
        group["image"] = noise("f4")

    assert len(list_images(hdf5_bytes(fill), name="a.h5")) == 1


def test_deep_nesting_is_refused() -> None:
    deep = hdf5_bytes(lambda file: file.create_group("/".join("x" * 60)))
    refused(deep, "a.h5", "The groups are nested deeper than 32; export the image alone")


def test_pages_in_a_circle_end() -> None:
    content = bytearray(tiff_bytes(noise("u1", (2, 40, 56))))
    with tifffile.TiffFile(io.BytesIO(bytes(content))) as tiff:
        first, second = (page.offset for page in tiff.pages)
    n_tags = int.from_bytes(content[second : second + 2], "little")
    at = second + 2 + 12 * n_tags
    content[at : at + 4] = first.to_bytes(4, "little")
    assert len(list_images(bytes(content), name="a.tif")) == 2


def test_names_for_people() -> None:
    assert clean_name("../../etc/pass\x00wd\u202e.tif") == "passwd.tif"
    assert clean_name("C:\\data\\gold.dm3") == "gold.dm3"
    assert clean_name("..") == clean_name("") == clean_name("a/") == "unnamed"
    assert clean_name("<script>alert(1)<b>.tif") == "<script>alert(1)<b>.tif"  # shown as text, by the page
    assert len(clean_name("x" * 500 + ".tif")) == 120
    assert clean_name("x" * 500 + ".tif").endswith(".tif")
    assert read(tiff_bytes(noise("u1")), name="../a\n.tif").name == "a.tif"


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    refused(
        b"II\x97\x01" + bytes(100),
        "a.ser",
        "is a file of FEI TIA, which needs an extra; install it with: pip in",
    )
    infos = {info.name: info for info in describe_formats()}
    assert infos["FEI TIA"].how_to_install == "pip install rosettasciio"
    assert not infos["FEI TIA"].readable


@pytest.mark.filterwarnings("ignore")  # rosettasciio's own
def test_an_emi_without_its_images_says_where_they_are(tmp_path: Path) -> None:
    pytest.importorskip("rsciio")
    refused(b"JK\0\2" + bytes(100), "a.emi", "only describes the images, which lie in .ser files beside it")
    refused(b"JK\0\2" + bytes(100), "renamed.dat", "only describes the images, which lie in .ser files")
    (tmp_path / "a.emi").write_bytes(b"JK\0\2" + bytes(100))
    refused(tmp_path / "a.emi", None, "a.emi only describes the images, which lie in .ser files beside it")


@pytest.mark.filterwarnings("ignore")
def test_an_emi_opens_the_images_beside_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a word of rosettasciio, which says on the terminal that descriptions are missing."""
    pytest.importorskip("rsciio")
    dialect = ser()
    info = b"<ObjectInfo><Uuid>x</Uuid></ObjectInfo>"
    (tmp_path / "a.emi").write_bytes(b"JK\0\2" + bytes(100) + info)
    for number in (1, 2):
        (tmp_path / f"a_{number}.ser").write_bytes(dialect.content)
    micrograph = read(tmp_path / "a.emi")
    np.testing.assert_array_equal(micrograph.intensity, dialect.pixels)
    assert micrograph.pixel_size is not None
    assert micrograph.pixel_size.sizes_nm == pytest.approx(dialect.scale_nm)
    assert capfd.readouterr() == ("", "")


def test_formats_are_described() -> None:
    infos = describe_formats()
    assert [info.name for info in infos] == [known.name for known in FORMATS]
    assert all(info.readable for info in infos if info.name in ("TIFF", "MRC", "NumPy array"))


def test_memory_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def starve(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("hrtem_core.readers.to_intensity", starve)
    refused(
        tiff_bytes(noise("u1")), "a.tif", "a.tif needs more memory than there is; crop or bin the image first"
    )


# damage -----------------------------------------------------------------------------------------


def test_damaged_files_open_or_end_in_a_sentence() -> None:
    dialects = all_dialects()
    for seed in range(600):
        dialect = dialects[seed % len(dialects)]
        with contextlib.suppress(FileError):
            read(mutated(dialect.content, seed), name=dialect.file_name)
