"""One image's work as a message: what was asked for, of which file, into which folder."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from hrtem_core.image import Micrograph, folder_name
from hrtem_core.many.inputs import Input, key_of
from hrtem_core.recipe import ImageOf, Recipe, Saved, edits

RESERVED = frozenset({"merged", ".ledger", "failures.csv"})
"""Names beside the result folders that are not theirs."""


@dataclass(frozen=True)
class Asked:
    """What was asked for, of whatever image.

    Parameters
    ----------
    saved
        The recipe, and the image it was made for: another image takes the settings only.
    pixel_size_nm
        What was typed; it counts before any other.
    extras
        Whether report, SVG and ImageJ regions are written too.
    overwrite
        Whether earlier results are replaced.
    """

    saved: Saved = field(default_factory=lambda: Saved(Recipe()))
    pixel_size_nm: float | tuple[float, float] | None = None
    extras: bool = False
    overwrite: bool = False

    def recipe_for(self, digest: str) -> Recipe:
        """All of the recipe where it was made for the image with these pixels, or does not say; else its
        settings only."""
        recipe, image_of = self.saved
        if image_of is not None and image_of.sha256 != digest:
            recipe = self._settings
        return recipe if self.pixel_size_nm is None else replace(recipe, pixel_size_nm=self.pixel_size_nm)

    def notes(self, micrograph: Micrograph) -> list[str]:
        """What to say of a recipe that holds more than settings, on an image that may not be its own."""
        recipe, image_of = self.saved
        if recipe == self._settings or (image_of and image_of.is_of(micrograph)):
            return []
        if image_of is None:
            return ["the recipe does not say which image it was made for; its scale and marks are used too"]
        return [_made_for(image_of)]

    @property
    def _settings(self) -> Recipe:
        recipe = self.saved.recipe
        mine = Recipe(image=recipe.image, average_frames=recipe.average_frames)
        return edits.with_settings_of(mine, recipe)


def _made_for(image_of: ImageOf) -> str:
    return (
        f"the recipe was made for {image_of.name}, not for this image: "
        "its settings are used, its scale and marks are not"
    )


@dataclass(frozen=True, kw_only=True)
class Job:
    """One image to be analyzed.

    Parameters
    ----------
    image_id
        The path of its result folder relative to all results, with slashes.
    path
        The file.
    folder
        Where the result goes.
    asked
        What was asked for.
    is_input_folder
        Whether images of this run lie in `folder`, which then is nobody's to replace.
    again
        Whether it is done even if its result is there already.
    image
        Which image of the file, from 0; None for the one that the recipe names.
    """

    image_id: str
    path: Path
    folder: Path
    asked: Asked
    is_input_folder: bool = False
    again: bool = False
    image: int | None = None

    @property
    def key(self) -> str:
        """What tells the image from all others."""
        return key_of(str(self.path), self.image)

    @property
    def recipe(self) -> Recipe:
        """What says which image to read."""
        return self._for_its_image(self.asked.saved.recipe)

    def recipe_for(self, digest: str) -> Recipe:
        """What is asked of an image with these pixels."""
        return self._for_its_image(self.asked.recipe_for(digest))

    def _for_its_image(self, recipe: Recipe) -> Recipe:
        if self.image is None:
            return recipe
        return replace(recipe, image=self.image, average_frames=False)


@dataclass
class _Names:
    """Names of result folders that are taken, compared as file systems do that know no capital letters."""

    taken: set[str] = field(default_factory=lambda: set(RESERVED))
    above: set[str] = field(default_factory=set)

    def is_free(self, name: PurePosixPath) -> bool:
        """Whether a folder of that name would neither be another's nor hold it, nor lie in one."""
        text = str(name).casefold()
        return text not in self.taken | self.above and not self.taken & set(_above(text))

    def take(self, name: PurePosixPath) -> None:
        text = str(name).casefold()
        self.taken.add(text)
        self.above.update(_above(text))


