"""Files that lie: built as their format wants it, so that every guard of structure passes, with contents that
ask for more than they hold. The same for the same seed; `lying` gives one of every kind in turn.
"""

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

Lie = tuple[str, bytes]
"""File name and content."""

ROWS, COLS, HONEST = 40, 56, 0.75
"""Of most images, so that a lie is met where it is told, and not before."""

SIDES = (0, 1, 15, 16, 64, 255, 1000, 4096, 5000, 16384, 65500, 65536, 2**20, 2**31 - 1, 2**32 - 1)
COUNTS = (0, 1, 2, 3, 8, 100, 1000, 20_000)


def side(rng: random.Random) -> int:
    """A length of pixels, honest or not."""
    return rng.choice(SIDES)


def sides(rng: random.Random, most: int = 2**31 - 1) -> tuple[int, int]:
    """Rows and columns, each of them mostly true."""
    rows, cols = (n if rng.random() < HONEST else min(side(rng), most) for n in (ROWS, COLS))
    return rows, cols


def mostly(rng: random.Random, truth: int, *lies: int) -> int:
    """The truth three times out of four."""
    return truth if rng.random() < HONEST else rng.choice(lies)


def _bomb(rng: random.Random, pack: Callable[[bytes], bytes] = zlib.compress) -> bytes:
    """Zeros, packed: up to 64 MB in 64 kB."""
    return pack(bytes(rng.choice((100, 10_000, 1 << 20, 1 << 24, 1 << 26))))


# JPEG -------------------------------------------------------------------------------------------


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", min(2 + len(body), 65535)) + body[:65533]


def _sof(rng: random.Random, marker: int) -> bytes:
    n = rng.choice((1, 1, 3, 4, 0, 255))
    rows, cols = (min(side(rng), 65535) for _ in range(2))
    body = struct.pack(">BHHB", rng.choice((8, 8, 12, 16)), rows, cols, n)
    return _segment(marker, body + b"".join(bytes([i, rng.choice((0x11, 0x22, 0x44)), 0]) for i in range(n)))


