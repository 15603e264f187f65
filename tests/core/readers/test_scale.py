"""Units in every spelling, and the one scale a file is trusted with."""

import math
from dataclasses import replace

import numpy as np
import pytest
from dialects import (
    COL_NM,
    ROW_NM,
    dm_bytes,
    fei_tag,
    gatan_tags,
    imagej_tiff,
    jeol_tiff,
    mrc_bytes,
    noise,
    plain_hdf5,
    ser_bytes,
    tiff_bytes,
    velox_bytes,
)
from mrcfile.dtypes import get_ext_header_dtype

from hrtem_core.errors import FileError, ScaleError
from hrtem_core.readers import read
from hrtem_core.readers.scale import ScaleTag, choose_scale, is_reciprocal, nm_per, printable
from hrtem_core.recipe import Recipe, scaled


@pytest.mark.parametrize(
    ("spelling", "factor"),
    [
        ("m", 1e9), ("cm", 1e7), ("mm", 1e6), ("µm", 1e3), ("μm", 1e3), ("um", 1e3), ("micron", 1e3),
        ("microns", 1e3), ("\\u00B5m", 1e3), ("Âµm", 1e3), ("u_m", 1e3), ("[u_m]", 1e3), ("nm", 1.0),
        ("NM", 1.0),
        ("n_m", 1.0), ("[n_m]", 1.0), (" nm ", 1.0), ("nm\0\0", 1.0), ("nanometers", 1.0), ("nanometre", 1.0),
        ("pm", 1e-3), ("Å", 0.1), ("\u212b", 0.1), ("A", 0.1), ("Angstrom", 0.1), ("angstroms", 0.1),
        ("Ã…", 0.1),
    ],
)  # fmt: skip
def test_every_spelling_of_a_length(spelling: str, factor: float) -> None:
    assert nm_per(spelling) == factor


@pytest.mark.parametrize("unit", ["", "px", "pixel", "inch", "eV", "1/nm", "a", "Mm", "furlong", "s"])
def test_what_is_no_length(unit: str) -> None:
    assert nm_per(unit) is None


@pytest.mark.parametrize(
    "unit", ["1/nm", "1/Å", "nm^-1", "nm-1", "nm⁻¹", "[n_m^-1]", "/nm", "mrad", "1/µm", "cycles/nm"]
)
def test_reciprocal_units(unit: str) -> None:
    assert is_reciprocal(unit)


@pytest.mark.parametrize("size", [0.0, -0.03, math.nan, math.inf])
def test_an_impossible_size_counts_as_none(size: float) -> None:
    scale, notes = choose_scale([ScaleTag(size, size, "nm", "FEI metadata")], "a.tif")
    assert scale is None
    assert len(notes) == 1
    assert "FEI metadata give a pixel size of" in notes[0]


@pytest.mark.parametrize("unit", ["", "px", "pix", "pixels"])
def test_an_empty_unit_counts_as_none(unit: str) -> None:
    assert choose_scale([ScaleTag(1.0, 1.0, unit, "DM calibration")], "a.dm3") == (None, ())


def test_an_unknown_unit_is_reported() -> None:
    scale, notes = choose_scale([ScaleTag(1.0, 1.0, "furlong", "DM calibration")], "a.dm3")
    assert scale is None
    assert notes == ("DM calibration give a scale in 'furlong', which is no length; it is not used",)


def test_an_implausible_size_is_reported() -> None:
    scale, notes = choose_scale([ScaleTag(2.0, 2.0, "mm", "ImageJ metadata")], "a.tif")
    assert scale is None
    assert notes == ("ImageJ metadata give 2e+06 nm per pixel, too far from HRTEM to be used",)


def test_conflicts_between_tags_are_reported_and_the_vendor_is_believed() -> None:
    tags = [fei_tag(0.03e-9, 0.03e-9), *gatan_tags(0.05, 0.05)]
    micrograph = read(tiff_bytes(noise("u2"), extratags=tags), name="a.tif")
    assert micrograph.pixel_size is not None
    assert micrograph.pixel_size.sizes_nm == pytest.approx((0.03, 0.03))
    assert micrograph.notes == (
        "the scales in the file disagree: 0.03 nm in the FEI metadata (used), 0.05 nm in the Gatan tags",
    )


def test_agreeing_tags_need_no_remark() -> None:
    tags = [fei_tag(0.03e-9, 0.03e-9), *gatan_tags(0.0301, 0.0301)]
    assert read(tiff_bytes(noise("u2"), extratags=tags), name="a.tif").notes == ()


def test_a_broken_scale_gives_way_to_a_good_one() -> None:
    tags = [fei_tag(0.0, 0.0), *gatan_tags(0.05, 0.05)]
    micrograph = read(tiff_bytes(noise("u2"), extratags=tags), name="a.tif")
    assert micrograph.pixel_size is not None
    assert micrograph.pixel_size.origin == "Gatan tags"
    assert "FEI metadata give a pixel size of 0 m, which is not used" in micrograph.notes


RECIPROCAL = {
    "a.dm3": dm_bytes(noise("f4"), 3, 0.1, 0.1, "1/nm"),
    "a.emd": velox_bytes(noise("u2", (40, 56, 1)), 1e9, 1e9, "1/m"),
    "a.tif": imagej_tiff(noise("f4"), 0.1, 0.1, "1/nm"),
    "a.h5": plain_hdf5(noise("f4"), scale=0.1, units="nm^-1"),
    "b.tif": jeol_tiff(noise("u2"), "DIFF", 0.03),
}


