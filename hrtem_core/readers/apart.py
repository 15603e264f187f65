"""Reading in a process of its own, so that no file takes the memory or the time of the one that asks.

A file is parsed by libraries that believe much of what it says. So the app and the command line have their
files read by a process that lives on from file to file; what a file may take follows from its size
(`allowance`). The system holds the process to it where it can, and whoever asks watches it everywhere. One
that takes too much is ended, and the next file gets a new one.
"""

import atexit
import contextlib
import mmap
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.errors import FileError
from hrtem_core.image import Micrograph
from hrtem_core.readers.allowance import MIB, Allowance, resident_bytes
from hrtem_core.readers.limits import Limits
from hrtem_core.readers.messages import (
    MAX_ARRAY_BYTES,
    images_from,
    in_memory,
    micrograph_from,
    n_content_bytes,
    receive,
    send,
)
from hrtem_core.readers.scratch import scratch_folder
from hrtem_core.readers.source import Source, open_source
from hrtem_core.readers.stored import ImageInfo

MAX_PROCESSES = 2
"""Files read at a time; further ones wait."""

LIBRARIES_BYTES = 130 * MIB
"""What a process holds once it has read files of every format; one that keeps much more is not kept."""

LOOKS_PER_S = 20

EXPORT = "it is damaged, or not what it seems. Export it again, as TIFF without compression."


class Reader:
    """One reading process."""

    def __init__(self) -> None:
        root = str(Path(__file__).parents[2])
        places = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._folder = scratch_folder()  # one that is ended cannot tidy up
        own_folder = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder)
        self._process = subprocess.Popen(
            [sys.executable or "python", "-P", "-m", "hrtem_core.readers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **one_thread, **own_folder, "PYTHONPATH": places, "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,  # Ctrl+C is for the one that asks
            pipesize=MIB,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions: IO[bytes] = self._process.stdin
        self._answers: IO[bytes] = self._process.stdout

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.wait()
        for stream in (self._questions, self._answers):
            with contextlib.suppress(OSError):
                stream.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def is_fresh(self) -> bool:
        """Whether it lives, and holds no more than its libraries need."""
        return self._process.poll() is None and resident_bytes(self._process.pid) < LIBRARIES_BYTES + 64 * MIB

    def ask(self, asked: dict[str, Any], source: Source, checkpoint: Checkpoint) -> dict[str, Any]:
        """What the process answers about a file; pixels or numbers as a buffer under "content".

        Parameters
        ----------
        asked
            What to do with the file.
        source
            The file.
        checkpoint
            Called while the answer is waited for; when it raises, the process is ended.

        Raises
        ------
        FileError
            If the file cannot be read, or takes more than it may.
        """
        allowance, done = Allowance.of(source.n_bytes), threading.Event()
        answered: list[dict[str, Any]] = []

        def exchange() -> None:
            # A process that has ended says no more; what it last said may be anything.
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, EOFError):
                answered.append(self._exchange(asked, source, allowance))
            done.set()

        threading.Thread(target=exchange, daemon=True).start()
        try:
            self._watch(done, allowance, source.name, checkpoint)
        except BaseException:
            self.end()
            done.wait()
            raise
        if answered:
            return answered[0]
        self.end()
        raise FileError(f"{source.name} {self._last_words(allowance)}")

    def _watch(self, done: threading.Event, allowance: Allowance, name: str, checkpoint: Checkpoint) -> None:
        """Wait for the answer, and see that the process does not take more than it may."""
        for _ in range(int(allowance.patience_s * LOOKS_PER_S)):
            if done.wait(1 / LOOKS_PER_S):
                return
            checkpoint()
            if resident_bytes(self._process.pid) > LIBRARIES_BYTES + allowance.room_bytes:
                raise FileError(f"{name} takes more memory to read than a file of its size should; {EXPORT}")
        raise FileError(f"{name} takes {allowance.patience_s:.0f} s and more to read; {EXPORT}")

    def _exchange(self, asked: dict[str, Any], source: Source, allowance: Allowance) -> dict[str, Any]:
        whole = {**asked, **asdict(allowance), "name": source.name}
        if not isinstance(source.content, bytes):
            return self._told({**whole, "path": str(source.content.absolute()), "lent": False})
        with lent(source.content) as path:
            answer = self._told({**whole, "path": path, "lent": True}) if path else {"unseen": True}
        if "unseen" in answer:
            answer = self._told({**whole, "path": None, "lent": False}, source.content)
        return answer

    def _told(self, question: dict[str, Any], content: bytes = b"") -> dict[str, Any]:
        send(self._questions, question, content)  # type: ignore[arg-type]
        answer, told = receive(self._answers, MAX_ARRAY_BYTES)  # type: ignore[arg-type]
        if "micrograph" in answer or "array" in answer:
            answer["content"] = self._shared(answer) if "shared" in answer else told
        return answer

    def _shared(self, answer: dict[str, Any]) -> Any:
        """The numbers in memory that the process shares, or as bytes where it cannot be looked into."""
        n_bytes = n_content_bytes(answer)
        content: Any = _mapped(self._process.pid, int(answer["shared"]), n_bytes)
        send(self._questions, {"taken": content is not None})  # type: ignore[arg-type]
        if content is None:
            content = receive(self._answers, n_bytes)[1]  # type: ignore[arg-type]
        return content

    def _last_words(self, allowance: Allowance) -> str:
        """Why the process has ended, as far as its status tells."""
        if self._process.returncode == -getattr(signal, "SIGXCPU", 0):
            return f"takes {allowance.seconds:.0f} s and more of processor time to read; {EXPORT}"
        return f"could not be read: {EXPORT}"


@contextlib.contextmanager
def lent(content: bytes) -> Iterator[str | None]:
    """A path by which another process of the same user can read bytes of this one; None where there is none.

    They lie in memory, not on a disk.
    """
    number = in_memory(content)
    try:
        yield None if number is None else f"/proc/{os.getpid()}/fd/{number}"
    finally:
        if number is not None:
            os.close(number)


def _mapped(pid: int, number: int, n_bytes: int) -> mmap.mmap | None:
    """Another process's file in memory, sealed against any change; None where it cannot be had."""
    try:
        import fcntl

        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        with open(f"/proc/{pid}/fd/{number}", "r+b") as file:
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)
            # Linux before 6.7 maps a sealed file only if it was opened for reading alone.
            with open(f"/proc/self/fd/{file.fileno()}", "rb") as sealed:
                return mmap.mmap(sealed.fileno(), n_bytes, access=mmap.ACCESS_READ)
    except (ImportError, AttributeError, OSError, ValueError):
        return None


