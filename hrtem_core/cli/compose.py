"""`compose`: elemental maps on the domains of a micrograph."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrtem_core.cli.console import shown
from hrtem_core.cli.recipe_file import read_recipe
from hrtem_core.errors import UserError

if TYPE_CHECKING:
    from hrtem_core.composition import (
        Candidate,
        ElementalMaps,
        Kind,
        MapFile,
        MapSource,
        Outlines,
        Result,
        Window,
    )
    from hrtem_core.image import Micrograph
    from hrtem_core.recipe import ImageOf, Saved

COMPOSE = """\
Lay elemental maps on the domains of a micrograph. RESULT_FOLDER is a folder that analyze wrote; or give
--micrograph and --labels, a label image of one's own. DIR gets
  registration.json       where the maps lie: map px = matrix · (row_nm, col_nm) + offset
  composition.csv         atomic fractions of every domain, with their uncertainty
  composition_groups.csv  the same of crystallites, families and phases
  colocalization.csv      which families and phases go together with which elements
  agreement.csv           whether d and composition of each crystallite agree with its candidate phases
  maps_on_micrograph.tif  net counts on the micrograph's pixels
  composition.json        what went in, what cannot be seen, remarks, and the recipe that gives it again
"""

COMPOSE_EXAMPLES = """\
examples:
  python -m hrtem_core compose results/film --maps C=C.tif O=O.tif F=F.tif --clicks clicks.csv --out composed
  python -m hrtem_core compose results/film --micrograph film.dm3 --survey haadf.tif --maps O=O.tif F=F.tif \\
      --backgrounds O=O_below.tif F=F_below.tif --sensitivity k.json --clicks clicks.csv --out composed
  python -m hrtem_core compose --micrograph film.tif --labels labels.tif --groups phases.csv \\
      --maps C,O,F=stack.tif --clicks clicks.csv --out composed
  python -m hrtem_core compose results/film --cube scan.hspy --windows windows.json --clicks clicks.csv \\
      --out composed
clicks.csv has the columns row_nm, col_nm, map_row_px, map_col_px, and at least three rows.
windows.json: {"O": "line", "F": {"line_ev": [610, 745], "sides_ev": [[593, 610], [745, 800]]},
               "C": {"edge_ev": [284, 320], "before_ev": [230, 280]}, "Li": "edge"}
