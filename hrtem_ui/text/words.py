"""Numbers and names as people read them: with units, sensible digits, and nothing executable."""

import math
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hrtem_core.image import PixelSize

PIXELS = "px"

NO_BREAK = "\u00a0"
"""A blank at which no line ends."""

PARTED = re.compile(r"(?<=\d) (?=(?:±|×|%|nm|px|µm|mm|kV|MB|Å|1/nm|1/px)(?![A-Za-z]))|(?<=[±×]) (?=\d)")
"""Blanks between a number and its unit, and round the sign between two numbers."""

MINUS_ABOVE = "\u0305"
"""A line above the character before it: the minus sign of Miller indices."""


def plain(text: str, limit: int = 80) -> str:
    """Text of unknown origin, such as a file name, made harmless inside Markdown."""
    return "".join("\\" + c if c in string.punctuation else c for c in held(shortened(text, limit)))


def held(text: str) -> str:
    """A text in which no end of a line parts a number from its unit."""
    return PARTED.sub(NO_BREAK, text)


def shortened(text: str, limit: int = 80) -> str:
    """The same where text is shown as it is: in one line, and without its middle where it is long."""
    visible = "".join(c if c.isprintable() else " " for c in text)
    return visible if len(visible) <= limit else visible[: limit - 12] + " … " + visible[-9:]


def digits_of(sigma: float) -> int:
    """Decimals that show one digit of `sigma`, or two when it begins with a 1."""
    if not (math.isfinite(sigma) and sigma > 0):
        return 4
    exponent = math.floor(math.log10(sigma))
    leading = sigma / 10.0**exponent
    return max(0, min(6, -exponent + (1 if leading < 1.95 else 0)))


def significant(value: float, figures: int = 3) -> str:
    """A number with so many significant figures and no exponent."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = figures - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, decimals):,.{min(max(decimals, 0), 8)}f}".replace(",", "\u202f")


@dataclass(frozen=True)
class Units:
    """Lengths for people: in nm when a scale is known, else in pixels of the image.

    Parameters
    ----------
    pixel_nm
        Size of one pixel, None when calibrated.
    """

    pixel_nm: float | None

    @classmethod
    def of(cls, pixel_size: PixelSize, calibrated: bool) -> "Units":
        """Units to show lengths in, for an image that is calibrated or not."""
        return cls(None if calibrated else pixel_size.mean_nm)

    @property
    def length_unit(self) -> str:
        """nm, or px."""
        return "nm" if self.pixel_nm is None else PIXELS

    @property
    def per_nm(self) -> float:
        """What a length in nm is multiplied by."""
        return 1.0 if self.pixel_nm is None else 1.0 / self.pixel_nm

    @property
    def area_unit(self) -> str:
        """nm², or px²."""
        return f"{self.length_unit}²"

    @property
    def area_format(self) -> str:
        """How a table writes areas: square pixels are many."""
        return "%.1f" if self.pixel_nm is None else "%.0f"

    @property
    def frequency_unit(self) -> str:
        """1/nm, or 1/px."""
        return f"1/{self.length_unit}"

    def length(self, nm: float, figures: int = 3) -> str:
        """A length with its unit."""
        return held(f"{significant(nm * self.per_nm, figures)} {self.length_unit}")

    def area(self, nm2: float, figures: int = 3) -> str:
        """An area with its unit."""
        return held(f"{significant(nm2 * self.per_nm**2, figures)} {self.area_unit}")

    def spacing(self, d_nm: float, sigma_nm: float) -> str:
        """A d-spacing with its standard uncertainty, such as 0.2672 ± 0.0004 nm."""
        d, sigma = d_nm * self.per_nm, sigma_nm * self.per_nm
        decimals = digits_of(sigma)
        return held(f"{d:.{decimals}f} ± {sigma:.{decimals}f} {self.length_unit}")

    def pixel(self, pixel_size: PixelSize) -> str:
        """The size of a pixel, or that it is not known."""
        if self.pixel_nm is not None:
            return "not calibrated"
        row, col = pixel_size.sizes_nm
        if math.isclose(row, col, rel_tol=1e-6):
            return held(f"{row:.4g} nm/px")
        return held(f"{row:.4g} × {col:.4g} nm/px (row × column)")


def azimuth(degrees: float) -> str:
    """A direction to a tenth of a degree; 180 is 0."""
    return f"{round(degrees, 1) % 180:.1f}°"


def stored(kind: str) -> str:
    """How pixels are stored, such as 16-bit, from the name of a numpy dtype."""
    dtype = np.dtype(kind)
    bits = 1 if dtype.kind == "b" else 8 * dtype.itemsize
    return f"{bits}-bit" + {"i": ", signed", "f": " floating point", "c": " complex"}.get(dtype.kind, "")


def kept_for(own_computer: bool) -> str:
    """How long image and recipe are kept for a reload: on one's own computer, or on a server for many."""
    return "until the app is stopped" if own_computer else "for an hour after you last used it"


def capital(text: str) -> str:
    """A text with a capital letter at its beginning, names in it kept."""
    return text[:1].upper() + text[1:]


def percent(fraction: float) -> str:
    """A fraction as a percentage."""
    return held(f"{100 * fraction:.1f} %" if fraction < 0.9995 else "100 %")


def roughly_percent(fraction: float) -> str:
    """A fraction as a percentage without decimals, for what is not known better."""
    return held(f"{100 * fraction:.0f} %")


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 domain, 2 domains."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def indices(hkl: Iterable[int]) -> str:
    """Miller indices as they are written, such as 11̅1; apart where one has two digits."""
    told = [str(abs(index)) + (MINUS_ABOVE if index < 0 else "") for index in hkl]
    return ("" if all(len(one.rstrip(MINUS_ABOVE)) == 1 for one in told) else " ").join(told)
