"""The command line: what can be asked for, and in which words.

Exit status 0: all done; 2: something the caller must mend, said in one line on stderr; 130: interrupted;
141: the program that read the output has ended (as `head` does).
Modules that take time to import are imported by the command that needs them.
"""

import argparse
import glob
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from hrtem_core.cli.console import one_line
from hrtem_core.errors import RecipeError, UserError
from hrtem_core.version import VERSION

if TYPE_CHECKING:
    from hrtem_core.recipe import Saved


DONE, TO_MEND, INTERRUPTED, NOBODY_LISTENS = 0, 2, 130, 141

MODULE, COMMAND = "python -m hrtem_core", "hrtem-domains"
"""The two ways to call this program; the texts below give the first."""

MAX_RECIPE_BYTES = 16 << 20
"""Of a longer file no more is read: it is then found to be too long, or no recipe."""

DESCRIPTION = """\
Find and measure crystalline domains in HRTEM micrographs.

  python -m hrtem_core analyze film.dm3 --out results
  python -m hrtem_core analyze film.png --pixel-size-nm 0.0256 --out results
"""

ANALYZE = """\
Analyze micrographs. Each FILE gets a folder DIR/<its name without the ending>/ with
  peaks.csv, families.csv, domains.csv, crystallites.csv   tables; nm, nm² and degrees
  domains.tif     label stack, opens in ImageJ with its scale
  overlay.png     the image with the outlines of its domains
  summary.json    totals, versions, and the recipe that gives the same result again
"""

ANALYZE_EXAMPLES = """\
examples:
  python -m hrtem_core analyze film.dm3 --out results
  python -m hrtem_core analyze film.png --pixel-size-nm 0.0256 --out results
  python -m hrtem_core analyze *.tif --recipe recipe.json --out results --jobs 2 --overwrite
  python -m hrtem_core analyze film.dm3 --recipe results/film/summary.json --out again
"""

SIMULATE = """\
Write a synthetic micrograph whose crystals are known: DIR/micrograph.tif with its scale,
DIR/truth.csv with every lattice spacing in it, DIR/truth_labels.tif with the crystals' outlines.
"""

SIMULATE_EXAMPLES = """\
examples:
  python -m hrtem_core simulate --out simulated
  python -m hrtem_core simulate --preset weak --seed 3 --out weak
  python -m hrtem_core analyze weak/micrograph.tif --out results
"""

RECIPE_EXAMPLES = """\
example:
  python -m hrtem_core recipe > recipe.json
  (edit recipe.json; what is left out keeps its default)
  python -m hrtem_core analyze film.dm3 --recipe recipe.json --out results
"""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and whose help names the program as it was called."""

    def format_help(self) -> str:
        return super().format_help().replace(MODULE, program())

    def error(self, message: str) -> NoReturn:
        self.exit(TO_MEND, f"{self.prog}: {one_line(message)}; {self.prog} --help tells more.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Without the program's name; those of the process when not given.

    Returns
    -------
    status
        The exit status.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # names may hold what the terminal cannot show
    given = make_parser().parse_args(arguments)
    commands = {"analyze": _analyze, "simulate": _simulate, "formats": _formats, "recipe": _recipe}
    try:
        status = commands[given.command](given)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        _forget_output()
        return NOBODY_LISTENS
    except OSError as error:  # of files given or written, each command speaks itself
        _forget_output()
        print(f"hrtem_core: the output cannot be written: {error.strerror or error}.", file=sys.stderr)
        return TO_MEND
    except UserError as error:
        print(f"hrtem_core: {one_line(str(error))}", file=sys.stderr)
        return TO_MEND
    except KeyboardInterrupt:
        return INTERRUPTED


def _forget_output() -> None:
    """Let the interpreter not try again, at its end, to write what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def program() -> str:
    """What calls this program: its command where that was used, else its module."""
    return COMMAND if Path(sys.argv[0]).stem == COMMAND else MODULE


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = Parser(prog=program(), description=DESCRIPTION, formatter_class=as_written)
    parser.add_argument("--version", action="version", version=f"hrtem_core {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_analyze_arguments(
        commands.add_parser(
            "analyze",
            help="find and measure the domains of micrographs",
            description=ANALYZE,
            epilog=ANALYZE_EXAMPLES,
            formatter_class=as_written,
        )
    )
    _add_simulate_arguments(
        commands.add_parser(
            "simulate",
            help="write a synthetic micrograph whose domains are known",
            description=SIMULATE,
            epilog=SIMULATE_EXAMPLES,
            formatter_class=as_written,
        )
    )
    commands.add_parser("formats", help="list the file formats that can be read")
    recipe = commands.add_parser(
        "recipe",
        help="print the default recipe",
        description="Print all parameters with their defaults, as JSON.",
        epilog=RECIPE_EXAMPLES,
        formatter_class=as_written,
    )
    recipe.add_argument("--describe", action="store_true", help="say what every parameter means")
    return parser