FILE may be followed by #N, the number of an image of that file, from 0.
"""


class ComposeError(UserError):
    """The command line does not say what to compose."""


def add_compose_arguments(parser: argparse.ArgumentParser) -> None:
    """What `compose` takes."""
    parser.add_argument(
        "result", nargs="?", type=Path, metavar="RESULT_FOLDER", help="folder that analyze wrote"
    )
    parser.add_argument("--micrograph", type=Path, metavar="FILE", help="the micrograph itself")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="label image in place of found domains")
    parser.add_argument(
        "--groups", type=Path, metavar="FILE.csv", help="phases of the labels: domain_id, phase"
    )
    parser.add_argument(
        "--pixel-size-nm", type=float, metavar="X", help="of the micrograph, where it has none"
    )
    parser.add_argument("--maps", nargs="+", metavar="ELEMENT=FILE", help="maps of raw counts")
    parser.add_argument("--backgrounds", nargs="+", metavar="ELEMENT=FILE", help="what of them is background")
    parser.add_argument("--cube", type=Path, metavar="FILE", help="spectrum image, in place of maps")
    parser.add_argument("--windows", type=Path, metavar="FILE.json", help="energy windows of the elements")
    parser.add_argument("--survey", metavar="FILE", help="image taken with the same scan (HAADF)")
    parser.add_argument("--clicks", type=Path, metavar="FILE.csv", help="pairs of points")
    parser.add_argument(
        "--recipe", type=Path, metavar="RECIPE.json",
        help="pairs, windows, sensitivities and probe of the page Composition, or of a composition.json",
    )  # fmt: skip
    parser.add_argument("--sensitivity", type=Path, metavar="FILE.json", help="counts per atom by element")
    parser.add_argument("--probe-nm", type=float, metavar="X", help="standard deviation of the probe")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the results")
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results")
    parser.add_argument("--quiet", action="store_true", help="say nothing but what went wrong")


def run_compose(given: argparse.Namespace) -> int:
    """Compose, write, and say in a line what was found; gives the exit status."""
    from hrtem_core.composition import MapFile, compose, register
    from hrtem_core.exports import check_composition_folder, composition_files, write_composition
    from hrtem_core.recipe import Saved

    check_composition_folder(given.out, given.overwrite)
    saved = _saved(given)
    decided = saved.recipe.composition
    domains = _domains(given)
    if not given.clicks:
        _check_image(saved, domains)
    maps = _maps(given, decided.windows)
    if not given.clicks:
        _check_files(decided.files, maps.digests)
    image = None if domains.micrograph is None or not decided.refine else domains.micrograph.intensity
    registration = register(
        decided.clicks,
        maps,
        domains.outlines.field_nm,
        image=image,
        pixel_size=domains.outlines.pixel_size,
        probe_nm=decided.probe_nm,
    )
    found = compose(
        maps,
        domains.outlines,
        registration,
        kinds=domains.kinds,
        candidates=domains.candidates,
        sensitivity=dict(decided.sensitivity),
        probe_nm=decided.probe_nm,
        notes=domains.notes,
    )
    files = tuple(MapFile(*one) for one in maps.digests)
    recipe = replace(saved.recipe, composition=replace(decided, files=files))
    told = composition_files(found, Saved(recipe, domains.image_of))
    write_composition(told, given.out, given.overwrite)
    if not given.quiet:
        n_domains = len(domains.outlines.domain_id)
        print(
            shown(
                f"{n_domains} domains, {', '.join(maps.elements)}; maps lie within "
                f"{registration.sigma_nm:.2f} nm ({registration.method}) -> {given.out}"
            )
        )
    return 0


def _saved(given: argparse.Namespace) -> "Saved":
    """The recipe of the arguments: what is typed takes the place of what the recipe's file says."""
    from hrtem_core.composition import Sensitivity, read_clicks, read_sensitivity, read_windows
    from hrtem_core.recipe import Recipe, Saved

    if given.recipe is None and given.clicks is None:
        raise ComposeError("Give --clicks, a table of pairs of points, or --recipe with pairs in it.")
    saved = Saved(Recipe()) if given.recipe is None else read_recipe(given.recipe)
    typed: dict[str, Any] = {}
    if given.clicks is not None:
        typed["clicks"] = read_clicks(given.clicks)
    if given.sensitivity is not None:
        typed["sensitivity"] = tuple(starmap(Sensitivity, read_sensitivity(given.sensitivity).items()))
    if given.probe_nm is not None:
        typed["probe_nm"] = _probe(given.probe_nm)
    if given.windows is not None:
        typed["windows"] = read_windows(given.windows)
    decided = replace(saved.recipe.composition, **typed)
    return saved._replace(recipe=replace(saved.recipe, composition=decided))


def _check_image(saved: "Saved", domains: "_Domains") -> None:
    """See that a recipe's pairs were clicked in this micrograph."""
    made_for = saved.image_of
    if made_for and domains.image_of and made_for.sha256 != domains.image_of.sha256:
        raise ComposeError(
            f"The pairs of the recipe were clicked in {made_for.name}, another micrograph; give --clicks."
        )


def _check_files(known: "Sequence[MapFile]", given: "Sequence[tuple[str, str, str]]") -> None:
    """See that a recipe's pairs were clicked in these maps."""
    wanted = {one.sha256: one for one in known}
    stray = next((one for one in given if known and one[2] not in wanted), None)
    if stray is not None:
        raise ComposeError(
            f"{stray[1]} is none of the files that the recipe's pairs were clicked in "
            f"({', '.join(one.name for one in known[:6])}); give those, or --clicks."
        )


def _probe(probe_nm: float) -> float:
    if not 0 < probe_nm < 100:
        raise ComposeError(f"--probe-nm must lie above 0 and below 100 nm, got {probe_nm:g}.")
    return probe_nm


@dataclass(frozen=True, eq=False, kw_only=True)
class _Domains:
    """Domains, their groups, suggested phases, and the micrograph where it was given."""

    outlines: "Outlines"
    kinds: "tuple[Kind, ...]" = ()
    candidates: "tuple[Candidate, ...]" = ()
    micrograph: "Micrograph | None" = None
    image_of: "ImageOf | None" = None
    notes: tuple[str, ...] = ()


