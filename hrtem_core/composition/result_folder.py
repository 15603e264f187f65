"""The domains, crystallites, families and phases of a result folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrtem_core.composition.agreement import (
    Candidate,
    Explained,
    Suggested,
    candidates_of,
    phase_kinds,
)
from hrtem_core.composition.colocalization import Kind
from hrtem_core.composition.crystals import Outlines
from hrtem_core.composition.files import number_in, read_json_object, read_table
from hrtem_core.composition.labels import footprints_of, read_labels
from hrtem_core.errors import FileError, ScaleError
from hrtem_core.image import PixelSize

DOMAIN_COLUMNS = ("domain_id", "family_id", "crystallite_id", "d_nm", "d_sigma_nm")


@dataclass(frozen=True, eq=False, kw_only=True)
class Result:
    """What a result folder says of its domains.

    Parameters
    ----------
    outlines
        The domains whose place is known, grouped into crystallites.
    kinds
        Crystallites, families, and phases where they were suggested.
    candidates
        Phases suggested for crystallites.
    crystallite
        Shape (n_domains,): number of each domain's crystallite.
    image_name, image_sha256
        Of the micrograph.
    notes
        Remarks for people.
    """

    outlines: Outlines
    kinds: tuple[Kind, ...]
    candidates: tuple[Candidate, ...]
    crystallite: tuple[int, ...]
    image_name: str
    image_sha256: str
    notes: tuple[str, ...]


def read_result(folder: Path) -> Result:
    """Read a folder that `analyze` wrote.

    Parameters
    ----------
    folder
        The folder of one image.

    Raises
    ------
    FileError
        If it is none, or its files do not go together.
    """
    summary = folder / "summary.json"
    if not summary.is_file():
        raise FileError(
            f"{folder.name} is no folder of results: it holds no summary.json; analyze the image first."
        )
    image = read_json_object(summary, "a summary").get("image")
    pixel_size, sha256 = _pixel_size(image, summary), str(image.get("sha256", "")) if image else ""
    labels = read_labels(folder / "domains.tif")
    footprints = footprints_of(labels, "domains.tif")
    path = folder / "domains.csv"
    rows = read_table(path, DOMAIN_COLUMNS, "a table of domains")
    numbers = {int(number_in(row, "domain_id", path)): row for row in rows}
    known = [number for number in footprints if number in numbers]
    if len(known) != len(footprints):
        raise FileError(
            f"{folder.name} holds domains.tif and domains.csv of different analyses; analyze it again."
        )
    crystallite = {number: int(number_in(numbers[number], "crystallite_id", path)) for number in known}
    certain = [number for number in known if crystallite[number] > 0]
    order = {one: row for row, one in enumerate(sorted({crystallite[number] for number in certain}))}
    outlines = Outlines(
        shape=(labels.shape[1], labels.shape[2]),
        pixel_size=pixel_size,
        domain_id=tuple(certain),
        footprints=tuple(footprints[number] for number in certain),
        crystal=tuple(order[crystallite[number]] for number in certain),
    )
    suggested = _suggested(folder)
    of_family = [int(number_in(numbers[number], "family_id", path)) for number in certain]
    of_crystal = [crystallite[number] for number in certain]
    kinds = [
        *_grouped("crystallite", of_crystal, {}),
        *_grouped("family", of_family, _family_names(folder)),
        *phase_kinds(suggested, of_crystal),
    ]
    d_sigma = {
        number: number_in(row, "d_sigma_nm", path) / number_in(row, "d_nm", path)
        for number, row in numbers.items()
    }
    left_out = len(known) - len(certain)
    notes = (f"{left_out} domains whose crystal may lie at two places are left out",) if left_out else ()
    return Result(
        outlines=outlines,
        kinds=tuple(kinds),
        candidates=tuple(candidates_of(suggested, _explained(folder), d_sigma)),
        crystallite=tuple(of_crystal),
        image_name=str(image.get("name", "")) if image else "",
        image_sha256=sha256,
        notes=notes,
    )


def _pixel_size(image: Any, path: Path) -> PixelSize:
    size = image.get("pixel_size_nm") if isinstance(image, dict) else None
    sizes = [size, size] if isinstance(size, (int, float)) else size
    if not (isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(s, (int, float)) for s in sizes)):
        raise FileError(f"{path.name} does not give the image's pixel size; analyze the image again.")
    try:
        return PixelSize(float(sizes[0]), float(sizes[1]), origin="result")
    except ScaleError as error:
        raise FileError(f"{path.name}: {error}") from error


def _grouped(kind: str, numbers: list[int], names: Mapping[int, str]) -> list[Kind]:
    members: dict[int, list[int]] = {}
    for row, number in enumerate(numbers):
        if number > 0:
            members.setdefault(number, []).append(row)
    called = {number: names.get(number) or f"{kind.capitalize()} {number}" for number in members}
    return [Kind(kind, called[number], number, tuple(rows)) for number, rows in sorted(members.items())]


def _family_names(folder: Path) -> dict[int, str]:
    path = folder / "families.csv"
    if not path.is_file():
        return {}
    rows = read_table(path, ("family_id",), "a table of families")
    return {int(number_in(row, "family_id", path)): row.get("name", "") for row in rows}


def _suggested(folder: Path) -> list[Suggested]:
    path = folder / "phases.csv"
    if not path.is_file():
        return []
    rows = read_table(path, Suggested._fields, "a table of phases")
    return [
        Suggested(
            int(number_in(row, "crystallite_id", path)), row["phase"], number_in(row, "probability", path)
        )
        for row in rows
    ]


def _explained(folder: Path) -> list[Explained]:
    path = folder / "phase_reflections.csv"
    if not path.is_file():
        return []
    rows = read_table(path, Explained._fields, "a table of reflections")
    return [
        Explained(
            int(number_in(row, "crystallite_id", path)), int(number_in(row, "domain_id", path)), row["phase"],
            number_in(row, "d_residual_percent", path),
        )
        for row in rows
    ]  # fmt: skip
