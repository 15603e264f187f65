"""Outlines as a browser draws them."""

import re

import numpy as np
import pytest

from hrtem_core.pictures.paths import path_data


def points_of(data: str) -> np.ndarray:
    """The (row, column) of every point of a path's data."""
    start, moves = re.fullmatch("M([^l]*)l(.*)z", data).groups()
    steps = [list(map(float, pair.split(","))) for pair in [start, *moves.split()]]
    return np.cumsum(steps, axis=0)[:, ::-1]


def circle(n: int, radius: float = 50.0) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([100 + radius * np.sin(turn), 300.04 + radius * np.cos(turn)], axis=1)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_path_is_told_to_a_tenth_of_a_pixel(step: int) -> None:
    path = circle(300)
    told = points_of(path_data(path, step))
    assert np.allclose(told, path[::step], atol=0.0501)  # steps are told, but errors do not add up


def test_a_path_of_few_points_keeps_them_all() -> None:
    corners = np.array([(0, 0), (0, 40), (30, 40), (30, 0)], dtype=float)
    assert np.array_equal(points_of(path_data(corners, 2)), corners)
