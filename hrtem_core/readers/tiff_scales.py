"""The scales that a TIFF page may carry, one function for each program that writes them; and the voltage."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import tifffile

from hrtem_core.image import Instrument
from hrtem_core.readers.scale import ScaleTag

FEI_TAGS = (34682, 34680)
TITAN_TAG = 34683
ZEISS_TAG = 34118
TVIPS_TAG = 37706
SIS_TAG = 33560
GATAN_UNITS = (65004, 65003)
GATAN_SCALES = (65010, 65009)
METRES_BELOW = 1e-6
"""A TVIPS pixel size below this is in m (older tifffile converts), above it in nm."""

NM_PER_RESOLUTION = {2: 2.54e7, 3: 1e7}
"""Inch and cm, by TIFF's ResolutionUnit."""


def _number(value: Any) -> float:
    """A tag's number; 0, which counts as no scale, when it is none."""
    with suppress(TypeError, ValueError, OverflowError):
        return float(value)
    return 0.0


def _fei(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    """The size of a scanned pixel, or the field's width (HFW) over the number of pixels in it."""
    for code in FEI_TAGS:
        value = page.tags.valueof(code)
        scan, beam, image = (
            _section(value.get(name)) if isinstance(value, dict) else {}
            for name in ("Scan", "IRBeam", "Image")
        )
        if "PixelWidth" in scan:
            col = _number(scan["PixelWidth"])
            yield ScaleTag(_number(scan.get("PixelHeight", col)), col, "m", "FEI metadata")
        elif "HFW" in beam and _number(image.get("ResolutionX")) > 0:
            col = _number(beam["HFW"]) / _number(image["ResolutionX"])
            n_rows = _number(image.get("ResolutionY"))
            row = _number(beam.get("VFW")) / n_rows if n_rows > 0 else col
            yield ScaleTag(row, col, "m", "FEI metadata")


def _section(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _titan(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    """XML of FEI's and Thermo Fisher's TEM programs: X and Y of PixelSize, in metres where no unit stands."""
    found = re.search(
        r"<(?:\w{1,20}:)?Pixels?Size\b[^>]{0,400}>(.{0,2000}?)</(?:\w{1,20}:)?Pixels?Size>",
        _titan_text(page),
        re.S | re.I,
    )
    axes = dict(_titan_axes(found.group(1))) if found else {}
    if "x" in axes:
        col, col_unit = axes["x"]
        row, row_unit = axes.get("y", axes["x"])
        yield ScaleTag(row, col, row_unit, "FEI metadata", col_unit)


def _titan_text(page: tifffile.TiffPage) -> str:
    value = page.tags.valueof(TITAN_TAG)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return text if isinstance(text, str) else ""


def _titan_axes(text: str) -> Iterator[tuple[str, tuple[float, str]]]:
    """(axis, (size, unit)) of the elements X and Y."""
    for axis, attributes, content in re.findall(
        r"<(?:\w{1,20}:)?([XY])\b([^>]{0,400})>(.{0,800}?)</", text, re.S | re.I
    ):
        unit = re.search(r'\bunit\w{0,1}="([^"]{1,20})"', attributes)
        number = re.search(r"[-+]?\d[\d.]{0,30}(?:[eE][-+]?\d{1,3})?", content)
        yield axis.lower(), (_number(number.group()) if number else 0.0, unit.group(1) if unit else "m")


def _zeiss(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    """The size of the image's pixels, else the fourth nameless number: m, were there 1024 pixels in a row."""
    value = page.tags.valueof(ZEISS_TAG)
    if not isinstance(value, dict):
        return
    said, nameless = value.get("ap_image_pixel_size"), value.get("")
    if isinstance(said, tuple) and len(said) == 3:
        yield ScaleTag(_number(said[1]), _number(said[1]), str(said[2]), "Zeiss metadata")
    elif isinstance(nameless, tuple) and len(nameless) > 3:
        size = _number(nameless[3]) * 1024 / max(page.imagewidth, 1)
        yield ScaleTag(size, size, "m", "Zeiss metadata")


def _gatan(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    row_unit, col_unit = (page.tags.valueof(code) for code in GATAN_UNITS)
    row, col = (page.tags.valueof(code) for code in GATAN_SCALES)
    if col is not None and isinstance(col_unit, str):
        has_rows = row is not None and isinstance(row_unit, str)
        row, row_unit = (row, row_unit) if has_rows else (col, col_unit)
        yield ScaleTag(_number(row), _number(col), str(row_unit), "Gatan tags", col_unit)


def _tvips(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    value = page.tags.valueof(TVIPS_TAG)
    if isinstance(value, dict):
        col = _number(value.get("PixelSizeX"))
        row = _number(value.get("PixelSizeY")) or col
        yield ScaleTag(row, col, "m" if col < METRES_BELOW else "nm", "TVIPS metadata")


def _sis(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    value = page.tags.valueof(SIS_TAG)
    if isinstance(value, dict) and "pixelsizex" in value:
        col = _number(value["pixelsizex"])
        yield ScaleTag(_number(value.get("pixelsizey", col)), col, "m", "Olympus SIS metadata")


def _ome(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    """PhysicalSizeX and Y of the first Pixels element; µm where no unit is given (OME schema 2016-06)."""
    pixels = re.search(r"<(?:\w{1,20}:)?Pixels\b([^>]{0,4000})", page.description)
    if pixels is None or not re.search(r"<(?:\w{1,20}:)?OME\b", page.description[:2000]):
        return
    values = dict(re.findall(r'\b(PhysicalSize[XY](?:Unit)?)="([^"]{1,60})"', pixels.group(1)))
    if "PhysicalSizeX" in values:
        col = _number(values["PhysicalSizeX"])
        col_unit = values.get("PhysicalSizeXUnit", "µm")
        row = _number(values.get("PhysicalSizeY", col))
        row_unit = values.get("PhysicalSizeYUnit", "µm") if "PhysicalSizeY" in values else col_unit
        yield ScaleTag(row, col, row_unit, "OME metadata", col_unit)


def _pixels_per_unit(value: Any) -> float:
    if isinstance(value, tuple) and len(value) == 2:
        return _number(value[0]) / _number(value[1]) if _number(value[1]) else 0.0
    return _number(value)


def _imagej(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    """ImageJ keeps pixels per unit as the resolution, and the unit in the description."""
    if not page.description.startswith("ImageJ="):
        return
    entries = dict(line.split("=", 1) for line in page.description.splitlines()[:200] if "=" in line)
    along_col = _pixels_per_unit(page.tags.valueof("XResolution"))
    along_row = _pixels_per_unit(page.tags.valueof("YResolution")) or along_col
    if "unit" in entries and along_col > 0 and along_row > 0:
        unit = entries["unit"]
        yield ScaleTag(1 / along_row, 1 / along_col, entries.get("yunit", unit), "ImageJ metadata", unit)


def _jeol(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    """JEOL's SightX gives the resolution of the camera, and the magnification in XML.

    Of a scanned image the XML does not say what the resolution is one of, so that counts as no scale.
    """
    if "<TemReporter" not in page.description[:2000] or "<EosMode>eosTEM<" not in page.description:
        return
    per_length = _pixels_per_unit(page.tags.valueof("XResolution"))
    unit_nm = NM_PER_RESOLUTION.get(int(page.tags.valueof("ResolutionUnit", default=0)), 0.0)
    imaging = page.description.partition("<ImageFormingSystem>")[2]
    mode = re.search(r"<ModeString>(\w{1,20})</ModeString>", imaging)
    selected = re.search(r"<SelectorValue>([\d.eE+]{1,20})</SelectorValue>", imaging)
    if mode is None or selected is None or per_length <= 0:
        return
    if mode.group(1).upper() == "DIFF":
        yield ScaleTag(0.0, 0.0, "1/nm", "JEOL metadata")
    elif _number(selected.group(1)) > 0:
        size = unit_nm / per_length / _number(selected.group(1))
        yield ScaleTag(size, size, "nm", "JEOL metadata")


DIALECTS = (_fei, _titan, _gatan, _tvips, _sis, _jeol, _zeiss, _ome, _imagej)


def instrument_of(page: tifffile.TiffPage) -> Instrument:
    """What FEI's and Thermo Fisher's programs say of the microscope: its voltage, in V."""
    for code in FEI_TAGS:
        value = page.tags.valueof(code)
        if isinstance(value, dict):
            volts = _number(_section(value.get("Beam")).get("HV"))
            return Instrument.stated(volts=volts, origin="FEI metadata")
    found = re.search(
        r"<(?:\w{1,20}:)?AccelerationVoltage\b[^>]{0,400}>\s{0,40}([\d.]{1,20}(?:[eE][+]?\d{1,2})?)\s{0,40}</",
        _titan_text(page),
    )
    return Instrument.stated(volts=_number(found.group(1)) if found else 0.0, origin="FEI metadata")


def scales_of(page: tifffile.TiffPage) -> tuple[ScaleTag, ...]:
    """Every scale of the page; vendors' tags before what programs wrote later."""
    return tuple(tag for dialect in DIALECTS for tag in dialect(page))
