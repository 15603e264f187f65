"""Colours of families, directions and marks, the same in pictures, charts and tables and in exports."""

from hrtem_core.exports.colours import PALETTE, Rgb, hex_of, hue_colour

FAINT: Rgb = (120, 128, 134)
REJECTED: Rgb = (205, 92, 92)
SELECTED: Rgb = (255, 255, 255)


def family_rgb(n_families: int) -> list[Rgb]:
    """A colour for each family, largest spacing first."""
    return [PALETTE[at % len(PALETTE)] for at in range(n_families)]


def family_hex(n_families: int) -> list[str]:
    """The same as codes such as #56b4e9."""
    return [hex_of(colour) for colour in family_rgb(n_families)]


def of_azimuth(azimuth_deg: float) -> Rgb:
    """Cyclic: 0 and 180 degrees are one direction and one colour."""
    return hue_colour(2 * azimuth_deg + 20)
