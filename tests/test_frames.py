"""Frame averages: the drift is found, the fringes stay, the noise goes."""

import numpy as np
import pytest
from scipy.ndimage import fourier_shift, gaussian_filter

from hrtem_core.errors import FileError
from hrtem_core.frames import average_frames
from hrtem_core.readers import read
from hrtem_core.types import FloatImage

SHAPE = (180, 220)
DRIFT_PX = np.array([[0, 0], [1.3, -0.6], [2.75, -1.5], [3.2, -3.35], [5.45, -4.0]])


def scene(shift_px: np.ndarray, noise: float, seed: int) -> FloatImage:
    """An amorphous film with a crystal, moved by a fraction of a pixel."""
    rng = np.random.default_rng(0)
    shape = tuple(n + 40 for n in SHAPE)
    film = gaussian_filter(rng.normal(size=shape), 1.5)
    rows, cols = np.indices(shape)
    crystal = np.cos(2 * np.pi * (rows / 6 + cols / 9)) * np.exp(
        -((rows - 90) ** 2 + (cols - 110) ** 2) / 1800
    )
    whole = 100 + 20 * film / film.std() + 20 * crystal
    moved = np.fft.ifft2(fourier_shift(np.fft.fft2(whole), shift_px)).real
    cut = moved[20 : 20 + SHAPE[0], 20 : 20 + SHAPE[1]]
    return (cut + np.random.default_rng(seed).normal(0, noise, SHAPE)).astype(np.float32)


@pytest.mark.parametrize(("noise", "tolerance"), [(1.0, 0.06), (20.0, 0.3)])
def test_the_drift_is_found_to_a_fraction_of_a_pixel(noise: float, tolerance: float) -> None:
    mean = average_frames(scene(shift, noise, 1 + i) for i, shift in enumerate(DRIFT_PX))
    np.testing.assert_allclose(mean.shifts_px, -DRIFT_PX, atol=tolerance)
    assert mean.largest_drift_px == pytest.approx(np.hypot(5.45, 4.0), abs=2 * tolerance)


def test_the_mean_is_nearer_the_truth_than_a_frame() -> None:
    truth = scene(np.zeros(2), 0, 0)
    frames = [scene(shift, 20, 1 + i) for i, shift in enumerate(DRIFT_PX)]
    inner = (slice(10, -10), slice(10, -10))
    mean = average_frames(frames).intensity
    assert (mean - truth)[inner].std() < 0.6 * (frames[0] - truth)[inner].std()
    assert (np.mean(frames, axis=0) - truth)[inner].std() > 1.3 * (mean - truth)[inner].std()


def test_one_frame_is_itself() -> None:
    frame = scene(np.zeros(2), 5, 3)
    np.testing.assert_array_equal(average_frames([frame]).intensity, frame)


def test_missing_pixels_do_not_spread() -> None:
    frame = scene(np.zeros(2), 1, 3)
    frame[3, 4] = np.nan
    assert np.isfinite(average_frames([frame, frame]).intensity).all()


def test_frames_of_two_sizes_and_no_frames() -> None:
    with pytest.raises(FileError, match="frames of the stack differ in size; average frames of one size"):
        average_frames([np.zeros((20, 20), np.float32), np.zeros((20, 22), np.float32)])
    with pytest.raises(FileError, match="The stack has no frames to average"):
        average_frames([])


def test_a_stack_is_averaged_on_reading(tmp_path: object) -> None:
    import tifffile

    path = tmp_path / "stack.tif"  # type: ignore[operator]
    frames = np.stack([scene(shift, 1, 1 + i) for i, shift in enumerate(DRIFT_PX)])
    tifffile.imwrite(path, frames, photometric="minisblack")
    micrograph = read(path, average_frames=True)
    assert micrograph.notes == ("mean of 5 frames, drift up to 6.8 px corrected",)
    single = read(path)
    assert single.notes == ("image 1 of 5 in the file",)
    assert single.digest != micrograph.digest
