"""Frame averages: the drift is found, the fringes stay, the noise goes, and what is not seen is said."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy.ndimage import fourier_shift, gaussian_filter

from hrtem_core.errors import FileError
from hrtem_core.numerics.arrays import FloatArray, FloatImage
from hrtem_core.preparation.drift import measure_drift
from hrtem_core.preparation.frames import FrameAverage, average_frames
from hrtem_core.preparation.tuning import PreparationTuning
from hrtem_core.readers import read

SHAPE = (180, 220)
DRIFT_PX = np.array([[0, 0], [1.3, -0.6], [2.75, -1.5], [3.2, -3.35], [5.45, -4.0]])


def scene(shift_px: FloatArray, shape: tuple[int, int] = SHAPE) -> FloatImage:
    """An amorphous film with a crystal, mean 1, contrast 0.2 each, moved by a fraction of a pixel."""
    rng = np.random.default_rng(0)
    whole_shape = tuple(n + 80 for n in shape)
    film = gaussian_filter(rng.normal(size=whole_shape), 1.5)
    rows, cols = np.indices(whole_shape)
    envelope = np.exp(-((rows - 110) ** 2 + (cols - 130) ** 2) / 1800)
    whole = 1 + 0.2 * film / film.std() + 0.2 * envelope * np.cos(2 * np.pi * (rows / 6 + cols / 9))
    moved = np.fft.ifft2(fourier_shift(np.fft.fft2(whole), shift_px)).real
    return moved[40:-40, 40:-40].astype(np.float32)


def with_noise(shift_px: FloatArray, noise: float, seed: int) -> FloatImage:
    image = 100 * scene(shift_px)
    return (image + np.random.default_rng(seed).normal(0, noise, image.shape)).astype(np.float32)


def counted(drift_px: FloatArray, electrons_per_px: float, seed: int = 1) -> list[FloatImage]:
    """Frames of a counting camera."""
    rng = np.random.default_rng(seed)
    dose = [electrons_per_px * np.clip(scene(shift), 0, None) for shift in drift_px]
    return [rng.poisson(image).astype(np.float32) for image in dose]


def walk(n_frames: int, seed: int = 5) -> FloatArray:
    """A random walk with a trend, from zero."""
    steps = np.random.default_rng(seed).normal(0.4, 0.6, (n_frames, 2))
    return np.cumsum(steps, axis=0) - steps[0]


def average(frames: Sequence[FloatImage]) -> FrameAverage:
    return average_frames(lambda i: frames[i], len(frames))


def rms_error(found_px: FloatArray, drift_px: FloatArray) -> float:
    """Of the shifts among each other: where the first frame lies is a matter of taste."""
    error = found_px + drift_px
    return float(np.sqrt(((error - error.mean(axis=0)) ** 2).mean()))


@pytest.mark.parametrize(("noise", "tolerance"), [(1.0, 0.03), (20.0, 0.1)])
def test_the_drift_is_found_to_a_fraction_of_a_pixel(noise: float, tolerance: float) -> None:
    drift = average([with_noise(shift, noise, 1 + i) for i, shift in enumerate(DRIFT_PX)]).drift
    np.testing.assert_allclose(drift.shifts_px, -DRIFT_PX, atol=2 * tolerance)
    assert rms_error(drift.shifts_px, DRIFT_PX) < tolerance
    assert drift.measured.all()


@pytest.mark.parametrize(("electrons", "tolerance"), [(20, 0.06), (5, 0.12), (2, 0.25)])
def test_the_drift_is_found_in_few_electrons(electrons: float, tolerance: float) -> None:
    """At 5 electrons per pixel an eye sees nothing in a frame: the noise is 0.45 of the mean."""
    truth = walk(12)
    drift = average(counted(truth, electrons)).drift
    assert drift.measured.all()
    assert rms_error(drift.shifts_px, truth) < tolerance


def test_scikit_image_agrees_where_there_is_little_noise() -> None:
    from skimage.registration import phase_cross_correlation

    frames = [with_noise(shift, 1, 1 + i) for i, shift in enumerate(DRIFT_PX)]
    window = np.hanning(SHAPE[0])[:, None] * np.hanning(SHAPE[1])
    tapered = [(frame - frame.mean()) * window for frame in frames]
    theirs = [
        phase_cross_correlation(tapered[0], other, upsample_factor=50, normalization=None)[0]
        for other in tapered
    ]
    np.testing.assert_allclose(average(frames).drift.shifts_px, theirs, atol=0.1)


def test_what_does_not_drift_does_not_hold_the_frames() -> None:
    truth = walk(12)
    frames = counted(truth, 20)
    hot = np.random.default_rng(3).integers(0, 180, (2, 30))
    for frame in frames:
        frame += 10 * np.linspace(0, 1, SHAPE[1], dtype=np.float32)  # uneven illumination
        frame[hot[0], hot[1]] = 4000
    assert rms_error(average(frames).drift.shifts_px, truth) < 0.1


def test_a_burned_in_scale_bar_does_not_hold_the_frames() -> None:
    truth = np.stack([1.5 * np.arange(10), -np.arange(10.0)], axis=1)
    frames = [100 * frame for frame in counted(truth, 20)]
    for frame in frames:
        frame[162:168, 20:80] = 0
    mean = average(frames)
    assert rms_error(mean.drift.shifts_px, truth) < 0.1
    below = mean.intensity[
        162:168, 20:80
    ]  # the frames drift by more than the bar's height: all of it is seen
    assert np.isfinite(below).all()
    assert below.mean() == pytest.approx(2000, rel=0.1)


def test_what_is_below_a_bar_in_every_frame_is_not_known() -> None:
    frames = [100 * frame for frame in counted(np.zeros((3, 2)), 20)]
    for frame in frames:
        frame[162:168, 20:80] = 0
    mean = average(frames).intensity
    assert np.isnan(mean[162:168, 20:80]).all()
    assert np.isfinite(mean[:150]).all()


def test_frames_of_noise_are_not_aligned_and_it_is_said() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        frames = [rng.poisson(5, (96, 120)).astype(np.float32) for _ in range(8)]
        mean = average(frames)
        np.testing.assert_array_equal(mean.drift.shifts_px, 0)
        np.testing.assert_allclose(mean.intensity, np.mean(frames, axis=0), rtol=1e-6)
        assert mean.in_words.startswith("mean of 8 frames as they lie: their drift cannot be measured")


def test_a_frame_without_signal_moves_like_its_neighbours() -> None:
    truth = np.stack([0.5 * np.arange(8), -np.arange(8.0)], axis=1)
    frames = counted(truth, 20)
    frames[3] = np.random.default_rng(9).poisson(20, SHAPE).astype(np.float32)
    mean = average(frames)
    assert list(np.flatnonzero(~mean.drift.measured)) == [3]
    np.testing.assert_allclose(mean.drift.shifts_px[3], -truth[3], atol=0.2)
    assert mean.in_words == (
        "mean of 8 frames, drift up to 7.9 px corrected; 1 of them too noisy to be measured, "
        "and moved like their neighbours"
    )


def test_another_tuning_asks_for_more_agreement() -> None:
    frames = counted(np.stack([0.5 * np.arange(4), -np.arange(4.0)], axis=1), 20)
    assert measure_drift(lambda i: frames[i], 4).measured.all()
    assert not measure_drift(
        lambda i: frames[i], 4, tuning=PreparationTuning(drift_sigmas=1e4)
    ).measured.any()


def test_constant_frames_and_frames_of_nan() -> None:
    for value in (3.0, np.nan):
        frames = [np.full((40, 56), value, np.float32)] * 4
        assert np.isfinite(average(frames).intensity).all()
        assert not measure_drift(lambda i, f=frames: np.nan_to_num(f[i]), 4).measured.any()


def test_the_mean_is_nearer_the_truth_than_a_frame() -> None:
    truth = 100 * scene(np.zeros(2))
    frames = [with_noise(shift, 20, 1 + i) for i, shift in enumerate(DRIFT_PX)]
    inner = (slice(10, -10), slice(10, -10))
    mean = average(frames).intensity
    assert (mean - truth)[inner].std() < 0.55 * (frames[0] - truth)[inner].std()
    assert (np.mean(frames, axis=0) - truth)[inner].std() > 1.3 * (mean - truth)[inner].std()


def test_one_frame_is_itself() -> None:
    frame = with_noise(np.zeros(2), 5, 3)
    np.testing.assert_array_equal(average([frame]).intensity, frame)


def test_missing_pixels_do_not_spread() -> None:
    frame = with_noise(np.zeros(2), 1, 3)
    frame[3, 4] = np.nan
    assert np.isfinite(average([frame, frame]).intensity).all()


def test_frames_that_cannot_be_averaged() -> None:
    with pytest.raises(FileError, match="frames of the stack differ in size; average frames of one size"):
        average([np.zeros((20, 20), np.float32), np.zeros((20, 22), np.float32)])
    with pytest.raises(FileError, match="1 to 2000 frames can be averaged, got 0; split the series"):
        average([])
    with pytest.raises(FileError, match="1 to 2000 frames can be averaged, got 2001"):
        average([np.zeros((20, 20), np.float32)] * 2001)
    with pytest.raises(FileError, match=r"Frames must be at least 16 pixels on each side .* got 8 x 50"):
        average([np.zeros((8, 50), np.float32)] * 2)


def test_a_stack_is_averaged_on_reading(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    frames = np.stack([with_noise(shift, 1, 1 + i) for i, shift in enumerate(DRIFT_PX)])
    tifffile.imwrite(path, frames, photometric="minisblack")
    micrograph = read(path, average_frames=True)
    assert micrograph.notes == ("mean of 5 frames, drift up to 6.8 px corrected",)
    single = read(path)
    assert single.notes == ("image 1 of 5 in the file",)
    assert single.digest != micrograph.digest
