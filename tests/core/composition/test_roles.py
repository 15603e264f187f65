"""Names of files tell what they are."""

import pytest

from hrtem_core.composition import guess_role
from hrtem_core.composition.roles import CUBE_ENDINGS
from hrtem_core.readers import SPECTRUM_ENDINGS


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("O.tif", "O"), ("area3_O-K.tif", "O"), ("film Fe.png", "Fe"), ("background_C.tif", "background C"),
        ("haadf.tif", "survey"), ("STEM HAADF 3.emd", "survey"), ("scan.hspy", "spectrum image"),
        ("notes.tif", ""), ("K.tif", "K"), ("windows.json", "windows"), ("k-factors.json", "sensitivity"),
    ],
)  # fmt: skip
def test_roles_are_guessed(name: str, role: str) -> None:
    assert guess_role(name) == role


def test_what_is_taken_for_spectra_by_its_name_is_opened_as_such() -> None:
    assert set(CUBE_ENDINGS) <= set(SPECTRUM_ENDINGS)
