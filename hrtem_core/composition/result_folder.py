"""The domains, crystallites, families and phases of a result folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrtem_core.composition.agreement import Candidate
from hrtem_core.composition.colocalization import Kind
from hrtem_core.composition.crystals import Outlines
from hrtem_core.composition.files import number_in, read_json_object, read_table
from hrtem_core.composition.labels import footprints_of, read_labels
from hrtem_core.errors import FileError, ScaleError
from hrtem_core.image import PixelSize

DOMAIN_COLUMNS = ("domain_id", "family_id", "crystallite_id", "d_nm", "d_sigma_nm")
NO_PHASE = "none"


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
    image_sha256
        Digest of the micrograph.
    notes
        Remarks for people.
    """

    outlines: Outlines
    kinds: tuple[Kind, ...]
    candidates: tuple[Candidate, ...]
    crystallite: tuple[int, ...]
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
        (labels.shape[1], labels.shape[2]),
        pixel_size,
        tuple(certain),
        tuple(footprints[number] for number in certain),
        tuple(order[crystallite[number]] for number in certain),
    )
    of_family = [int(number_in(numbers[number], "family_id", path)) for number in certain]
    of_crystal = [crystallite[number] for number in certain]
    kinds = [
        *_grouped("crystallite", of_crystal, {}),
        *_grouped("family", of_family, _family_names(folder)),
        *_phases(folder, of_crystal),
    ]
    left_out = len(known) - len(certain)
    notes = (f"{left_out} domains whose crystal may lie at two places are left out",) if left_out else ()
    return Result(
        outlines=outlines,
        kinds=tuple(kinds),
        candidates=tuple(_candidates(folder, numbers)),
        crystallite=tuple(of_crystal),
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


def _phases(folder: Path, of_crystal: list[int]) -> list[Kind]:
    """Domains by the most probable phase of their crystallite, where a phase is more probable than none."""
    path = folder / "phases.csv"
    if not path.is_file():
        return []
    best: dict[int, tuple[float, str]] = {}
    for row in read_table(path, ("crystallite_id", "phase", "probability"), "a table of phases"):
        number = int(number_in(row, "crystallite_id", path))
        best[number] = max(best.get(number, (0.0, "")), (number_in(row, "probability", path), row["phase"]))
    members: dict[str, list[int]] = {}
    for domain, number in enumerate(of_crystal):
        phase = best.get(number, (0.0, ""))[1]
        if phase and phase != NO_PHASE:
            members.setdefault(phase, []).append(domain)
    return [Kind("phase", phase, 0, tuple(rows)) for phase, rows in sorted(members.items())]


def _candidates(folder: Path, domains: Mapping[int, Mapping[str, str]]) -> list[Candidate]:
    """What was suggested for each crystallite, with the spacings that a suggestion explains."""
    path, beside = folder / "phases.csv", folder / "phase_reflections.csv"
    if not path.is_file():
        return []
    explained: dict[tuple[int, str], list[tuple[float, float]]] = {}
    if beside.is_file():
        columns = ("crystallite_id", "domain_id", "phase", "d_residual_percent")
        for row in read_table(beside, columns, "a table of reflections"):
            domain = domains.get(int(number_in(row, "domain_id", beside)))
            if domain is None:
                continue
            sigma = number_in(domain, "d_sigma_nm", folder / "domains.csv") / number_in(
                domain, "d_nm", folder / "domains.csv"
            )
            key = int(number_in(row, "crystallite_id", beside)), row["phase"]
            residual = number_in(row, "d_residual_percent", beside) / 100
            explained.setdefault(key, []).append((residual, sigma))
    found = []
    for row in read_table(path, ("crystallite_id", "phase", "probability"), "a table of phases"):
        number = int(number_in(row, "crystallite_id", path))
        if not number:  # domains whose crystal may lie at two places have no composition of their own
            continue
        pairs = explained.get((number, row["phase"]), [])
        found.append(
            Candidate(
                crystallite_id=number,
                phase=row["phase"],
                probability=number_in(row, "probability", path),
                residuals=tuple(residual for residual, _ in pairs),
                sigmas=tuple(sigma for _, sigma in pairs),
            )
        )
    return found
