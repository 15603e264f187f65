"""What is known of the objective lens of a micrograph, and where it is known from."""

from dataclasses import dataclass
from typing import Literal

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.errors import RecipeError
from hrtem_core.image import NM_PER_MM, Aberrations, wavelength_nm
from hrtem_core.lens.tuning import LENS_TUNING, LensTuning
from hrtem_core.parameters import check_limits, parameter
from hrtem_core.spectrum import RingFit, Spectrum, fit_rings, guesses

Source = Literal["given", "rings", "rings alone", "unknown"]
"""Defocus typed and no rings; rings with voltage and Cs known; rings and nothing else; nothing."""


@dataclass(frozen=True)
class LensParameters:
    """What a person knows of the objective lens.

    Parameters
    ----------
    voltage_kv
        Acceleration voltage in kV.
    cs_mm
        Spherical aberration in mm; 0 for a corrected lens.
    defocus_nm
        Underfocus positive; measured from the film's rings where not given.

    Raises
    ------
    RecipeError
        If a value is out of range, or one is given that says nothing without another.
    """

    voltage_kv: float | None = parameter(
        None, "Voltage", "Acceleration voltage.", unit="kV", limits=(20.0, 3000.0)
    )
    cs_mm: float | None = parameter(
        None,
        "Cs",
        "Spherical aberration of the objective lens: usually 0.5 to 2.7, 0 if corrected.",
        unit="mm",
        limits=(-1.0, 20.0),
    )
    defocus_nm: float | None = parameter(
        None,
        "Defocus",
        "Underfocus positive; without it, it is measured from the film's rings.",
        unit="nm",
        limits=(-5000.0, 5000.0),
    )

    def __post_init__(self) -> None:
        check_limits(self, "lens")
        if self.cs_mm is not None and self.voltage_kv is None:
            raise RecipeError("lens.cs_mm says nothing without the voltage; give lens.voltage_kv, too.")
        if self.defocus_nm is not None and self.cs_mm is None:
            raise RecipeError("lens.defocus_nm needs lens.voltage_kv and lens.cs_mm; give these, too.")

    @property
    def is_known(self) -> bool:
        """Whether voltage and Cs are both given."""
        return self.voltage_kv is not None and self.cs_mm is not None


@dataclass(frozen=True, kw_only=True)
class Lens:
    """The lens of one micrograph.

    Parameters
    ----------
    source
        Where its defocus is known from.
    aberrations
        None when nothing is known.
    rings
        The fit to the film's rings.
    wavelength_nm
        0 when the voltage is not known.
    guesses
        Where the rings do not tell it for sure: lenses that would do, for the reflections to decide.
    """

    source: Source
    aberrations: Aberrations | None
    rings: RingFit
    wavelength_nm: float = 0.0
    guesses: tuple[Aberrations, ...] = ()


def measure_lens(
    spectrum: Spectrum,
    parameters: LensParameters,
    *,
    tuning: LensTuning = LENS_TUNING,
    checkpoint: Checkpoint = go_on,
) -> Lens:
    """What the film's rings, and the person, tell of the lens.

    Parameters
    ----------
    spectrum
        Holds the rings of the film.
    parameters
        Voltage, Cs and defocus, as far as known.
    tuning
        What was tuned.
    checkpoint
        Called between steps of a fit.
    """
    profile, of_rings = spectrum.rings.profile, spectrum.rings.tuning
    if parameters.voltage_kv is None or parameters.cs_mm is None:
        rings = spectrum.rings.alone
        if rings.is_clear:
            return Lens(
                source="rings alone", aberrations=rings.aberrations, rings=rings, guesses=(rings.aberrations,)
            )
        return Lens(source="unknown", aberrations=None, rings=rings)
    wave_nm = wavelength_nm(parameters.voltage_kv)
    c3 = parameters.cs_mm * NM_PER_MM * wave_nm**3
    if parameters.defocus_nm is None:
        rings = fit_rings(profile, c3, checkpoint=checkpoint, tuning=of_rings)
        if rings.is_clear:
            return Lens(source="rings", aberrations=rings.aberrations, rings=rings, wavelength_nm=wave_nm)
        others = guesses(profile, c3, tuning.n_defoci, of_rings)
        return Lens(
            source="unknown",
            aberrations=None,
            rings=rings,
            wavelength_nm=wave_nm,
            guesses=tuple(fit.aberrations for fit in others),
        )
    reach = max(tuning.believed_nm, tuning.believed_share * abs(parameters.defocus_nm)) * wave_nm
    c1 = wave_nm * parameters.defocus_nm
    rings = fit_rings(profile, c3, (c1 - reach, c1 + reach), checkpoint, tuning=of_rings)
    if rings.is_clear:
        return Lens(source="rings", aberrations=rings.aberrations, rings=rings, wavelength_nm=wave_nm)
    return Lens(source="given", aberrations=Aberrations(c1, c3), rings=rings, wavelength_nm=wave_nm)
