"""Names of files tell what they are."""

import pytest

from hrtem_core.composition import guess_role


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("O.tif", "O"), ("area3_O-K.tif", "O"), ("film Fe.png", "Fe"), ("background_C.tif", "background C"),
        ("haadf.tif", "survey"), ("STEM HAADF 3.emd", "survey"), ("scan.hspy", "spectrum image"),
        ("notes.tif", ""), ("K.tif", "K"),
    ],
)  # fmt: skip
def test_roles_are_guessed(name: str, role: str) -> None:
    assert guess_role(name) == role
