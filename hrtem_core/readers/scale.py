"""Lengths as files spell them, in nm, and the one scale a file is trusted with."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from hrtem_core.errors import FileError
from hrtem_core.image import PLAUSIBLE_NM, PixelSize

AGREEMENT = 0.01
"""Scales of one file that differ by more than this fraction are reported."""

_NM_PER_UNIT = {
    "m": 1e9, "meter": 1e9, "metre": 1e9,
    "cm": 1e7, "centimeter": 1e7, "centimetre": 1e7,
    "mm": 1e6, "millimeter": 1e6, "millimetre": 1e6,
    "µm": 1e3, "um": 1e3, "mum": 1e3, "micron": 1e3, "micrometer": 1e3, "micrometre": 1e3, "µ": 1e3,
    "nm": 1.0, "nanometer": 1.0, "nanometre": 1.0,
    "å": 0.1, "angstrom": 0.1, "angstroem": 0.1, "ångström": 0.1, "ångstrom": 0.1,
    "pm": 1e-3, "picometer": 1e-3, "picometre": 1e-3,
}  # fmt: skip
_ANGLES = {"rad", "mrad", "µrad", "urad", "radian"}
_ENERGIES = {"ev", "kev"}
UNCALIBRATED = {"", "px", "pix", "pixel", "inch", "none"}
_ESCAPES = {"\\u00b5": "µ", "\\u00B5": "µ", "\\u03bc": "µ", "\\u03BC": "µ", "\\u00c5": "Å", "\\u00C5": "Å",
            "\\u212b": "Å", "\\u212B": "Å", "Âµ": "µ", "Î¼": "µ", "Ã…": "Å", "Ã\x85": "Å"}  # fmt: skip


def normalized_unit(unit: str) -> str:
    """A unit in one spelling: "n_m" and "nanometers" become "nm" and "nanometer", the micro sign is one sign.

    Parameters
    ----------
    unit
        As the file has it: escaped, in brackets, or read in the wrong encoding.
    """
    text = unit.split("\0")[0]
    for escaped, sign in _ESCAPES.items():
        text = text.replace(escaped, sign)
    text = unicodedata.normalize("NFKC", text).replace("μ", "µ")
    text = "".join(text.split()).strip("[](){}'\".").replace("_", "")
    text = text.replace("−", "-").replace("**", "^").replace("{", "").replace("}", "")
    if text in ("A", "Ang", "ang"):
        return "å"
    if text == "Mm" or text == "M":  # a million metres is no pixel: taken as not understood
        return text
    text = text.lower()
    return text[:-1] if len(text) > 3 and text.endswith("s") else text


def nm_per(unit: str) -> float | None:
    """How many nm one `unit` is; None when it is no length."""
    return _NM_PER_UNIT.get(normalized_unit(unit))


def is_reciprocal(unit: str) -> bool:
    """Whether the unit belongs to reciprocal space: one over a length, or an angle."""
    text = normalized_unit(unit)
    if text in _ANGLES:
        return True
    for head in ("1/", "cycles/", "cycle/", "/"):
        if text.startswith(head):
            return nm_per(text[len(head) :]) is not None
    for tail in ("^-1", "-1", "^(-1", "^-1)"):
        if text.endswith(tail):
            return nm_per(text[: -len(tail)]) is not None
    return False


def is_energy(unit: str) -> bool:
    """Whether the unit is an energy, so that the axis is a spectrum's."""
    return normalized_unit(unit) in _ENERGIES


@dataclass(frozen=True)
class ScaleTag:
    """One scale that a file states.

    Parameters
    ----------
    row, col
        Distance between neighbouring rows, and columns, in `unit`.
    unit
        As the file spells it.
    origin
        Where it stands, in words for the user ("FEI metadata").
    col_unit
        Unit of the columns when it differs from that of the rows.
    is_placeholder
        Whether programs write this size when they know none.
    """

    row: float
    col: float
    unit: str
    origin: str
    col_unit: str | None = None
    is_placeholder: bool = False

    @property
    def sizes_nm(self) -> tuple[float, float] | None:
        """(row, column) in nm; None when a number is not above 0 or a unit is no length."""
        row_factor = nm_per(self.unit)
        col_factor = nm_per(self.unit if self.col_unit is None else self.col_unit)
        if row_factor is None or col_factor is None:
            return None
        sizes = (self.row * row_factor, self.col * col_factor)
        return sizes if all(math.isfinite(size) and size > 0 for size in sizes) else None

    @property
    def reciprocal_unit(self) -> str | None:
        """The unit that says that the image is one of reciprocal space; None when none does."""
        units = (self.unit, self.col_unit or "")
        return next((printable(unit) for unit in units if is_reciprocal(unit)), None)


