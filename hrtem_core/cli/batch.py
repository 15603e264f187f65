"""Many files, one recipe: each analyzed and written on its own, whatever becomes of the others."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from hrtem_core.cli.console import one_line, shown
from hrtem_core.errors import UserError
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.recipe import Recipe, Saved, edits

PATIENCE_S = 1.5
"""Progress is told of work that takes longer."""

SURPRISE = 1.05
"""A typed pixel size that differs from the file's by more than this factor is told of."""


class ManyFilesError(UserError):
    """Several files cannot be analyzed together."""


@dataclass
class Progress:
    """Tells of the stages of one file once it has taken longer than `PATIENCE_S`.

    Parameters
    ----------
    name
        Of the file.
    tell
        Takes a line of text.
    """

    name: str
    tell: Callable[[str], None]
    started: float = field(default_factory=time.monotonic)
    told: str = ""

    def __call__(self, stage: str, fraction: float) -> None:
        """Take note of a stage and the fraction of the whole analysis that is done."""
        if stage != self.told and time.monotonic() - self.started > PATIENCE_S:
            self.told = stage
            self.tell(f"{self.name}: {stage}, {fraction:.0%}")


def result_folders(files: Sequence[Path], out: Path) -> dict[Path, Path]:
    """The folder of every file's results.

    Parameters
    ----------
    files
        What is to be analyzed.
    out
        Where the folders are made.

    Raises
    ------
    ManyFilesError
        If two files would share one.
    """
    from hrtem_core.image import folder_name

    folders: dict[Path, Path] = {}
    owners: dict[str, Path] = {}
    for path in files:
        # Some file systems know no difference between capital and small letters.
        stem = folder_name(path.name)
        other = owners.setdefault(stem.casefold(), path)
        if other is not path:
            raise ManyFilesError(
                f"{other} and {path} would both be written to {out / stem}; "
                "rename one, or analyze them with different --out."
            )
        folders[path] = out / stem
    return folders


@dataclass(frozen=True)
class _Asked:
    """What was asked for, of whatever image.

    Parameters
    ----------
    saved
        The recipe, and the image it was made for.
    pixel_size_nm
        What was typed.
    """

    saved: Saved
    pixel_size_nm: float | tuple[float, float] | None

    def recipe_for(self, micrograph: Micrograph) -> Recipe:
        """All of the recipe where it was made for this image, or does not say; else its settings only."""
        recipe, image_of = self.saved
        if image_of is not None and not image_of.is_of(micrograph):
            recipe = self._settings
        return recipe if self.pixel_size_nm is None else replace(recipe, pixel_size_nm=self.pixel_size_nm)

    def notes(self, micrograph: Micrograph) -> list[str]:
        """What to say of a recipe that holds more than settings, on an image that may not be its own."""
        recipe, image_of = self.saved
        if recipe == self._settings or (image_of and image_of.is_of(micrograph)):
            return []
        if image_of is None:
            return ["the recipe does not say which image it was made for; its scale and marks are used too"]
        return [
            f"the recipe was made for {image_of.name}, not for this image: "
            "its settings are used, its scale and marks are not"
        ]

    @property
    def _settings(self) -> Recipe:
        recipe = self.saved.recipe
        mine = Recipe(image=recipe.image, average_frames=recipe.average_frames)
        return edits.with_settings_of(mine, recipe)


def analyze_files(
    folders: dict[Path, Path],
    saved: Saved,
    *,
    pixel_size_nm: float | tuple[float, float] | None = None,
    overwrite: bool = False,
    extras: bool = False,
    jobs: int = 1,
    quiet: bool = False,
) -> int:
    """Analyze files and write their results.

    Parameters
    ----------
    folders
        For each file the folder of its results.
    saved
        All parameters, and the image they were made for: another image takes the settings only.
    pixel_size_nm
        What was typed; it counts before any other.
    overwrite
        Whether to replace earlier results.
    extras
        Whether to write report, SVG and ImageJ regions too.
    jobs
        Files analyzed at a time.
    quiet
        Whether to say nothing of what goes well.

    Returns
    -------
    n_failed
        Number of files that failed, each named in one line on stderr.
    """

    asked = _Asked(saved, pixel_size_nm)

    def one(item: tuple[Path, Path]) -> bool:
        path, folder = item
        name = shown(path.name)
        progress = None if quiet else Progress(name, _on_stderr)
        try:
            result = _analyze_file(path, folder, asked, overwrite, extras, progress)
        except UserError as error:
            problem = str(error)
        except MemoryError:
            problem = "needs more memory than there is; choose a region, or bin it (recipe: preparation)."
        except OSError as error:
            problem = f"{folder} cannot be written: {error.strerror or error}."
        else:
            if not quiet:
                print(shown(f"{name}: {result}"), flush=True)
            return True
        _on_stderr(problem if problem.startswith(name) else f"{name}: {problem}")
        return False

    from hrtem_core.peaks import load_library

    threading.Thread(target=load_library, daemon=True).start()
    if jobs == 1 or len(folders) == 1:
        return sum(not one(item) for item in folders.items())
    with ThreadPoolExecutor(min(jobs, len(folders))) as pool:
        return sum(not good for good in pool.map(one, folders.items()))


def _analyze_file(
    path: Path, folder: Path, asked: "_Asked", overwrite: bool, extras: bool, progress: Progress | None
) -> str:
    """Analyze one file, write its results, and say in words what was found."""
    from hrtem_core.analysis import analyze
    from hrtem_core.exports import check_folder, write_results
    from hrtem_core.measures import scrutiny
    from hrtem_core.readers import read
    from hrtem_core.recipe import check_resolution, scaled

    check_folder(folder, overwrite)
    which = asked.saved.recipe
    micrograph = read(path, image=which.image, average_frames=which.average_frames)
    recipe = asked.recipe_for(micrograph)
    micrograph, stated = scaled(micrograph, recipe), micrograph.pixel_size
    check_resolution(micrograph, recipe)
    if progress is not None:
        for remark in (*micrograph.notes, *asked.notes(micrograph), *_surprises(micrograph, stated)):
            _on_stderr(f"{micrograph.name}: note: {remark}")
    analysis = analyze(micrograph, recipe, progress=progress)
    if progress is not None:
        progress("writing", 1.0)
    totals = write_results(analysis, folder, overwrite, extras)
    looked_at = scrutiny(analysis)
    for warning in looked_at.warnings:
        _on_stderr(f"{micrograph.name}: warning: {warning}")
    counts = {
        "domain": totals.n_domains,
        "crystallite": totals.n_crystallites,
        "d-spacing": totals.n_families,
    }
    found = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counts.items())
    return f"{found}, {100 * totals.crystalline_fraction:.1f} % crystalline; {looked_at.in_words} -> {folder}"


def _surprises(micrograph: Micrograph, stated: PixelSize | None) -> list[str]:
    """What to say of a pixel size in force that is not the file's."""
    scale = micrograph.pixel_size
    if stated is None or scale is None:
        return []
    if max(scale.mean_nm / stated.mean_nm, stated.mean_nm / scale.mean_nm) < SURPRISE:
        return []
    return [
        f"the file says {stated.mean_nm:.5g} nm per pixel ({stated.origin}), "
        f"but {scale.mean_nm:.5g} nm was given and is used"
    ]


def _on_stderr(text: str) -> None:
    print(f"hrtem_core: {one_line(text)}", file=sys.stderr, flush=True)
