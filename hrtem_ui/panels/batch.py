"""The batch page's parts: a folder, how far it is, and what all images say together."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from hrtem_core.errors import UserError
from hrtem_core.many import ENDINGS, Entry
from hrtem_ui.charts import batch as charts
from hrtem_ui.frame import Page
from hrtem_ui.panels import looks
from hrtem_ui.panels.counted import COUNTED
from hrtem_ui.session import batch, leaving
from hrtem_ui.text import MICROGRAPH, counted, page_log, plain, shortened
from hrtem_ui.widgets import controls, still

OUT, FOLDER, PIXEL, EACH = "batch_out", "batch_folder", "batch_pixel", "batch_each"

COLUMNS, LATEST_STEPS = 6, 5

TITLES = {
    "crystalline_fraction": "crystalline fraction",
    "crystallite_density": "crystallites per nm²",
    "crystallite_mean_diameter": "mean diameter of crystallites",
    "crystallite_median_diameter": "median diameter of crystallites",
    "crystallite_area_weighted_diameter": "crystallites, area weighted",
    "crystallite_mean_area": "mean area of crystallites",
    "domain_density": "domains per nm²",
    "domain_mean_diameter": "mean diameter of domains",
    "domain_median_diameter": "median diameter of domains",
    "domain_area_weighted_diameter": "domains, area weighted",
    "domain_mean_area": "mean area of domains",
    "calibration_relative_sigma": "uncertainty of the pixel size",
}


def is_on() -> bool:
    """Whether this host runs batches; where not, it says why, and what does."""
    reason = batch.why_off()
    if reason:
        st.info(f"{reason} Run the app on your own computer, or use the command line:")
        st.code("python -m hrtem_core analyze FOLDER --out RESULTS --recipe recipe.json", language="bash")
        st.caption("The recipe of the open image is on the page *Export*.")
    return not reason


def run_shown(page: Page) -> batch.Run | None:
    """The run of the folder named on the page, else the latest."""
    named = str(page.session.view.get(OUT, ""))
    return batch.run_in(Path(named).expanduser().absolute()) if named else batch.latest()


def start(page: Page) -> None:
    """Which folder, where the results go, and the button that begins."""
    view, latest = page.session.view, batch.latest()
    known = {FOLDER: latest.folder, OUT: latest.out} if latest else {}
    with st.form("batch", border=True):
        left, middle, right = st.columns([5, 5, 3], vertical_alignment="bottom")
        folder = left.text_input("Folder of images", view.get(FOLDER) or known.get(FOLDER, ""), key=FOLDER)
        out = middle.text_input("Folder for the results", view.get(OUT) or known.get(OUT, ""), key=OUT)
        pixel_nm = right.number_input(
            "Pixel size (nm)", 0.0001, 10.0, view.get(PIXEL), 0.0001, format="%.5f", key=PIXEL,
            placeholder="from files", help="For all images; left empty, each keeps what its file says.",
        )  # fmt: skip
        uploaded = st.file_uploader(
            "Or upload a folder of images", sorted(ENDINGS), "directory", key="batch_upload",
            help="For a browser on another computer than the app's. It is kept with the results, and "
            "takes the place of the folder named above.",
        )  # fmt: skip
        each = st.checkbox(
            "Every image of a file by itself", bool(view.get(EACH)), key=EACH,
            help="Such as the frames of a series. Otherwise one image of each file, the one in the recipe.",
        )  # fmt: skip
        begun = st.form_submit_button("Analyze all", type="primary", icon=":material/play_arrow:")
    view.update({FOLDER: folder, OUT: out, PIXEL: pixel_nm, EACH: each})
    st.caption(f"With the settings of {plain(page.session.micrograph.name)}, the image that is open.")
    if begun:
        _begin(page, folder, out, pixel_nm, each, uploaded)


def _begin(
    page: Page,
    folder: str,
    out: str,
    pixel_nm: float | None,
    each: bool,
    uploaded: Sequence[UploadedFile | DeletedFile],
) -> None:
    """Start, or say why not."""
    if not ((folder.strip() or uploaded) and out.strip()):
        st.error("Name a folder of images, and one for the results.")
        return
    places = [Path(text.strip()).expanduser().absolute() for text in (folder, out)]
    running = batch.run_in(places[1])
    if running is not None and batch.is_running(running):
        st.warning("A run into this folder is at work already.")
        return
    try:
        if uploaded:
            places[0] = batch.take_in(_held(uploaded), places[1])
        batch.start(places[0], places[1], page.recipe, page.session.micrograph, pixel_nm or 0.0, each)
    except UserError as error:
        st.error(plain(str(error), 600))


def _held(uploaded: Sequence[UploadedFile | DeletedFile]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file; once asked for the next, the server drops the one before."""
    for file in uploaded:
        if isinstance(file, UploadedFile):
            yield file.name, file.getvalue()
            leaving.drop_upload(file.file_id)


