"""Files in every dialect, made from known pixels and a known scale: the truth the readers are held to.

Also the seeds of `benchmarks/fuzz_readers.py`.
"""

import io
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import h5py
import mrcfile
import numpy as np
import tifffile
from PIL import Image

ROWS, COLS = 40, 56
ROW_NM, COL_NM = 0.025, 0.03125  # powers of two apart: exact in every number type


def noise(dtype: str, shape: tuple[int, ...] = (ROWS, COLS), seed: int = 1) -> np.ndarray:
    """Numbers that use the range of their type."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        info = np.iinfo(kind)
        return rng.integers(max(info.min, -(2**40)), min(info.max, 2**40), shape).astype(kind)
    if kind.kind == "c":
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(kind)
    return rng.normal(100, 20, shape).astype(kind)


@dataclass(frozen=True)
class Dialect:
    """A file and what must come out of it.

    Parameters
    ----------
    label, file_name, content
        A short name for the test, the file's name, its bytes.
    pixels
        Shape (rows, columns), what `read` must give.
    scale_nm
        (row, column) in nm, None where the file has no scale.
    origin
        What the scale's origin must be called.
    tolerance
        Largest difference of a pixel: 0 but for lossy files.
    rsciio
        Module of rosettasciio that reads it too, "" for none.
    """

    label: str
    file_name: str
    content: bytes
    pixels: np.ndarray
    scale_nm: tuple[float, float] | None = None
    origin: str = ""
    tolerance: float = 0.0
    rsciio: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def tiff_bytes(pixels: np.ndarray, **options: Any) -> bytes:
    """A TIFF in memory."""
    stream = io.BytesIO()
    options.setdefault("photometric", "minisblack")
    tifffile.imwrite(stream, pixels, metadata=options.pop("metadata", None), **options)
    return stream.getvalue()


def fei_text(row_m: float, col_m: float) -> str:
    return f"[User]\r\nDate=01/02/2024\r\n[Scan]\r\nPixelWidth={col_m!r}\r\nPixelHeight={row_m!r}\r\n"


def fei_tag(row_m: float, col_m: float, code: int = 34682) -> tuple[Any, ...]:
    text = fei_text(row_m, col_m)
    return (code, 2, len(text) + 1, text, True)


def gatan_tags(row: float, col: float, unit: str = "nm") -> list[tuple[Any, ...]]:
    text = [(code, 2, len(unit) + 1, unit, True) for code in (65003, 65004)]
    return [*text, (65009, 12, 1, col, True), (65010, 12, 1, row, True)]


def tvips_tag(row_nm: float, col_nm: float) -> tuple[Any, ...]:
    first = np.zeros(1, tifffile.TIFF.TVIPS_HEADER_V1)
    second = np.zeros(1, tifffile.TIFF.TVIPS_HEADER_V2)
    first["Version"], second["Magic"] = 2, 0xAAAAAAAA
    second["PixelSizeX"], second["PixelSizeY"] = col_nm, row_nm
    record = first.tobytes() + second.tobytes()
    return (37706, 1, len(record), record, True)


def imagej_tiff(pixels: np.ndarray, row: float, col: float, unit: str, **options: Any) -> bytes:
    return tiff_bytes(
        pixels,
        imagej=True,
        resolution=(1 / col, 1 / row),
        metadata={"unit": unit},
        photometric=None,
        **options,
    )


def ome_xml(row: float, col: float, unit: str) -> str:
    return (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Image ID="Image:0">'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="{COLS}" SizeY="{ROWS}" SizeZ="1" '
        f'SizeC="1" SizeT="1" PhysicalSizeX="{col}" PhysicalSizeXUnit="{unit}" PhysicalSizeY="{row}" '
        f'PhysicalSizeYUnit="{unit}"><TiffData/></Pixels></Image></OME>'
    )


def jeol_xml(mode: str, magnification: float) -> str:
    """What JEOL's SightX writes into the description, as far as it says anything of the scale."""
    return (
        '<?xml version="1.0"?>\r\n<TemReporter>\r\n  <Manufacturer>JEOL Ltd.</Manufacturer>\r\n'
        "  <Eos>\r\n    <EosMode>eosTEM</EosMode>\r\n  </Eos>\r\n  <ImageFormingSystem>\r\n"
        f"    <ModeString>{mode}</ModeString>\r\n    <SelectorValue>{magnification:.0f}</SelectorValue>\r\n"
        "  </ImageFormingSystem>\r\n</TemReporter>\r\n"
    )


def jeol_tiff(pixels: np.ndarray, mode: str, nm: float) -> bytes:
    """The camera's pixels stand as resolution per inch: 0.0254 m / 93 / magnification is their size."""
    text = jeol_xml(mode, 0.0254e9 / 93 / nm)
    return tiff_bytes(pixels, description=text, resolution=(93, 93), resolutionunit="inch")


