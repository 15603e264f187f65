"""How much was looked at, for what and through how much noise is said, and too little is warned of."""

import json
from pathlib import Path

import numpy as np
import pytest
from drawn_scenes import field_of, two_grains

from hrtem_core.analysis import analyze
from hrtem_core.cli import main
from hrtem_core.image import Micrograph
from hrtem_core.measures import Scrutiny, scrutiny
from hrtem_core.preparation import LeftOut, noise_share
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import write_micrograph


def test_an_ordinary_image_is_looked_at_everywhere() -> None:
    seen = scrutiny(two_grains()[1])
    assert seen.usable_fraction == 1
    assert seen.left_out == ()
    assert seen.warning == ""
    assert seen.looked_for_nm == pytest.approx((0.127, 0.65))
    assert seen.in_words.startswith("100 % of the field usable, d 0.127 to 0.65 nm looked for, noise ")


def test_the_range_looked_for_ends_where_pixels_end() -> None:
    image = np.random.default_rng(0).normal(100, 10, (128, 128)).astype(np.float32)
    coarse = Micrograph(image, field_of(pixel_nm=0.09).pixel_size, "coarse")
    assert scrutiny(analyze(coarse, Recipe())).looked_for_nm == pytest.approx((0.2, 0.65))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_share_of_noise_is_the_truth(share: float) -> None:
    rows, cols = np.indices((400, 500))
    structure = np.cos(2 * np.pi * (0.6 * rows + 0.8 * cols) / 14) * np.sqrt(2)
    noise = np.random.default_rng(1).normal(size=rows.shape)
    image = np.sqrt(1 - share**2) * structure + share * noise
    usable = cols > 50
    assert noise_share(np.where(usable, image, 9), usable) == pytest.approx(share, rel=0.15)


def test_without_contrast_or_pixels_there_is_no_noise() -> None:
    image = np.full((40, 50), 7.0)
    assert noise_share(image, image > 0) == 0
    assert noise_share(image, image < 0) == 0


def test_less_than_half_is_warned_of() -> None:
    seen = Scrutiny(
        usable_fraction=0.3,
        left_out=(LeftOut("constant border", 0.6), LeftOut("glare", 0.1)),
        noise_share=0.9,
        looked_for_nm=(0.13, 0.65),
    )
    assert seen.warning == (
        "only 30 % of the field was usable (60 % constant border, 10 % glare); "
        "where it was not, nothing could be found"
    )
    assert "30 % of the field usable (left out: 60 % constant border, 10 % glare)" in seen.in_words


def test_the_command_line_and_its_summary_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    field = field_of()
    image = np.random.default_rng(0).normal(100, 10, (128, 160)).astype(np.float32)
    image[:, :96] = 0
    write_micrograph(tmp_path / "half.tif", image.astype(np.uint16), field.pixel_size)
    assert main(["analyze", str(tmp_path / "half.tif"), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert "40 % of the field usable (left out: 60 % constant border), d 0.127 to 0.65 nm" in said.out
    assert len(said.out.splitlines()) == 1
    assert "half.tif: warning: only 40 % of the field was usable (60 % constant border)" in said.err
    summary = json.loads((tmp_path / "out" / "half" / "summary.json").read_text(encoding="utf-8"))
    assert summary["usable_fraction"] == pytest.approx(0.4, abs=1e-3)
    assert summary["left_out"] == {"constant border": pytest.approx(0.6, abs=1e-3)}
    assert summary["noise_share"] == pytest.approx(1, abs=0.05)
    assert summary["looked_for_nm"] == pytest.approx([0.127, 0.65])
    assert summary["warnings"][0].startswith("only 40 %")
    assert "left out: 60 % constant border" in summary["image"]["notes"]
