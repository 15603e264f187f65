"""A small film with crystals, its micrograph without fringes, and a scan of it: for tests of composition."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hrtem_core.composition import ElementalMaps, Outlines, Pair, Transform, outlines_of
from hrtem_core.image import PixelSize

ELEMENTS = ("O", "F")
SENSITIVITY = {"O": 0.8, "F": 1.0}
FINE_NM = 0.1
FIELD_NM, CANVAS_NM = (15.0, 18.0), (21.0, 24.0)
CORNER_NM = 3.0
FILM, LIF, LI2O = np.array([12.0, 4.0]), np.array([4.0, 42.0]), np.array([30.0, 1.5])


@dataclass(frozen=True, eq=False, kw_only=True)
class Scan:
    """A scene whose composition and registration are known.

    Parameters
    ----------
    image
        Shape (rows, columns): the micrograph.
    labels
        Shape (rows, columns): its crystals.
    outlines, maps, pairs, transform
        As the core takes them; the pairs are exact up to a click's scatter.
    fractions
        By domain: true atomic fractions.
    phases
        By domain.
    """

    image: NDArray[np.float32]
    labels: NDArray[np.uint16]
    outlines: Outlines
    maps: ElementalMaps
    pairs: tuple[Pair, ...]
    transform: Transform
    fractions: dict[int, NDArray[np.float64]]
    phases: dict[int, str]


def scan(
    seed: int = 0,
    *,
    counts: float = 12.0,
    blur_nm: float = 0.4,
    map_pixel_nm: float = 0.3,
    click_nm: float = 0.1,
) -> Scan:
    """A scene of six discs of two phases in an uneven film, scanned turned and sheared.

    Parameters
    ----------
    seed
        Of everything random.
    counts
        Per map pixel, both elements together.
    blur_nm
        Of probe and pixel.
    map_pixel_nm
        Size of a map pixel.
    click_nm
        Scatter of a click.
    """
    rng = np.random.default_rng(seed)
    shape = tuple(round(side / FINE_NM) for side in CANVAS_NM)
    rows, cols = np.mgrid[: shape[0], : shape[1]] * FINE_NM
    thickness = 1 + 0.1 * _smooth(rng, shape)
    atoms = FILM[:, None, None] * thickness
    mass, labels = 18.0 * thickness, np.zeros(shape, dtype=np.uint16)
    centres = [(7, 7), (7, 12.5), (7, 17.5), (13, 7), (13, 12.5), (13, 17.5)]
    for number, (row, col) in enumerate(centres, 1):
        row, col = row + rng.uniform(-0.7, 0.7), col + rng.uniform(-0.7, 0.7)
        inside = (rows - row) ** 2 + (cols - col) ** 2 < rng.uniform(1.5, 2.2) ** 2
        atoms[:, inside] = (LIF if number % 2 else LI2O)[:, None] * thickness[inside]
        mass[inside] *= 1.8
        labels[inside] = number
    inner = tuple(slice(round(CORNER_NM / FINE_NM), round((CORNER_NM + side) / FINE_NM)) for side in FIELD_NM)
    transform = _transform(rng, map_pixel_nm)
    maps = _scanned(rng, atoms, mass, transform, counts, blur_nm)
    image = rng.poisson(2000 * np.exp(-0.006 * mass[inner])).astype(np.float32)
    fractions = {}
    for number in range(1, len(centres) + 1):
        held = atoms[:, labels == number].sum(axis=1)
        fractions[number] = held / held.sum()
    places = rng.uniform(0.1, 0.9, (6, 2)) * FIELD_NM
    clicked = transform.to_map(places) + rng.normal(0, click_nm / map_pixel_nm, (6, 2))
    return Scan(
        image=image,
        labels=labels[inner],
        outlines=outlines_of(labels[inner][None], PixelSize(FINE_NM, FINE_NM), "labels.tif"),
        maps=maps,
        pairs=tuple(Pair(*row) for row in np.column_stack([places, clicked]).tolist()),
        transform=transform,
        fractions=fractions,
        phases={number: "LiF" if number % 2 else "Li2O" for number in fractions},
    )


def _smooth(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    field = ndimage.gaussian_filter(rng.normal(size=shape), 40, mode="wrap")
    return field / field.std()


def _transform(rng: np.random.Generator, map_pixel_nm: float) -> Transform:
    angle = rng.uniform(-0.4, 0.4)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.array([[1.01, 0], [0.015, 1]]) @ turn / map_pixel_nm
    size = np.array([70, 80]) * 0.3 / map_pixel_nm
    return Transform(matrix, (size - 1) / 2 - matrix @ np.array(FIELD_NM) / 2)


def _scanned(
    rng: np.random.Generator,
    atoms: NDArray[np.float64],
    mass: NDArray[np.float64],
    transform: Transform,
    counts: float,
    blur_nm: float,
) -> ElementalMaps:
    shape = tuple(int(side) for side in np.array([70, 80]) * transform.px_per_nm * 0.3)
    grid = np.mgrid[: shape[0], : shape[1]].reshape(2, -1).T.astype(float)
    at = ((transform.to_nm(grid) + CORNER_NM) / FINE_NM).T

    def seen(fine: NDArray[np.float64]) -> NDArray[np.float64]:
        blurred = ndimage.gaussian_filter(fine, blur_nm / FINE_NM, mode="nearest")
        return ndimage.map_coordinates(blurred, at, order=1, mode="nearest").reshape(shape)

    lines = np.array([seen(one) * k for one, k in zip(atoms, SENSITIVITY.values(), strict=True)])
    lines *= counts / lines.sum(axis=0).mean()
    below = rng.poisson(np.full(shape, 0.4 * counts))
    scales = np.array([0.25, 0.3])
    return ElementalMaps(
        elements=ELEMENTS,
        counts=rng.poisson(lines + 0.4 * counts * scales[:, None, None]),
        backgrounds=below * scales[:, None, None],
        quanta=scales,
        survey=rng.poisson(seen(mass) * 10).astype(float),
    )
