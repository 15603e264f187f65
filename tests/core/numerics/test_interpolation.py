"""What samples say of the pixels between and around them."""

import numpy as np

from hrtem_core.numerics.interpolation import pixel_range


def test_samples_near_the_border_speak_for_it() -> None:
    assert pixel_range(np.array([3.0, 8.0, 13.0]), 18) == (0, 18)
    assert pixel_range(np.array([30.0, 35.0, 40.0]), 90) == (30, 41)
    assert pixel_range(np.array([4.0]), 18) == (0, 18)


def test_they_speak_for_the_pixels_of_a_finer_image_too() -> None:
    assert pixel_range(np.array([3.0, 8.0, 13.0]), 36, 2.0) == (0, 36)
    assert pixel_range(np.array([30.0, 35.0, 40.0]), 200, 2.0) == (60, 81)
