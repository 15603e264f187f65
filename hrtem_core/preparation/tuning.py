"""Preparation: the numbers tuned on known faults and drawings (docs/method.md), for tests and sweeps."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PreparationTuning:
    """What decides which pixels are faulty, glare, drawn or never recorded."""

    spike_sigmas: float = 8.0
    """A faulty pixel differs from its four neighbours by more than so many robust standard deviations."""

    spike_tail: float = 2.0
    """Also by twice the 99.9th percentile: lattices and counting noise have no Gaussian tail."""

    spike_shared: float = 0.5
    """All of its neighbours but one share less of its excess than this."""

    max_spike_share: float = 1e-3
    """More candidates than this fraction of the pixels are the image's nature, not faults."""

    dead_line_sigmas: float = 8.0
    """A faulty line differs from those beside it by more than so many robust standard deviations."""

    dead_line_tail: float = 3.0
    """Also by three times what one line in twenty reaches: stripes on every line are no single faults."""

    max_dead_line_share: float = 0.02
    """More faulty lines than this are the image's nature."""

    glare_sigmas: float = 25.0
    """Intensities so many robust standard deviations from the median are glare; lattice fringes reach ten."""

    glare_margin_px: int = 3
    """So many pixels around glare are left out too."""

    glare_block_px: int = 16
    """Side of the blocks whose own spread is measured: larger than a lattice's period, smaller than glare."""

    bright_gap_nm: float = 0.5
    """Bright pixels closer together are one region: the atoms of a crystal that outshines the rest."""

    bright_gap_px: tuple[int, int] = (9, 65)
    """Bounds of that distance in pixels."""

    bright_rim_px: int = 4
    """The edge of a bright region says nothing of what is in it."""

    bright_structure: tuple[float, float] = (0.03, 2.0)
    """A bright region whose structure (standard deviation of what neighbouring pixels have in common) exceeds
    this share of its height, and so many robust standard deviations of the image, is specimen, not glare."""

    drawing_margin_px: int = 3
    """Drawings are left out with so many pixels round them: JPEG rings round sharp edges."""

    drawing_margin: float = 0.004
    """Or with this part of the image's side."""

    bar_band: float = 0.3
    """Bars lie within this fraction of the rows from the top or the bottom."""

    bar_tolerance: float = 0.15
    """How far, in parts of the contrast, a bar's pixels may be from its level: JPEG disturbs them."""

    min_bar_px: int = 16
    """Least length of a bar in pixels."""

    min_bar_length: float = 0.02
    """Least length of a bar in parts of the number of columns."""

    max_bar_length: float = 0.7
    """Largest length of a bar in parts of the number of columns."""

    max_bar_outline_px: int = 4
    """Widest outline of a bar."""

    min_bar_height_px: int = 2
    """Least height of a bar."""

    max_bar_height: float = 0.06
    """Largest height of a bar in parts of the number of rows."""

    min_bar_elongation: float = 3.0
    """Least length of a bar over its height."""

    min_bar_solid: float = 0.97
    """Least part of a bar that is at its level."""

    max_bar_leak: float = 0.3
    """Part of the pixels just outside that may look like the bar: beyond that the edge is not sharp."""

    bar_chance: float = 20.0
    """A bar is believed when pixels like it would fill its area by chance once in e^20 images."""

    min_text_px: int = 25
    """Least number of pixels of the text beside a bar."""

    min_letter_px: int = 6
    """Least number of connected pixels of a letter's stroke."""

    max_text_height: float = 0.08
    """Largest height of a line of text in parts of the number of rows."""

    text_reach: float = 6.0
    """Text beside a bar lies within this many bar heights above or below it (at least 5 % of the rows)."""

    min_density_ratio: float = 5.0
    """Pixels of the bar's value are so many times as dense in its text as elsewhere."""

    lone_text_px: int = 80
    """Least number of pixels of text without a bar."""

    lone_text_share: float = 0.9
    """Least part of the pixels of its value that lies in text without a bar."""

    lone_text_band: float = 0.15
    """Text without a bar lies within this fraction of the rows from the top or the bottom."""

    text_fill: tuple[float, float] = (0.08, 0.7)
    """Least and largest part of its box that a line of text fills."""

    min_stroke_px: int = 25
    """A stroke has so many connected pixels: noise does not connect as many."""

    max_stroke_share: float = 0.1
    """Largest part of the pixels that strokes may hold."""

    max_stroke_elsewhere: float = 0.02
    """Part of the pixels that may hold the value outside of strokes: beyond that it is the image's own."""

    max_stroke_half_px: int = 6
    """Largest distance from a stroke's middle to its edge."""

    max_stroke_half: float = 0.01
    """The same in parts of the image's side; the larger one counts."""

    min_stroke_elongation: float = 8.0
    """Pixels of a stroke over its half width squared; a square has 4."""

    stroke_beside_px: tuple[int, int] = (2, 3)
    """Where, from the first to the last pixel beside a stroke, its surroundings are."""

    stroke_sharp: float = 0.6
    """These differ from it by at least this part of what the median does."""

    stroke_margin_px: int = 3
    """So many pixels around a stroke are left out too."""

    straight: float = 1e-3
    """Three pixels lie on a line when they miss it by less than this part of the mean miss, by rounding."""

    straight_chance: float = 20.0
    """A run of such pixels is believed when chance would bring it in one of e^20 images."""

    min_noise: float = 0.02
    """Mean mixed difference over mean deviation, below which an image has no noise; white noise reaches 6."""

    min_rest: float = 0.01
    """Where less of an image than this is left, it repeats itself as test patterns do, and has no border."""

    noiseless: float = 0.01
    """Least share of the contrast that noise has in most places of an image that was taken ..."""

    rough: float = 0.15
    """... or else in its roughest ones."""

    one_value: float = 0.9
    """An area is constant when so many of its pixels hold one value."""

    value_reach_px: int = 64
    """A constant area goes on so far over pixels of its value, its tips."""

    value_rare: float = 0.05
    """It does so if fewer of the others have its value."""

    max_rim_px: int = 8
    """Pixels beside a constant area may belong to it up to here: interpolation and JPEG mix both."""

    rim: float = 0.75
    """They do while they deviate from it by less than this part of what those further away do."""

    max_island: float = 0.1
    """Text in a constant area: no piece has more than this part of its pixels."""

    mirror_probes: int = 4
    """Rows at the side that are looked for among the others."""

    max_mirror_share: float = 1 / 3
    """Wider than this part of the image no border is: symmetric crystals reach further."""

    mirror_alike: float = 0.75
    """Rows whose mean difference is less than this part of the usual one are looked at closely."""

    mirror_unique: float = 0.5
    """A mirror image differs by less than this part of what any other rows do: those of a lattice repeat."""

    mirror_near: int = 3
    """Rows so near to the mirror's do not count as others."""

    rotated_from_deg: float = 2.0
    """Images rotated by less have borders too narrow to see."""

    rotated_step_deg: float = 0.2
    """Steps of the angle at which their borders are looked for."""

    rotated_glance: float = 0.6
    """Correlation of what lies on both sides of a border, or behind it, that is looked at closely."""

    rotated_tries: int = 4
    """How many such angles are."""

    rotated_alike: float = 0.75
    """Correlation that it must have there, ..."""

    rotated_unique: float = 0.4
    """... and by how much it must exceed that at lines beside the border."""

    drift_clipped: float = 0.001
    """Part of the pixels clipped at either end: hot pixels do not drift, and would hold frames in place."""

    drift_noise_from: float = 0.42
    """Above this frequency, in cycles per pixel, there is noise only."""

    drift_slowest: float = 4.0
    """Waves of fewer periods across the frame are illumination, which does not drift either."""

    drift_reach: float = 0.25
    """Frames drift by at most this part of their sides."""

    drift_settled_px: float = 0.02
    """The drift is known when nothing moves further than this."""

    drift_held_out_deg: float = 22.5
    """In each quarter of the plane this sector of directions is left out for the test."""

    drift_gap: float = 2.0
    """And beside it as many frequency steps as the window ties together."""

    drift_sigmas: float = 3.0
    """Agreement that frames of noise reach once in 740."""

    vacuum_pixel_nm: float = 0.1
    """Pixels are averaged up to this size before vacuum is looked for."""

    vacuum_band_nm: tuple[float, float] = (0.25, 1.2)
    """Between these lengths a film has contrast and vacuum has none."""

    vacuum_window_nm: float = 2.5
    """Full width of the window in which that contrast is measured."""

    min_vacuum_gap: float = 1.5
    """Mean logarithms of the contrast in film and vacuum differ by it; 0.2 in a film, 1.2 among crystals."""

    min_vacuum_sigmas: float = 4.0
    """They differ by so many of their own standard deviations."""

    max_vacuum_between: float = 0.06
    """The quarter of the distance in the middle between them holds no more of the field than this."""

    min_vacuum_share: float = 0.02
    """Least part of the field that vacuum fills."""

    max_vacuum_share: float = 0.9
    """More than this is the film, and the rest something that stands on it."""

    min_vacuum_nm2: float = 25.0
    """Smaller areas are not suggested."""


PREPARATION_TUNING = PreparationTuning()
"""As the method is described."""