def jpeg_stream(rng: random.Random) -> bytes:
    """Segments in any order and number; their lengths are true."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.zeros((64, 48), np.uint8)).save(stream, "JPEG", progressive=rng.random() < 0.5)
    honest = stream.getvalue()
    tables, scan = honest[2 : honest.index(b"\xff\xda")], honest[honest.index(b"\xff\xda") : -2]
    pieces = [tables, scan] * rng.choice((1, 1, 2, 40, 500))
    for _ in range(rng.choice((0, 1, 2, 5))):
        frame = _sof(rng, rng.choice((0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA)))
        piece = rng.choice((frame, _segment(0xE1, frame), _segment(0xFE, rng.randbytes(100)), b"\xff\xd0"))
        pieces.insert(rng.randrange(len(pieces) + 1), piece)
    return b"\xff\xd8" + b"".join(pieces) + rng.choice((b"\xff\xd9", b""))


def jpeg(rng: random.Random) -> Lie:
    return "a.jpg", jpeg_stream(rng)


# TIFF -------------------------------------------------------------------------------------------

NUMBERS = {1: "B", 3: "H", 4: "I", 16: "Q"}


def tiff(rng: random.Random) -> Lie:
    """One to many pages whose tags are well formed, and say anything."""
    codec = rng.choice((1, 1, 5, 7, 7, 8, 8, 32773, 34925, 50000))
    data = {7: jpeg_stream, 8: _bomb}.get(codec, lambda r: r.randbytes(2000))(rng)
    if codec == 1 and rng.random() < HONEST:
        data = bytes(ROWS * COLS)
    rows, cols = sides(rng, 2**32 - 1)
    n_parts = mostly(rng, 1, *COUNTS)
    bits = mostly(rng, 8, 1, 16, 32, 64)
    is_tiled = rng.random() < 0.4
    parts: dict[int, tuple[int, list[int]]] = {
        256: (4, [cols]), 257: (4, [rows]), 258: (3, [bits] * mostly(rng, 1, 3)), 259: (3, [codec]),
        262: (3, [mostly(rng, 1, 0, 2, 3, 6)]), 277: (3, [mostly(rng, 1, 3, 4, 1000)]),
        339: (3, [mostly(rng, 1, 2, 3)]), 284: (3, [mostly(rng, 1, 2)]),
    }  # fmt: skip
    places, lengths = (324, 325) if is_tiled else (273, 279)
    if is_tiled:
        parts |= {322: (4, [side(rng)]), 323: (4, [side(rng)])}
    else:
        parts[278] = 4, [mostly(rng, ROWS, *SIDES)]
    at = mostly(rng, 8, 0, 2**31)
    parts[places] = 4, [at] * n_parts
    parts[lengths] = 4, [mostly(rng, len(data), 0, 2**31)] * n_parts
    for code in rng.sample((270, 320, 34682, 34683, 65009, 330, 34118, 37706), rng.randrange(3)):
        parts[code] = rng.choice((1, 3, 4)), [rng.randrange(256) for _ in range(rng.choice(COUNTS))]
    return "a.tif", _tiff_bytes(parts, data, rng.choice((1, 1, 3, 200)))


def _tiff_bytes(tags: dict[int, tuple[int, list[int]]], data: bytes, n_pages: int) -> bytes:
    body, places = bytearray(b"II*\0\0\0\0\0" + data), {}
    for code, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}{NUMBERS[kind]}", *values)
        if len(packed) > 4:
            places[code] = struct.pack("<I", len(body))
            body += packed
        else:
            places[code] = packed.ljust(4, b"\0")
    previous = 4
    for _ in range(n_pages):
        struct.pack_into("<I", body, previous, len(body))
        body += struct.pack("<H", len(tags))
        for code, (kind, values) in sorted(tags.items()):
            body += struct.pack("<HHI", code, kind, len(values)) + places[code]
        previous = len(body)
        body += bytes(4)
    return bytes(body)


# PNG and BMP ------------------------------------------------------------------------------------


def png(rng: random.Random) -> Lie:
    """Chunks with true lengths and checksums."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows, cols = sides(rng)
    depth, colours = mostly(rng, 8, 1, 16), mostly(rng, 0, 2, 3, 4, 6)
    head = struct.pack(">IIBBBBB", cols, rows, depth, colours, 0, 0, mostly(rng, 0, 1))
    chunks = [chunk(b"IHDR", head)]
    for _ in range(rng.choice(COUNTS[:6])):
        kind = rng.choice((b"zTXt", b"iCCP", b"iTXt", b"tEXt", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"gAMA"))
        more = {b"zTXt": b"k\0\0", b"iCCP": b"k\0\0", b"iTXt": b"k\0\1\0\0\0"}.get(kind)
        chunks.append(chunk(kind, rng.randbytes(12) if more is None else more + _bomb(rng)))
    packed = _bomb(rng)
    step = rng.choice((1, 100, len(packed)))
    pieces = [packed[at : at + step] for at in range(0, min(len(packed), 3000 * step), step)]
    chunks += [chunk(b"IDAT", piece) for piece in pieces]
    return "a.png", b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def bmp(rng: random.Random) -> Lie:
    n_bits, packing = rng.choice(((8, 0), (8, 1), (24, 0), (4, 2), (1, 0), (32, 3)))
    rows, cols = sides(rng)
    n_colours = mostly(rng, 256, 0, 2**31)
    size = rows * rng.choice((1, -1)), cols
    head = struct.pack("<IiiHHIIiiII", 40, size[1], size[0], 1, n_bits, packing, 0, 0, 0, n_colours, 0)
    body = head + bytes(1024) + rng.choice((bytes(3000), b"\xff\x07" * 3000, b"\0\2\xff\xff" * 900))
    return "a.bmp", b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 14 + 40 + 1024) + body


# HDF5 -------------------------------------------------------------------------------------------


