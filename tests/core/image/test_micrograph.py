"""Micrographs: numbers of any kind, and what is kept when they are binned."""

from typing import Literal

import numpy as np
import pytest

from hrtem_core.errors import FileError
from hrtem_core.image.micrograph import Micrograph, digest_of
from hrtem_core.image.pixel_size import PixelSize


def micrograph() -> Micrograph:
    pixels = np.arange(33 * 65, dtype=np.float32).reshape(33, 65)
    return Micrograph(pixels, PixelSize(0.02, 0.03, "typed"), "a", "uint8", ("page 1 of 2",))


def test_binning_keeps_the_scale_and_says_so() -> None:
    whole = micrograph()
    small = whole.binned(2, "for the test")
    assert small.shape == (16, 32)
    assert small.pixel_size == PixelSize(0.04, 0.06, "typed")
    assert small.intensity[0, 0] == pytest.approx(whole.intensity[:2, :2].mean())
    assert small.notes == (
        "page 1 of 2",
        "on opening, averaged 2 × 2 pixels, from 33 × 65: for the test",
    )
    assert (small.name, small.stored_as) == ("a", "uint8")


def test_how_often_pixels_were_binned_is_known_and_the_digest_is_theirs() -> None:
    whole = micrograph()
    assert whole.binned_by == 1
    small = whole.binned(2, "once")
    assert small.binned_by == 2
    assert small.with_pixel_size(PixelSize(0.1, 0.1)).binned_by == 2
    assert small.digest == digest_of(small.intensity) != whole.digest


def test_an_image_without_a_scale_stays_without() -> None:
    assert Micrograph(np.zeros((40, 40), np.float32), None, "a").binned(2, "").pixel_size is None


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_stays_its_owners_who_may_fill_it_with_the_next_frame(order: Literal["C", "F"]) -> None:
    buffer = np.zeros((40, 50), np.float32, order=order)
    first = Micrograph(buffer, None, "first")
    buffer += 1
    second = Micrograph(buffer, None, "second")
    assert (first.intensity.max(), second.intensity.min()) == (0, 1)
    assert first.digest == digest_of(first.intensity) != second.digest
    assert not first.intensity.flags.writeable


def test_an_array_that_nobody_may_write_to_is_not_copied() -> None:
    locked = micrograph().intensity
    assert np.shares_memory(Micrograph(locked, None, "a").intensity, locked)


def test_too_few_pixels_are_said() -> None:
    with pytest.raises(FileError, match=r"at least 16 pixels on each side, got 8 x 16"):
        micrograph().binned(4, "too much")


@pytest.mark.parametrize(("dtype", "offset"), [(np.uint32, 2**31), (np.int64, -(2**40)), (np.float64, 1e9)])
def test_an_array_of_any_kind_keeps_its_contrast(dtype: type, offset: float) -> None:
    counts = np.random.default_rng(0).poisson(15, (64, 64))
    given = Micrograph((counts + offset).astype(dtype), None, "a")
    apart = given.intensity - counts
    assert given.intensity.dtype == np.float32
    assert np.ptp(apart) == 0
    assert [note for note in given.notes if "offset" in note]
    for plain in (counts.astype(np.uint8), counts.tolist(), counts.astype(">f4")):
        same = Micrograph(plain, None, "a")
        np.testing.assert_array_equal(same.intensity, counts)
        assert same.notes == ()


def test_an_array_without_numbers_is_refused() -> None:
    with pytest.raises(FileError, match="instead of numbers"):
        Micrograph(np.full((40, 40), "a"), None, "a")  # type: ignore[arg-type]
