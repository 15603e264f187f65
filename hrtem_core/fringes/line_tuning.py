"""Stage 3, inverse FFT: the numbers of what scanning and the field's border leave of strong lattices."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LineTuning:
    """What decides which lines of the spectrum are levelled, and what they stand for."""

    line_snr: float = 25.0
    """Fringes from this amplitude on leave lines along the axes of the spectrum."""

    line_field: float = 0.25
    """The least part of the field that such fringes fill."""

    beyond_tries: int = 12
    """How many lattices finer than the range are looked at, to take out those as strong and large."""

    line_bins: int = 2
    """Half the width of such a line, in bins of the region's own spectrum."""

    line_beside: int = 12
    """The bins to either side of it that tell what the noise is."""

    line_level_per_nm: float = 0.8
    """Half the length over which a line has one level."""

    line_sigmas: float = 3.0
    """Standard deviations by which a line must be raised above what lies beside it."""

    line_stands_out: float = 16.0
    """Power over the line's level of what is the spot of another lattice."""

    line_max_share: float = 0.2
    """Amplitude relative to the strong fringes' from which on, where fringes fill much of these, ..."""

    line_max_area: float = 0.5
    """... such a part of their area, they are no part of a line."""

    line_any_share: float = 0.5
    """The same amplitude for fringes of any area: a neighbour's, or a twin lamella's."""

    line_near_per_nm: float = 0.15
    """Fringes this near to the line, besides its width, may be part of it."""

    flyback_length: float = 0.8
    """A strip along so much of a border may be where a scan's beam had not settled yet, ..."""

    flyback_width: float = 0.3
    """... if it is on average no wider than this part of the field, ..."""

    flyback_stretch: float = 2.0
    """... and if this squeezes or stretches a large crystal's planes across the border by less."""