def progress(page: Page) -> None:
    """How far the run is; looks again every second while it is at work."""
    run = run_shown(page)
    if run is None:
        return
    is_at_work = batch.is_running(run)

    @st.fragment(run_every=1.0 if is_at_work else None)
    def shown() -> None:
        so_far = batch.progress_of(run)
        _how_far(page, run, so_far)
        _failures(run, so_far)
        _thumbnails(page, run, so_far)
        if is_at_work and not so_far.is_running:
            st.rerun()

    shown()


def _how_far(page: Page, run: batch.Run, so_far: batch.Progress) -> None:
    n_over = len(so_far.done) + len(so_far.failed)
    n_all = max(run.n_images, n_over)
    failed = f", {len(so_far.failed)} failed" if so_far.failed else ""
    left = batch.minutes_left(so_far, n_all) if so_far.is_running else None
    when = f", {max(1, round(left))} min left" if left else ""
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(n_over / n_all, f"{n_over} of {counted(n_all, 'image')}{failed}{when}")
    if so_far.is_running:
        button.button("Stop", icon=":material/stop:", on_click=batch.stop, args=(run,), key="batch_stop")
    else:
        label = "Go on" if n_over < n_all else ("Retry failed" if so_far.failed else "Look again")
        button.button(label, icon=":material/refresh:", on_click=_go_on, args=(run,), key="batch_go_on")
    with st.expander("What this page did", icon=":material/receipt_long:"):
        st.markdown(_settings(page, run))
        st.code(run.command, language="bash")
        st.code(so_far.said or "nothing yet", language=None)


def _settings(page: Page, run: batch.Run) -> str:
    """With which settings, or why that is not known."""
    try:
        return page_log.of_settings(batch.recipe_of(run), page.units)
    except UserError as error:
        return plain(str(error), 600)


def _go_on(run: batch.Run) -> None:
    """Give the run's command again."""
    batch.go_on(run)


def _failures(run: batch.Run, so_far: batch.Progress) -> None:
    if not so_far.failed:
        return
    with st.expander(f"**{counted(len(so_far.failed), 'failure')}**", icon=":material/error:"):
        rows = [(_short(run, one), one.error) for one in so_far.failed]
        st.dataframe(pd.DataFrame(rows, columns=["image", "reason"]), hide_index=True, width="stretch")


def _short(run: batch.Run, entry: Entry) -> str:
    """An image's path from the run's folder."""
    path = Path(entry.name)
    return str(path.relative_to(run.folder) if path.is_relative_to(run.folder) else path)


def _thumbnails(page: Page, run: batch.Run, so_far: batch.Progress) -> None:
    """The latest results; a click opens the image with its recipe."""
    latest = so_far.done[: -batch.MAX_THUMBNAILS - 1 : -1]
    for first in range(0, len(latest), COLUMNS):
        with st.container(key=f"pictures-from-{first}"):
            columns = st.columns(COLUMNS)
        for column, entry in zip(columns, latest[first : first + COLUMNS], strict=False):
            picture = batch.thumbnail(run, entry)
            if picture is None:
                continue
            name = shortened(Path(entry.name).name, 40)
            with column:
                still.show(f"batch {entry.image_id}", picture, f"The domains of {name}", caption=name)
            if column.button("Open", key=f"batch_open_{entry.image_id}", width="stretch"):
                batch.open_result(run, entry, page.session)
                _to_the_image()


def _to_the_image() -> None:
    """On to the first page, which opens what is wanted; where a page is run alone it is opened here."""
    try:
        st.switch_page(MICROGRAPH.script)
    except StreamlitAPIException:
        st.rerun()


