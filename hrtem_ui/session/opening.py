"""Opening a sample, a file, or a recipe: new work takes the place of the old once it has succeeded."""

import threading
import time
from dataclasses import replace

from hrtem_core.errors import FileError, UserError
from hrtem_core.image import Micrograph
from hrtem_core.readers import ImageInfo, Limits, begin_reading, list_images_apart, read_apart
from hrtem_core.recipe import Recipe, Saved, edits, recipe_text, saved_in
from hrtem_core.samples import SAMPLES
from hrtem_ui.session import compute, host, recall, state
from hrtem_ui.session.state import Session, Wanted
from hrtem_ui.session.waiting import Tell, tell_nobody

OFFERED = "selected_recipe"
"""Where a recipe waits in the view; another image does not inherit it."""

IMAGES = "images of the upload"
"""What the upload holds, or why it cannot be read."""

LIMITS = Limits(max_file_bytes=200 << 20)

PATIENCE_S = 3.0
"""How long a new visitor's page waits to hear what the browser has kept, before it shows the sample."""


class TooLarge(FileError):
    """An image beyond what the app keeps, which can be opened binned."""

    def __init__(self, image: ImageInfo, factor: int) -> None:
        self.factor = factor
        super().__init__(
            f"This image has {image.rows} × {image.cols} pixels, more than the app keeps "
            f"({host.SIDE_PX} × {host.SIDE_PX}). It can be opened with {factor} × {factor} pixels averaged."
        )


def first_session() -> Session:
    """What a visitor finds: the first sample, so that the first screen is a result."""
    threading.Thread(target=begin_reading, daemon=True).start()
    return sample_session(SAMPLES[0].name)


def resume(keys: object) -> Session:
    """What this visitor works on: at its beginning what the browser had before a reload, if anything.

    Parameters
    ----------
    keys
        As the browser reports them, None while it has not.
    """
    if keys is not None:
        state.set_owner(recall.owner_of(keys))
    session = state.found()
    if session is None or (keys is not None and session.is_untouched_sample):
        owner = state.owner()
        before = recall.WORKS.recall(owner) if owner else None
        session = before or session or first_session()
        state.begin_with(session)
    return session


def await_answer() -> None:
    """Wait a while for the browser's keys: they come with a run of their own, which ends this one."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        state.checkpoint()
        time.sleep(0.02)


def keep(session: Session) -> None:
    """Keep a session's work for a reload, where the browser has a key to it."""
    owner = state.owner()
    if owner:
        recall.WORKS.keep(owner, session)


def sample_session(name: str) -> Session:
    """A session on a sample."""
    return Session(fitted(compute.sample(name)), Recipe(), sample=name)


def images_of(session: Session, data: bytes, name: str, file_id: str) -> list[ImageInfo]:
    """The images of an uploaded file, looked up once for each upload.

    Parameters
    ----------
    session
        Remembers them.
    data, name, file_id
        The file, its name, and what Streamlit calls this upload.

    Raises
    ------
    FileError
        If the file cannot be read.
    """
    known, images = session.seen.get(IMAGES, (None, None))
    if known != file_id:
        try:
            images = list_images_apart(data, name=name, limits=LIMITS, checkpoint=state.checkpoint)
        except FileError as error:
            images = error
        session.seen[IMAGES] = file_id, images
    if isinstance(images, FileError):
        raise images
    return list(images or ())


def file_session(
    data: bytes, name: str, known: list[ImageInfo], *, image: int = 0, average: bool = False, bins: int = 1
) -> Session:
    """A session on a file's bytes.

    Parameters
    ----------
    data
        The file.
    name
        Its name.
    known
        Its images.
    image
        Which of its images, from 0.
    average
        Whether to average the frames of a series.
    bins
        Pixels per side to average, as the user agreed to.

    Raises
    ------
    TooLarge
        If the image is beyond the app's limit and `bins` does not bring it below.
    FileError
        If the file cannot be read.
    """
    if image < len(known):
        shape = known[image].rows, known[image].cols
        if shape[0] * shape[1] > (host.SIDE_PX * bins) ** 2:
            raise TooLarge(known[image], host.least_bin(shape))
    micrograph = read_apart(
        data,
        name=name,
        image=image,
        average_frames=average,
        limits=LIMITS,
        checkpoint=state.checkpoint,
    )
    if bins > 1:
        micrograph = micrograph.binned(bins, "as you chose")
    return Session(fitted(micrograph), Recipe(image=image, average_frames=average))


def fitted(micrograph: Micrograph) -> Micrograph:
    """The micrograph, binned if this host is too small for it."""
    factor = host.least_bin(micrograph.shape)
    if factor == 1:
        return micrograph
    return micrograph.binned(factor, "this host has little memory; run the app at home for the full image")


def take_over(new: Session, old: Session) -> None:
    """Go on with another image, as soon as it has results."""
    old.wanted = Wanted(new, lambda: state.begin(new, old))


def carry_out(session: Session, tell: Tell = tell_nobody) -> None:
    """Analyze what is wanted, and only then begin it: what cannot be analyzed leaves the work as it was.

    What is wanted stays so when a click ends this run, unless the click was *Cancel*.
    """
    wanted = session.wanted
    if wanted is None:
        return
    try:
        compute.analysis(wanted.session, tell)
    except UserError as error:
        session.notice = str(error)
    else:
        wanted.begin()
    session.wanted = None


def load_recipe(session: Session, data: bytes) -> None:
    """Take up a downloaded recipe; made for another image, or for who knows which, it waits for a choice.

    What cannot be used is said and changes nothing.
    """
    session.view[OFFERED] = None
    try:
        saved = saved_in(recipe_text(data))
    except UnicodeDecodeError:
        session.notice = "This is not a recipe: a recipe is a JSON text file, as the Export page gives it."
    except UserError as error:
        session.notice = str(error)
    else:
        if saved.image_of is not None and saved.image_of.is_of(session.micrograph):
            use_recipe(session, saved.recipe)
        else:
            session.view[OFFERED] = saved


def offered_recipe(session: Session) -> Saved | None:
    """The recipe that waits for a choice."""
    return session.view.get(OFFERED)


def use_recipe(session: Session, recipe: Recipe, *, settings_only: bool = False) -> None:
    """Want a recipe that was taken up, or its settings only; what fails is said, no more."""
    session.view[OFFERED] = None
    there = session.recipe

    def restored(recipe: Recipe) -> None:
        session.change(recipe)
        kept = "Its settings are used; this image's scale and marks stay."
        session.notice = kept if settings_only else "Recipe restored."

    try:
        recipe = (
            edits.with_settings_of(there, recipe)
            if settings_only
            else replace(recipe, image=there.image, average_frames=there.average_frames)
        )
    except UserError as error:
        session.notice = str(error)
    else:
        session.wanted = Wanted(replace(session, recipe=recipe), lambda: restored(recipe))
