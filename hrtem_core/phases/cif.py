"""Structures from a person's CIF files, read by gemmi: nothing is taken that the file does not say."""

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from hrtem_core.errors import RecipeError
from hrtem_core.phases.structure import MAX_ATOMS, MAX_NAME, Site, Structure, operations

if TYPE_CHECKING:
    import gemmi

MAX_BYTES = 4 << 20
MAX_FILES = 200
COD_TAG, DOI_TAG = "_cod_database_code", "_journal_paper_doi"


def read_folder(folder: Path) -> tuple[Structure, ...]:
    """The structures of all CIF files of a folder, in the order of their names.

    Raises
    ------
    RecipeError
        If there is none, or one cannot be read, naming it.
    """
    if not folder.is_dir():
        raise RecipeError(f"{folder} is not a folder with CIF files.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".cif")
    if not 0 < len(paths) <= MAX_FILES:
        raise RecipeError(f"{folder} must hold 1 to {MAX_FILES} CIF files, got {len(paths)}.")
    return tuple(read_cif(bytes_of(path), path.name) for path in paths)


def bytes_of(path: Path) -> bytes:
    """What a file holds, as far as a CIF file may reach.

    Raises
    ------
    RecipeError
        If it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror or error}.") from error


def read_cif(data: bytes, filename: str) -> Structure:
    """The structure that a CIF file holds.

    Parameters
    ----------
    data
        The file's bytes.
    filename
        Its stem names the structure.

    Raises
    ------
    RecipeError
        If the file holds no crystal structure; one sentence with the line where that is known.
    """
    import gemmi

    if len(data) > MAX_BYTES:
        raise RecipeError(f"{filename}: a CIF file may have {MAX_BYTES >> 20} MB.")
    try:
        document = gemmi.cif.read_string(data.decode("utf-8", errors="replace"))
    except (RuntimeError, ValueError) as error:
        raise RecipeError(f"{filename}: {_where(str(error))}.") from error
    blocks = [block for block in document if block.find_value("_cell_length_a") is not None]
    if len(blocks) != 1:
        raise RecipeError(f"{filename}: a CIF file must hold one structure with its cell, got {len(blocks)}.")
    try:
        return _structure(blocks[0], filename, hashlib.sha256(data).hexdigest())
    except (RuntimeError, ValueError, IndexError, OverflowError) as error:
        text = str(error)
        raise RecipeError(text if text.startswith(filename) else f"{filename}: {text[:300]}") from error


def _where(message: str) -> str:
    """gemmi's message about bad syntax, with the line in words."""
    place = re.match(r"[^:]*:(\d+):\d+(?:\(\d+\))?: (.*)", message, flags=re.DOTALL)
    text = f"line {place[1]}: {place[2]}" if place else message
    return " ".join(text.split()).rstrip(".")[:300]


def _structure(block: "gemmi.cif.Block", filename: str, digest: str) -> Structure:
    import gemmi

    name = Path(filename).stem[:MAX_NAME]
    small = gemmi.make_small_structure_from_block(block)
    cell = small.cell.parameters
    if not small.cell.is_crystal():
        raise RecipeError(f"{filename}: the cell's lengths and angles must be numbers.")
    if len(small.sites) > MAX_ATOMS:
        raise RecipeError(f"{filename}: at most {MAX_ATOMS} atoms may be listed, got {len(small.sites)}.")
    structure = Structure(
        name,
        (cell[0], cell[1], cell[2], cell[3], cell[4], cell[5]),
        _symmetry(block, small, filename),
        _sites(small, filename),
        elements=tuple(sorted({_element(site) for site in small.sites})),
        reference=_reference(block, filename),
        doi=_text(block, DOI_TAG)[:200],
        cod=_number(_text(block, COD_TAG)),
        sha256=digest,
    )
    operations(structure)
    return structure


def _symmetry(block: "gemmi.cif.Block", small: "gemmi.SmallStructure", filename: str) -> str:
    """Operations where the file lists them, for nothing is clearer; else its symbol, with origin or axes."""
    for tag in ("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz"):
        triplets = [_unquoted(entry) for entry in block.find_values(tag)]
        if triplets:
            return ";".join(triplet.replace(" ", "").lower() for triplet in triplets[:193])
    if small.spacegroup is None:
        raise RecipeError(f"{filename}: symmetry operations or a known space group must be given.")
    return small.spacegroup.xhm()


def _sites(small: "gemmi.SmallStructure", filename: str) -> tuple[Site, ...]:
    found = []
    for site in small.sites:
        place = site.fract.x, site.fract.y, site.fract.z
        if not all(abs(value) < 100 for value in place) or not 0 <= site.occ <= 1.05:
            raise RecipeError(
                f"{filename}: atom {site.label[:20]!r} must have fractional coordinates "
                "and an occupancy of 0 to 1."
            )
        found.append(Site(_element(site), *place, min(float(site.occ), 1.0)))
    return tuple(one for one in found if one.occupancy > 0)


def _element(site: "gemmi.SmallStructure.Site") -> str:
    name = site.element.name
    if site.element.atomic_number == 0:
        raise RecipeError(f"Of the atom {site.label[:20]!r} the element is not known.")
    return "H" if name == "D" else name


def _reference(block: "gemmi.cif.Block", filename: str) -> str:
    """Journal, volume, year and page where the file says them."""
    tags = ("_journal_name_full", "_journal_volume", "_journal_year", "_journal_page_first")
    said = [text for text in (_text(block, tag) for tag in tags) if text]
    return " ".join([f"file {filename[:80]}", *said])[:300]


def _text(block: "gemmi.cif.Block", tag: str) -> str:
    value = block.find_value(tag)
    text = _unquoted(value) if value else ""
    return (
        "" if text in ("?", ".") else " ".join("".join(c if c.isprintable() else " " for c in text).split())
    )


def _unquoted(value: str) -> str:
    import gemmi

    return gemmi.cif.as_string(value)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 7 else 0