def together(page: Page) -> None:
    """What all images say, once they have been merged."""
    run = run_shown(page)
    merged = Path(run.out) / "merged" if run else None
    if merged is None or not (merged / "pooled.csv").exists():
        return
    st.subheader("All images together")
    images, pooled = pd.read_csv(merged / "images.csv"), pd.read_csv(merged / "pooled.csv")
    with st.container(key="stacked"):
        left, right = st.columns([3, 2], gap="large")
    with right:
        _table(pooled)
        _settling(pd.read_csv(merged / "convergence.csv"))
    with left:
        _linked(page, images[images["status"] == "done"], merged)


def _table(pooled: pd.DataFrame) -> None:
    """Estimates with their intervals; what the pixel size alone makes of them stays in the file."""
    order = list(TITLES)
    shown = pooled[pooled["quantity"].isin(order)]
    shown = shown.sort_values("quantity", key=lambda names: names.map(order.index))
    columns = {
        "quantity": [TITLES[name] for name in shown["quantity"]],
        "estimate": [f"{value:.3g}" for value in shown["estimate"]],
        "95 % interval": list(map(_interval, shown["low95"], shown["high95"])),
        "unit": ["" if unit == "1" else unit.replace("nm2", "nm²") for unit in shown["unit"]],
    }
    st.dataframe(pd.DataFrame(columns), hide_index=True, width="stretch")
    n_images = int(pooled["n_images"].max())
    corrected = "regions that the border cuts are corrected for"
    st.caption(f"{counted(n_images, 'image')}; {corrected}. The file is `merged/pooled.csv`.")
    if "calibration_relative_sigma" not in set(pooled["quantity"]):
        st.caption("The pixel size's own uncertainty was not given; more images do not reduce it.")


def _interval(low: float, high: float) -> str:
    return "too few images" if pd.isna(low) else f"{low:.3g} to {high:.3g}"


def _settling(steps: pd.DataFrame) -> None:
    """How the mean diameter of crystallites has settled while images were recorded."""
    mean = steps[steps["quantity"] == "crystallite_mean_diameter"].dropna(subset=["low95"])
    if len(mean) < 2:
        return
    st.altair_chart(charts.convergence(mean, "mean diameter (nm)"))
    moved = mean["wasserstein_nm"].dropna().tail(LATEST_STEPS)
    if len(moved):
        st.caption(
            f"Crystallites. One further image moves the distribution of diameters by {moved.mean():.2g} nm."
        )


def _linked(page: Page, images: pd.DataFrame, merged: Path) -> None:
    """Images, sizes and spacings that pick each other out."""
    wanted = controls.choice(page.session, COUNTED, "Counted", (looks.CRYSTALLITES, looks.DOMAINS))
    columns = ["image_id", "crystallite_id", "equivalent_diameter_nm", "d_nm"]
    domains = _merged(merged, "domains", columns)
    if not len(domains):
        st.info("No domain was found in any image.")
        return
    if wanted == looks.CRYSTALLITES:
        crystallites = _merged(merged, "crystallites", columns[:3])
        domains = domains.drop(columns="equivalent_diameter_nm").merge(crystallites, on=columns[:2])
        domains["counted"] = domains["image_id"] + "/" + domains["crystallite_id"].astype(str)
    else:
        domains["counted"] = range(len(domains))
    numbers = {image_id: number for number, image_id in enumerate(images["image_id"], 1)}
    images, domains = (one.assign(number=one["image_id"].map(numbers)) for one in (images, domains))
    shown = charts.thinned(domains.drop(columns=["image_id", "crystallite_id"]))
    st.altair_chart(charts.linked(images, shown, wanted.lower()), width="content")
    st.caption("Drag across a chart: the others show what lies in that range. Double-click clears it.")


def _merged(merged: Path, name: str, columns: list[str]) -> pd.DataFrame:
    """Some columns of a table of all images, in the format in which it was written."""
    if (merged / f"{name}.parquet").exists():
        return pd.read_parquet(merged / f"{name}.parquet", columns=columns)
    return pd.read_csv(merged / f"{name}.csv", usecols=columns)
