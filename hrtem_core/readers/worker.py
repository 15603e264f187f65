"""A process that reads files for another one, held to what each file may take.

    python -P -m hrtem_core.readers.worker

It is started by `hrtem_core.readers.apart`, is asked on its standard input, answers on its standard output,
and ends with its input.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from hrtem_core.errors import UserError
from hrtem_core.image import Micrograph
from hrtem_core.readers import Limits, list_images, read
from hrtem_core.readers.allowance import Allowance
from hrtem_core.readers.limits import MAX_FILE_BYTES
from hrtem_core.readers.messages import images_in_words, in_memory, micrograph_in_words, receive, send


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
    limits = Limits(asked["max_file_bytes"])
    Allowance(asked["room_bytes"], asked["seconds"]).limit_this_process()
    try:
        if asked["do"] == "list":
            images = list_images(source, name=asked["name"], limits=limits)
            send(answers, {"images": images_in_words(images)})
            return
        micrograph = read(
            source,
            name=asked["name"],
            image=asked["image"],
            average_frames=asked["average_frames"],
            limits=limits,
        )
    except UserError as error:
        send(answers, {"error": str(error)})
    except MemoryError:
        send(answers, {"no_memory": True})
    else:
        _hand_over(micrograph, questions, answers)


def _hand_over(micrograph: Micrograph, questions: BinaryIO, answers: BinaryIO) -> None:
    """The micrograph: its pixels in memory that both share where the system has such, else as bytes."""
    words = micrograph_in_words(micrograph)
    pixels = micrograph.intensity.data.cast("B")
    shared = in_memory(pixels)
    if shared is None:
        send(answers, {"micrograph": words}, pixels)
        return
    send(answers, {"micrograph": words, "shared": shared})
    taken, _ = receive(questions, 0)
    os.close(shared)
    if not taken["taken"]:
        send(answers, {}, pixels)


if __name__ == "__main__":
    main()