def tiff_with_preview(pixels: np.ndarray, tags: list[tuple[Any, ...]]) -> bytes:
    """A colour preview of the same size before the image, as Olympus writes it."""
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        writer.write(np.zeros((*pixels.shape, 3), np.uint8), photometric="rgb", metadata=None)
        writer.write(pixels, photometric="minisblack", metadata=None, extratags=tags)
    return stream.getvalue()


def raster_bytes(pixels: np.ndarray, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def dm_bytes(pixels: np.ndarray, version: int, row: float, col: float, unit: str, **kinds: int) -> bytes:
    """A dm3 or dm4 as nionswift-io writes it; `kinds` are its numbers of dimensions."""
    from nion.data import Calibration, DataAndMetadata
    from nionswift_plugin.DM_IO import dm3_image_utils

    scales = [(row, unit), (col, unit)]
    scales = [(1.0, "")] * (pixels.ndim - 2) + scales if pixels.ndim > 1 else [(col, unit)]
    descriptor = DataAndMetadata.DataDescriptor(
        False, kinds.get("collection", 0), kinds.get("datum", pixels.ndim)
    )
    data = DataAndMetadata.new_data_and_metadata(
        pixels,
        data_descriptor=descriptor,
        dimensional_calibrations=[Calibration.Calibration(0, s, u) for s, u in scales],
    )
    stream = io.BytesIO()
    dm3_image_utils.save_image(data, stream, version)
    return stream.getvalue()


def mrc_bytes(pixels: np.ndarray, row_nm: float, col_nm: float) -> bytes:
    stream = io.BytesIO()
    file = mrcfile.mrcinterpreter.MrcInterpreter(permissive=True)
    file._iostream = stream
    file._create_default_attributes()
    file.set_data(pixels)
    file.voxel_size = (10 * col_nm, 10 * row_nm, 1.0)
    file.flush()
    content = stream.getvalue()
    file._iostream = None
    return content


def hdf5_bytes(fill: Callable[[h5py.File], None]) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


def velox_metadata(row: float, col: float, unit: str) -> np.ndarray:
    text = json.dumps(
        {
            "BinaryResult": {
                "PixelSize": {"width": str(col), "height": str(row)},
                "PixelUnitX": unit,
                "PixelUnitY": unit,
            }
        }
    ).encode()
    column = np.zeros((1000, 1), np.uint8)
    column[: len(text), 0] = np.frombuffer(text, np.uint8)
    return column


def velox_bytes(
    frames: np.ndarray, row: float = ROW_NM * 1e-9, col: float = COL_NM * 1e-9, unit: str = "m"
) -> bytes:
    """A Velox EMD; frames have shape (rows, columns, frames)."""

    def fill(file: h5py.File) -> None:
        file["Version"] = [json.dumps({"format": "Velox", "version": "1.11"}).encode()]
        group = file.create_group("Data/Image/0123456789abcdef")
        group["Data"] = frames
        group["Metadata"] = np.repeat(velox_metadata(row, col, unit), frames.shape[2], axis=1)

    return hdf5_bytes(fill)


def berkeley_bytes(pixels: np.ndarray, unit: str = "[n_m]", names: str = "yx") -> bytes:
    """A Berkeley EMD; the axis called y has the size of rows, that called x that of columns."""
    steps = [ROW_NM if name == "y" else COL_NM for name in names]

    def fill(file: h5py.File) -> None:
        file.attrs["version_major"], file.attrs["version_minor"] = 0, 2
        group = file.create_group("data/micrograph")
        group.attrs["emd_group_type"] = 1
        group["data"] = pixels
        for number, (n, step) in enumerate(zip(pixels.shape, steps, strict=True), start=1):
            group[f"dim{number}"] = np.arange(n) * step
            group[f"dim{number}"].attrs["name"] = names[number - 1]
            group[f"dim{number}"].attrs["units"] = unit

    return hdf5_bytes(fill)


def hyperspy_bytes(pixels: np.ndarray) -> bytes:
    def fill(file: h5py.File) -> None:
        file.attrs["file_format"], file.attrs["file_format_version"] = "HyperSpy", "3.1"
        group = file.create_group("Experiments/micrograph")
        group["data"] = pixels
        for number, step in enumerate((ROW_NM, COL_NM)):
            axis = group.create_group(f"axis-{number}")
            axis.attrs.update(
                {"scale": step, "offset": 0.0, "size": pixels.shape[number], "units": "nm",
                 "name": "yx"[number], "navigate": False, "_type": "UniformDataAxis"}
            )  # fmt: skip
        for name in ("metadata/General", "metadata/Signal", "original_metadata", "learning_results"):
            group.require_group(name)
        group["metadata/Signal"].attrs["signal_type"] = ""

    return hdf5_bytes(fill)


def plain_hdf5(pixels: np.ndarray, **attributes: Any) -> bytes:
    def fill(file: h5py.File) -> None:
        file.create_dataset("data", data=pixels, chunks=(16, 16), compression="gzip").attrs.update(attributes)

    return hdf5_bytes(fill)


def npy_bytes(array: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def npz_bytes(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def ser_bytes(pixels: np.ndarray, row_m: float, col_m: float) -> bytes:
    """A FEI TIA series of one 16-bit image."""
    rows, cols = pixels.shape
    dimension = struct.pack("<iddiii", 1, 0.0, 1.0, 0, 0, 0)
    offsets_at = 34 + len(dimension)
    data_at = offsets_at + 16
    body = struct.pack("<ddi", 0.0, col_m, 0) + struct.pack("<ddi", 0.0, row_m, 0)
    body += struct.pack("<hii", 2, cols, rows) + pixels[::-1].astype("<u2").tobytes()
    head = struct.pack("<HHHii", 0x4949, 0x0197, 0x0220, 0x4122, 0x4152) + struct.pack(
        "<iiqi", 1, 1, offsets_at, 1
    )
    offsets = struct.pack("<qq", data_at, data_at + len(body))
    return head + dimension + offsets + body + struct.pack("<hhi", 0x4152, 0, 0)


def _tiffs() -> list[Dialect]:
    scale = (ROW_NM, COL_NM)
    found = []
    for dtype in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"):
        pixels = noise(dtype)
        found.append(Dialect(f"tiff-{dtype}", "a.tif", tiff_bytes(pixels), pixels))
    grey, floats = noise("u2"), noise("f4")
    for codec in ("lzw", "deflate", "packbits", "zstd", "lzma"):
        found.append(Dialect(f"tiff-{codec}", "a.tif", tiff_bytes(grey, compression=codec), grey))
    predicted = tiff_bytes(grey, compression="deflate", predictor=2)
    rgb = noise("u1", (ROWS, COLS, 3))
    luminance = rgb @ np.array([0.299, 0.587, 0.114])
    planar = tiff_bytes(np.moveaxis(rgb, 2, 0).copy(), photometric="rgb", planarconfig="separate")
    metres = (ROW_NM * 1e-9, COL_NM * 1e-9)
    micrometres = (ROW_NM * 1e-3, COL_NM * 1e-3)
    found += [
        Dialect("tiff-predictor", "a.tif", predicted, grey),
        Dialect("tiff-big", "a.tif", tiff_bytes(grey, bigtiff=True), grey),
        Dialect("tiff-big-endian", "a.tif", tiff_bytes(grey, byteorder=">"), grey),
        Dialect("tiff-tiled", "a.tif", tiff_bytes(grey, tile=(16, 16), compression="deflate"), grey),
        Dialect("tiff-rgb", "a.tif", tiff_bytes(rgb, photometric="rgb"), luminance, tolerance=1e-4),
        Dialect("tiff-planar", "a.tif", planar, luminance, tolerance=1e-4),
        Dialect("tiff-inch", "a.tif", tiff_bytes(grey, resolution=(300, 300), resolutionunit="inch"), grey),
        Dialect("tiff-imagej", "a.tif", imagej_tiff(floats, *scale, "nm"), floats, scale, "ImageJ metadata"),
        Dialect("tiff-imagej-micron", "a.tif", imagej_tiff(floats, *micrometres, "micron"),
                floats, scale, "ImageJ metadata"),
        Dialect("tiff-imagej-escaped", "a.tif", imagej_tiff(floats, *micrometres, "\\u00B5m"), floats, scale,
                "ImageJ metadata"),
        Dialect("tiff-fei", "a.tif", tiff_bytes(grey, extratags=[fei_tag(*metres)]), grey, scale,
                "FEI metadata", rsciio="tiff"),
        Dialect("tiff-sfeg", "a.tif", tiff_bytes(grey, extratags=[fei_tag(*metres, 34680)]), grey,
                scale, "FEI metadata"),
        Dialect("tiff-gatan", "a.tif", tiff_bytes(floats, extratags=gatan_tags(*scale)), floats, scale,
                "Gatan tags", rsciio="tiff"),
        Dialect("tiff-ome", "a.ome.tif", tiff_bytes(grey, description=ome_xml(*scale, "nm")), grey, scale,
                "OME metadata"),
        Dialect("tiff-tvips", "a.tif", tiff_bytes(grey, extratags=[tvips_tag(*scale)]), grey, scale,
                "TVIPS metadata"),
        Dialect("tiff-jeol", "a.tif", jeol_tiff(grey, "MAG", ROW_NM), grey, (ROW_NM, ROW_NM),
                "JEOL metadata"),
        Dialect("tiff-preview", "a.tif", tiff_with_preview(grey, gatan_tags(*scale)), grey, scale,
                "Gatan tags"),
        Dialect("tiff-jpeg", "a.tif", tiff_bytes(np.full((64, 64), 90, np.uint8), compression="jpeg"),
                np.full((64, 64), 90.0), tolerance=2),
    ]  # fmt: skip
    return found


def _rasters() -> list[Dialect]:
    grey, deep = noise("u1"), noise("u2")
    rgb = noise("u1", (ROWS, COLS, 3))
    luminance = rgb @ np.array([0.299, 0.587, 0.114])
    flat = np.full((ROWS, COLS), 90, np.uint8)
    return [
        Dialect("png-8", "a.png", raster_bytes(grey, "PNG"), grey),
        Dialect("png-16", "a.png", raster_bytes(deep, "PNG"), deep),
        Dialect("png-rgb", "a.png", raster_bytes(rgb, "PNG"), luminance, tolerance=1e-4),
        Dialect("bmp", "a.bmp", raster_bytes(grey, "BMP"), grey, tolerance=1e-4),
        Dialect("jpeg", "a.jpg", raster_bytes(flat, "JPEG"), flat, tolerance=2),
    ]


def _gatan() -> list[Dialect]:
    scale = (ROW_NM, COL_NM)
    found = []
    for version in (3, 4):
        for dtype in ("i2", "u2", "i4", "u4", "f4", "f8"):
            pixels = noise(dtype)
            content = dm_bytes(pixels, version, *scale, "nm")
            found.append(
                Dialect(f"dm{version}-{dtype}", f"a.dm{version}", content, pixels, scale, "DM calibration",
                        rsciio="digitalmicrograph")
            )  # fmt: skip
    unsigned = noise("u1")
    content = dm_bytes(unsigned.view("i1"), 3, ROW_NM / 1000, COL_NM / 1000, "µm")
    complex_pixels = noise("c8")
    modulus = dm_bytes(complex_pixels, 4, *scale, "nm")
    return [
        *found,
        Dialect("dm3-u1", "a.dm3", content, unsigned, scale, "DM calibration", rsciio="digitalmicrograph"),
        Dialect("dm4-c8", "a.dm4", modulus, np.abs(complex_pixels), scale, "DM calibration", tolerance=1e-6),
    ]


def _others() -> list[Dialect]:
    scale = (ROW_NM, COL_NM)
    floats, grey = noise("f4"), noise("u2")
    found = []
    for dtype in ("i1", "i2", "u2", "f2", "f4"):  # rosettasciio takes bytes for unsigned, MRC2014 does not
        pixels = noise(dtype)
        found.append(Dialect(f"mrc-{dtype}", "a.mrc", mrc_bytes(pixels, *scale), pixels, scale, "MRC header",
                             rsciio="" if dtype == "i1" else "mrc"))  # fmt: skip
    return [
        *found,
        Dialect("velox", "a.emd", velox_bytes(grey[..., np.newaxis]), grey, scale, "Velox metadata"),
        Dialect("berkeley", "a.emd", berkeley_bytes(floats), floats, scale, "EMD dimensions"),
        Dialect("berkeley-xy", "a.emd", berkeley_bytes(floats.T, names="xy"), floats, scale,
                "EMD dimensions"),
        Dialect("hyperspy", "a.hspy", hyperspy_bytes(floats), floats, scale, "HyperSpy axes", rsciio="hspy"),
        Dialect("hdf5", "a.h5", plain_hdf5(floats, scale=[ROW_NM, COL_NM], units="nm"), floats, scale,
                "HDF5 attribute scale"),
        Dialect("npy", "a.npy", npy_bytes(np.asfortranarray(floats)), floats),
        Dialect("npz", "a.npz", npz_bytes(image=floats, mask=floats > 100, pixel_nm=[ROW_NM, COL_NM]), floats,
                scale, "NumPy entry pixel_nm"),
    ]  # fmt: skip


def ser() -> Dialect:
    """The one format of the optional extra that can be made here."""
    grey = noise("u2")
    content = ser_bytes(grey, ROW_NM * 1e-9, COL_NM * 1e-9)
    return Dialect("ser", "a.ser", content, grey, (ROW_NM, COL_NM), "rosettasciio metadata", rsciio="tia")


def all_dialects() -> list[Dialect]:
    """Every dialect that opens without the optional extra."""
    return [*_tiffs(), *_rasters(), *_gatan(), *_others()]
