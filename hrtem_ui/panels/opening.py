"""Opening: a sample, a file, a recipe."""

import streamlit as st

from hrtem_core.errors import UserError
from hrtem_core.readers import ImageInfo
from hrtem_core.recipe import Saved
from hrtem_core.samples import SAMPLES
from hrtem_ui.frame import Page
from hrtem_ui.session import controlled, host, leaving, opening, recall, state
from hrtem_ui.text import words

SAMPLE, FILE, RECIPE = "Sample", "Your image", "Earlier work"


def panel(page: Page) -> None:
    """The three ways to begin, that by which the image came in front."""
    sample, file, recipe = st.tabs([SAMPLE, FILE, RECIPE], default=SAMPLE if page.session.sample else FILE)
    with sample:
        samples(page)
    with file:
        upload(page)
    with recipe:
        restore(page)
    session = page.session
    if session.before:
        name = words.plain(session.before.micrograph.name, 40)
        before = session.before
        st.button(
            f"Back to {name}",
            key="back",
            icon=":material/undo:",
            type="tertiary",
            on_click=lambda: state.begin(before, session),
        )


def samples(page: Page) -> None:
    """The samples, with a line on what each teaches."""
    known = {sample.name: sample for sample in SAMPLES}  # a title ends in how it was made: (drawn)
    session = page.session
    st.selectbox(
        "Sample",
        list(known),
        format_func=lambda name: known[name].title.partition(" (")[0],
        placeholder="Choose a sample",
        **controlled(
            "sample",
            session.sample or None,
            lambda name: session.seen.update(wanted_sample=name),
            default={"index": list(known).index(session.sample) if session.sample else None},
        ),
    )
    wanted = session.seen.pop("wanted_sample", None)
    if wanted and wanted != session.sample:
        opening.take_over(opening.sample_session(wanted), session)
        st.rerun()
    if session.sample:
        _, _, made = known[session.sample].title.partition(" (")
        st.caption(f"{known[session.sample].teaches} {made.rstrip(')').capitalize()}.")


def what_is_kept(own_computer: bool) -> str:
    """What becomes of an uploaded file, in words, each held by a test (tests/ui/test_leaving.py)."""
    after_others = f", and the image, too, if later ones that were left have {recall.LEFT_BYTES >> 20} MB"
    return (
        "While it arrives, the server writes what is above 1 MB to a temporary file. The file itself is "
        "dropped once its image is open; one of several images, minutes after the page is closed. The image "
        f"stays in this server's memory for this browser alone, {words.kept_for(own_computer)}; what was "
        f"computed from it goes {leaving.GRACE_S / 60:.0f} minutes after the page is closed"
        f"{'' if own_computer else after_others}."
    )


def upload(page: Page) -> None:
    """A file of the user's; what cannot be opened is said, and the work stays as it was."""
    file = st.file_uploader(
        "TIFF, DM3, DM4, MRC, EMD, HDF5, PNG and others",
        key="upload",
        help=what_is_kept(host.is_own()),
    )
    if file is None:
        st.caption(
            "Up to 200 MB; a larger file is marked red and not taken. Export one image of it, or use the "
            "command line, which has no limit."
        )
        return
    try:
        _open_file(page, file.getvalue(), file.name, file.file_id)
    except UserError as error:
        st.error(words.plain(str(error), 600))


def _open_file(page: Page, data: bytes, name: str, file_id: str) -> None:
    session = page.session
    images = opening.images_of(session, data, name, file_id)
    image, average = _which(images)
    wanted = (file_id, image, average)
    if session.seen.get("upload") == wanted:
        return
    try:
        new = opening.file_session(data, name, images, image=image, average=average)
    except opening.TooLarge as error:
        st.warning(words.plain(str(error), 600))
        if not st.button(f"Open with {error.factor} × {error.factor} pixels averaged", type="primary"):
            return
        new = opening.file_session(data, name, images, image=image, average=average, bins=error.factor)
    session.seen["upload"] = wanted
    if len(images) == 1:
        leaving.drop_upload(file_id)
    opening.take_over(new, session)
    st.rerun()


def _which(images: list[ImageInfo]) -> tuple[int, bool]:
    """Which image of a file with several, and whether to average the series it belongs to."""
    if len(images) == 1:
        return 0, False
    image = st.selectbox(
        "Image of this file",
        range(len(images)),
        key="image_of_file",
        format_func=lambda at: f"{images[at].title} · {images[at].cols} × {images[at].rows}",
    )
    is_series = images[image].n_frames > 1
    average = st.toggle("Average all frames, drift corrected", key="average_frames") if is_series else False
    return image, average


def restore(page: Page) -> None:
    """A recipe downloaded earlier, put on the open image."""
    st.caption(
        "A reload of the page brings image, recipe and undo history back by itself, "
        f"{words.kept_for(host.is_own())}. On another day: open the image, then its recipe."
    )
    file = st.file_uploader("Recipe (recipe.json or summary.json)", type=["json"], key="recipe_file")
    if file is not None and page.session.seen.get("recipe") != file.file_id:
        page.session.seen["recipe"] = file.file_id
        opening.load_recipe(page.session, file.getvalue())
    offered = opening.offered_recipe(page.session)
    if offered is not None:
        _choose(page, offered)


def _choose(page: Page, offered: Saved) -> None:
    """What to take of a recipe that was not made for this image, as far as it says."""
    name = words.plain(offered.image_of.name, 40) if offered.image_of else ""
    st.warning(
        f"This recipe was made for {name}, not for this image."
        if name
        else "This recipe does not say which image it was made for."
    )
    with st.container(horizontal=True):
        st.button(
            "Settings only",
            key="recipe_settings",
            type="primary",
            help="This image keeps its scale, and what you marked in it.",
            on_click=lambda: opening.use_recipe(page.session, offered.recipe, settings_only=True),
        )
        st.button(
            "Everything",
            key="recipe_everything",
            help="Its scale, its rejected and added peaks and all other marks too, in place of this image's.",
            on_click=lambda: opening.use_recipe(page.session, offered.recipe),
        )
