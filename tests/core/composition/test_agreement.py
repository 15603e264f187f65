"""Phases against d and composition."""

import numpy as np
import pytest

from hrtem_core.composition.agreement import Candidate, agree, composition_chi2
from hrtem_core.composition.formulas import atoms_of

ELEMENTS = ("C", "O", "F")
FILM = np.array([0.65, 0.26, 0.09])
LIF = np.array([0.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("name", "atoms"),
    [
        ("LiF", {"Li": 1, "F": 1}),
        ("Li2CO3", {"Li": 2, "C": 1, "O": 3}),
        ("ZrO2-m", {"Zr": 1, "O": 2}),
        ("rutile", {"Ti": 1, "O": 2}),
        ("Ca(OH)2", {"Ca": 1, "O": 2, "H": 2}),
        ("Li0.5CoO2", {"Li": 0.5, "Co": 1, "O": 2}),
        ("LiFePO4 olivine", {"Li": 1, "Fe": 1, "P": 1, "O": 4}),
        ("my structure", {}),
        ("none", {}),
        ("Ca(OH", {}),
        ("2", {}),
    ],
)
def test_formulas_are_counted(name: str, atoms: dict[str, float]) -> None:
    assert atoms_of(name) == atoms


def column(part: float, sigma: float = 0.02) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    fraction = part * LIF + (1 - part) * FILM
    covariance = sigma**2 * (np.eye(3) - 1 / 3)
    return fraction, covariance, FILM


def test_a_column_of_film_and_phase_agrees_whatever_its_part() -> None:
    for part in (0.25, 0.6, 0.95):
        fraction, covariance, film = column(part)
        assert composition_chi2(fraction, covariance, film, LIF) < 0.1
    fraction, covariance, film = column(0.6)
    assert composition_chi2(fraction, covariance, film, np.array([0.25, 0.75, 0.0])) > 50


def test_composition_tells_phases_apart_that_d_does_not() -> None:
    candidates = [
        Candidate(crystallite_id=1, phase="LiF", probability=0.45, residuals=(0.002,), sigmas=(0.004,)),
        Candidate(crystallite_id=1, phase="Li2CO3", probability=0.5, residuals=(0.001,), sigmas=(0.004,)),
        Candidate(crystallite_id=1, phase="none", probability=0.05),
    ]
    right, wrong = agree(candidates, ELEMENTS, {1: column(0.5)})
    assert right.phase == "LiF"
    assert right.p_value > 0.5 > 1e-6 > wrong.p_value
    assert right.chi2_d == pytest.approx(0.002**2 / (0.004**2 + 0.005**2))
    assert right.probability_with_composition > 0.85
    assert wrong.probability_with_composition < 1e-6


def test_what_cannot_be_told_is_left_open() -> None:
    candidates = [
        Candidate(crystallite_id=1, phase="Li", probability=0.6),
        Candidate(crystallite_id=2, phase="LiF", probability=0.6, residuals=(0.0,), sigmas=(0.01,)),
    ]
    lithium, elsewhere = agree(candidates, ELEMENTS, {1: column(0.5)})
    assert np.isnan([lithium.chi2_d, lithium.chi2_composition, lithium.p_value]).all()
    assert np.isnan(elsewhere.chi2_composition)
    assert elsewhere.p_value == pytest.approx(1)