def _add_analyze_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="micrographs")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the results")
    parser.add_argument(
        "--pixel-size-nm",
        type=pixel_size_nm,
        metavar="X",
        help="pixel size in nm where the file has none, or a wrong one; 0.02x0.021 is rows x columns",
    )
    for option, words in LENS_OPTIONS.items():
        parser.add_argument(option, type=float, metavar="X", help=words)
    parser.add_argument("--recipe", type=Path, metavar="RECIPE.json", help="parameters; or a summary.json")
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results")
    parser.add_argument("--image", type=int, metavar="N", help="which image of a file with several, from 0")
    parser.add_argument("--average-frames", action="store_true", help="average the frames of a series")
    parser.add_argument(
        "--extras", action="store_true", help="also write report.html, overlay.svg, ImageJ ROIs"
    )
    parser.add_argument("--jobs", type=_whole(1), default=1, metavar="N", help="files analyzed at a time")
    parser.add_argument("--quiet", action="store_true", help="say nothing but what went wrong")


def _add_simulate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the files")
    parser.add_argument(
        "--preset",
        default="interphase",
        metavar="NAME",
        help="kind of specimen (a name there is not lists all)",
    )
    parser.add_argument(
        "--seed", type=_whole(0), default=0, metavar="N", help="another number, another specimen"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier micrograph")
    parser.add_argument("--quiet", action="store_true", help="say nothing but what went wrong")


LENS_OPTIONS = {
    "--voltage-kv": "acceleration voltage in kV",
    "--cs-mm": "spherical aberration of the lens in mm, 0 if corrected",
    "--defocus-nm": "underfocus in nm; without it, from the film's rings",
}


def pixel_size_nm(text: str) -> float | tuple[float, float]:
    """The size of a pixel in nm: "0.02", or "0.02x0.021" for (row, column).

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is neither.
    """
    try:
        sizes = tuple(float(part) for part in text.lower().replace(",", "x").split("x"))
    except ValueError:
        sizes = ()
    if len(sizes) not in (1, 2) or not all(math.isfinite(size) and size > 0 for size in sizes):
        raise argparse.ArgumentTypeError(
            f"the pixel size must be a positive number of nm, or two as in 0.02x0.021, got {text!r}"
        )
    return sizes[0] if len(sizes) == 1 else (sizes[0], sizes[1])


def _whole(least: int) -> Callable[[str], int]:
    """What reads a whole number that is not below `least`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
            raise argparse.ArgumentTypeError(f"must be a whole number from {least}, got {text!r}")
        return int(text)

    return read


def _analyze(given: argparse.Namespace) -> int:
    from dataclasses import replace

    from hrtem_core.readers import begin_reading

    begin_reading()  # while the rest is imported

    from hrtem_core.cli.batch import analyze_files, result_folders
    from hrtem_core.recipe import Recipe, Saved

    recipe, image_of = Saved(Recipe()) if given.recipe is None else _read_recipe(given.recipe)
    if given.image is not None:
        recipe = replace(recipe, image=given.image)
    if given.average_frames:
        recipe = replace(recipe, average_frames=True)
    names = (option.removeprefix("--").replace("-", "_") for option in LENS_OPTIONS)
    typed = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    recipe = replace(recipe, lens=replace(recipe.lens, **typed))
    folders = result_folders(expanded(given.files), given.out)
    n_failed = analyze_files(
        folders,
        Saved(recipe, image_of),
        pixel_size_nm=given.pixel_size_nm,
        overwrite=given.overwrite,
        extras=given.extras,
        jobs=given.jobs,
        quiet=given.quiet,
    )
    return TO_MEND if n_failed else DONE


def expanded(paths: Sequence[Path]) -> list[Path]:
    """The paths, patterns such as *.tif replaced by the files they match: the shells of Windows do not do it.

    Parameters
    ----------
    paths
        What was given; a pattern that matches nothing stays, and is then said not to be there.
    """
    found: list[Path] = []
    for path in paths:
        is_pattern = glob.has_magic(str(path)) and not os.path.lexists(path)
        found += [Path(match) for match in sorted(glob.glob(str(path)))] if is_pattern else []
        if not is_pattern or not glob.glob(str(path)):
            found.append(path)
    return found


def _read_recipe(path: Path) -> "Saved":
    from hrtem_core.recipe import recipe_text, saved_in

    try:
        with path.open("rb") as stream:
            text = recipe_text(stream.read(MAX_RECIPE_BYTES))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text in UTF-8"
        raise RecipeError(f"The recipe {path} cannot be read: {reason}.") from error
    try:
        return saved_in(text)
    except RecipeError as error:
        raise RecipeError(f"{path.name}: {error}") from error


def _formats(given: argparse.Namespace) -> int:
    from hrtem_core.readers import describe_formats

    del given
    for known in describe_formats():
        endings = " ".join(f".{ending}" for ending in known.extensions)
        print(
            f"{known.name:<28} {endings}" + ("" if known.readable else f"   (needs: {known.how_to_install})")
        )
    return DONE


def _recipe(given: argparse.Namespace) -> int:
    from hrtem_core.recipe import Recipe, describe_markdown, to_json

    print(describe_markdown() if given.describe else to_json(Recipe(), indent=2))
    return DONE


def _simulate(given: argparse.Namespace) -> int:
    from hrtem_core.synthesis import PRESETS, simulate, write_scene

    if given.preset not in PRESETS:
        raise UserError(f"There is no preset {given.preset!r}; there are {', '.join(PRESETS)}.")
    if (given.out / "micrograph.tif").exists() and not given.overwrite:
        raise UserError(f"{given.out} holds a micrograph.tif already; choose another folder, or --overwrite.")
    scene = simulate(PRESETS[given.preset], given.seed)
    write_scene(scene, given.out)
    if not given.quiet:
        print(f"{given.preset}, seed {given.seed}: {len(scene.grains)} crystals -> {given.out}")
    return DONE
