"""What a file says of the microscope that took its image."""

from dataclasses import dataclass

PLAUSIBLE_KV = 20.0, 3000.0
PLAUSIBLE_CS_MM = 0.05, 20.0
"""Files write 0 for what nobody entered, so a corrected lens has to be said by a person."""


@dataclass(frozen=True)
class Instrument:
    """The microscope as far as a file knows it.

    Parameters
    ----------
    voltage_kv
        Acceleration voltage in kV, None where the file does not say, or says what no microscope has.
    cs_mm
        Spherical aberration of the objective lens in mm, None likewise.
    origin
        Where that stands, for people, such as "Gatan tags".
    """

    voltage_kv: float | None = None
    cs_mm: float | None = None
    origin: str = ""

    @classmethod
    def stated(cls, *, volts: float = 0.0, cs_mm: float = 0.0, origin: str) -> "Instrument":
        """What of a file's numbers is plausible."""
        return cls(_within(volts / 1e3, PLAUSIBLE_KV), _within(cs_mm, PLAUSIBLE_CS_MM), origin)


NOT_SAID = Instrument()
"""Of a file that says nothing."""


def _within(value: float, limits: tuple[float, float]) -> float | None:
    return float(value) if limits[0] <= value <= limits[1] else None
