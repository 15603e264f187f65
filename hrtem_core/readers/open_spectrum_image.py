"""Opens spectrum images. Who opens which stands in `formats.FORMATS` (`spectra`), Ripple's two files here."""

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from hrtem_core.errors import FileError, UserError
from hrtem_core.readers import spectrum_image_files
from hrtem_core.readers.formats import FORMATS, recognize
from hrtem_core.readers.limits import Limits
from hrtem_core.readers.source import Source, open_source
from hrtem_core.readers.spectrum_image import Span, SpanSums, SpectrumImage

MAX_CUBE_BYTES = 4 << 30

RIPPLE = ("rpl", "raw")
"""Two files for one spectrum image; neither is ever a micrograph."""

SPECTRUM_ENDINGS = (*(ending for known in FORMATS if known.spectra for ending in known.extensions), *RIPPLE)
"""Of files that may hold spectrum images."""


@contextmanager
def open_spectrum_image(
    source: Path | bytes, *, name: str | None = None, limits: Limits | None = None
) -> Iterator[SpectrumImage]:
    """The first spectrum image of a file.

    Parameters
    ----------
    source
        Path of the file, or its bytes.
    name
        The file's name; needed for bytes.
    limits
        What is still opened; files up to 4 GiB when not given.

    Raises
    ------
    FileError
        If the file holds none, or is damaged.
    """
    given = open_source(numbers_of(source), name, limits or Limits(max_file_bytes=MAX_CUBE_BYTES))
    opener = _opener_of(given)
    try:
        with opener(given) as found:
            yield found
    except UserError:
        raise
    except MemoryError as error:
        raise FileError(
            f"{given.name} needs more memory than there is; crop or bin the scan first."
        ) from error
    except Exception as error:  # as in `read`: libraries have their own exceptions for broken files
        raise FileError(
            f"{given.name} cannot be read as a spectrum image: the file is damaged or incomplete. "
            "Copy it again."
        ) from error


def numbers_of(source: Path | bytes) -> Path | bytes:
    """The file that holds the numbers: Ripple keeps them beside the .rpl file, whose size says nothing."""
    if isinstance(source, Path) and source.suffix.lower() == ".rpl":
        raw = source.with_suffix(".raw")
        return raw if raw.is_file() else source
    return source


def read_spans(
    source: Path | bytes, spans: Sequence[Span], *, name: str | None = None, limits: Limits | None = None
) -> SpanSums:
    """The first spectrum image of a file, summed over spans of energy.

    Parameters
    ----------
    source, name, limits
        As for `open_spectrum_image`.
    spans
        (from, to) in eV.

    Raises
    ------
    FileError
        If the file holds none, or is damaged.
    """
    with open_spectrum_image(source, name=name, limits=limits) as cube:
        return cube.over(spans)


def _opener_of(source: Source) -> "Callable[[Source], AbstractContextManager[SpectrumImage]]":
    """What opens a file, by its first bytes or its ending; imported only when needed."""
    if source.extension in RIPPLE:
        return spectrum_image_files.open_ripple
    spectra = recognize(source).spectra
    if spectra is None:
        raise FileError(
            f"{source.name} is no spectrum image; those are read from {', '.join(SPECTRUM_ENDINGS)}."
        )
    module, opener = spectra
    found: Callable[[Source], AbstractContextManager[SpectrumImage]] = getattr(
        importlib.import_module(f"hrtem_core.readers.{module}"), opener
    )
    return found
