"""Energy windows: counts and backgrounds out of spectra whose lines and edges are known."""

import json
from pathlib import Path

import numpy as np
import pytest

from hrtem_core.composition import (
    CompositionError,
    Window,
    default_windows,
    integrate,
    read_windows,
    spans_of,
)
from hrtem_core.errors import FileError
from hrtem_core.readers import SpectrumImage
from hrtem_core.readers.spectrum_image import slabs_of

SHAPE = (20, 24)


def cube_of(expected: np.ndarray, first_ev: float, step_ev: float, seed: int = 0) -> SpectrumImage:
    """Counts of one expected spectrum at every pixel."""
    counts = np.random.default_rng(seed).poisson(expected, (*SHAPE, len(expected))).astype(np.uint16)
    return SpectrumImage(
        name="scan", shape=SHAPE, n_channels=len(expected), first_ev=first_ev, step_ev=step_ev,
        slabs=slabs_of(counts),
    )  # fmt: skip


def test_a_line_stands_on_the_straight_line_through_its_sides() -> None:
    energies = 100 + 10.0 * np.arange(100)
    line = 5 * np.exp(-(((energies - 525) / 25) ** 2) / 2)
    cube = cube_of(line + 2 - energies / 1000, 100, 10)
    windows = default_windows(["O"], edges=False)
    maps = integrate(cube.over(spans_of(windows)), windows)
    assert maps.net.mean() == pytest.approx(line.sum(), rel=0.03)
    variance = maps.backgrounds[0].var()
    assert variance == pytest.approx(maps.quanta[0] * maps.backgrounds[0].mean(), rel=0.15)


@pytest.mark.parametrize(("element", "edge_ev"), [("Li", 55), ("C", 284), ("O", 532), ("F", 685)])
def test_an_edge_stands_on_the_power_law_before_it(element: str, edge_ev: float) -> None:
    energies = 20 + 1.0 * np.arange(900)
    below = 3 * (energies / edge_ev) ** -2.7
    edge = np.where(energies >= edge_ev, 1.0 * (energies / edge_ev) ** -3, 0)
    (window,) = default_windows([element], edges=True)
    maps = integrate(cube_of(below + edge, 20, 1).over(spans_of([window])), [window])
    inside = (energies >= window.counted[0]) & (energies <= window.counted[1])
    assert maps.net.mean() == pytest.approx(edge[inside].sum(), rel=0.12)
    assert maps.backgrounds.mean() == pytest.approx(below[inside].sum(), rel=0.05)


def test_neighbours_windows_leave_each_other_out() -> None:
    windows = {window.element: window for window in default_windows(["C", "O", "F"], edges=False)}
    for window in windows.values():
        for other in windows.values():
            spans = [other.counted] if other is not window else []
            for low, high in window.sides:
                assert all(high <= a or low >= b for a, b in spans)
    assert windows["C"].sides


def test_a_window_outside_the_spectra_is_told_so() -> None:
    cube = cube_of(np.ones(50), 100, 10)
    windows = default_windows(["Fe"], edges=False)
    with pytest.raises(FileError, match="window of Fe, 6"):
        integrate(cube.over(spans_of(windows)), windows)
    with pytest.raises(CompositionError, match="No edge of Xx is known"):
        default_windows(["Xx"], edges=True)
    with pytest.raises(CompositionError, match="must end before it"):
        Window("C", (284, 300), before=(250, 290))


def test_windows_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "windows.json"
    tree = {
        "C": {"line_kev": [0.21, 0.34], "sides_ev": [[345, 455]]},
        "O": "line",
        "Li": {"edge_ev": [55, 65], "before_ev": [46, 54]},
    }
    path.write_text(json.dumps(tree))
    carbon, oxygen, lithium = read_windows(path)
    assert carbon == Window("C", (210, 340), ((345, 455),))
    assert oxygen == default_windows(["O"], edges=False)[0]
    assert lithium.before == (46, 54)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "must hold an object"),
        ("{", "is no JSON"),
        ('{"O": 3}', 'must be an object, "line" or "edge"'),
        ('{"O": {"line": [1, 2]}}', "is none of line_ev"),
        ('{"O": {"line_ev": [1, "x"]}}', "must give \\[from, to\\] in ev"),
        ('{"O": {"edge_ev": [532, 560]}}', "needs line_ev, or edge_ev and before_ev"),
        ('{"O": {"line_ev": [560, 532]}}', "must begin below its end"),
        ('{"O": {"line_ev": [500, 550], "sides_ev": [[400, 450], [440, 480]]}}', "must not overlap"),
    ],
)
def test_windows_that_are_none_are_told_so(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "windows.json").write_text(text)
    with pytest.raises((FileError, CompositionError), match=message):
        read_windows(tmp_path / "windows.json")
