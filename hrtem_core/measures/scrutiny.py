"""How much of a field was looked at, for what, and through how much noise: what a result is worth."""

from collections.abc import Iterator
from dataclasses import dataclass

from hrtem_core.analysis import Analysis
from hrtem_core.peaks import Peaks
from hrtem_core.preparation import LeftOut, left_out_in_words, noise_share
from hrtem_core.spectrum import Candidates, Spectrum, finest_d_nm

FAR_MORE = 3.0
"""Fringes outside the range are told of when they are so many times as strong as significance demands."""

LITTLE = 0.5
"""When less than this part of the field was usable, that is worth a warning."""


@dataclass(frozen=True, kw_only=True)
class Scrutiny:
    """What was looked at.

    Parameters
    ----------
    usable_fraction
        Part of the field that was usable, 0 to 1.
    left_out
        Why the rest was not.
    noise_share
        Standard deviation of the noise over that of the image, 0 to 1.
    looked_for_nm
        Least and largest d-spacing that was looked for, as far as the pixels show it.
    remarks
        What else a person must know before they believe the result.
    """

    usable_fraction: float
    left_out: tuple[LeftOut, ...]
    noise_share: float
    looked_for_nm: tuple[float, float]
    remarks: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """What fractions of the usable area are fractions of, as in "18 % of the field"."""
        return "field" if not self.left_out else "usable field"

    @property
    def reasons(self) -> str:
        """Why some of the field was left out; "" if none was."""
        return left_out_in_words(self.left_out)

    @property
    def in_words(self) -> str:
        """All of it in one line."""
        because = f" (left out: {self.reasons})" if self.left_out else ""
        least, largest = self.looked_for_nm
        return (
            f"{100 * self.usable_fraction:.3g} % of the field usable{because}, "
            f"d {least:.3g} to {largest:.3g} nm looked for, "
            f"noise {100 * self.noise_share:.0f} % of the contrast"
        )

    @property
    def warning(self) -> str:
        """What a person must know before they believe that there is nothing; "" without need."""
        if self.usable_fraction >= LITTLE:
            return ""
        return (
            f"only {100 * self.usable_fraction:.2g} % of the field was usable ({self.reasons}); "
            "where it was not, nothing could be found"
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """All that is worth a warning."""
        return (*((self.warning,) if self.warning else ()), *self.remarks)


def scrutiny(analysis: Analysis) -> Scrutiny:
    """What was looked at in an analysis."""
    prepared = analysis.prepared
    looked_for = analysis.recipe.spectrum
    least_d_nm = max(looked_for.min_d_nm, finest_d_nm(prepared.pixel_size))
    return Scrutiny(
        usable_fraction=float(prepared.usable.mean()),
        left_out=prepared.left_out,
        noise_share=noise_share(prepared.intensity, prepared.usable),
        looked_for_nm=(least_d_nm, looked_for.max_d_nm),
        remarks=(*remarks_on(analysis.spectrum), *remarks_on_range(analysis.candidates, analysis.peaks)),
    )


def remarks_on(spectrum: Spectrum) -> Iterator[str]:
    """What was unusual about a spectrum."""
    if spectrum.noise_added:
        yield (
            f"the image has no noise; noise of {100 * spectrum.noise_added:.0f} % of its contrast was added "
            "to judge it, so probabilities and uncertainties mean little"
        )
    if spectrum.row_jitter_nm:
        yield (
            f"the scan moved the image's rows to and fro by {1000 * spectrum.row_jitter_nm:.2g} pm (standard "
            "deviation); they were put back for the analysis"
        )
    if spectrum.is_straightened:
        yield (
            f"the scan stretched the image's rows by {100 * spectrum.least_stretch:+.1f} to "
            f"{100 * spectrum.largest_stretch:+.1f} %; spacings are means over the field"
        )


def remarks_on_range(candidates: Candidates, peaks: Peaks) -> Iterator[str]:
    """Whether the strongest fringes lie outside the range that is looked for."""
    outside = candidates.outside
    inside = candidates.power[candidates.significant].max(initial=0.0)
    is_strongest = outside.significance > FAR_MORE and outside.power > inside
    d_nm = peaks.first_order_nm or (outside.d_nm if is_strongest else 0.0)
    if d_nm:
        yield f"stronger fringes at {d_nm:.3g} nm lie outside the range looked for"
