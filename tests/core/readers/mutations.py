"""Damage to files, the same for the same seed."""

import io
import random
import struct
import zipfile
import zlib

EXTREMES = (
    0,
    1,
    2,
    15,
    16,
    255,
    4096,
    16384,
    65535,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63 - 1,
    2**64 - 1,
)
MAX_BYTES = 1 << 20


def _overwrite(data: bytearray, rng: random.Random) -> None:
    """An integer of an extreme size, more often near the start, where headers lie."""
    size, form = rng.choice(((2, "H"), (4, "I"), (8, "Q")))
    limit = len(data) if rng.random() < 0.3 else min(len(data), 1500)
    at = rng.randrange(max(1, limit - size))
    value = rng.choice(EXTREMES) % 2 ** (8 * size)
    data[at : at + size] = struct.pack(rng.choice("<>") + form, value)


def _flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 2, 4, 16, 64))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _randomize(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    length = rng.choice((1, 2, 4, 8, 32, 256))
    data[at : at + length] = rng.randbytes(min(length, len(data) - at))


def _fill(data: bytearray, rng: random.Random) -> None:
    at, length = rng.randrange(len(data)), rng.choice((1, 4, 16, 512))
    data[at : at + length] = bytes([rng.choice((0, 255))]) * min(length, len(data) - at)


def _truncate(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(1, len(data) + 1) :]


def _remove(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.choice((1, 2, 4, 100))]


def _insert(data: bytearray, rng: random.Random) -> None:
    at, start = rng.randrange(len(data)), rng.randrange(len(data))
    data[at:at] = data[start : start + rng.choice((1, 2, 4, 100, 1000))]


KINDS = (_overwrite, _overwrite, _overwrite, _flip, _flip, _randomize, _fill, _truncate, _remove, _insert)


def _damaged(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        if data:
            rng.choice(KINDS)(data, rng)
    return bytes(data[:MAX_BYTES])


def _png_damaged_inside(content: bytes, rng: random.Random) -> bytes:
    """A PNG with one chunk damaged and its checksum made to fit, so that it is not refused for that alone."""
    chunks, at = [], 8
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    number = rng.randrange(len(chunks))
    kind, body = chunks[number]
    if kind == b"IDAT" and rng.random() < 0.7:  # below the compression
        chunks[number] = (kind, zlib.compress(_damaged(zlib.decompress(body), rng)))
    else:
        chunks[number] = (kind, _damaged(body, rng))
    return content[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _zip_damaged_inside(content: bytes, rng: random.Random) -> bytes:
    """An archive with one member damaged before it is packed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(target, "w") as made:
        number = rng.randrange(len(archive.namelist()))
        for index, info in enumerate(archive.infolist()):
            body = archive.read(info)
            body = _damaged(body, rng) if index == number else body
            made.writestr(zipfile.ZipInfo(info.filename), body, rng.choice((0, zipfile.ZIP_DEFLATED)))
    return target.getvalue()


INSIDE = {b"\x89PNG": _png_damaged_inside, b"PK\3\4": _zip_damaged_inside}
"""Formats with checksums, by their first bytes."""


def mutated(content: bytes, seed: int) -> bytes:
    """The content with one to four kinds of damage; `seed` decides which and where."""
    rng = random.Random(seed)
    inside = INSIDE.get(content[:4])
    if inside is not None and rng.random() < 0.7:
        return inside(content, rng)
    return _damaged(content, rng)