@pytest.mark.parametrize("name", RECIPROCAL)
def test_an_image_of_reciprocal_space_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(
        FileError, match=r"is an image of reciprocal space \(its scale is in .*open the micrograph"
    ):
        read(RECIPROCAL[name], name=name)


@pytest.mark.filterwarnings("ignore")  # rosettasciio's own
def test_a_diffraction_pattern_of_tia_is_known_by_its_size() -> None:
    """A .ser file has 1/m in the place of m, and no unit: here 0.04 /nm."""
    pytest.importorskip("rsciio")
    with pytest.raises(FileError, match=r"a.ser is an image of reciprocal space \(its scale is in 1/m\)"):
        read(ser_bytes(noise("u2"), 4e7, 4e7), name="a.ser")


def test_the_reason_names_the_unit_that_is_reciprocal() -> None:
    tag = ScaleTag(0.1, 2.0, "nm", "EMD dimensions", "mrad")
    with pytest.raises(FileError, match=r"its scale is in mrad\)"):
        choose_scale([tag], "a.emd")


def test_rows_and_columns_keep_their_own_size() -> None:
    micrograph = read(dm_bytes(noise("f4"), 4, ROW_NM * 10, COL_NM * 10, "Å"), name="a.dm4")
    assert micrograph.pixel_size is not None
    assert micrograph.pixel_size.sizes_nm == pytest.approx((ROW_NM, COL_NM))


def test_control_characters_of_a_file_are_not_passed_on() -> None:
    assert printable("n\x1b[31mm\u202e<b>") == "n[31mm<b>"
    assert len(printable("x" * 500)) == 60


TITAN = {
    "sizes": "<PixelsSize><X>3.0E-11</X><Y>2.5E-11</Y></PixelsSize>",
    "units": '<b:PixelSize unitX="m"><b:X unit="nm">0.03</b:X><b:Y unit="nm">0.025</b:Y></b:PixelSize>',
    "nested": "<pixelSize><x><numericValue>3e-11</numericValue></x>"
    "<y><numericValue>2.5e-11</numericValue></y></pixelSize>",
}


@pytest.mark.parametrize("name", TITAN)
def test_xml_of_a_titan_is_read(name: str) -> None:
    text = f'<?xml version="1.0"?><Metadata><Core/>{TITAN[name]}</Metadata>'
    content = tiff_bytes(noise("u2"), extratags=[(34683, 2, len(text) + 1, text, True)])
    scale = read(content, name="a.tif").pixel_size
    assert scale is not None
    assert scale.sizes_nm == pytest.approx((0.025, 0.03))
    assert scale.origin == "FEI metadata"


def test_the_width_of_the_field_gives_a_scale_where_no_pixel_size_stands() -> None:
    text = "[IRBeam]\r\nHFW=5.6e-9\r\nVFW=4e-9\r\n[Image]\r\nResolutionX=112\r\nResolutionY=100\r\n"
    content = tiff_bytes(noise("u2"), extratags=[(34682, 2, len(text) + 1, text, True)])
    scale = read(content, name="a.tif").pixel_size
    assert scale is not None
    assert scale.sizes_nm == pytest.approx((0.04, 0.05))


@pytest.mark.parametrize(
    "text", ["0\r\n0\r\n0\r\n1.75e-12\r\n", "AP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 32 pm\r\n"]
)
def test_a_zeiss_tag_gives_a_scale(text: str) -> None:
    content = tiff_bytes(noise("u2"), extratags=[(34118, 2, len(text) + 1, text, True)])
    scale = read(content, name="a.tif").pixel_size
    assert scale is not None
    assert scale.mean_nm == pytest.approx(0.032)


def test_the_placeholder_of_mrc_is_asked_about_and_not_used() -> None:
    micrograph = read(mrc_bytes(noise("f4"), 0.1, 0.1), name="one.mrc")
    assert micrograph.pixel_size is None
    with pytest.raises(
        ScaleError, match=r"one.mrc has no scale.*gives 1.000 Å per pixel.*if it is true, type it"
    ):
        scaled(micrograph, Recipe())
    assert scaled(micrograph, replace(Recipe(), pixel_size_nm=0.1)).pixel_size is not None
    near = read(mrc_bytes(noise("f4"), 0.1004, 0.1004), name="near.mrc").pixel_size
    assert near is not None


def test_the_extended_header_of_an_mrc_is_believed_before_the_placeholder() -> None:
    record = np.zeros(1, get_ext_header_dtype(b"FEI1", "<"))
    record["Pixel size X"], record["Pixel size Y"] = 3e-11, 2.5e-11
    content = bytearray(mrc_bytes(noise("f4"), 0.1, 0.1))
    content[92:96], content[104:108] = record.nbytes.to_bytes(4, "little"), b"FEI1"
    micrograph = read(bytes(content[:1024]) + record.tobytes() + bytes(content[1024:]), name="a.mrc")
    assert micrograph.pixel_size is not None
    assert micrograph.pixel_size.sizes_nm == pytest.approx((0.025, 0.03))
    assert micrograph.notes == ()
    np.testing.assert_array_equal(micrograph.intensity, noise("f4"))
