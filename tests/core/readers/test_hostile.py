"""Small files that ask for much: structure is parsed, and its steps counted, before anything is decoded."""

import io
import mmap
import random
import struct
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from dialects import hdf5_bytes, noise, raster_bytes, tiff_bytes
from liars import KINDS, _tiff_bytes, cube, lying

from hrtem_core.errors import FileError
from hrtem_core.readers import list_images, read, read_apart, read_spans_apart
from hrtem_core.readers.hdf5_guards import check_heaps

JPEG = raster_bytes(noise("u1", (64, 48)), "JPEG")


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", 2 + len(body)) + body


def sof(rows: int, cols: int, marker: int = 0xC0) -> bytes:
    """A frame header of one component."""
    return segment(marker, struct.pack(">BHHB", 8, rows, cols, 1) + b"\1\x11\0")


def frame_of(jpeg: bytes) -> slice:
    """Where the frame header of Pillow's stream lies."""
    at = jpeg.index(b"\xff\xc0")
    return slice(at, at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big"))


def with_frame(frame: bytes, before: bytes = b"") -> bytes:
    """The stream with another frame header, and something before it."""
    where = frame_of(JPEG)
    return JPEG[: where.start] + before + frame + JPEG[where.stop :]


def in_tiff(jpeg: bytes) -> bytes:
    """A TIFF of 64 x 48 pixels whose only strip is this stream."""
    content = bytearray(tiff_bytes(np.zeros((64, 48), np.uint8), compression="jpeg"))
    with tifffile.TiffFile(io.BytesIO(bytes(content))) as tiff:
        tags = tiff.pages[0].tags
        for name, value in (("StripOffsets", len(content)), ("StripByteCounts", len(jpeg))):
            at, kind = tags[name].valueoffset, "<H" if tags[name].dtype == 3 else "<I"
            content[at : at + struct.calcsize(kind)] = struct.pack(kind, value)
    return bytes(content) + jpeg


LYING = {
    "false frame inside another segment": with_frame(sof(65500, 65500), segment(0xE1, sof(64, 48))),
    "frame behind a restart marker that no segment follows": with_frame(
        sof(65500, 65500), b"\xff\xd0\x00\x0f" + sof(64, 48)[2:]
    ),
    "arithmetic coding": with_frame(sof(64, 48, 0xC9)),
    "progressive arithmetic coding": with_frame(sof(64, 48, 0xCA)),
    "lossless": with_frame(sof(64, 48, 0xC3)),
    "two frames": with_frame(sof(64, 48) + sof(65500, 65500)),
    "no frame": with_frame(b""),
    "larger": with_frame(sof(128, 48)),
    "no rows": with_frame(sof(0, 48)),
    "cut off": JPEG[: frame_of(JPEG).start + 6],
    "segment longer than the file": JPEG[:2] + b"\xff\xe1\xff\xff" + JPEG[2:],
    "scans": JPEG[:-2] + 40 * JPEG[JPEG.index(b"\xff\xda") : -2] + JPEG[-2:],
    "segments": JPEG[:2] + 3000 * segment(0xFE, b"") + JPEG[2:],
}


@pytest.mark.parametrize("lie", LYING)
def test_a_jpeg_stream_is_parsed_before_it_is_decoded(lie: str) -> None:
    with pytest.raises(FileError, match=r"JPEG.*export it again"):
        read(in_tiff(LYING[lie]), name="a.tif")


def test_honest_jpeg_streams_are_read() -> None:
    plain = read(JPEG, name="a.jpg")
    np.testing.assert_array_equal(read(in_tiff(JPEG), name="a.tif").intensity, plain.intensity)
    behind = with_frame(JPEG[frame_of(JPEG)], segment(0xE1, sof(65500, 65500)) + b"\xff\xff")
    assert read(behind, name="a.jpg").shape == (64, 48)
    assert read(raster_bytes(noise("u1", (64, 48)), "JPEG", progressive=True), name="a.jpg").shape == (64, 48)
    assert read(JPEG + b"\xff\xd8 what stands behind the end", name="a.jpg").shape == (64, 48)


@pytest.mark.parametrize("lie", ["arithmetic coding", "scans"])
def test_a_jpeg_file_is_parsed_too(lie: str) -> None:
    with pytest.raises(FileError, match=r"a.jpg holds .*JPEG"):
        read(LYING[lie], name="a.jpg")


def texts_over_texts(n_bytes: int, _: int) -> bytes:
    """Heaps of texts that begin every 64 bytes and all reach to the end, over the same objects."""
    heaps = bytearray(n_bytes)
    for at in range(0, n_bytes - 64, 64):
        to_the_next = 48 if at < n_bytes - 128 else 96
        heaps[at : at + 16] = struct.pack("<4sB3xQ", b"GCOL", 1, n_bytes - at)
        heaps[at + 16 : at + 32] = struct.pack("<HHIQ", 1, 1, 0, to_the_next)
    return bytes(heaps)


def names_over_names(n_bytes: int, start: int) -> bytes:
    """Heaps of names whose free blocks are one long list, in a file from byte `start` on."""
    blocks = bytearray(n_bytes)
    for at in range(0, n_bytes // 2 - 16, 16):
        blocks[at : at + 8] = struct.pack("<Q", at + 16 if at + 32 < n_bytes // 2 else 1)
    for at in range(n_bytes // 2, n_bytes - 32, 32):
        blocks[at : at + 32] = struct.pack("<8sQQQ", b"HEAP\0\0\0\0", n_bytes, 0, start)
    return bytes(blocks)


@pytest.mark.parametrize("heaps", [texts_over_texts, names_over_names])
def test_heaps_that_lie_over_each_other_are_passed_once(heaps: Callable[[int, int], bytes]) -> None:
    content = hdf5_bytes(lambda file: file.create_dataset("d", data=noise("f4")))
    content += heaps(1 << 18, len(content))
    calls: Counter[str] = Counter()
    sys.setprofile(lambda _, event, __: calls.update([event]))
    try:
        with pytest.raises(FileError, match=r"a.h5 is damaged in its list of"):
            read(content, name="a.h5")
    finally:
        sys.setprofile(None)
    assert calls["call"] + calls["c_call"] < len(content)  # over and over it would be its square


def test_sets_of_data_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(file: h5py.File) -> None:
        for number in range(8):
            file[str(number)] = noise("u1")

    content = hdf5_bytes(fill)
    assert read(content, name="a.h5").shape == (40, 56)
    monkeypatch.setattr("hrtem_core.readers.hdf5.MAX_SETS", 7)
    with pytest.raises(FileError, match=r"a.h5 holds more than 7 sets of data; export the image alone"):
        read(content, name="a.h5")


def test_tags_without_end_are_refused() -> None:
    tag = struct.pack(">bH1s4sLL", 21, 1, b"t", b"%%%%", 1, 3) + struct.pack("<l", 7)
    head, n_tags = struct.pack(">lll", 3, 0, 1), 100_000
    content = head + struct.pack(">bbL", 1, 0, n_tags) + n_tags * tag + bytes(8)
    with pytest.raises(FileError, match=r"holds more tags than any DigitalMicrograph file does"):
        read(content, name="a.dm3")


def pages_that_share(n_pages: int, n_parts: int) -> bytes:
    """A TIFF whose pages all state the same long lists of strips."""
    tags = {
        256: (4, [8]), 257: (4, [8]), 258: (3, [8]), 259: (3, [1]), 262: (3, [1]), 277: (3, [1]),
        273: (4, [8] * n_parts), 278: (4, [8]), 279: (4, [64] * n_parts),
    }  # fmt: skip
    return _tiff_bytes(tags, bytes(64), n_pages)


def test_pages_that_share_their_tags_are_not_read_one_by_one() -> None:
    """Each would keep the lists as numbers of its own: 200 pages took 300 MB from a file of 192 kB."""
    tracemalloc.start()
    with pytest.raises(FileError, match=r"a.tif states longer lists of its pages than it holds"):
        list_images(pages_that_share(200, 20_000), name="a.tif")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 60e6
    assert len(list_images(pages_that_share(200, 2), name="a.tif")) == 200


@pytest.mark.parametrize("shape", [(65536, 40, 1), (65536, 40)])
def test_chunks_that_were_never_written_are_counted(shape: tuple[int, ...]) -> None:
    """The library takes 6 kB for each: 65536 x 9 took 3.7 GB."""

    def fill(file: h5py.File) -> None:
        file.create_dataset("Data/Image/aa/Data", shape, "u2", chunks=(1,) * len(shape))

    with pytest.raises(FileError, match=r"a.emd states 2621440 chunks, more than it has room for"):
        read(hdf5_bytes(fill), name="a.emd")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_a_file_that_is_searched_is_not_kept_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with path.open("wb") as stream:
        stream.truncate(200 << 20)
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        Path("/proc/self/clear_refs").write_text("5")
        before = most_kb()
        check_heaps(content, "a.h5")
    assert most_kb() - before < 100_000


def most_kb() -> int:
    """Memory that this process held at most."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])


def test_files_that_lie_open_or_are_refused_in_one_sentence() -> None:
    said = []
    for number in range(len(KINDS)):
        _, name, content = lying(number)
        try:
            read_apart(content, name=name)
        except FileError as error:
            said.append(str(error))
    assert said
    assert all(words.endswith(".") and "\n" not in words for words in said)


def test_scans_that_lie_are_summed_or_refused_in_one_sentence() -> None:
    said = []
    for number in range(12):
        name, content = cube(random.Random(number))
        try:
            read_spans_apart(content, [(150.0, 250.0)], name=name)
        except FileError as error:
            said.append(str(error))
    assert said
    assert all(words.endswith(".") and "\n" not in words for words in said)
