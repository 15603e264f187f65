"""TIFF through tifffile, page by page; series are not followed, so that no other file is opened."""

import logging
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.readers.limits import FREE_BYTES, MAX_EXPANSION
from hrtem_core.readers.scale import ScaleTag
from hrtem_core.readers.source import Source
from hrtem_core.readers.stored import Stack

# Remarks on odd tags are not for the terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

MAX_PAGES = 20_000
FEI_TAGS = (34682, 34680)
TVIPS_TAG = 37706
SIS_TAG = 33560
GATAN_UNITS = (65004, 65003)
GATAN_SCALES = (65010, 65009)
UNCOMPRESSED, JPEG = 1, 7
CODECS = (UNCOMPRESSED, 5, JPEG, 8, 32773, 32946, 34925, 50000)
"""None, LZW, JPEG, Deflate, PackBits, Deflate by its old number, LZMA, ZSTD."""

METRES_BELOW = 1e-6
"""A TVIPS pixel size below this is in m (older tifffile converts), above it in nm."""


def _number(value: Any) -> float:
    """A tag's number; 0, which counts as no scale, when it is none."""
    with suppress(TypeError, ValueError, OverflowError):
        return float(value)
    return 0.0


def _fei(page: tifffile.TiffPage) -> Iterator[ScaleTag]:
    for code in FEI_TAGS:
        value = page.tags.valueof(code)
        scan = value.get("Scan") if isinstance(value, dict) else None
        if isinstance(scan, dict) and "PixelWidth" in scan:
            col = _number(scan["PixelWidth"])
            yield ScaleTag(_number(scan.get("PixelHeight", col)), col, "m", "FEI metadata")


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


def _scales(page: tifffile.TiffPage) -> tuple[ScaleTag, ...]:
    """Every scale of the page; vendors' tags before what programs wrote later."""
    return tuple(tag for dialect in (_fei, _gatan, _tvips, _sis, _ome, _imagej) for tag in dialect(page))


def _palette(page: tifffile.TiffPage, pixels: NDArray[Any]) -> NDArray[Any]:
    """The colours that the indices stand for, shape (rows, columns, 3), 8 bits each."""
    table = np.asarray(page.colormap)
    if table.ndim != 2 or table.shape[0] != 3 or pixels.dtype.kind != "u":
        return pixels
    return (table >> 8).astype(np.uint8)[:, np.minimum(pixels, table.shape[1] - 1)].transpose(1, 2, 0)


def _decode(page: tifffile.TiffPage, name: str) -> NDArray[Any]:
    """A page as (rows, columns) or (rows, columns, colours)."""
    if page.compression == JPEG:
        _check_jpeg(page, name)
    pixels = np.asarray(page.asarray(maxworkers=1))
    if pixels.ndim == 2 and page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        return _palette(page, pixels)
    if pixels.ndim == 3:
        pixels = np.moveaxis(pixels, page.axes.index("S"), 2)
        is_colour = page.photometric in (tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR)
        return pixels if is_colour else pixels[..., 0]
    if pixels.ndim != 2:
        raise FileError(f"{name} has a page of {pixels.ndim} dimensions; export it as single pages.")
    return pixels


def _bytes_per_pixel(page: tifffile.TiffPage) -> int:
    dtype = page.dtype
    return max(1, page.samplesperpixel) * (dtype.itemsize if dtype is not None else 1)


def _check_jpeg(page: tifffile.TiffPage, name: str) -> None:
    """Refuse JPEG segments that state another size than their tile: they would be unpacked whole."""
    rows, cols = max(page.tilelength, page.rowsperstrip), max(page.tilewidth, page.imagewidth)
    for offset, length in zip(page.dataoffsets, page.databytecounts, strict=True):
        page.parent.filehandle.seek(offset)
        frame = re.search(rb"\xff[\xc0-\xc3]\0.[\x08\x0c](....)", page.parent.filehandle.read(length), re.S)
        stated = struct.unpack(">HH", frame.group(1)) if frame else (0, 0)
        if stated[0] > rows or stated[1] > cols:
            raise FileError(f"{name} holds JPEG data of another size than it states; export it again.")


def _check_segments(page: tifffile.TiffPage, source: Source) -> None:
    """Refuse codecs that state their own size, and tiles far larger than the image, unpacked whole."""
    if page.compression not in CODECS:
        raise FileError(
            f"{source.name} is compressed in a way that is not read (TIFF code {int(page.compression)}); "
            "export it uncompressed, or with LZW or Deflate."
        )
    tile = max(1, page.tilewidth) * max(1, page.tilelength) * max(1, page.tiledepth) * _bytes_per_pixel(page)
    if page.is_tiled and tile > max(FREE_BYTES, MAX_EXPANSION * source.n_bytes):
        raise FileError(f"{source.name} states tiles of {tile / 2**20:.0f} MiB; it is damaged.")
    if page.imagedepth != 1 or page.dtype is None or page.axes not in ("YX", "YXS", "SYX"):
        raise FileError(
            f"{source.name} has a page that is no image of rows and columns; export it as a grey TIFF."
        )


def _notes(page: tifffile.TiffPage) -> tuple[str, ...]:
    notes = []
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        notes.append("the file shows small numbers as bright; the numbers are used as they are")
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        notes.append("indexed colours are turned into the brightness they stand for")
    if page.axes in ("YXS", "SYX") and page.photometric == tifffile.PHOTOMETRIC.MINISBLACK:
        notes.append(f"the first of {page.samplesperpixel} channels is used")
    return tuple(notes)


def _stack(pages: list[tifffile.TiffPage], source: Source) -> Stack:
    first = pages[0]
    shape = (first.imagelength, first.imagewidth)
    _check_segments(first, source)
    return Stack(
        title="",
        shape=shape,
        stored_as=str(first.dtype),
        decode=partial(lambda frames, i: _decode(frames[i], source.name), pages),
        n_frames=len(pages),
        bytes_per_pixel=_bytes_per_pixel(first),
        scales=_scales(first),
        notes=_notes(first),
        compressed=first.compression != UNCOMPRESSED,
    )


def _kind(page: tifffile.TiffPage) -> tuple[Any, ...]:
    return page.shape, str(page.dtype), page.compression, page.photometric, page.is_tiled, page.tile


def _pages(tiff: tifffile.TiffFile, name: str) -> Iterator[tifffile.TiffPage]:
    """Every page once: a damaged file may send its list of pages round in a circle."""
    seen: set[int] = set()
    for page in tiff.pages:
        if not isinstance(page, tifffile.TiffPage) or page.offset in seen:
            return
        seen.add(page.offset)
        if len(seen) > MAX_PAGES:
            raise FileError(f"{name} has more than {MAX_PAGES} pages; split the file.")
        yield page


@contextmanager
def open_tiff(source: Source) -> Iterator[list[Stack]]:
    """The pages of a TIFF; neighbours of one size and type form a stack."""
    with source.open() as stream, tifffile.TiffFile(stream) as tiff:
        runs: list[list[tifffile.TiffPage]] = []
        for page in _pages(tiff, source.name):
            if runs and _kind(runs[-1][0]) == _kind(page):
                runs[-1].append(page)
            else:
                runs.append([page])
        if not runs:
            raise FileError(f"{source.name} is a TIFF without an image; export it again.")
        yield [_stack(run, source) for run in runs]