class Pool:
    """The reading processes, those that wait kept for the next file."""

    def __init__(self) -> None:
        self._free = threading.Semaphore(MAX_PROCESSES)
        self._lock = threading.Lock()
        self._idle: list[Reader] = []
        self._starting: threading.Thread | None = None

    def begin(self) -> None:
        """Start a process now: that takes half a second, and may be done meanwhile."""
        with self._lock:
            if not self._idle:
                self._idle.append(Reader())

    def end(self) -> None:
        """End all that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.end()

    def ask(self, asked: dict[str, Any], source: Source, checkpoint: Checkpoint) -> dict[str, Any]:
        """As `Reader.ask`, by a process that is free."""
        while not self._free.acquire(timeout=1 / LOOKS_PER_S):
            checkpoint()
        try:
            reader = self._one()
            answer = reader.ask(asked, source, checkpoint)
            if reader.is_fresh:
                with self._lock:
                    self._idle.append(reader)
            else:
                reader.end()
        finally:
            self._free.release()
        return answer

    def _one(self) -> Reader:
        with self._lock:
            while self._idle:
                reader = self._idle.pop()
                if reader.is_fresh:
                    return reader
                reader.end()
        try:
            return Reader()
        except OSError as error:
            raise FileError(f"No process can be started to read the file ({error}); try again.") from error


POOL = Pool()
atexit.register(lambda: POOL.end())


def _after_fork() -> None:
    """A forked process has none of its own: the pipes to these are its parent's."""
    global POOL
    POOL = Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def begin_reading() -> None:
    """Start the process that reads, for someone who will soon want it."""
    with contextlib.suppress(OSError):
        POOL.begin()


def asked_apart(
    asked: dict[str, Any], source: Path | bytes, name: str | None, limits: Limits, checkpoint: Checkpoint
) -> tuple[dict[str, Any], Source]:
    """What a reading process answers about a file, and the file.

    Raises
    ------
    FileError
        As it says.
    """
    given = open_source(source, name, limits)
    answer = POOL.ask({**asked, "max_file_bytes": limits.max_file_bytes}, given, checkpoint)
    if "no_memory" in answer:
        raise FileError(f"{given.name} needs more memory than there is; crop or bin the image first.")
    if "error" in answer:
        raise FileError(str(answer["error"]))
    return answer, given


def list_images_apart(
    source: Path | bytes,
    *,
    name: str | None = None,
    limits: Limits | None = None,
    checkpoint: Checkpoint = go_on,
) -> list[ImageInfo]:
    """As `list_images`, in a process of its own.

    Parameters
    ----------
    source, name, limits
        As for `list_images`.
    checkpoint
        Called twenty times a second; what it raises ends the process.

    Raises
    ------
    FileError
        If the file cannot be read, or takes more memory or time than a file of its size should.
    """
    answer, _ = asked_apart({"do": "list"}, source, name, limits or Limits(), checkpoint)
    return images_from(answer["images"])


def read_apart(
    source: Path | bytes,
    *,
    name: str | None = None,
    image: int = 0,
    average_frames: bool = False,
    limits: Limits | None = None,
    checkpoint: Checkpoint = go_on,
) -> Micrograph:
    """As `read`, in a process of its own.

    Parameters
    ----------
    source, name, image, average_frames, limits
        As for `read`.
    checkpoint
        Called twenty times a second; what it raises ends the process.

    Raises
    ------
    FileError
        If the file cannot be read, or takes more memory or time than a file of its size should.
    """
    what = {"do": "read", "image": image, "average_frames": average_frames}
    answer, _ = asked_apart(what, source, name, limits or Limits(), checkpoint)
    return micrograph_from(answer["micrograph"], answer["content"])
