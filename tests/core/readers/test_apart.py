"""Reading in a process of its own: the same micrographs, and an end to what takes too much."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from dialects import Dialect, all_dialects, hdf5_bytes, noise, npy_bytes, ser, tiff_bytes

from hrtem_core.errors import FileError
from hrtem_core.readers import apart, list_images, list_images_apart, read, read_apart, scratch
from hrtem_core.readers.allowance import MIB, Allowance, resident_bytes
from hrtem_core.readers.limits import Limits
from hrtem_core.readers.source import open_source

SOME = [one for one in (*all_dialects(), ser()) if one.label in ("tiff-jpeg", "dm4", "velox", "png", "ser")]
IMAGE = tiff_bytes(noise("u2", (512, 512)))


@pytest.fixture(autouse=True, scope="module")
def _nothing_left() -> Iterator[None]:
    yield
    apart.POOL.end()


def allow(monkeypatch: pytest.MonkeyPatch, room_bytes: int = 200 * MIB, seconds: float = 5.0) -> None:
    monkeypatch.setattr(Allowance, "of", lambda _: Allowance(room_bytes, seconds))


@pytest.mark.parametrize("dialect", SOME, ids=lambda dialect: dialect.label)
def test_a_micrograph_is_the_same_from_another_process(dialect: Dialect, tmp_path: Path) -> None:
    path = tmp_path / dialect.file_name
    path.write_bytes(dialect.content)
    here = read(path)
    for there in (read_apart(path), read_apart(dialect.content, name=dialect.file_name)):
        np.testing.assert_array_equal(there.intensity, here.intensity)
        assert not there.intensity.flags.writeable
        for name in ("digest", "pixel_size", "name", "stored_as", "instrument", "notes", "scale_remarks"):
            assert getattr(there, name) == getattr(here, name), name
    assert list_images_apart(path) == list_images(path)


def test_images_and_their_average_are_the_same() -> None:
    stack = tiff_bytes(noise("u1", (3, 40, 56)))
    for more in ({"image": 2}, {"average_frames": True}):
        assert read_apart(stack, name="a.tif", **more).digest == read(stack, name="a.tif", **more).digest
    with pytest.raises(FileError, match=r"a.tif has no image 3; it holds images 0 to 2"):
        read_apart(stack, name="a.tif", image=3)


def test_what_is_wrong_with_a_file_is_said_in_the_same_words(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"There is no file no.tif at the place given"):
        read_apart(tmp_path / "no.tif")
    with pytest.raises(FileError, match="more than the 0 MiB that are opened"):
        read_apart(IMAGE, name="a.tif", limits=Limits(1000))
    with pytest.raises(FileError, match=r"a.png cannot be read as PNG: the file is damaged or incomplete"):
        read_apart(b"\x89PNG\r\n\x1a\n" + bytes(2000), name="a.png")


@pytest.mark.parametrize("what", ["in_memory", "_mapped"])
def test_without_shared_memory_bytes_are_passed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, what, lambda *_: None)
    assert read_apart(IMAGE, name="a.tif").digest == read(IMAGE, name="a.tif").digest


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="another kind of memory")
def test_shared_pixels_cannot_be_changed_by_who_read_them() -> None:
    number = apart.in_memory(bytes(range(200)))
    assert number is not None
    mapped = apart._mapped(os.getpid(), number, 200)
    assert mapped is not None
    for change in (lambda: os.write(number, b"x"), lambda: os.ftruncate(number, 0)):
        with pytest.raises(PermissionError):
            change()
    os.close(number)
    assert mapped[:] == bytes(range(200))


@pytest.mark.skipif(sys.platform != "linux", reason="only the watch, elsewhere")
def test_memory_beyond_what_a_file_may_take_is_refused_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    large = npy_bytes(np.zeros((4096, 4096), np.float32))
    allow(monkeypatch, room_bytes=40 * MIB)
    with pytest.raises(FileError, match=r"a.npy needs more memory"):
        read_apart(large, name="a.npy")
    allow(monkeypatch)
    assert read_apart(large, name="a.npy").shape == (4096, 4096)


def slow_file() -> bytes:
    def fill(file: h5py.File) -> None:
        for number in range(1900):
            file.create_dataset(str(number), (16, 16), "u1")

    return hdf5_bytes(fill)


def test_time_beyond_what_a_file_may_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, seconds=0.02)
    monkeypatch.setattr("hrtem_core.readers.allowance.SLOW", 10)
    with pytest.raises(FileError, match=r"a.h5 takes 0 s and more .*Export it again"):
        read_apart(slow_file(), name="a.h5")


@pytest.mark.skipif(not hasattr(signal, "SIGXCPU"), reason="only the watch, here")
def test_processor_time_is_limited_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, seconds=0)
    monkeypatch.setattr(Allowance, "patience_s", 60.0)
    with pytest.raises(FileError, match=r"a.h5 takes 0 s and more of processor time to read"):
        read_apart(slow_file(), name="a.h5")


def test_memory_is_watched_too(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch)
    monkeypatch.setattr(apart, "resident_bytes", lambda _: 1 << 40)
    with pytest.raises(FileError, match=r"a.h5 takes more memory to read than a file of its size should"):
        read_apart(slow_file(), name="a.h5")


def test_who_no_longer_waits_ends_the_reading() -> None:
    class Enough(Exception):
        pass

    def enough() -> None:
        raise Enough

    reader, slow = apart.Reader(), open_source(slow_file(), "a.h5", Limits())
    with pytest.raises(Enough):
        reader.ask({"do": "list", "max_file_bytes": 1 << 30}, slow, enough)
    assert not reader.is_fresh


def test_a_process_lives_on_and_a_dead_one_is_replaced() -> None:
    apart.POOL.end()
    read_apart(IMAGE, name="a.tif")
    (reader,) = apart.POOL._idle
    read_apart(IMAGE, name="a.tif")
    assert apart.POOL._idle == [reader]
    reader._process.kill()
    reader._process.wait()
    assert read_apart(IMAGE, name="a.tif").shape == (512, 512)
    assert apart.POOL._idle != [reader]
    reader.end()


def test_memory_of_a_process_is_known() -> None:
    assert 20 * MIB < resident_bytes(os.getpid()) < 1 << 34
    assert resident_bytes(2**22 + 1) == 0


def test_a_file_may_take_what_honest_ones_do() -> None:
    small, large = Allowance.of(1000), Allowance.of(200 * MIB)
    assert small.room_bytes + apart.LIBRARIES_BYTES < 300e6
    assert Allowance.of(MIB).room_bytes == small.room_bytes
    assert small.seconds <= 5.01
    assert large.room_bytes > 12 * 10_000**2  # 16 bits, float32, and flags
    assert 60 < large.seconds < 200


def test_what_a_killed_process_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = f"{gone.pid}-old", f"{os.getpid()}-mine", f"{gone.pid}-young", "other"
    old, mine, young, other = (tmp_path / f"{scratch.PREFIX}{name}" for name in names)
    for folder in (old, mine, young, other):
        folder.mkdir()
    for folder in (old, mine, other):
        os.utime(folder, (0, 0))
    fresh = Path(scratch.scratch_folder())
    left = {old} if os.name == "nt" else set()
    assert set(tmp_path.iterdir()) == {mine, young, other, fresh} | left