def hdf5(rng: random.Random) -> Lie:
    """Sets of data in any layout, with attributes that pretend to be scales, as Velox, Berkeley, HyperSpy."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver=rng.choice(("earliest", "latest"))) as file:
        for number in range(rng.choice((1, 1, 3, 50))):
            _data(file, f"{'g/' * rng.choice((0, 1, 40))}d{number}", rng)
        rng.choice((_velox, _berkeley, _hyperspy, _groups))(file, rng)
    return rng.choice(("a.h5", "a.emd")), stream.getvalue()


def _data(file: h5py.File, name: str, rng: random.Random) -> None:
    n_dims = rng.choice((1, 2, 2, 3, 5))
    most = {1: 2**30, 2: 2**16, 3: 5000, 5: 100}[n_dims]
    shape = tuple(max(1, min(side(rng), most)) for _ in range(n_dims))
    chunks = tuple(min(n, max(rng.choice((1, 16, 500)), n // 100)) for n in shape)
    packing = rng.choice((None, "gzip", "lzf"))
    if packing is None:
        shape, chunks = tuple(min(n, 64) for n in shape), tuple(min(n, 16) for n in chunks)
    data = file.create_dataset(name, shape, rng.choice(("u1", "<f4", ">f8", "c8")), chunks=chunks,
                               compression=packing, shuffle=rng.random() < 0.3)  # fmt: skip
    if packing == "gzip" and rng.random() < 0.7:
        data.id.write_direct_chunk((0,) * len(shape), _bomb(rng))
    for key in rng.sample(("scale", "units", "pixel_size", "element_size_um", "x"), rng.randrange(3)):
        data.attrs[key] = rng.choice((0.1, -1.0, "nm" * 400, "nm", float("nan"), [0.1] * 3, [1.0] * 5000))


def _velox(file: h5py.File, rng: random.Random) -> None:
    group = file.require_group(f"Data/Image/{'0' * 32}")
    group.create_dataset("Data", (16, 16, rng.choice((1, 5, 100_000))), "u2", chunks=(16, 16, 1))
    size = {"width": rng.choice(("1e-11", "nan", "x", "9" * 400)), "height": "1e-11"}
    honest = json.dumps({"BinaryResult": {"PixelSize": size, "PixelUnitX": "m"}})
    long = '{"BinaryResult": {"Detector": "' + "d" * 50_000
    text = rng.choice((honest, "[" * 100_000, '{"BinaryResult": 1}', long))
    column = np.frombuffer(text.encode(), np.uint8)[:, None]
    group.create_dataset("Metadata", data=column, compression=rng.choice((None, "gzip")))


def _berkeley(file: h5py.File, rng: random.Random) -> None:
    group = file.require_group("data/image")
    group.attrs["emd_group_type"] = 1
    group["data"] = np.zeros((20, 30), np.uint8)
    for number in (1, 2):
        group.create_dataset(f"dim{number}", (rng.choice((1, 2, 20, 30, 10**7)),), "f8", chunks=(1,))
        group[f"dim{number}"].attrs["units"] = rng.choice(("[n_m]", "[" * 900, "s"))


def _hyperspy(file: h5py.File, rng: random.Random) -> None:
    group = file.require_group("Experiments/image")
    group["data"] = np.zeros((20, 30), np.uint8)
    for number in range(2):
        axis = group.create_group(f"axis-{number}")
        axis.attrs["scale"], axis.attrs["units"] = rng.choice((0.1, 0.0, -5, "x")), rng.choice(("nm", "eV"))


def _groups(file: h5py.File, rng: random.Random) -> None:
    for number in range(rng.choice((1, 100, 1500))):
        file.create_group(f"group {number}").attrs["a"] = number
    file["self"] = file["/"]


# DigitalMicrograph ------------------------------------------------------------------------------


def _dm_number(value: int) -> bytes:
    return b"%%%%" + struct.pack(">LL", 1, 3) + struct.pack("<i", value)


def _dm_array(values: bytes, kind: int = 4, stated: int | None = None) -> bytes:
    n = len(values) // {2: 2, 4: 2, 3: 4, 6: 4, 10: 1}[kind] if stated is None else stated
    return b"%%%%" + struct.pack(">LLLL", 3, 20, kind, n) + values


def _dm_group(entries: list[tuple[bytes, bytes | list[Any]]], has_names: bool = True) -> bytes:
    body = struct.pack(">bbL", int(has_names), 0, len(entries))
    for name, value in entries:
        is_group = isinstance(value, list)
        content = _dm_group(value, bool(value and value[0][0])) if is_group else value
        kind = 20 if is_group else 21
        body += struct.pack(">bH", kind, len(name)) + name + content
    return body


def dm3(rng: random.Random) -> Lie:
    """A tree of tags that hangs together, with sizes, types and calibrations of any kind."""
    rows, cols = sides(rng)
    more = () if rng.random() < HONEST else rng.choice(((3,), (2**31 - 1,)))
    dims = [(b"", _dm_number(n)) for n in (cols, rows, *more)]
    units = _dm_array(b"n\0m\0" * mostly(rng, 1, *COUNTS[:6]))
    calibration = [(b"Scale", _dm_number(rng.choice((0, 1, -5)))), (b"Units", units)]
    pixels = bytes(2 * mostly(rng, ROWS * COLS, 0, 300, 4096))
    data = [
        (b"Calibrations", [(b"Dimension", [(b"", calibration)] * mostly(rng, 2, 1, 300))]),
        (b"Data", _dm_array(pixels, 2, mostly(rng, len(pixels) // 2, 2**31))),
        (b"DataType", _dm_number(mostly(rng, 1, 2, 3, 10, 23, 39, 99))),
        (b"Dimensions", dims),
    ]  # fmt: skip
    deep: list[Any] = [(b"x", _dm_number(1))]
    for _ in range(mostly(rng, 5, 0, 3000)):
        deep = [(b"d", deep)]
    image = [(b"ImageData", data), (b"Name", _dm_array(b"n\0" * mostly(rng, 8, *COUNTS)))]
    tree = [(b"ImageList", [(b"", image)] * mostly(rng, 1, 2, 100)), (b"Deep", deep)]
    tree += [(b"t%d" % number, _dm_number(number)) for number in range(mostly(rng, 8, *COUNTS))]
    return "a.dm3", struct.pack(">lll", 3, 0, 1) + _flat(tree) + bytes(8)


def _flat(tree: list[Any]) -> bytes:
    try:
        return _dm_group(tree)
    except RecursionError:
        return _dm_group(tree[:1])


# NumPy, MRC, SER --------------------------------------------------------------------------------


def npy_content(rng: random.Random) -> bytes:
    header = rng.choice((
        {"descr": "|u1", "fortran_order": rng.random() < 0.5, "shape": sides(rng)},
        {"descr": rng.choice(("|O", "<U1000000", "|V9", [("a", "<f4")], "<f16", "<c16")),
         "fortran_order": False, "shape": (20, 30)},
        "(" * 3000, "[" * 300 + "]" * 300, "{'descr': '<f4', 'shape': " + "9" * 4000 + "}",
    ))  # fmt: skip
    text = (str(header) + "\n").encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", min(len(text), 65535)) + text[:65535] + bytes(2400)


def npy(rng: random.Random) -> Lie:
    return "a.npy", npy_content(rng)


def npz(rng: random.Random) -> Lie:
    stream = io.BytesIO()
    head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (16384, 4096)}".ljust(117) + b"\n"
    packing = rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(stream, "w", packing) as made:
        for number in range(rng.choice((1, 2, 50, 1200))):
            zeros = bytes(rng.choice((0, 600, 1 << 22, 1 << 26 if number == 0 else 0)))
            content = npy_content(rng) if number % 2 else b"\x93NUMPY\1\0v\0" + head + zeros
            made.writestr(f"{number}.npy", content)
    return "a.npz", stream.getvalue()


def mrc(rng: random.Random) -> Lie:
    rows, cols = sides(rng)
    head = struct.pack("<4i", cols, rows, mostly(rng, 1, *SIDES[:12]), mostly(rng, 0, 1, 2, 4, 6, 12, 3, 101))
    head += struct.pack("<6i", 0, 0, 0, *(rng.choice((0, 1, 64)) for _ in range(3)))
    head += struct.pack("<3f", *(rng.choice((0.0, 64.0, float("nan"), float("inf"))) for _ in range(3)))
    head = head.ljust(92, b"\0") + struct.pack("<i", mostly(rng, 0, 1024, -5, 2**31 - 1))
    head = head.ljust(104, b"\0") + rng.choice((b"FEI1", b"FEI2", b"SERI", b"\0\0\0\0"))
    head = head.ljust(208, b"\0") + b"MAP \x44\x44\0\0"
    return "a.mrc", head.ljust(1024, b"\0") + bytes(mostly(rng, ROWS * COLS, 0, 4096, 20_000))


def ser(rng: random.Random) -> Lie:
    n_valid, n_dims = (mostly(rng, 1, 0, 2, 1000, 2**31 - 1) for _ in range(2))
    rows, cols = sides(rng)
    dims = struct.pack("<iddiii", mostly(rng, 1, *SIDES[:12]), 0.0, 1.0, 0, mostly(rng, 0, 2**31 - 1), 0)
    head = struct.pack("<HHHii", 0x4949, 0x0197, 0x0220, mostly(rng, 0x4122, 0x4120), 0x4152)
    head += struct.pack("<iiqi", mostly(rng, 1, 2**31 - 1), n_valid, 34 + len(dims), n_dims)
    at = 34 + len(dims) + 16
    body = struct.pack("<ddi", 0.0, 1e-11, 0) * 2 + struct.pack("<hii", mostly(rng, 2, 7, 99), cols, rows)
    places = struct.pack("<qq", at, mostly(rng, at + 60, 2**62, 0))
    return "a.ser", head + dims + places + body + bytes(2 * ROWS * COLS) + struct.pack("<hhi", 0x4152, 0, 0)


# Spectrum images --------------------------------------------------------------------------------


def cube(rng: random.Random) -> Lie:
    """Scans that state sizes, channels and energies that are not theirs."""
    return rng.choice((_hyperspy_cube, _velox_cube, _npz_cube))(rng)


def _cube_shape(rng: random.Random) -> tuple[int, int, int]:
    rows, cols, channels = (n if rng.random() < HONEST else max(1, side(rng)) for n in (6, 9, 40))
    return min(rows, 1 << 20), min(cols, 1 << 20), min(channels, 1 << 20)


def _hyperspy_cube(rng: random.Random) -> Lie:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        group = file.create_group("Experiments/scan")
        shape = _cube_shape(rng)
        chunks = tuple(min(n, rng.choice((1, 40, 4096))) for n in shape)
        data = group.create_dataset("data", shape, rng.choice(("u1", "<u2", ">f8", "c8")), chunks=chunks,
                                    compression="gzip")  # fmt: skip
        if rng.random() < 0.7:
            data.id.write_direct_chunk((0, 0, 0), _bomb(rng))
        units = ("nm", "nm", "keV") if rng.random() < HONEST else rng.choice((("eV",) * 3, ("", "", "nm")))
        for number, unit in enumerate(units):
            axis = group.create_group(f"axis-{number}")
            axis.attrs["units"], axis.attrs["offset"] = unit, rng.choice((0.15, float("nan"), 1e300))
            axis.attrs["scale"] = rng.choice((0.01, 0.01, 0.0, -1.0, float("inf"), "x", [0.1] * 3))
    return "scan.hspy", stream.getvalue()


def _velox_cube(rng: random.Random) -> Lie:
    detector = {"DetectorName": "SuperX", "OffsetEnergy": "150", "Dispersion": rng.choice(("10", "nan", "x"))}
    metadata = {"BinaryResult": {"Detector": "SuperX"}, "Detectors": {"Detector-0": detector}}
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        rows, cols, _ = _cube_shape(rng)
        file.create_dataset("Data/Image/aa/Data", (rows, cols, 1), "u2", chunks=(1, 1, 1))
        group = file.create_group("Data/SpectrumStream/bb")
        words = [rng.choice((65535, 3, 39, 65534)) for _ in range(rng.choice((1, 60, 5000)))]
        group["Data"] = np.array(words, np.uint16)[:, None]
        count = rng.choice(("40", "0", "-5", "65535", "9" * 30, "x"))
        group["AcquisitionSettings"] = np.array([json.dumps({"bincount": count})], dtype=object)
        group["Metadata"] = np.frombuffer(json.dumps(metadata).encode(), np.uint8)[:, None]
    return "scan.emd", stream.getvalue()


def _npz_cube(rng: random.Random) -> Lie:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        shape = _cube_shape(rng)
        head = str({"descr": rng.choice(("<u2", "<f8", "|O", "<c8")), "fortran_order": False, "shape": shape})
        held = bytes(min(2 * shape[0] * shape[1] * shape[2], 1 << 26))
        made.writestr("counts.npy", b"\x93NUMPY\1\0v\0" + head.encode().ljust(117) + b"\n" + held)
        energies = rng.choice((np.arange(40.0), np.arange(shape[2] % 9999), np.full(40, np.nan), np.zeros(0)))
        content = io.BytesIO()
        np.save(content, energies)
        made.writestr("energy_kev.npy", content.getvalue())
    return "scan.npz", stream.getvalue()


KINDS = (tiff, hdf5, jpeg, tiff, png, dm3, tiff, npz, hdf5, npy, mrc, bmp, ser, cube)


def lying(number: int, seed: int = 0) -> tuple[str, str, bytes]:
    """The label, name and content of lie `number`."""
    kind = KINDS[number % len(KINDS)]
    name, content = kind(random.Random(seed * 1_000_003 + number))
    return kind.__name__, name, content
