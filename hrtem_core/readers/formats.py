"""The one list of formats: how each is recognized, who opens it, what it needs.

To add a format, write a module with a context manager that yields its `Stack`s, and add it to `FORMATS`;
`spectra` names who opens the spectrum images that it may hold.
"""

import importlib
import importlib.util
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from hrtem_core.errors import FileError
from hrtem_core.readers.source import Source
from hrtem_core.readers.stored import Stack

Opener = Callable[[Source], AbstractContextManager[list[Stack]]]


def _begins(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


def _is_dm(head: bytes) -> bool:
    """Version 3 or 4, then the length, then the byte order as a 32-bit 0 or 1."""
    return (head[:4] == b"\0\0\0\3" and head[8:11] == b"\0\0\0") or (
        head[:4] == b"\0\0\0\4" and head[12:15] == b"\0\0\0"
    )


def _is_mrc(head: bytes) -> bool:
    return head[208:211] == b"MAP"


def _is_hdf5(head: bytes) -> bool:
    """The signature stands at the start or, after a user block, at 512, 1024 or 2048."""
    return any(head[start : start + 8] == b"\x89HDF\r\n\x1a\n" for start in (0, 512, 1024, 2048))


@dataclass(frozen=True)
class Format:
    """A family of files.

    Parameters
    ----------
    name
        In words, for the user.
    extensions
        Lower-case endings without the dot; they decide only where no signature does.
    matches
        Whether a file's first bytes are this format's.
    module, opener
        Module of this package and the name of its context manager; imported only when needed.
    needs
        Package that must be installed.
    spectra
        Module and name of what opens its spectrum images, None where it holds none.
    """

    name: str
    extensions: tuple[str, ...]
    matches: Callable[[bytes], bool]
    module: str
    opener: str
    needs: str
    spectra: tuple[str, str] | None = None

    @property
    def readable(self) -> bool:
        """Whether what the format needs is installed."""
        return importlib.util.find_spec(self.needs.replace("rosettasciio", "rsciio")) is not None

    @property
    def how_to_install(self) -> str:
        """The command that makes the format readable."""
        package = {"PIL": "pillow", "nion": "nionswift-io"}.get(self.needs, self.needs)
        return f"pip install {package}"

    def open(self, source: Source) -> AbstractContextManager[list[Stack]]:
        """The file's images, not yet decoded.

        Raises
        ------
        FileError
            If what the format needs is not installed.
        """
        if not self.readable:
            raise FileError(
                f"{source.name} is a file of {self.name}, which needs an extra; "
                f"install it with: {self.how_to_install}"
            )
        opener: Opener = getattr(importlib.import_module(f"hrtem_core.readers.{self.module}"), self.opener)
        return opener(source)


FORMATS = (
    Format(
        "TIFF", ("tif", "tiff", "btf"), _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        "tiff", "open_tiff", "tifffile",
    ),
    Format("PNG", ("png",), _begins(b"\x89PNG\r\n\x1a\n"), "raster", "open_raster", "PIL"),
    Format("JPEG", ("jpg", "jpeg"), _begins(b"\xff\xd8\xff"), "raster", "open_raster", "PIL"),
    Format("BMP", ("bmp",), _begins(b"BM"), "raster", "open_raster", "PIL"),
    Format("Gatan DigitalMicrograph", ("dm3", "dm4"), _is_dm, "gatan", "open_dm", "nion",
           ("spectrum_image_files", "open_dm_cube")),
    Format("HDF5 and EMD (Velox, Berkeley, HyperSpy)", ("emd", "h5", "hdf5", "hspy"), _is_hdf5,
           "hdf5", "open_hdf5", "h5py", ("spectrum_image_hdf5", "open_hdf5_cube")),
    Format("NumPy array", ("npy",), _begins(b"\x93NUMPY"), "numpy_file", "open_npy", "numpy",
           ("spectrum_image_files", "open_npz_cube")),
    Format("NumPy archive", ("npz",), _begins(b"PK\x03\x04"), "numpy_file", "open_npz", "numpy",
           ("spectrum_image_files", "open_npz_cube")),
    Format("FEI TIA", ("ser", "emi"), _begins(b"II\x97\x01", b"JK\0"), "rosetta", "open_rosetta",
           "rosettasciio"),
    Format("Bruker composite", ("bcf",), _begins(b"AAMVHFSS"), "rosetta", "open_rosetta",
           "rosettasciio", ("spectrum_image_files", "open_rosetta_cube")),
    Format("MRC", ("mrc", "mrcs", "map", "rec", "st", "ali"), _is_mrc, "mrc", "open_mrc", "mrcfile"),
)  # fmt: skip


@dataclass(frozen=True)
class FormatInfo:
    """One line of the list of formats.

    Parameters
    ----------
    name
        In words.
    extensions
        Lower-case endings without the dot.
    readable
        Whether files of this format open here.
    how_to_install
        The command that makes it readable; "" when it already is.
    """

    name: str
    extensions: tuple[str, ...]
    readable: bool
    how_to_install: str


def describe_formats() -> list[FormatInfo]:
    """What opens here, and what would make the rest open."""
    return [
        FormatInfo(f.name, f.extensions, f.readable, "" if f.readable else f.how_to_install) for f in FORMATS
    ]


def recognize(source: Source) -> Format:
    """The format of a file: its first bytes decide, then the ending of its name.

    Raises
    ------
    FileError
        If neither is known.
    """
    for known in FORMATS:
        if known.matches(source.head):
            return known
    for known in FORMATS:
        if source.extension in known.extensions:
            return known
    endings = ", ".join(ending for known in FORMATS for ending in known.extensions)
    raise FileError(f"{source.name} is in no format that is read here; these are: {endings}.")
