"""Which of the places where crystals may lie are true: chosen together, the most certain first.

Reflections of one crystal coincide at home, and nowhere else: a place is the more certain the better
reflections of other directions coincide with it, and what is chosen explains the fringes that it has.
"""

from dataclasses import dataclass, replace

import numpy as np

from hrtem_core.image import distance_per_nm
from hrtem_core.lens.hypotheses import Hypothesis, prior
from hrtem_core.lens.sidebands import Sideband
from hrtem_core.lens.tuning import LensTuning
from hrtem_core.numerics import BoolImage, FloatArray, Footprint, boxes_of


@dataclass(frozen=True, eq=False)
class Chosen:
    """A place that was chosen.

    Parameters
    ----------
    hypothesis
        The place and its fringes.
    witness
        What reflections of other directions at the same place are worth, 0 to `LensTuning.n_witnesses`.
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


def testimony(hypotheses: list[Hypothesis], bands: list[Sideband], tuning: LensTuning) -> FloatArray:
    """How well each bears witness for each other, shape (n, n): from 0 to 1, where both are the same."""
    n = len(hypotheses)
    g = np.array([bands[h.band].g_per_nm for h in hypotheses]).reshape(-1, 2)
    direction = g / np.hypot(*g.T)[:, None]
    band = np.array([h.band for h in hypotheses])
    apart = (np.abs(direction @ direction.T) < tuning.parallel) & (band[:, None] != band)
    worth = np.zeros((n, n))
    boxes = boxes_of([h.place for h in hypotheses])
    meets = np.all(boxes[:, None, :2] < boxes[None, :, 2:], axis=-1)
    for i, j in np.argwhere(np.tril(meets & meets.T & apart, -1)).tolist():
        value = overlap(hypotheses[i].place, hypotheses[j].place)
        worth[i, j] = worth[j, i] = max(0.0, value - tuning.min_overlap) / (1 - tuning.min_overlap)
    return worth


class _Jury:
    """Keeps what each hypothesis is worth while others are chosen or refused."""

    def __init__(self, hypotheses: list[Hypothesis], bands: list[Sideband], tuning: LensTuning) -> None:
        self.n_witnesses = tuning.n_witnesses
        self.worth = testimony(hypotheses, bands, tuning)
        self.others = [np.flatnonzero(row) for row in self.worth]
        self.band = np.array([h.band for h in hypotheses], dtype=int)
        self.trust = np.array([prior(h.kind, tuning) for h in hypotheses])
        self.witness = np.array([self._witness_for(i) for i in range(len(hypotheses))])

    def _witness_for(self, i: int) -> float:
        """The best witness of each other reflection, the best few of these together."""
        others = self.others[i]
        best: dict[int, float] = {}
        values = (self.worth[i, others] * self.trust[others]).tolist()
        for band, value in zip(self.band[others].tolist(), values, strict=True):
            best[band] = max(best.get(band, 0.0), value)
        return sum(sorted(best.values())[-self.n_witnesses :])

    def trusts(self, i: int, trust: float) -> None:
        """Hypothesis i is chosen (1) or refused (0)."""
        self.trust[i] = trust
        for j in self.others[i].tolist():
            self.witness[j] = self._witness_for(j)


class _Choice:
    """Chooses one hypothesis after another."""

    def __init__(self, hypotheses: list[Hypothesis], bands: list[Sideband], tuning: LensTuning) -> None:
        self.tuning = tuning
        self.hypotheses = hypotheses
        self.jury = _Jury(hypotheses, bands, tuning)
        self.explained: list[BoolImage] = [np.zeros_like(band.seen) for band in bands]
        snr = np.minimum([h.snr for h in hypotheses], tuning.max_snr)
        self.own = self.jury.trust + tuning.worth_per_snr * snr
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
        doubtful = self.is_lone & (self.jury.witness < self.tuning.min_witness)
        worth = self.own + self.jury.witness + self.tuning.worth_of_coverage * self.coverage
        return np.asarray(worth - self.tuning.cost_of_doubt * doubtful)

    def _is_refused(self, i: int) -> bool:
        """Whether a hypothesis explains nothing new, or too little of what it touches."""
        tuning, hypothesis, witness = self.tuning, self.hypotheses[i], self.jury.witness[i]
        news = hypothesis.news(self.explained[hypothesis.band])
        inside = [n for n, part in zip(news, hypothesis.in_field, strict=True) if part > tuning.in_field]
        if hypothesis.kind == "both" and min(inside, default=1.0) < tuning.min_new:
            return True
        if hypothesis.kind == "stays" and witness < tuning.min_staying:
            return True
        is_lost = witness < tuning.min_witness and self.coverage[i] < tuning.min_coverage
        return max(news) < tuning.min_new or is_lost

    def _take(self, i: int) -> None:
        hypothesis = self.hypotheses[i]
        self.chosen.append(i)
        self.jury.trusts(i, 1.0)
        explained = self.explained[hypothesis.band]
        if hypothesis.claimed is not None:
            explained |= hypothesis.claimed
        for k in np.flatnonzero(self.waits & (self.jury.band == hypothesis.band)):
            self.coverage[k] = self.hypotheses[k].coverage(explained)


def choose(hypotheses: list[Hypothesis], bands: list[Sideband], tuning: LensTuning) -> list[Chosen]:
    """The hypotheses that together explain the fringes of a field best.

    Strategy: the most certain one first, whatever its fringes, then the next, which must explain something
    new; places refused bear no witness any more.

    Parameters
    ----------
    hypotheses
        All that are possible.
    bands
        The sidebands they count from.
    tuning
        What was tuned.

    Returns
    -------
    chosen
        Each crystal's reflection once; weak fringes that nothing bears witness for are left out.
    """
    choice = _Choice(hypotheses, bands, tuning)
    taken = choice.run()
    chosen = []
    for i in taken:
        hypothesis = hypotheses[i]
        lone = hypothesis.kind in ("plus", "minus") and choice.jury.witness[i] < tuning.min_witness
        chosen.append(Chosen(hypothesis, float(choice.jury.witness[i]), not lone))
    return [one for one in without_doubles(chosen, bands, tuning) if _is_believed(one, tuning)]


def _is_believed(one: Chosen, tuning: LensTuning) -> bool:
    """Whether fringes are strong enough, or witnessed, to be no noise."""
    return one.witness > 0 or not one.is_certain or one.hypothesis.snr >= tuning.min_alone_snr


def without_doubles(chosen: list[Chosen], bands: list[Sideband], tuning: LensTuning) -> list[Chosen]:
    """The same, fringes that the lens has split between several nearby g merged into the strongest."""
    kept: list[Chosen] = []
    kept_g = np.zeros((len(chosen), 2))
    for one in sorted(chosen, key=_rank):
        g = np.array(bands[one.hypothesis.band].g_per_nm)
        near = np.flatnonzero(distance_per_nm(kept_g[: len(kept)], g) <= tuning.same_g_per_nm).tolist()
        twin = next((k for k in near if _are_doubles(one, kept[k], tuning)), None)
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


def _are_doubles(one: Chosen, other: Chosen, tuning: LensTuning) -> bool:
    """Whether two with nearly the same g are one crystal's."""
    a, b = one.hypothesis, other.hypothesis
    if a.kind == b.kind == "home":
        return False
    return a.place.shared(b.place) > tuning.same_crystal * min(a.place.n_pixels, b.place.n_pixels)
