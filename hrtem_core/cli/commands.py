"""The command line: what can be asked for, and in which words.

Exit status 0: all done; 2: something the caller must mend, said in one line on stderr; 130: interrupted;
141: the program that read the output has ended (as `head` does); 128 + N: told to end by signal N.
Modules that take time to import are imported by the command that needs them.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from hrtem_core.cli import simulating
from hrtem_core.cli.arguments import pixel_size_nm, shard, whole
from hrtem_core.cli.candidates import add_phase_options, phases_typed
from hrtem_core.cli.compose import COMPOSE, COMPOSE_EXAMPLES, add_compose_arguments, run_compose
from hrtem_core.cli.console import one_line
from hrtem_core.cli.recipe_file import read_recipe
from hrtem_core.cli.structures import (
    STRUCTURES,
    STRUCTURES_EXAMPLES,
    add_structures_arguments,
    run_structures,
)
from hrtem_core.errors import UserError
from hrtem_core.version import VERSION

if TYPE_CHECKING:
    from hrtem_core.many import Orders
    from hrtem_core.recipe import Saved


DONE, TO_MEND, INTERRUPTED, NOBODY_LISTENS = 0, 2, 130, 141

MODULE, COMMAND = "python -m hrtem_core", "hrtem-domains"
"""The two ways to call this program; the texts below give the first."""

DESCRIPTION = """\
Find and measure crystalline domains in HRTEM micrographs.

  python -m hrtem_core analyze film.dm3 --out results
  python -m hrtem_core analyze film.png --pixel-size-nm 0.0256 --out results
"""

ANALYZE = """\
Analyze micrographs: files, folders with all that is in them, patterns, or @list.txt with one of these
in every line. Each image gets a folder DIR/<its name without the ending>/, in a folder below DIR where it
was in a folder below the one given, with
  peaks.csv, families.csv, domains.csv, crystallites.csv   tables; nm, nm² and degrees
  domains.tif     label stack, opens in ImageJ with its scale
  overlay.png     the image with the outlines of its domains
  summary.json    totals, versions, and the recipe that gives the same result again
With --phases, --structures, --cod, --cell or --elements also
  phases.csv, phase_reflections.csv, phase_families.csv, phases.json    what each crystallite may be
What is done already is skipped: the same command goes on after an interruption. Of several images all
tables are merged in DIR/merged/, with statistics; DIR/failures.csv lists what failed, and why.
"""

ANALYZE_EXAMPLES = """\
examples:
  python -m hrtem_core analyze film.dm3 --out results
  python -m hrtem_core analyze film.png --pixel-size-nm 0.0256 --out results
  python -m hrtem_core analyze session/ --recipe recipe.json --out results
  python -m hrtem_core analyze session/ --out results --shard 3/10
  python -m hrtem_core analyze film.dm3 --recipe results/film/summary.json --out again
