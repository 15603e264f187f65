"""Stage 1, FFT: patterns of one coordinate alone, by rows or columns of unequal gain, taken out of an image.

Unequal gain of a detector's columns (or rows, or the offsets of scan lines) is a function of one coordinate
over the whole field, or over each half or quarter of a camera that is read out in parts. Its power lies on
an axis of the spectrum, where the planes of a crystal that stands upright have theirs, too. What tells them
apart is that gain is everywhere: it raises the whole axis, in every part of the profile, or it repeats after
a whole number of detector pixels with the same small amplitude in every part of the field. What stands out
of the line's own level is a lattice, and stays.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.numerics import BoolImage, ComplexArray, FloatArray, FloatImage
from hrtem_core.spectrum.axis_profiles import Axis, Part, limited, taper
from hrtem_core.spectrum.tuning import SpectrumTuning
from hrtem_core.spectrum.windows import hann

N_TURNS = 256
"""Directions of planes that are tried."""


def subtract_lines(
    image: FloatImage, usable: BoolImage, axes: tuple[Axis, Axis], checkpoint: Checkpoint = go_on
) -> bool:
    """Takes patterns of one coordinate out of a whitened image, in place; whether there were any.

    Parameters
    ----------
    image
        Shape (rows, columns): noise has unit variance; 0 where not usable.
    usable
        Shape (rows, columns).
    axes
        Along rows (profiles of a row number), and along columns.
    checkpoint
        Called for every number of parts along each axis.
    """
    checkpoint()
    parts = [
        part for view in _views(image, usable, axes) for part in _parts(*view, axes[0].tuning.gain_parts)
    ]
    if not any(part.line.is_raised or part.has_spots for part in parts):
        return False
    found = _take_out(_periodic_patterns, image, usable, axes, checkpoint)
    if _take_out(_level_patterns, image, usable, axes, checkpoint):
        # What was hidden below a line.
        _take_out(_periodic_patterns, image, usable, axes, checkpoint)
        found = True
    return found


def _take_out(
    patterns: Callable[[list[Part], Axis], list[FloatArray]],
    image: FloatImage,
    usable: BoolImage,
    axes: tuple[Axis, Axis],
    checkpoint: Checkpoint,
) -> bool:
    """Takes out, in place, one kind of patterns in the whole field, then in its parts."""
    found = False
    for view, mask, axis in _views(image, usable, axes):
        n_window = round(axis.tuning.line_window_nm / axis.pixel_nm)
        for n_parts in axis.tuning.gain_parts:
            checkpoint()
            parts = _parts(view, mask, axis, (n_parts,))
            for part, pattern in zip(parts, patterns(parts, axis), strict=True):
                if pattern.any():
                    found = True
                    there = limited(pattern, part.profile, n_window)
                    part.block[...] -= (there * part.weight).astype(np.float32) * part.usable
    return found


def _views(
    image: FloatImage, usable: BoolImage, axes: tuple[Axis, Axis]
) -> tuple[tuple[FloatImage, BoolImage, Axis], ...]:
    """The image and its mask so that the axis runs along the columns."""
    return (image.T, usable.T, axes[0]), (image, usable, axes[1])


def _parts(view: FloatImage, usable: BoolImage, axis: Axis, numbers: tuple[int, ...]) -> list[Part]:
    """The field divided into each of these numbers of parts."""
    edges = [np.linspace(0, len(view), n + 1).astype(int) for n in numbers]
    return [Part.of(view[a:b], usable[a:b], axis) for e in edges for a, b in pairwise(e)]


def _level_patterns(parts: list[Part], axis: Axis) -> list[FloatArray]:
    """What of each part's line is above noise, shape (columns,) each."""
    n_window = round(axis.tuning.line_window_nm / axis.pixel_nm)
    return [
        part.pattern(n_window, axis.tuning.line_min_usable)
        if part.line.is_raised
        else np.zeros(len(part.profile))
        for part in parts
    ]


