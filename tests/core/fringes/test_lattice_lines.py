"""The level of a line through a strong spot goes; what stands out of it, and what lies beside it, stays."""

import numpy as np

from hrtem_core.fringes.lattice_lines import level_line
from hrtem_core.image import Wavevector

SHAPE, PIXEL_NM = (300, 260), (0.05, 0.05)
G = Wavevector(0.6, 2.5)


def places() -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns in nm."""
    return np.arange(SHAPE[0])[:, None] * PIXEL_NM[0], np.arange(SHAPE[1]) * PIXEL_NM[1]


def residue(seed: int = 3) -> np.ndarray:
    """What jitter of the rows leaves of the wave at G, in noise."""
    rng = np.random.default_rng(seed)
    rows, cols = places()
    phase = 2 * np.pi * (G.row * rows + G.col * cols)
    return 0.6 * rng.normal(size=SHAPE[0])[:, None] * np.sin(phase) + rng.normal(size=SHAPE)


def power_at(image: np.ndarray, g: tuple[float, float]) -> float:
    """Power at g of the whole image, 1 in noise."""
    rows, cols = places()
    wave = np.exp(-2j * np.pi * (g[0] * rows + g[1] * cols))
    return float(abs((image * wave).sum()) ** 2 / image.size)


def line_power(image: np.ndarray) -> float:
    """Mean power along the line through G."""
    return float(np.mean([power_at(image, (row, G.col)) for row in np.linspace(-5, 5, 61)]))


def test_a_line_is_levelled() -> None:
    image = residue().astype(np.float32)
    before = line_power(image)
    level_line(image, G, 0, PIXEL_NM)
    assert before > 10
    assert line_power(image) < 2


def test_the_spot_of_another_lattice_on_the_line_stays() -> None:
    rows, cols = places()
    wave = 0.5 * np.cos(2 * np.pi * (-2.2 * rows + G.col * cols))
    image = (residue() + wave).astype(np.float32)
    before = power_at(image, (-2.2, G.col))
    level_line(image, G, 0, PIXEL_NM)
    assert power_at(image, (-2.2, G.col)) > 0.9 * before


def test_noise_beside_the_line_and_without_a_line_stays() -> None:
    noise = np.random.default_rng(5).normal(size=SHAPE).astype(np.float32)
    image = noise.copy()
    level_line(image, G, 0, PIXEL_NM)
    assert np.square(image - noise).sum() < 1e-3 * np.square(noise).sum()


def test_columns_are_treated_as_rows_are() -> None:
    image = residue().astype(np.float32)
    turned = image.T.copy()
    level_line(image, G, 0, PIXEL_NM)
    level_line(turned, Wavevector(G.col, G.row), 1, PIXEL_NM)
    np.testing.assert_allclose(turned.T, image, atol=1e-4)