def _above(name: str) -> list[str]:
    return [str(parent) for parent in PurePosixPath(name).parents][:-1]


def plan(inputs: Sequence[Input], out: Path, asked: Asked, known: Mapping[str, str]) -> list[Job]:
    """The jobs of some images: each result folder follows the path relative to the folder given.

    Where two would share one, both get a longer name: with the file's ending, then with the folders above.

    Parameters
    ----------
    inputs
        The images, in the order in which they are analyzed.
    out
        Folder of all results.
    asked
        What was asked for.
    known
        By key the `image_id` that an image had before: it keeps it, whatever else is there by now.
    """
    names, folders = _Names(), {one.path.parent for one in inputs}
    here = Path(os.path.abspath(out))
    names.taken |= {
        one.path.relative_to(here).as_posix().casefold() for one in inputs if here in one.path.parents
    }
    settled: dict[str, PurePosixPath] = {}
    for one in inputs:
        if one.key in known:
            settled[one.key] = PurePosixPath(known[one.key])
            names.take(settled[one.key])
    rest = [one for one in inputs if one.key not in settled]
    # A folder that will hold results of its own files is no result.
    names.above |= {above for one in rest for above in _above(str(_name(one, 0)).casefold())}
    level = 0
    while rest:
        rest = _settle(rest, level, names, settled)
        level += 1
    ids = [settled[one.key] for one in inputs]
    return [
        Job(
            image_id=str(name),
            path=one.path,
            folder=out / name,
            asked=asked,
            is_input_folder=here / name in folders,
            image=one.image,
        )
        for one, name in zip(inputs, ids, strict=True)
    ]


def _settle(
    rest: Sequence[Input], level: int, names: _Names, settled: dict[str, PurePosixPath]
) -> list[Input]:
    """Give names of one length to those who share them with nobody; the others are left."""
    groups: dict[str, list[Input]] = {}
    for one in rest:
        groups.setdefault(str(_name(one, level)).casefold(), []).append(one)
    left = []
    for group in groups.values():
        name = _name(group[0], level)
        if len(group) == 1 and names.is_free(name):
            settled[group[0].key] = name
            names.take(name)
        else:
            left += group
    return left


def _name(one: Input, level: int) -> PurePosixPath:
    """The name of an image's result folder: the shortest, with the file's ending, with more and more folders
    above, and at last one that no other path has. The images of a file lie in a folder of its name."""
    file_name, inside = one.path.name, () if one.image is None else (folder_of_frame(one.image),)
    last = _part(file_name) if level % 2 else folder_name(file_name)
    higher, n_more = one.path.parts[1 : -len(one.relative.parts)], level // 2
    if n_more > len(higher):
        return PurePosixPath(f"{folder_name(file_name)[:100]} {_digest(one.path)}", *inside)
    above = higher[len(higher) - n_more :] + one.relative.parts[:-1]
    return PurePosixPath(*map(_part, above), last, *inside)


def folder_of_frame(image: int) -> str:
    """The name of the result folder of one image of a file, such as a series' frame."""
    return f"image_{image}"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _part(name: str) -> str:
    """A folder's or file's name as a part of a path that leads nowhere else."""
    return folder_name(f"{name}.x")


def shard_of(jobs: Sequence[Job], number: int, n_shards: int) -> list[Job]:
    """Every `n_shards`-th job: those of shard `number`, from 1; together the shards are all jobs."""
    return list(jobs[number - 1 :: n_shards])


def difference(there: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """In words the first parameter in which two recipes differ, "" where they do not.

    Parameters
    ----------
    there, asked
        As `to_dict` gives them.
    """
    return next(_differences(there, asked, ""), "")


def _differences(there: Mapping[str, Any], asked: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in sorted({*there, *asked} - {"image_of"}):
        one, other = there.get(name), asked.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _differences(one, other, f"{path}{name}.")
        elif one != other:
            yield f"{path}{name} {_short(one)} there, {_short(other)} asked"


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
