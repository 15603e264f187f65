"""`compose`: elemental maps on the domains of a micrograph."""

import argparse
import os
import shutil
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hrtem_core.cli.console import shown
from hrtem_core.errors import UserError

if TYPE_CHECKING:
    from hrtem_core.composition import Candidate, ElementalMaps, Kind, MapSource, Outlines
    from hrtem_core.image import Micrograph

    _Domains = tuple[Outlines, tuple[Kind, ...], tuple[Candidate, ...], Micrograph | None]

COMPOSE = """\
Lay elemental maps on the domains of a micrograph. RESULT_FOLDER is a folder that analyze wrote; or give
--micrograph and --labels, a label image of one's own. DIR gets
  registration.json       where the maps lie: map px = matrix · (row_nm, col_nm) + offset
  composition.csv         atomic fractions of every domain, with their uncertainty
  composition_groups.csv  the same of crystallites, families and phases
  colocalization.csv      which families and phases go together with which elements
  agreement.csv           whether d and composition of each crystallite agree with its candidate phases
  maps_on_micrograph.tif  net counts on the micrograph's pixels
  composition.json        what went in, what cannot be seen, remarks
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
    parser.add_argument("--clicks", type=Path, required=True, metavar="FILE.csv", help="pairs of points")
    parser.add_argument("--sensitivity", type=Path, metavar="FILE.json", help="counts per atom by element")
    parser.add_argument("--probe-nm", type=float, metavar="X", help="standard deviation of the probe")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the results")
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results")
    parser.add_argument("--quiet", action="store_true", help="say nothing but what went wrong")


def run_compose(given: argparse.Namespace) -> int:
    """Compose, write, and say in a line what was found; gives the exit status."""
    from hrtem_core.composition import compose, read_clicks, read_sensitivity, register
    from hrtem_core.exports import composition_files

    check_out(given.out, given.overwrite)
    probe_nm = _probe(given.probe_nm)
    pairs = read_clicks(given.clicks)
    sensitivity = None if given.sensitivity is None else read_sensitivity(given.sensitivity)
    outlines, kinds, candidates, micrograph = _domains(given)
    maps = _maps(given)
    registration = register(
        pairs,
        maps,
        outlines.field_nm,
        image=None if micrograph is None else micrograph.intensity,
        pixel_size=outlines.pixel_size,
        probe_nm=probe_nm,
    )
    found = compose(
        maps,
        outlines,
        registration,
        kinds=kinds,
        candidates=candidates,
        sensitivity=sensitivity,
        probe_nm=probe_nm,
    )
    write_folder(composition_files(found), given.out, given.overwrite)
    if not given.quiet:
        print(
            shown(
                f"{len(outlines.domain_id)} domains, {', '.join(maps.elements)}; maps lie within "
                f"{registration.sigma_nm:.2f} nm ({registration.method}) -> {given.out}"
            )
        )
    return 0


def _probe(probe_nm: float | None) -> float | None:
    if probe_nm is not None and not 0 < probe_nm < 100:
        raise ComposeError(f"--probe-nm must lie above 0 and below 100 nm, got {probe_nm:g}.")
    return probe_nm


def _domains(given: argparse.Namespace) -> "_Domains":
    """Domains, their groups, suggested phases, and the micrograph where it was given."""
    from hrtem_core.composition import outlines_of, read_groups, read_labels, read_result

    if (given.result is None) == (given.labels is None):
        raise ComposeError("Give either a folder of results, or --micrograph and --labels.")
    micrograph = None if given.micrograph is None else _micrograph(given.micrograph, given.pixel_size_nm)
    if given.result is not None:
        result = read_result(given.result)
        if micrograph is not None and micrograph.shape != result.outlines.shape:
            raise ComposeError(
                f"{micrograph.name} is not the micrograph of {given.result.name}: its size differs."
            )
        if micrograph is not None and result.image_sha256 not in ("", micrograph.digest):
            raise ComposeError(
                f"{micrograph.name} is not the micrograph of {given.result.name}: its pixels differ."
            )
        return result.outlines, result.kinds, result.candidates, micrograph
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
    return outlines, groups, (), micrograph


def _micrograph(path: Path, pixel_size_nm: float | None) -> "Micrograph":
    from hrtem_core.image import PixelSize
    from hrtem_core.readers import read

    micrograph = read(path)
    if pixel_size_nm is None:
        return micrograph
    return micrograph.with_pixel_size(PixelSize(pixel_size_nm, pixel_size_nm, origin="typed"))


def _maps(given: argparse.Namespace) -> "ElementalMaps":
    from hrtem_core.composition import MapSource, read_cube, read_maps, read_windows

    survey = None if given.survey is None else numbered(given.survey)
    if given.cube is not None:
        if given.maps or given.backgrounds or given.windows is None:
            raise ComposeError("--cube needs --windows, and takes the place of --maps and --backgrounds.")
        return read_cube(MapSource(given.cube), read_windows(given.windows), survey)
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


def check_out(folder: Path, overwrite: bool) -> None:
    """See that files may be written to a folder, before the work begins.

    Raises
    ------
    ComposeError
        If they may not.
    """
    from hrtem_core.exports import COMPOSITION_FILES

    if not folder.exists():
        return
    if not folder.is_dir() or folder.is_symlink():
        raise ComposeError(f"{folder} is not a folder; choose another one.")
    held = sorted(entry.name for entry in folder.iterdir())
    foreign = [name for name in held if name not in COMPOSITION_FILES]
    if foreign:
        raise ComposeError(
            f"{folder} also holds {foreign[0]}, which is no composition; choose another folder."
        )
    if held and not overwrite:
        raise ComposeError(f"{folder} holds results already; choose another folder, or --overwrite.")


def write_folder(files: dict[str, bytes], folder: Path, overwrite: bool) -> None:
    """Write all files into a new folder, whole or not at all."""
    fresh = folder.with_name(f".composed.{uuid.uuid4().hex[:8]}")
    try:
        fresh.mkdir(parents=True)
        for name, data in files.items():
            (fresh / name).write_bytes(data)
        check_out(folder, overwrite)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(fresh, folder)
    except OSError as error:
        raise ComposeError(f"{folder} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
