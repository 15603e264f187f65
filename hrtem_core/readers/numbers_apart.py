"""Maps and spectra as they stand in a file, read in a process of its own as micrographs are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.readers.apart import asked_apart
from hrtem_core.readers.limits import Limits
from hrtem_core.readers.messages import array_from, span_sums_from
from hrtem_core.readers.open_spectrum_image import MAX_CUBE_BYTES, numbers_of
from hrtem_core.readers.spectrum_image import Span, SpanSums


def read_numbers_apart(
    source: Path | bytes,
    *,
    name: str | None = None,
    image: int = 0,
    limits: Limits | None = None,
    checkpoint: Checkpoint = go_on,
) -> NDArray[Any]:
    """As `read_numbers`, in a process of its own.

    Parameters
    ----------
    source, name, image, limits
        As for `read_numbers`.
    checkpoint
        Called twenty times a second; what it raises ends the process.

    Raises
    ------
    FileError
        If the file cannot be read, or takes more memory or time than a file of its size should.
    """
    answer, _ = asked_apart({"do": "numbers", "image": image}, source, name, limits or Limits(), checkpoint)
    return array_from(answer["array"], answer["content"])


def read_spans_apart(
    source: Path | bytes,
    spans: Sequence[Span],
    *,
    name: str | None = None,
    limits: Limits | None = None,
    checkpoint: Checkpoint = go_on,
) -> SpanSums:
    """As `read_spans`, in a process of its own.

    Parameters
    ----------
    source, spans, name, limits
        As for `read_spans`.
    checkpoint
        Called twenty times a second; what it raises ends the process.

    Raises
    ------
    FileError
        If the file cannot be read, or takes more memory or time than a file of its size should.
    """
    allowed = limits or Limits(max_file_bytes=MAX_CUBE_BYTES)
    what = {"do": "spans", "spans": [list(span) for span in spans]}
    answer, _ = asked_apart(what, numbers_of(source), name, allowed, checkpoint)
    return span_sums_from(answer["spans"], array_from(answer["array"], answer["content"]))