def _periodic_patterns(parts: list[Part], axis: Axis) -> list[FloatArray]:
    """Harmonics of a gain that repeats after a whole number of detector pixels, shape (columns,) each."""
    tuning = axis.tuning
    patterns: list[FloatArray] = [np.zeros(len(part.profile)) for part in parts]
    ratios = [part.line.stands_out(part.profile) for part in parts]
    orders = set[Fraction]()
    for part, ratio in zip(parts, ratios, strict=True):
        for i in part.line.spots(ratio):
            error = max(tuning.max_period_error, tuning.period_sigmas / np.sqrt(ratio[i]))
            orders |= _whole_period(part.profile, int(i), error, axis)
    least = parts[0].line.threshold
    waves = [order for order in sorted(orders) if _take_wave(order, least, parts, ratios, patterns, axis)]
    # Where one harmonic is gain the others of its period are, if they are there at all.
    others = {
        Fraction(j, period)
        for period in {wave.denominator for wave in waves}
        for j in range(1, period // 2 + 1)
    }
    for order in sorted(others - set(waves)):
        _take_wave(order, tuning.gain_known, parts, ratios, patterns, axis)
    return patterns


def _take_wave(
    order: Fraction,
    least: float,
    parts: list[Part],
    ratios: list[FloatArray],
    patterns: list[FloatArray],
    axis: Axis,
) -> bool:
    """Adds a wave, its frequency in cycles per detector pixel, to the patterns, in place, if it is gain."""
    n, frequency = len(patterns[0]), float(order) * axis.detector_px
    bin_ = round(frequency * n)
    present = [p for p, r in zip(parts, ratios, strict=True) if bin_ < len(r) and r[bin_] > least]
    turn = np.exp(-2j * np.pi * frequency * np.arange(n))
    if not present or not all(_is_even(part, turn, frequency / axis.pixel_nm, axis) for part in present):
        return False
    margin = 0.0 if least == axis.tuning.gain_known else axis.tuning.min_gain_more
    if not _is_straight(parts, turn, margin, axis.tuning):
        return False
    for part, pattern in zip(parts, patterns, strict=True):
        wave = 2 * ((part.profile * hann(n)) @ turn) / hann(n).sum()
        pattern += (wave * turn.conj()).real
    return True


def _is_straight(parts: list[Part], turn: ComplexArray, margin: float, tuning: SpectrumTuning) -> bool:
    """Whether a wave is better one of each part's own than planes that may be turned out of the axis.

    The energy that each explains of the wave's amplitudes from block to block is in units of noise.
    """
    edges = [np.linspace(0, len(part.block), tuning.gain_blocks + 1).astype(int) for part in parts]
    sums = [np.add.reduceat(p.block, e[:-1], axis=0) @ turn for p, e in zip(parts, edges, strict=True)]
    amplitudes = np.array(sums) / np.sqrt([[d * len(turn) for d in np.diff(e)] for e in edges])
    own = float((np.abs(amplitudes.sum(axis=1)) ** 2).sum()) / tuning.gain_blocks
    planes = float((np.abs(np.fft.fft(amplitudes.ravel(), N_TURNS)) ** 2).max()) / amplitudes.size
    return own > planes + margin if len(parts) > 1 else own > planes - tuning.min_gain_more


def _whole_period(profile: FloatArray, i: int, error: float, axis: Axis) -> set[Fraction]:
    """The frequency near bin i, in cycles per detector pixel, if it has a period of whole such pixels."""
    n = len(profile)
    offsets = (i + np.linspace(-1, 1, 81)) / n
    waves = np.exp(-2j * np.pi * np.outer(offsets, np.arange(n)))
    measured = offsets[np.argmax(np.abs(waves @ (profile * taper(n))))]
    fraction = Fraction(measured / axis.detector_px).limit_denominator(axis.tuning.max_period_px)
    return {fraction} if abs(float(fraction) * axis.detector_px - measured) * n < error else set()


def _is_even(part: Part, turn: ComplexArray, frequency_per_nm: float, axis: Axis) -> bool:
    """Whether a wave along an axis is weak, and the same everywhere in a part of the field."""
    tuning = axis.tuning
    rows, cols = (np.linspace(0, n, tuning.gain_blocks + 1).astype(int) for n in part.block.shape)
    moved = np.add.reduceat(part.block, rows[:-1], axis=0) * turn
    places = 2 * np.add.reduceat(moved, cols[:-1], axis=1) / np.outer(np.diff(rows), np.diff(cols))
    noise = 2 / np.sqrt(np.diff(rows).min() * np.diff(cols).min())
    mean = complex(np.mean(places))
    contrast = abs(mean) * np.interp(frequency_per_nm, axis.frequency_per_nm, axis.contrast)
    is_same = np.all(np.abs(places - mean) < tuning.max_gain_change * abs(mean) + 3 * noise)
    return bool(contrast < tuning.max_gain and is_same)
