"""TIFF through tifffile, page by page; series are not followed, so that no other file is opened."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import MIN_SIDE_PX, STRIP_BYTES, parts_in, parts_of, rows_at_once
from hrtem_core.readers.jpeg import jpeg_frame
from hrtem_core.readers.limits import FREE_BYTES, MAX_EXPANSION
from hrtem_core.readers.source import Source
from hrtem_core.readers.stored import Stack
from hrtem_core.readers.tiff_scales import instrument_of, scales_of

# Remarks on odd tags are not for the terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

MAX_PAGES = 20_000
SHARED_BYTES, SHARED_TIMES = 1 << 20, 2
"""Values of tags may take so many bytes, and so many times the file's: pages can share them, and each is kept
for every page, as numbers that take ten times their bytes."""
COLOURS = (tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR)
UNCOMPRESSED, JPEG = 1, 7
CODECS = (UNCOMPRESSED, 5, JPEG, 8, 32773, 32946, 34925, 50000)
"""None, LZW, JPEG, Deflate, PackBits, Deflate by its old number, LZMA, ZSTD."""


def _palette(page: tifffile.TiffPage, pixels: NDArray[Any]) -> NDArray[Any]:
    """The 8-bit colours the indices stand for: (rows, columns) when all are grey, else (rows, columns, 3)."""
    table = np.asarray(page.colormap)
    if table.ndim != 2 or table.shape[0] != 3 or pixels.dtype.kind != "u":
        return pixels
    colours = (table >> 8).astype(np.uint8)[:, np.minimum(pixels, table.shape[1] - 1)]
    is_grey = np.array_equal(table[0], table[1]) and np.array_equal(table[0], table[2])
    return colours[0] if is_grey else colours.transpose(1, 2, 0)


def _has_opacity(page: tifffile.TiffPage) -> bool:
    """Whether the last channel says how opaque a pixel is (ExtraSamples 1 and 2; 0 says nothing)."""
    extra = page.extrasamples or ()
    return bool(extra) and extra[-1] in (1, 2)


def _decode(page: tifffile.TiffPage, name: str) -> NDArray[Any]:
    """A page as (rows, columns) or (rows, columns, colours)."""
    if page.compression == JPEG:
        _check_jpeg(page, name)
    pixels = np.asarray(page.asarray(maxworkers=1))
    if pixels.ndim == 2 and page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        return _palette(page, pixels)
    if pixels.ndim == 3:
        pixels = np.moveaxis(pixels, page.axes.index("S"), 2)
        if page.photometric in COLOURS:
            return pixels if _has_opacity(page) else pixels[..., :3]
        return pixels[..., [0, -1]] if _has_opacity(page) else pixels[..., 0]
    if pixels.ndim != 2:
        raise FileError(f"{name} has a page of {pixels.ndim} dimensions; export it as single pages.")
    return pixels


def _strips(page: tifffile.TiffPage) -> Iterator[NDArray[Any]]:
    """A grey page from its top, some rows at a time, with the numbers that `_decode` gives."""
    if not page.dataoffsets:
        raise ValueError("the page says nowhere where its numbers are")
    row_bytes, step = page.imagewidth * _bytes_per_pixel(page), _segment_rows(page)
    if page.is_final:
        numbers = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
        stream: Any = page.parent.filehandle
        return parts_in(stream, page.dataoffsets[0], (page.imagelength, page.imagewidth), numbers)
    if page.is_contiguous:  # but to be unpacked as a whole
        return parts_of(page.asarray(maxworkers=1))
    if not page.is_tiled and rows_at_once(row_bytes, step) == step:
        return _large_segments(page)
    return _bands(page, rows_at_once(row_bytes, step))


def _segment_rows(page: tifffile.TiffPage) -> int:
    """Rows of a strip or tile."""
    return int(page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength))


def _segments(page: tifffile.TiffPage) -> Iterator[tuple[Any, int, int, tuple[int, ...]]]:
    """Strips or tiles: their numbers, or the one that stands for all, row and column they begin at, shape."""
    found = page.segments(maxworkers=1, buffersize=STRIP_BYTES, _fullsize=False)
    for segment, (_, _, row, col, _), shape in found:
        rows, cols = page.imagelength - row, page.imagewidth - col
        yield page.nodata if segment is None else segment[0, :rows, :cols, 0], row, col, shape[1:3]


def _large_segments(page: tifffile.TiffPage) -> Iterator[NDArray[Any]]:
    """The page by its own strips, where each is enough."""
    for segment, row, _, (n_rows, n_cols) in _segments(page):
        size = min(n_rows, page.imagelength - row), n_cols
        yield from parts_of(
            segment if isinstance(segment, np.ndarray) else np.full(size, segment, page.dtype)
        )


def _bands(page: tifffile.TiffPage, n_rows: int) -> Iterator[NDArray[Any]]:
    """The page in bands of `n_rows` rows, each put together from small strips or from tiles."""
    band: NDArray[Any] = np.zeros((0, 0))
    top = -n_rows
    for segment, row, col, (height, width) in _segments(page):
        while row >= top + n_rows:
            if top >= 0:
                yield band
            top += n_rows
            band = np.zeros((min(n_rows, page.imagelength - top), page.imagewidth), page.dtype)
        band[row - top : row - top + height, col : col + width] = segment
    yield band


def _bytes_per_pixel(page: tifffile.TiffPage) -> int:
    dtype = page.dtype
    return max(1, page.samplesperpixel) * (dtype.itemsize if dtype is not None else 1)


def _check_jpeg(page: tifffile.TiffPage, name: str) -> None:
    """Refuse JPEG segments that are larger than their tile: they would be unpacked whole."""
    rows, cols = max(page.tilelength, page.rowsperstrip), max(page.tilewidth, page.imagewidth)
    for offset, length in zip(page.dataoffsets, page.databytecounts, strict=True):
        if length == 0:
            continue  # a tile that was never written
        page.parent.filehandle.seek(offset)
        frame = jpeg_frame(page.parent.filehandle.read(length), name)
        if frame.rows > rows or frame.cols > cols or frame.n_components > max(page.samplesperpixel, 1):
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
    if page.axes in ("YXS", "SYX") and page.photometric not in COLOURS:
        notes.append(f"the first of {page.samplesperpixel} channels is used")
    return tuple(notes)


def _comes_in_strips(page: tifffile.TiffPage) -> bool:
    """Whether a page can be had a few rows at a time: a grey one; as JPEG it is small in any case."""
    is_grey = page.axes == "YX" and page.photometric not in (*COLOURS, tifffile.PHOTOMETRIC.PALETTE)
    return is_grey and page.compression != JPEG


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
        scales=scales_of(first),
        instrument=instrument_of(first),
        notes=_notes(first),
        compressed=first.compression != UNCOMPRESSED,
        strips=(lambda frame: _strips(pages[frame])) if _comes_in_strips(first) else None,
    )


def _kind(page: tifffile.TiffPage) -> tuple[Any, ...]:
    return page.shape, str(page.dtype), page.compression, page.photometric, page.is_tiled, page.tile


def _pages(tiff: tifffile.TiffFile, name: str) -> Iterator[tifffile.TiffPage]:
    """Every page once: a damaged file may send its list of pages round in a circle, or share tags."""
    seen: set[int] = set()
    left = SHARED_BYTES + SHARED_TIMES * tiff.filehandle.size
    for page in tiff.pages:
        if not isinstance(page, tifffile.TiffPage) or page.offset in seen:
            return
        seen.add(page.offset)
        if len(seen) > MAX_PAGES:
            raise FileError(f"{name} has more than {MAX_PAGES} pages; split the file.")
        left -= sum(tag.valuebytecount for tag in page.tags)
        if left < 0:
            raise FileError(f"{name} states longer lists of its pages than it holds; export it again.")
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
        # Previews come last, also those that only lack the scale of the image behind them (Olympus).
        stacks = [(run[0].is_reduced, _stack(run, source)) for run in runs]
        stacks.sort(key=lambda one: (one[0] or min(one[1].shape) < MIN_SIDE_PX, not one[1].scales))
        yield [stack for _, stack in stacks]
