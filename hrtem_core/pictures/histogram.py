"""Histograms as inline SVG: they show without a network and without a plotting library."""

from collections.abc import Sequence
from html import escape

import numpy as np

from hrtem_core.numerics import FloatArray, bin_edges
from hrtem_core.pictures.colours import PALETTE, hex_of

WIDTH, HEIGHT, MARGIN = 420, 220, 36


def histogram_svg(values: Sequence[float], label: str) -> str:
    """A histogram of some measured values.

    Parameters
    ----------
    values
        What to count.
    label
        Quantity and unit, written under the axis.
    """
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'role="img" aria-label="{escape(label)}" font-family="sans-serif" font-size="11">'
    )
    caption = f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">{escape(label)}</text></svg>'
    if len(values) == 0:
        return f'{head}<text x="{WIDTH / 2}" y="{HEIGHT / 2}" text-anchor="middle">none</text>{caption}'
    edges = bin_edges(values)
    counts = np.histogram(values, edges)[0].tolist()
    bars = [
        f'<rect x="{_x(low, edges):.1f}" y="{_y(count, counts):.1f}" '
        f'width="{max(_x(high, edges) - _x(low, edges) - 1, 1):.1f}" '
        f'height="{HEIGHT - MARGIN - _y(count, counts):.1f}" fill="{hex_of(PALETTE[0])}">'
        f"<title>{low:.4g} to {high:.4g}: {count}</title></rect>"
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    base = HEIGHT - MARGIN
    ticks = [
        f'<text x="{_x(at, edges):.1f}" y="{base + 14}" text-anchor="middle">{at:.3g}</text>'
        for at in np.linspace(edges[0], edges[-1], 5)
    ]
    axis = f'<path d="M{MARGIN} {base}H{WIDTH - MARGIN}" stroke="currentColor"/>'
    top = f'<text x="{MARGIN - 4}" y="{MARGIN / 2 + 4}" text-anchor="end">{max(counts)}</text>'
    return "".join([head, *bars, axis, *ticks, top, caption])


def _x(value: float, edges: FloatArray) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * float((value - edges[0]) / (edges[-1] - edges[0]))


def _y(count: int, counts: list[int]) -> float:
    return MARGIN / 2 + (HEIGHT - 1.5 * MARGIN) * (1 - count / max(counts))