def _in_words(sizes_nm: tuple[float, float]) -> str:
    row, col = sizes_nm
    return f"{row:.5g} nm" if math.isclose(row, col, rel_tol=1e-6) else f"{row:.5g} x {col:.5g} nm"


def _plausible(sizes_nm: tuple[float, float]) -> bool:
    low, high = PLAUSIBLE_NM
    return all(low <= size <= high for size in sizes_nm)


def _differ(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return any(abs(a - b) > AGREEMENT * max(a, b) for a, b in zip(one, other, strict=True))


def _unused(tag: ScaleTag) -> str | None:
    """Why a scale without a size is not used, where that is worth a sentence."""
    units = (tag.unit, tag.unit if tag.col_unit is None else tag.col_unit)
    if any(nm_per(unit) is None for unit in units):
        if all(normalized_unit(unit) in UNCALIBRATED for unit in units):
            return None  # not calibrated at all: nothing to report
        unknown = next(unit for unit in units if nm_per(unit) is None)
        return f"{tag.origin} give a scale in {printable(unknown)!r}, which is no length; it is not used"
    return f"{tag.origin} give a pixel size of {tag.row:g} {printable(tag.unit)}, which is not used"


def _doubt(tag: ScaleTag) -> str:
    """Why a placeholder is not used."""
    return (
        f"the {tag.origin} gives {tag.col:.3f} {tag.unit} per pixel, which programs write when they know no "
        "scale; it is not used: if it is true, type it"
    )


def printable(text: str, limit: int = 60) -> str:
    """Text of a file without control characters, cut to `limit` characters."""
    clean = "".join(c for c in text[: 4 * limit] if unicodedata.category(c)[0] != "C")
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def choose_scale(tags: Sequence[ScaleTag], name: str) -> tuple[PixelSize | None, tuple[str, ...]]:
    """The first usable scale, and remarks on those that disagree or cannot be used.

    Parameters
    ----------
    tags
        Every scale of the file, the most trusted first.
    name
        The file's name, for the message.

    Raises
    ------
    FileError
        If the only scale is one of reciprocal space.
    """
    chosen: ScaleTag | None = None
    notes: list[str] = []
    for tag in tags:
        sizes = tag.sizes_nm
        if tag.is_placeholder:
            notes += [] if chosen else [_doubt(tag)]
        elif sizes is None:
            remark = None if tag.reciprocal_unit else _unused(tag)
            notes += [remark] if remark else []
        elif not _plausible(sizes):
            notes.append(f"{tag.origin} give {_in_words(sizes)} per pixel, too far from HRTEM to be used")
        elif chosen is None:
            chosen = tag
        elif chosen.sizes_nm and _differ(chosen.sizes_nm, sizes):
            notes.append(
                f"the scales in the file disagree: {_in_words(chosen.sizes_nm)} in the {chosen.origin} "
                f"(used), {_in_words(sizes)} in the {tag.origin}"
            )
    reciprocal = [tag for tag in tags if tag.reciprocal_unit]
    if chosen is None or chosen.sizes_nm is None:
        if reciprocal:
            raise FileError(
                f"{name} is an image of reciprocal space (its scale is in {reciprocal[0].reciprocal_unit}), "
                "a diffraction pattern or an FFT; open the micrograph itself."
            )
        return None, tuple(notes)
    if reciprocal:
        notes += [f"{tag.origin} give a scale in {tag.reciprocal_unit}; it is not used" for tag in reciprocal]
    row, col = chosen.sizes_nm
    return PixelSize(row, col, origin=chosen.origin), tuple(notes)
