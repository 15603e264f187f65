"""A run over many images: the command line in a process of its own, which no reload and no closed page ends.

All that is shown is read from the folder of results, so whoever names the folder sees the run.
"""

import contextlib
import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path

from PIL import Image

from hrtem_core.errors import UserError
from hrtem_core.exports import summary_in
from hrtem_core.image import Micrograph, file_part
from hrtem_core.many import Asked, Entry, Orders, read_ledgers
from hrtem_core.recipe import ImageOf, Recipe, saved_in, to_json
from hrtem_ui.session import host, opening
from hrtem_ui.session.state import Session

ROOT = Path(__file__).resolve().parents[2]

NOTES, RECIPE, LOG = ".ledger/app.json", ".ledger/app-recipe.json", ".ledger/app.log"
"""Files in the folder of results: what was started, with which recipe, and what it said."""

UPLOADED = ".ledger/images"
"""Where in the folder of results an uploaded folder of images lies."""

MAX_UPLOADED_BYTES = 2 << 30

THUMBNAIL_PX, MAX_THUMBNAILS = 320, 12

LOG_CHARACTERS = 2000


class BatchError(UserError):
    """A run cannot be started."""


@dataclass(frozen=True)
class Run:
    """A run that was started here.

    Parameters
    ----------
    folder, out
        Of the images and of the results.
    n_images
        Images found when it began.
    pid
        Number of its process.
    pixel_size_nm
        What was typed for all images, 0 for nothing.
    each_image
        Whether every image of a file is one of its own.
    """

    folder: str
    out: str
    n_images: int
    pid: int
    pixel_size_nm: float = 0.0
    each_image: bool = False

    @property
    def arguments(self) -> list[str]:
        """Of the command line."""
        words = ["analyze", self.folder, "--out", self.out, "--recipe", str(Path(self.out) / RECIPE)]
        words += ["--each-image"] if self.each_image else []
        return [*words, "--pixel-size-nm", repr(self.pixel_size_nm)] if self.pixel_size_nm else words

    @property
    def command(self) -> str:
        """What to type for the same, elsewhere."""
        return shlex.join(["python", "-m", "hrtem_core", *self.arguments])


def recipe_of(run: Run) -> Recipe:
    """The recipe that a run follows: its settings count, not what was marked in the image it was made for.

    Raises
    ------
    BatchError
        If its file cannot be read.
    """
    try:
        return saved_in((Path(run.out) / RECIPE).read_text(encoding="utf-8")).recipe
    except (OSError, ValueError) as error:
        raise BatchError(f"The recipe of this run, {RECIPE} in its folder, cannot be read.") from error


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    done, failed
        What is known of each image; the latest come last.
    is_running
        Whether its process lives.
    said
        The end of what it said.
    """

    done: list[Entry]
    failed: list[Entry]
    is_running: bool
    said: str


_processes: dict[int, "subprocess.Popen[bytes]"] = {}
"""Those that this server started: they must be asked for their end, or the system keeps them."""

_latest: list[Run] = []
"""The run that was started last: on one's own computer it is one's own."""


def why_off() -> str:
    """Why this host runs no batches, "" where it does."""
    if not host.is_own():
        return "This app serves others too, and reads no folders of its computer."
    if host.is_small():
        return "This computer has too little memory to analyze many images beside the app."
    return ""


def latest() -> Run | None:
    """The run that was started last since this server began."""
    return _latest[-1] if _latest else None


def take_in(files: Iterable[tuple[str, bytes]], out: Path) -> Path:
    """Keep an uploaded folder of images beside its results, so that the run outlives the page; gives where.

    Parameters
    ----------
    files
        The path of each, which begins with the folder's name, with slashes, and its bytes.
    out
        For the results.

    Raises
    ------
    BatchError
        If they are too many bytes, or cannot be written.
    """
    folder, n_bytes = out / UPLOADED, 0
    for name, data in files:
        n_bytes += len(data)
        if n_bytes > MAX_UPLOADED_BYTES:
            raise BatchError(
                f"More than {MAX_UPLOADED_BYTES >> 30} GB were uploaded; name the folder's path instead."
            )
        parts = [part for part in map(file_part, name.replace("\\", "/").split("/")) if part]
        path = folder.joinpath(*parts[1:] or parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not (path.is_file() and path.read_bytes() == data):  # what is there keeps its time
                path.write_bytes(data)
        except OSError as error:
            raise BatchError(f"Nothing can be written to {out}: {error.strerror or error}.") from error
    return folder


def start(
    folder: Path,
    out: Path,
    recipe: Recipe,
    micrograph: Micrograph,
    pixel_size_nm: float = 0.0,
    each_image: bool = False,
) -> Run:
    """Start a run, or go on with it.

    Parameters
    ----------
    folder
        Of the images.
    out
        For the results.
    recipe, micrograph
        All parameters, and the image they were made for: others take the settings only.
    pixel_size_nm
        For all images; 0 takes what the files say.
    each_image
        Whether every image of a file, such as the frames of a series, is one of its own.

    Raises
    ------
    BatchError
        If there is nothing to analyze, or nothing can be written.
    """
    if not folder.is_dir():
        raise BatchError(f"There is no folder {folder} on this computer; check the path.")
    n_images = len(Orders(out=out, asked=Asked(), each_image=each_image).find([folder]).inputs)
    if not n_images:
        raise BatchError(f"{folder} holds no image that can be read here.")
    run = Run(str(folder), str(out), n_images, 0, pixel_size_nm, each_image)
    try:
        (out / NOTES).parent.mkdir(parents=True, exist_ok=True)
        (out / RECIPE).write_text(to_json(recipe, 2, ImageOf.of(micrograph)), encoding="utf-8")
        return go_on(run)
    except OSError as error:
        raise BatchError(f"Nothing can be written to {out}: {error.strerror or error}.") from error


def go_on(run: Run) -> Run:
    """Give the run's command again: what is done is skipped, what failed is tried once more."""
    out = Path(run.out)
    with (out / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hrtem_core", *run.arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # what ends the app, such as Ctrl+C, does not end the run
        )
    _processes[process.pid] = process
    run = replace(run, pid=process.pid)
    (out / NOTES).write_text(json.dumps(asdict(run)), encoding="utf-8")
    _latest.append(run)
    return run


