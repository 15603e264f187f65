"""`structures`: an index of CIF files, what is in it, and CIF files asked of an OPTIMADE server."""

import argparse
import sys
from pathlib import Path

from hrtem_core.cli.arguments import whole
from hrtem_core.cli.console import one_line

STRUCTURES = """\
Structures that crystals may be, from files of one's own.
  index DIR     index all CIF files below DIR, such as a mirror of the Crystallography Open Database
  find INDEX    list what an index holds of some elements, or of a formula
  fetch         ask an OPTIMADE server, the one command here that uses the network; its answer is kept as CIF
                files, which then work without it: analyze film.dm3 --structures DIR --out results
What is in an index becomes candidates by: analyze film.dm3 --cod INDEX --elements Li,F,O --out results
"""

STRUCTURES_EXAMPLES = """\
examples:
  python -m hrtem_core structures index cod/cif --index cod.sqlite
  python -m hrtem_core structures find cod.sqlite --elements Li,C,O
  python -m hrtem_core structures find cod.sqlite --formula Li2CO3
  python -m hrtem_core structures find cod.sqlite --left-out
  python -m hrtem_core structures fetch --optimade https://example.org/optimade --elements Li,O --out cifs
"""

INDEX_NAME = "structures.sqlite"
"""Of an index inside the folder that it is of."""

MOST_NAMED = 20
"""Files that are named when an index is made; `find --left-out` names all."""


def add_structures_arguments(parser: argparse.ArgumentParser) -> None:
    """What `structures` takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    index = actions.add_parser("index", help="index all CIF files below a folder")
    index.add_argument("folder", type=Path, metavar="DIR", help="folder with CIF files")
    index.add_argument("--index", type=Path, metavar="INDEX", help=f"file to write; DIR/{INDEX_NAME}")
    index.add_argument("--quiet", action="store_true", help="say nothing but what went wrong")
    find = actions.add_parser("find", help="list what an index holds")
    find.add_argument("index", type=Path, metavar="INDEX", help="file that index wrote")
    find.add_argument("--elements", metavar="ELEMENTS", help="only what consists of these, as Li,C,O,F")
    find.add_argument("--formula", default="", metavar="FORMULA", help="only this compound, as Li2CO3")
    find.add_argument("--left-out", action="store_true", help="list the files that are no entry, and why")
    fetch = actions.add_parser("fetch", help="ask an OPTIMADE server and keep its answer as CIF files")
    fetch.add_argument("--optimade", required=True, metavar="URL", help="the server's base address")
    asked = fetch.add_mutually_exclusive_group(required=True)
    asked.add_argument("--elements", metavar="ELEMENTS", help="what consists of nothing but these, as Li,C,O")
    asked.add_argument("--filter", metavar="FILTER", help="in OPTIMADE's language")
    fetch.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the CIF files")
    fetch.add_argument("--most", type=whole(1), default=50, metavar="N", help="structures to take; 50")


def run_structures(given: argparse.Namespace) -> int:
    """Do what was asked for; gives the exit status."""
    actions = {"index": _index, "find": _find, "fetch": _fetch}
    actions[given.action](given)
    return 0


def _index(given: argparse.Namespace) -> None:
    from hrtem_core.phases import index_folder, left_out

    index = given.index or given.folder / INDEX_NAME

    def told(done: int, of: int) -> None:
        if not given.quiet:
            print(f"{done} of {of} files read", file=sys.stderr)

    found = index_folder(given.folder, index, told)
    if not given.quiet:
        for path, reason in left_out(index)[:MOST_NAMED]:
            print(f"left out: {one_line(path)}: {one_line(reason)}", file=sys.stderr)
        print(
            f"{index}: {found.n_structures} structures, {found.n_left_out} files left out, "
            f"{found.n_read} read this time"
        )


def _find(given: argparse.Namespace) -> None:
    from hrtem_core.phases import find_entries, left_out

    if given.left_out:
        for path, reason in left_out(given.index):
            print(f"{one_line(path)}: {one_line(reason)}")
        return
    for entry in find_entries(given.index, elements=_elements(given.elements), formula=given.formula):
        cell = " ".join(f"{size:g}" for size in entry.cell_angstrom_deg)
        print(
            f"{one_line(entry.name):<24} {entry.space_group:<14} {cell:<40} {one_line(entry.reference)[:80]}"
        )


def _elements(typed: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (typed or "").split(",") if part.strip())


def _fetch(given: argparse.Namespace) -> None:
    from hrtem_core.phases import fetch_structures, filter_of

    asked = given.filter if given.filter is not None else filter_of(_elements(given.elements))
    found = fetch_structures(given.optimade, asked, given.out, most=given.most)
    for reason in found.left_out[:MOST_NAMED]:
        print(f"left out: {one_line(reason)}", file=sys.stderr)
    more = "; the server has more, see --most" if found.more else ""
    print(f"{given.out}: {len(found.files)} CIF files, {len(found.left_out)} answers left out{more}")
