"""Phases: the numbers tuned on known scenes (docs/method.md), for tests and sweeps."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PhaseTuning:
    """What decides how well a reading of a crystal fits, and what counts as none of the candidates."""

    debye_waller_b_angstrom2: float = 1.0
    """Isotropic B of every atom."""

    min_g_per_nm: float = 0.9
    """Reflections with longer spacings are left out: images hardly show them."""

    max_g_per_nm: float = 8.7
    """Reflections with shorter spacings are left out."""

    envelope_per_nm: float = 8.5
    """Contrast falls with |g| as exp(-(g / envelope)²)."""

    half_visible: float = 0.2
    """Amplitude, relative to the strongest reflection, that is seen about half the time."""

    visibility_power: float = 2.0
    """How steeply visibility rises with amplitude."""

    double_diffraction: float = 0.01
    """Visibility of reflections without amplitude, which double diffraction can bring."""

    slab_per_nm: float = 0.5
    """Distance from the Ewald plane at which a reflection's visibility has fallen to 1/e."""

    detection: float = 0.6
    """Probability that a fully visible reflection is found."""

    strays: float = 0.08
    """Expected number of domains of a crystallite that are another crystal's."""

    none_explained: float = 6.0
    """Natural logarithm of the odds against a candidate that explains no domain of a crystallite."""

    relative_scatter: float = 0.002
    """Standard deviation of d beyond its own uncertainty, relative: projection, strain, small size."""

    angle_scatter_deg: float = 0.18
    """The same of the angle between two reflections."""

    tail_share: float = 0.03
    """Share of the wide tail of both."""

    tail_stretch: float = 3.5
    """Its width, in standard deviations."""

    scatters: tuple[tuple[float, float], ...] = ((1.0, 0.5), (2.0, 0.3), (4.0, 0.2))
    """Scatter of an image in units of the two above, and its prior probability."""

    scale_reach: float = 2.5
    """The scale is looked for within this many of its prior standard uncertainties."""

    scale_step: float = 0.002
    """In ln(scale)."""

    cell_sigma: float = 0.003
    """Relative standard deviation of true cells about the table's: temperature, composition."""

    most_reflections: int = 8
    """Domains of a crystallite that are read, the strongest."""

    false_at_snr: float = 1.8
    """A domain that stands alone with this signal-to-noise is as often no crystal's as one's."""

    false_fall: float = 0.9
    """Those odds fall by e when the signal-to-noise rises by this."""

    false_least: float = 0.005
    """They fall no further."""

    same_shape: float = 0.01
    """Lattices whose edges' ratios, and angles in radians, differ by less have one shape."""

    same_cells: float = 1.5
    """Cells that differ by no more than this many decoys' cells are one, ..."""

    scale_sigmas: float = 2.0
    """... besides so many standard deviations of the scale."""

    none_share: float = 0.3
    """Prior probability that a crystal is none of the candidates."""

    concentration: float = 1.0
    """Of the Dirichlet prior on the shares of candidates and of what is none of them: small, and an image has
    mostly the one or mostly the other."""

    candidates_concentration: float = 0.75
    """Of the Dirichlet prior on the candidates' shares among them: small, and an image has few phases."""

    others_concentration: float = 1.0
    """The same of lattices that are no candidate's."""

    loose_share: float = 0.2
    """Part of the prior for none of the candidates that goes to lattices of any cell."""

    one_direction_most: float = 0.895
    """A crystal with reflections in one direction is named with no more, unless another bears witness."""

    loose_d: float = 0.06
    """Relative standard deviation of d in those."""

    loose_angle_deg: float = 5.0
    """Standard deviation of their angles."""

    decoy_range: float = 0.14
    """Cells of the decoys differ from a real structure's by up to this, in ln(length)."""

    decoy_steps: int = 4
    """Steps of the scale from one decoy's cell to the next."""

    decoy_hypotheses: int = 48
    """Orientations that are followed for each pair of domains in decoys of all cells at once."""

    most_decoys: int = 60
    """Decoys that are weighed against the candidates: those that fit this image best."""

    half_strength: float = 70.0
    """|F| of the strongest fringes per volume (Å/nm³) of a phase whose crystals are found half the time."""


PHASE_TUNING = PhaseTuning()
"""As the method is described."""
