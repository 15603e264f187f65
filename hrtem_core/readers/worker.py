"""A process that reads files for another one, held to what each file may take.

    python -P -m hrtem_core.readers.worker

It is started by `hrtem_core.readers.apart`, is asked on its standard input, answers on its standard output,
and ends with its input.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import UserError
from hrtem_core.readers import Limits, list_images, read, read_numbers, read_spans
from hrtem_core.readers.allowance import Allowance
from hrtem_core.readers.limits import MAX_FILE_BYTES
from hrtem_core.readers.messages import (
    array_in_words,
    images_in_words,
    in_memory,
    micrograph_in_words,
    receive,
    send,
    span_sums_in_words,
)


def main() -> None:
    """Answer until nothing more is asked."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one that is ended leaves nothing on the disk
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    questions = sys.stdin.buffer
    while True:
        try:
            asked, content = receive(questions, MAX_FILE_BYTES)
        except EOFError:
            return
        _answer(asked, bytes(content), questions, answers)


def _answer(asked: dict[str, Any], content: bytes, questions: BinaryIO, answers: BinaryIO) -> None:
    """One file read or listed, or why it cannot be."""
    source = content if asked["path"] is None else Path(asked["path"])
    if asked["lent"] and not os.access(asked["path"], os.R_OK):
        send(answers, {"unseen": True})
        return
    Allowance(asked["room_bytes"], asked["seconds"]).limit_this_process()
    try:
        words, content_back = ANSWERS[asked["do"]](source, asked)
    except UserError as error:
        send(answers, {"error": str(error)})
    except MemoryError:
        send(answers, {"no_memory": True})
    else:
        _hand_over(words, content_back, questions, answers)


Answer = tuple[dict[str, Any], memoryview]


def _listed(source: Path | bytes, asked: dict[str, Any]) -> Answer:
    images = list_images(source, name=asked["name"], limits=_limits(asked))
    return {"images": images_in_words(images)}, memoryview(b"")


def _micrograph(source: Path | bytes, asked: dict[str, Any]) -> Answer:
    micrograph = read(
        source,
        name=asked["name"],
        image=asked["image"],
        average_frames=asked["average_frames"],
        limits=_limits(asked),
    )
    return {"micrograph": micrograph_in_words(micrograph)}, micrograph.intensity.data.cast("B")


def _numbers(source: Path | bytes, asked: dict[str, Any]) -> Answer:
    numbers = read_numbers(source, name=asked["name"], image=asked["image"], limits=_limits(asked))
    return {"array": array_in_words(numbers)}, _bytes_of(numbers)


def _spans(source: Path | bytes, asked: dict[str, Any]) -> Answer:
    spans = [(float(low), float(high)) for low, high in asked["spans"]]
    found = read_spans(source, spans, name=asked["name"], limits=_limits(asked))
    return {"spans": span_sums_in_words(found), "array": array_in_words(found.sums)}, _bytes_of(found.sums)


ANSWERS: dict[str, Callable[[Path | bytes, dict[str, Any]], Answer]] = {
    "list": _listed,
    "read": _micrograph,
    "numbers": _numbers,
    "spans": _spans,
}


def _limits(asked: dict[str, Any]) -> Limits:
    return Limits(asked["max_file_bytes"])


def _bytes_of(numbers: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(numbers).reshape(-1).view(np.uint8).data


def _hand_over(words: dict[str, Any], content: memoryview, questions: BinaryIO, answers: BinaryIO) -> None:
    """What was read: its numbers in memory that both share where the system has such, else as bytes."""
    shared = in_memory(content) if len(content) else None
    if shared is None:
        send(answers, words, content)
        return
    send(answers, {**words, "shared": shared})
    taken, _ = receive(questions, 0)
    os.close(shared)
    if not taken["taken"]:
        send(answers, {}, content)


if __name__ == "__main__":
    main()