def stop(run: Run) -> None:
    """Tell a run to end; what is done stays, and it can be gone on with."""
    process = _processes.get(run.pid)
    if process is not None:
        process.terminate()
    elif is_running(run):
        os.kill(run.pid, signal.SIGTERM)


def run_in(out: Path) -> Run | None:
    """The run whose results a folder holds, None where there is none."""
    try:
        said = json.loads((out / NOTES).read_text(encoding="utf-8"))
        kinds = {one.name: one.type for one in fields(Run)}
        known = {name: said[name] for name in kinds if isinstance(said[name], kinds[name])}  # type: ignore[arg-type]
        return Run(**known) if Path(known["out"]) == out else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def is_running(run: Run) -> bool:
    """Whether a run's process lives."""
    process = _processes.get(run.pid)
    if process is not None:
        return process.poll() is None
    # The number is read from a folder that anyone may have written, and is given again when a process has
    # ended: only the command tells whose it is.
    command = _command_of(run.pid)
    return "hrtem_core" in command and run.out in command


def _command_of(pid: int) -> str:
    """The command line of a process; empty where there is none, or the system does not say."""
    if os.name == "nt" or pid <= 0:
        return ""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:  # it is gone, or a system without /proc
        asked = ["ps", "-ww", "-p", str(pid), "-o", "args="]
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            return subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False).stdout
        return ""


def progress_of(run: Run) -> Progress:
    """How far a run is, read from its folder."""
    entries = sorted(read_ledgers(Path(run.out)).latest.values(), key=lambda one: one.noted_s)
    try:
        said = (Path(run.out) / LOG).read_text(encoding="utf-8", errors="replace")[-LOG_CHARACTERS:]
    except OSError:
        said = ""
    done, failed = ([one for one in entries if bool(one.error) == bad] for bad in (False, True))
    return Progress(done, failed, is_running(run), said)


def thumbnail(run: Run, entry: Entry) -> bytes | None:
    """A small overlay of a result as JPEG, None while there is none."""
    path = Path(run.out) / entry.image_id / "overlay.png"
    try:
        return _thumbnail(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=4 * MAX_THUMBNAILS)
def _thumbnail(path: Path, modified_ns: int) -> bytes:
    del modified_ns  # part of what it is remembered by
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    stream = io.BytesIO()
    small.save(stream, format="JPEG", quality=85)
    return stream.getvalue()


def open_result(run: Run, entry: Entry, session: Session) -> None:
    """Want an image of a run with the recipe of its result; what cannot be opened is said, no more."""
    path, there = Path(entry.path), summary_in(Path(run.out) / entry.image_id)
    try:
        if there is None:
            raise BatchError(f"The result of {path.name} is not there any more; go on with the run.")
        recipe = saved_in(json.dumps(there)).recipe
        data = path.read_bytes()
        images = opening.images_of(session, data, path.name, f"{path} {entry.modified_ns}")
        new = opening.file_session(data, path.name, images, image=recipe.image, average=recipe.average_frames)
    except OSError as error:
        session.notice = f"{path.name} cannot be read: {error.strerror or error}."
    except UserError as error:
        session.notice = str(error)
    else:
        new.recipe = recipe
        opening.take_over(new, session)


def minutes_left(progress: Progress, n_images: int, now_s: float | None = None) -> float | None:
    """How long a run still takes if it goes on as in its last images; None while that is not known."""
    recent = [one.noted_s for one in [*progress.done, *progress.failed] if one.seconds > 0][-20:]
    if len(recent) < 3:
        return None
    pace_s = ((now_s or time.time()) - min(recent)) / (len(recent) - 1)
    return pace_s * max(n_images - len(progress.done) - len(progress.failed), 0) / 60
