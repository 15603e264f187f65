"""The structure of a JPEG stream, walked through marker by marker before anything is decoded.

A decoder makes room for what the frame header states, and goes over the whole image once for every scan. So
both are read first, from where they stand: a header that lies inside another segment is not one.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hrtem_core.errors import FileError

EOI, SOS = 0xD9, 0xDA
ALONE = (0x01, *range(0xD0, 0xD9))
"""Markers that no segment follows, for every decoder: TEM, RST0 to RST7, SOI."""

FRAMES = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive"}
"""Kinds of frame that are decoded; lossless, hierarchical and arithmetic coding are in no micrograph."""

NOT_FRAMES = (0xC4, 0xC8, 0xCC)
"""Among C0 to CF: Huffman tables, reserved, arithmetic conditioning (ITU-T T.81, table B.1)."""

MAX_SCANS = 32
"""Programs write about ten; each costs as much as decoding the whole image."""

MAX_SEGMENTS = 2000

NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
"""Ends a scan's data: in it FF is followed by 00, or is a restart marker (ITU-T T.81, B.1.1.5)."""


@dataclass(frozen=True)
class JpegFrame:
    """What the frame header of a JPEG stream states.

    Parameters
    ----------
    rows, cols
        Of the image.
    n_components
        Grey has 1, colours 3 or 4.
    """

    rows: int
    cols: int
    n_components: int


def jpeg_frame(content: bytes, name: str) -> JpegFrame:
    """The one frame of a JPEG stream.

    Parameters
    ----------
    content
        The stream, from its first marker on.
    name
        The file's name, for messages.

    Raises
    ------
    FileError
        If the stream is not built as JPEG streams are, its kind of frame is not decoded, or it has more scans
        than any program writes.
    """
    frame: JpegFrame | None = None
    n_scans = 0
    for marker, body in _segments(content, name):
        if marker in FRAMES and frame is None:
            frame = _frame(body, name)
        elif 0xC0 <= marker <= 0xCF and marker not in NOT_FRAMES:
            raise _unread(name, "a kind of JPEG that is not read, or several frames in one")
        n_scans += marker == SOS
        if n_scans > MAX_SCANS:
            raise _unread(name, f"JPEG data of more than {MAX_SCANS} scans, as no program writes")
    if frame is None or not n_scans:
        raise _unread(name, "JPEG data without an image")
    return frame


def _segments(content: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    """Markers that are followed by a segment, and its content, up to the end of the image."""
    at = 0
    for _ in range(MAX_SEGMENTS):
        marker, at = _marker(content, at, name)
        if marker is None or marker == EOI:  # a stream cut off in its last scan is still shown
            return
        if marker in ALONE:
            continue
        body = _body(content, at, name)
        yield marker, body
        at += 2 + len(body)
        if marker == SOS:
            at = _end_of_scan(content, at)
    raise _unread(name, f"JPEG data of more than {MAX_SEGMENTS} segments")


def _unread(name: str, what: str) -> FileError:
    return FileError(f"{name} holds {what}; export it again, as TIFF without compression.")


def _marker(content: bytes, at: int, name: str) -> tuple[int | None, int]:
    """The marker at `at` and where what follows it begins; None at the end of the stream."""
    while content[at : at + 2] == b"\xff\xff":  # any number of FF may fill up before a marker
        at += 1
    if at + 2 > len(content):
        return None, at
    if content[at] != 0xFF or content[at + 1] == 0:
        raise _unread(name, "damaged JPEG data")
    return content[at + 1], at + 2


def _body(content: bytes, at: int, name: str) -> bytes:
    """A segment's content after its two bytes of length."""
    (length,) = struct.unpack_from(">H", content, at) if at + 2 <= len(content) else (0,)
    if length < 2 or at + length > len(content):
        raise _unread(name, "damaged JPEG data")
    return content[at + 2 : at + length]


def _frame(body: bytes, name: str) -> JpegFrame:
    """Depth, rows, columns and components; three bytes follow for each (ITU-T T.81, B.2.2)."""
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise _unread(name, "damaged JPEG data")
    depth, rows, cols, n_components = struct.unpack_from(">BHHB", body)
    if depth not in (8, 12) or rows == 0 or cols == 0 or not 1 <= n_components <= 4:
        raise _unread(name, "JPEG data of a kind that is not read")
    return JpegFrame(rows, cols, n_components)


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next marker stands, or the end."""
    found = NEXT_MARKER.search(content, at)
    return found.start() if found else len(content)