def _domains(given: argparse.Namespace) -> _Domains:
    from hrtem_core.composition import outlines_of, read_groups, read_labels, read_result
    from hrtem_core.recipe import ImageOf

    if (given.result is None) == (given.labels is None):
        raise ComposeError("Give either a folder of results, or --micrograph and --labels.")
    micrograph = None if given.micrograph is None else _micrograph(given.micrograph, given.pixel_size_nm)
    if given.result is not None:
        result = read_result(given.result)
        _check_micrograph(micrograph, result, given.result.name)
        known = result.image_sha256
        return _Domains(
            outlines=result.outlines,
            kinds=result.kinds,
            candidates=result.candidates,
            micrograph=micrograph,
            image_of=ImageOf(result.image_name, known) if known else None,
            notes=result.notes,
        )
    if micrograph is None or micrograph.pixel_size is None:
        raise ComposeError(
            "--labels needs --micrograph with a scale; give --pixel-size-nm where it has none."
        )
    labels = read_labels(given.labels)
    if labels.shape[1:] != micrograph.shape:
        raise ComposeError(
            f"{given.labels.name} has {labels.shape[1]} x {labels.shape[2]} pixels and the micrograph "
            f"{micrograph.shape[0]} x {micrograph.shape[1]}; labels must have the micrograph's size."
        )
    outlines = outlines_of(labels, micrograph.pixel_size, given.labels.name)
    groups = () if given.groups is None else tuple(read_groups(given.groups, outlines.domain_id))
    return _Domains(
        outlines=outlines, kinds=groups, micrograph=micrograph, image_of=ImageOf.of(micrograph)
    )  # fmt: skip


def _check_micrograph(micrograph: "Micrograph | None", result: "Result", folder: str) -> None:
    if micrograph is None:
        return
    if micrograph.shape != result.outlines.shape:
        raise ComposeError(f"{micrograph.name} is not the micrograph of {folder}: its size differs.")
    if result.image_sha256 not in ("", micrograph.digest):
        raise ComposeError(f"{micrograph.name} is not the micrograph of {folder}: its pixels differ.")


def _micrograph(path: Path, pixel_size_nm: float | None) -> "Micrograph":
    from hrtem_core.image import PixelSize
    from hrtem_core.readers import read_apart

    micrograph = read_apart(path)
    if pixel_size_nm is None:
        return micrograph
    return micrograph.with_pixel_size(PixelSize(pixel_size_nm, pixel_size_nm, origin="typed"))


def _maps(given: argparse.Namespace, windows: "Sequence[Window]") -> "ElementalMaps":
    from hrtem_core.composition import MapSource, read_cube, read_maps

    survey = None if given.survey is None else numbered(given.survey)
    if given.cube is not None:
        if given.maps or given.backgrounds or not windows:
            raise ComposeError("--cube needs --windows, and takes the place of --maps and --backgrounds.")
        return read_cube(MapSource(given.cube), windows, survey)
    if not given.maps or given.windows is not None:
        raise ComposeError("Give maps, as in --maps C=C.tif O=O.tif, or --cube with --windows.")
    files = [one for text in given.maps for one in named_files(text)]
    below = [one for text in given.backgrounds or () for one in named_files(text)]
    return read_maps(files, dict(below), survey)


def named_files(text: str) -> "list[tuple[str, MapSource]]":
    """Element and image of "O=oxygen.tif", "O=maps.emd#3", or "C,O,F=stack.tif" in the stack's order.

    Raises
    ------
    ComposeError
        If the text is none of these.
    """
    names, equals, file = text.partition("=")
    if not (equals and names and file):
        raise ComposeError(f"{text!r} names no map; write ELEMENT=FILE, as in O=oxygen.tif.")
    first = numbered(file)
    images = enumerate(names.split(","), first.image)
    return [(name.strip(), replace(first, image=image)) for image, name in images]


def numbered(file: str) -> "MapSource":
    """File and number of the image: "maps.emd#3" is the fourth."""
    from hrtem_core.composition import MapSource

    path, mark, number = file.rpartition("#")
    is_number = bool(mark) and number.isascii() and number.isdigit() and len(number) < 7
    if is_number and not Path(file).exists():
        return MapSource(Path(path), image=int(number))
    return MapSource(Path(file))
