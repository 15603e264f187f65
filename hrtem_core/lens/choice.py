"""Which of the places where crystals may lie are true: chosen together, the most certain first.

Reflections of one crystal coincide at home, and nowhere else: a place is the more certain the better
reflections of other directions coincide with it, and what is chosen explains the fringes that it has.
"""

from dataclasses import dataclass, replace

import numpy as np

from hrtem_core.image import distance_per_nm
from hrtem_core.lens.hypotheses import IN_FIELD, PRIOR, Hypothesis
from hrtem_core.lens.sidebands import Sideband
from hrtem_core.numerics import BoolImage, FloatArray, Footprint, boxes_of

PARALLEL = 0.97
"""Reflections count as of different directions when the cosine between them is below this."""
MIN_OVERLAP = 0.3
"""Intersection over union of two places from which on one bears witness for the other."""
N_WITNESSES = 3
MIN_NEW = 0.5
"""Part of its fringes that nothing else may have explained."""
MIN_WITNESS, MIN_STAYING = 0.3, 0.5
"""What witnesses must be worth together for a lone copy to be moved, and for one to stay in place."""
MIN_COVERAGE = 0.5
"""Part of the fringes it touches that a place without a witness must explain."""
MIN_ALONE_SNR = 4.2
"""Amplitude from which on fringes are believed without a witness: a lens leaves noise in rings."""
WORTH_PER_SNR, MAX_SNR, WORTH_OF_COVERAGE = 0.02, 20.0, 0.5
COST_OF_DOUBT = 0.5
"""What a lone copy without a witness is worth less: one of its two places is wrong. What explains both
copies at once comes first."""
SAME_CRYSTAL, SAME_G_PER_NM = 0.35, 0.4
"""One crystal has one reflection near a g: what shares this part of the smaller place is its double."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """A place that was chosen.

    Parameters
    ----------
    hypothesis
        The place and its fringes.
    witness
        What reflections of other directions at the same place are worth, 0 to `N_WITNESSES`.
    is_certain
        False for a lone copy without a witness: its crystal may as well lie on the other side.
    """

    hypothesis: Hypothesis
    witness: float
    is_certain: bool


def overlap(one: Footprint, other: Footprint) -> float:
    """Intersection over union."""
    shared = one.shared(other)
    return shared / max(one.n_pixels + other.n_pixels - shared, 1)


def testimony(hypotheses: list[Hypothesis], bands: list[Sideband]) -> FloatArray:
    """How well each bears witness for each other, shape (n, n): 0 below `MIN_OVERLAP`, 1 where the same."""
    n = len(hypotheses)
    g = np.array([bands[h.band].g_per_nm for h in hypotheses]).reshape(-1, 2)
    direction = g / np.hypot(*g.T)[:, None]
    band = np.array([h.band for h in hypotheses])
    apart = (np.abs(direction @ direction.T) < PARALLEL) & (band[:, None] != band)
    worth = np.zeros((n, n))
    boxes = boxes_of([h.place for h in hypotheses])
    meets = np.all(boxes[:, None, :2] < boxes[None, :, 2:], axis=-1)
    for i, j in np.argwhere(np.tril(meets & meets.T & apart, -1)).tolist():
        value = overlap(hypotheses[i].place, hypotheses[j].place)
        worth[i, j] = worth[j, i] = max(0.0, value - MIN_OVERLAP) / (1 - MIN_OVERLAP)
    return worth


class _Jury:
    """Keeps what each hypothesis is worth while others are chosen or refused."""

    def __init__(self, hypotheses: list[Hypothesis], bands: list[Sideband]) -> None:
        self.worth = testimony(hypotheses, bands)
        self.others = [np.flatnonzero(row) for row in self.worth]
        self.band = np.array([h.band for h in hypotheses], dtype=int)
        self.trust = np.array([PRIOR[h.kind] for h in hypotheses])
        self.witness = np.array([self._witness_for(i) for i in range(len(hypotheses))])

    def _witness_for(self, i: int) -> float:
        """The best witness of each other reflection, the three best of these together."""
        others = self.others[i]
        best: dict[int, float] = {}
        values = (self.worth[i, others] * self.trust[others]).tolist()
        for band, value in zip(self.band[others].tolist(), values, strict=True):
            best[band] = max(best.get(band, 0.0), value)
        return sum(sorted(best.values())[-N_WITNESSES:])

    def trusts(self, i: int, trust: float) -> None:
        """Hypothesis i is chosen (1) or refused (0)."""
        self.trust[i] = trust
        for j in self.others[i].tolist():
            self.witness[j] = self._witness_for(j)


class _Choice:
    """Chooses one hypothesis after another."""

    def __init__(self, hypotheses: list[Hypothesis], bands: list[Sideband]) -> None:
        self.hypotheses = hypotheses
        self.jury = _Jury(hypotheses, bands)
        self.explained: list[BoolImage] = [np.zeros_like(band.seen) for band in bands]
        self.own = np.array(
            [PRIOR[h.kind] + WORTH_PER_SNR * min(h.snr, MAX_SNR) for h in hypotheses], dtype=float
        )
        self.coverage = np.array([h.coverage(self.explained[h.band]) for h in hypotheses])
        self.is_lone = np.array([h.kind in ("plus", "minus") for h in hypotheses], dtype=bool)
        self.waits = np.array([h.kind != "home" for h in hypotheses], dtype=bool)
        self.chosen = [i for i, h in enumerate(hypotheses) if h.kind == "home"]

    def run(self) -> list[int]:
        """Indices of the chosen ones."""
        while self.waits.any():
            i = int(np.argmax(np.where(self.waits, self._worth(), -np.inf)))
            self.waits[i] = False
            if self._is_refused(i):
                self.jury.trusts(i, 0.0)
            else:
                self._take(i)
        return self.chosen

    def _worth(self) -> FloatArray:
        """Of every hypothesis, as things stand."""
        doubtful = self.is_lone & (self.jury.witness < MIN_WITNESS)
        worth = self.own + self.jury.witness + WORTH_OF_COVERAGE * self.coverage
        return np.asarray(worth - COST_OF_DOUBT * doubtful)

    def _is_refused(self, i: int) -> bool:
        """Whether a hypothesis explains nothing new, or too little of what it touches."""
        hypothesis, witness = self.hypotheses[i], self.jury.witness[i]
        news = hypothesis.news(self.explained[hypothesis.band])
        inside = [n for n, part in zip(news, hypothesis.in_field, strict=True) if part > IN_FIELD]
        if hypothesis.kind == "both" and min(inside, default=1.0) < MIN_NEW:
            return True
        if hypothesis.kind == "stays" and witness < MIN_STAYING:
            return True
        return max(news) < MIN_NEW or (witness < MIN_WITNESS and self.coverage[i] < MIN_COVERAGE)

    def _take(self, i: int) -> None:
        hypothesis = self.hypotheses[i]
        self.chosen.append(i)
        self.jury.trusts(i, 1.0)
        explained = self.explained[hypothesis.band]
        if hypothesis.claimed is not None:
            explained |= hypothesis.claimed
        for k in np.flatnonzero(self.waits & (self.jury.band == hypothesis.band)):
            self.coverage[k] = self.hypotheses[k].coverage(explained)


def choose(hypotheses: list[Hypothesis], bands: list[Sideband]) -> list[Chosen]:
    """The hypotheses that together explain the fringes of a field best.

    Strategy: the most certain one first, whatever its fringes, then the next, which must explain something
    new; places refused bear no witness any more.

    Parameters
    ----------
    hypotheses
        All that are possible.
    bands
        The sidebands they count from.

    Returns
    -------
    chosen
        Each crystal's reflection once; weak fringes that nothing bears witness for are left out.
    """
    choice = _Choice(hypotheses, bands)
    taken = choice.run()
    chosen = []
    for i in taken:
        hypothesis = hypotheses[i]
        lone = hypothesis.kind in ("plus", "minus") and choice.jury.witness[i] < MIN_WITNESS
        chosen.append(Chosen(hypothesis, float(choice.jury.witness[i]), not lone))
    return [one for one in without_doubles(chosen, bands) if _is_believed(one)]


def _is_believed(one: Chosen) -> bool:
    """Whether fringes are strong enough, or witnessed, to be no noise."""
    return one.witness > 0 or not one.is_certain or one.hypothesis.snr >= MIN_ALONE_SNR


def without_doubles(chosen: list[Chosen], bands: list[Sideband]) -> list[Chosen]:
    """The same, fringes that the lens has split between several nearby g merged into the strongest."""
    kept: list[Chosen] = []
    kept_g = np.zeros((len(chosen), 2))
    for one in sorted(chosen, key=_rank):
        g = np.array(bands[one.hypothesis.band].g_per_nm)
        near = np.flatnonzero(distance_per_nm(kept_g[: len(kept)], g) <= SAME_G_PER_NM).tolist()
        twin = next((k for k in near if _are_doubles(one, kept[k])), None)
        if twin is None:
            kept_g[len(kept)] = g
            kept.append(one)
        else:
            other = kept[twin].hypothesis
            kept[twin] = replace(
                kept[twin],
                hypothesis=replace(other, place=Footprint.union([other.place, one.hypothesis.place])),
            )
    return kept


def _rank(one: Chosen) -> tuple[bool, float]:
    return not one.is_certain, -one.hypothesis.place.n_pixels * one.hypothesis.snr


def _are_doubles(one: Chosen, other: Chosen) -> bool:
    """Whether two with nearly the same g are one crystal's."""
    a, b = one.hypothesis, other.hypothesis
    if a.kind == b.kind == "home":
        return False
    return a.place.shared(b.place) > SAME_CRYSTAL * min(a.place.n_pixels, b.place.n_pixels)
