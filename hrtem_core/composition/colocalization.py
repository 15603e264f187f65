"""Whether crystals of a kind go together with an element: tested against maps that only look alike.

Pixels of a map are not independent: the probe blurs, and films vary slowly, so that a test pixel by pixel
finds what is not there. A surrogate keeps the map's power spectrum, and with it blur, noise and patches,
and has random phases (J. Theiler et al., Physica D 58 (1992) 77, doi:10.1016/0167-2789(92)90102-S). Each
crystal is compared with the film around it, not with the whole field.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.composition.fractions import Targets
from hrtem_core.composition.unmixing import Scene, Unmixed, even_filters
from hrtem_core.numerics import FloatArray, FloatImage
from hrtem_core.spectrum import periodic_spectrum


@dataclass(frozen=True, kw_only=True)
class Together:
    """One kind of crystals and one element.

    Parameters
    ----------
    kind, name, number
        "phase" or "family", its name, and a family's number (0 for a phase).
    element
        The element.
    excess
        Net counts of the crystals over those of the film around them, less one.
    p_value
        Probability of as much under "no more of it there than elsewhere", one-sided.
    q_value
        Least false discovery rate at which the pair would be named, over all pairs.
    n_domains
        Domains of the kind.
    """

    kind: str
    name: str
    number: int
    element: str
    excess: float
    p_value: float
    q_value: float
    n_domains: int


@dataclass(frozen=True)
class Kind:
    """Domains that belong together.

    Parameters
    ----------
    kind, name, number
        As for `Together`.
    members
        Rows of the domains.
    """

    kind: str
    name: str
    number: int
    members: tuple[int, ...]


def film_targets(scene: Scene) -> FloatArray:
    """Shape (crystals, p): the film's counts where each crystal is, as the film around it goes on."""
    lattice, film = scene.columns.lattice, scene.film
    n = scene.n_crystal_columns
    rows = np.zeros((scene.outlines.n_crystals, n + film.shape[0] * film.shape[1]))
    for row, (corner, share) in enumerate(scene.columns.shares):
        filled = np.argwhere(share > 0)
        weights = share[tuple(filled.T)]
        places = (filled + corner) * lattice.pixel_nm + lattice.corner_nm
        rows[row, n:] = (film.at(places).T @ weights) / weights.sum()
    return rows


def surrogate_sums(net: FloatImage, filters: FloatImage, n: int, rng: np.random.Generator) -> FloatArray:
    """Shape (n, m): what m filters find in surrogates of a map.

    Parameters
    ----------
    net
        Shape (rows, columns).
    filters
        Shape (m, rows, columns).
    n
        Number of surrogates.
    rng
        For their phases.
    """
    # Of the periodic part: what jumps from one border to the other is not the map's.
    power = np.abs(periodic_spectrum((net - net.mean()).astype(np.float32), net.shape))
    turned = scipy.fft.rfft2(filters) / net.size
    # The half spectrum holds all but the first and, of an even length, the last column once for two.
    twice = np.full(power.shape[1], 2.0)
    twice[0] = 1
    if net.shape[1] % 2 == 0:
        twice[-1] = 1
    weighted = (turned * (power * twice)).reshape(len(filters), -1)
    real, imaginary = weighted.real.T.copy(), weighted.imag.T.copy()
    sums = []
    for _ in range(n):
        phase = rng.uniform(0, 2 * np.pi, power.size)
        sums.append(np.cos(phase) @ real + np.sin(phase) @ imaginary)
    return np.array(sums)


def colocalize(
    scene: Scene,
    found: Unmixed,
    targets: Targets,
    kinds: Sequence[Kind],
    smoothness: float,
    *,
    seed: int = 0,
) -> list[Together]:
    """Test every kind of crystals against every element.

    Parameters
    ----------
    scene, found
        The model and its fit.
    targets
        The domains.
    kinds
        Which of them belong together.
    smoothness
        Of the film.
    seed
        Of the surrogates' phases.
    """
    kinds = [kind for kind in kinds if kind.members]
    if not kinds:
        return []
    around = film_targets(scene)
    crystal = np.array(scene.outlines.crystal)
    inside = np.array([targets.mean_of(kind.members) for kind in kinds])
    film = np.array([_mean_film(around, crystal, targets, kind) for kind in kinds])
    flat = np.zeros((len(kinds), scene.maps.shape[0] * scene.maps.shape[1]))
    # All pixels weigh alike here: weights that follow the counts would know where the map is bright.
    flat[:, found.design.pixels] = even_filters(scene, found.design, smoothness, inside - film)
    filters = flat.reshape(-1, *scene.maps.shape)
    rng = np.random.default_rng(seed)
    table = []
    for number, element in enumerate(scene.maps.elements):
        net = scene.maps.net[number]
        real = flat @ net.ravel()
        like = surrogate_sums(net, filters, scene.tuning.n_surrogates, rng)
        offset = flat.sum(axis=1) * net.mean()
        p_values = (1 + (like + offset >= real).sum(axis=0)) / (len(like) + 1)
        level = film @ found.net[number]
        for kind, difference, base, p in zip(kinds, real, level, p_values, strict=True):
            excess = float(difference / base) if base > 0 else float("nan")
            table.append((kind, element, excess, float(p)))
    q_values = false_discovery_rates(np.array([row[3] for row in table]))
    return [
        Together(
            kind=kind.kind, name=kind.name, number=kind.number, element=element, excess=excess,
            p_value=p, q_value=float(q), n_domains=len(kind.members),
        )
        for (kind, element, excess, p), q in zip(table, q_values, strict=True)
    ]  # fmt: skip


def _mean_film(around: FloatArray, crystal: FloatArray, targets: Targets, kind: Kind) -> FloatArray:
    chosen = list(kind.members)
    weights = targets.area_nm2[chosen] / targets.area_nm2[chosen].sum()
    return np.asarray(weights @ around[crystal[chosen]])


def false_discovery_rates(p_values: FloatArray) -> FloatArray:
    """Shape (n,): q-values of Benjamini and Hochberg (J. R. Stat. Soc. B 57 (1995) 289)."""
    order = np.argsort(p_values)
    ranked = p_values[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    q_values = np.empty(len(p_values))
    q_values[order] = np.minimum.accumulate(ranked[::-1])[::-1]
    return np.minimum(q_values, 1)