"""

MERGE = """\
Make DIR/merged/ again from the results in DIR: images.csv (one row per image, failures too), the tables of
all images as Parquet, pooled.csv (what all images say together, with 95 % intervals; the image is the unit)
and convergence.csv (how that moved with each further image).
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
    commands = {
        "analyze": _analyze,
        "merge": _merge,
        "compose": run_compose,
        "structures": run_structures,
        "simulate": _simulate,
        "formats": _formats,
        "recipe": _recipe,
    }
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
    merge = commands.add_parser(
        "merge",
        help="make one dataset of many results again",
        description=MERGE,
        formatter_class=as_written,
    )
    merge.add_argument("out", type=Path, metavar="DIR", help="what was given to analyze as --out")
    merge.add_argument("--csv", action="store_true", help="write the tables as CSV too")
    merge.add_argument("--quiet", action="store_true", help="say nothing but what went wrong")
    add_compose_arguments(
        commands.add_parser(
            "compose",
            help="lay elemental maps on the domains of a micrograph",
            description=COMPOSE,
            epilog=COMPOSE_EXAMPLES,
            formatter_class=as_written,
        )
    )
    add_structures_arguments(
        commands.add_parser(
            "structures",
            help="index a folder of CIF files, look in it, or fetch structures",
            description=STRUCTURES,
            epilog=STRUCTURES_EXAMPLES,
            formatter_class=as_written,
        )
    )
    simulating.add_arguments(
        commands.add_parser(
            "simulate",
            help="write a synthetic micrograph whose domains are known",
            description=simulating.SIMULATE,
            epilog=simulating.SIMULATE_EXAMPLES,
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
    given = "micrographs, folders of them, patterns, @list.txt"
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=given)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the results")
    parser.add_argument(
        "--pixel-size-nm",
        type=pixel_size_nm,
        metavar="X",
        help="pixel size in nm where the file has none, or a wrong one; 0.02x0.021 is rows x columns",
    )
    add_phase_options(parser)
    for option, words in LENS_OPTIONS.items():
        parser.add_argument(option, type=float, metavar="X", help=words)
    parser.add_argument("--recipe", type=Path, metavar="RECIPE.json", help="parameters; or a summary.json")
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results")
    parser.add_argument("--image", type=int, metavar="N", help="which image of a file with several, from 0")
    parser.add_argument(
        "--each-image", action="store_true", help="analyze every image of a file, such as a series' frames"
    )
    parser.add_argument("--average-frames", action="store_true", help="average the frames of a series")
    parser.add_argument(
        "--extras", action="store_true", help="also write report.html, overlay.svg, ImageJ ROIs"
    )
    engine = parser.add_mutually_exclusive_group()
    engine.add_argument("--jobs", type=whole(1), metavar="N", help="processes; one per core when not given")
    engine.add_argument("--dask", metavar="ADDRESS", help="a dask scheduler's address, or its JSON file")
    parser.add_argument("--shard", type=shard, metavar="I/N", help="only the I-th of N parts, for job arrays")
    parser.add_argument("--max-failures", type=whole(1), metavar="N", help="stop once so many have failed")
    parser.add_argument("--watch", action="store_true", help="go on with files that come, until Ctrl+C")
    parser.add_argument("--quiet", action="store_true", help="say nothing but what went wrong")


LENS_OPTIONS = {
    "--voltage-kv": "acceleration voltage in kV",
    "--cs-mm": "spherical aberration of the lens in mm, 0 if corrected",
    "--defocus-nm": "underfocus in nm; without it, from the film's rings",
}


def _analyze(given: argparse.Namespace) -> int:
    from hrtem_core.cli.batch import Engine, analyze_files
    from hrtem_core.engines import tidy_when_told_to_end

    if given.shard is not None and (given.watch or given.dask is not None):
        raise UserError("--shard is for runs without --dask and --watch; leave one of them out.")
    if given.each_image and (given.image is not None or given.average_frames):
        raise UserError("--each-image takes all images one by one: leave out --image and --average-frames.")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # sums in one order, whatever does the work
    tidy_when_told_to_end()
    with Engine(given.jobs, given.dask) as engine:
        engine.begin(given.files, given.out)
        orders = _orders(given)
        is_good = analyze_files(given.files, orders, engine, quiet=given.quiet, watch=given.watch)
    return DONE if is_good else TO_MEND


def _orders(given: argparse.Namespace) -> "Orders":
    from hrtem_core.many import Asked, Orders

    asked = Asked(_recipe_asked(given), given.pixel_size_nm, given.extras, given.overwrite)
    return Orders(
        out=given.out,
        asked=asked,
        shard=given.shard,
        max_failures=given.max_failures,
        each_image=given.each_image,
    )


def _recipe_asked(given: argparse.Namespace) -> "Saved":
    """The recipe of the arguments, and the image it was made for."""
    from dataclasses import replace

    from hrtem_core.recipe import Recipe, Saved

    recipe, image_of = Saved(Recipe()) if given.recipe is None else read_recipe(given.recipe)
    if given.image is not None:
        recipe = replace(recipe, image=given.image)
    if given.average_frames:
        recipe = replace(recipe, average_frames=True)
    names = (option.removeprefix("--").replace("-", "_") for option in LENS_OPTIONS)
    typed = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    recipe = replace(recipe, lens=replace(recipe.lens, **typed), phases=phases_typed(given, recipe.phases))
    return Saved(recipe, image_of)


def _merge(given: argparse.Namespace) -> int:
    from hrtem_core.cli.batch import merge_results

    merge_results(given.out, given.csv, given.quiet)
    return DONE


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
    simulating.simulate_scene(given)
    return DONE
