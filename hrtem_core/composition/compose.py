"""From maps, domains and registration to compositions and what goes together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.composition.agreement import Agreement, Candidate, agree
from hrtem_core.composition.colocalization import Kind, Together, colocalize, film_targets
from hrtem_core.composition.crystals import Outlines
from hrtem_core.composition.fractions import (
    Fractions,
    Targets,
    domain_flags,
    domain_targets,
    fractions_of,
    measure_fractions,
)
from hrtem_core.composition.maps import CompositionError, ElementalMaps
from hrtem_core.composition.registration import Registration, blur_of
from hrtem_core.composition.tuning import COMPOSITION_TUNING, CompositionTuning
from hrtem_core.composition.unmixing import Scene, choose_smoothness, design, measure_blur, unmix
from hrtem_core.numerics import FloatArray, one_library_thread

NO_SENSITIVITIES = "no sensitivities were given: fractions are those of counts, not of atoms"

LIGHTEST = frozenset({"H", "He", "Li", "Be"})
"""Elements without an X-ray line that a detector sees: maps that have one of them are no EDS maps."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Composition:
    """What maps say of the domains of a micrograph.

    Parameters
    ----------
    maps
        The maps.
    registration
        Where they lie.
    blur_nm
        Standard deviation of the scan's blur, probe and pixel together.
    sensitivity
        Shape (elements,): counts per atom, relative.
    outlines
        The domains.
    domains
        Their composition.
    kinds
        Groups of domains: crystallites, families, phases.
    groups
        Their composition, in the order of `kinds`.
    together
        Families and phases against elements.
    agreement
        Crystallites against their candidate phases.
    notes
        Remarks for people.
    """

    maps: ElementalMaps
    registration: Registration
    blur_nm: float
    sensitivity: tuple[float, ...]
    outlines: Outlines
    domains: Fractions
    kinds: tuple[Kind, ...]
    groups: Fractions
    together: tuple[Together, ...]
    agreement: tuple[Agreement, ...]
    notes: tuple[str, ...]

    @property
    def not_seen(self) -> str:
        """What the fractions leave out, in words."""
        elements = self.maps.elements
        light = [] if LIGHTEST & set(elements) else ["EDS shows no H, He, Li and Be"]
        blind = "; ".join([*light, "EELS shows only elements with an edge inside the spectrum"])
        return f"fractions are of {', '.join(elements)} alone; {blind}"


def compose(
    maps: ElementalMaps,
    outlines: Outlines,
    registration: Registration,
    *,
    kinds: Sequence[Kind] = (),
    candidates: Sequence[Candidate] = (),
    sensitivity: Mapping[str, float] | None = None,
    probe_nm: float | None = None,
    notes: Sequence[str] = (),
    checkpoint: Checkpoint = go_on,
    tuning: CompositionTuning = COMPOSITION_TUNING,
) -> Composition:
    """The composition of every domain and group of domains, and what goes together.

    Parameters
    ----------
    maps
        Counts of one scan.
    outlines
        The domains, and which are one crystal.
    registration
        Where the maps lie.
    kinds
        Groups of domains; families and phases are tested against the elements.
    candidates
        Phases suggested for crystallites.
    sensitivity
        Counts per atom of each element, relative; all alike where not given.
    probe_nm
        Standard deviation of the probe; None measures it.
    notes
        Remarks on the domains, for people.
    checkpoint
        Ends the work where it raises.
    tuning
        What decides.

    Raises
    ------
    CompositionError
        If hardly any pixel of the maps lies in the micrograph, or a sensitivity is missing.
    """
    per_atom, said = _sensitivities(maps, sensitivity)
    transform = registration.transform
    kinds = tuple(kind for kind in kinds if kind.members)
    # Hundreds of small products and solutions: threads cost ten times what they gain, and add up otherwise.
    with one_library_thread():
        if probe_nm is not None:
            blur_nm = blur_of(probe_nm, 1 / transform.px_per_nm)
        else:
            blur_nm = measure_blur(maps, outlines, transform, tuning=tuning)
            said += [f"the scan's blur was measured: {blur_nm:.2f} nm, pixel included"]
        checkpoint()
        scene = Scene.of(maps, outlines, blur_nm, tuning=tuning)
        found = _unmixed(scene, registration, kinds, per_atom, checkpoint)
    n = len(outlines.domain_id)
    groups = found.fractions.part(slice(n, None))
    measured = _measured(kinds, groups, found.film, outlines)
    return Composition(
        maps=maps,
        registration=registration,
        blur_nm=blur_nm,
        sensitivity=tuple(per_atom.tolist()),
        outlines=outlines,
        domains=found.fractions.part(slice(None, n)),
        kinds=kinds,
        groups=groups,
        together=tuple(found.together),
        agreement=tuple(agree(candidates, maps.elements, measured)),
        notes=(*maps.notes, *notes, *said),
    )


class _Unmixed(NamedTuple):
    """Fractions of domains, then of kinds; fractions of the film at each crystal; and what goes together."""

    fractions: Fractions
    film: FloatArray
    together: list[Together]


def _unmixed(
    scene: Scene,
    registration: Registration,
    kinds: Sequence[Kind],
    per_atom: FloatArray,
    checkpoint: Checkpoint,
) -> _Unmixed:
    matrix = design(scene, registration.transform)
    smoothness = choose_smoothness(scene, matrix)
    found = unmix(scene, matrix, smoothness)
    targets = domain_targets(scene)
    flags = domain_flags(scene, found)
    checkpoint()
    every = Targets(
        np.concatenate([targets.rows, *([targets.mean_of(kind.members)] for kind in kinds)]),
        np.concatenate([targets.area_nm2, [targets.area_nm2[list(kind.members)].sum() for kind in kinds]]),
    )
    fractions = measure_fractions(
        scene, found, every, per_atom, registration.fit, smoothness, [*flags, *("" for _ in kinds)]
    )
    checkpoint()
    film = fractions_of(film_targets(scene) @ found.net.T, per_atom)
    tested = [kind for kind in kinds if kind.kind != "crystallite"]
    return _Unmixed(fractions, film, colocalize(scene, found, targets, tested, smoothness))


def _measured(
    kinds: Sequence[Kind], groups: Fractions, film: FloatArray, outlines: Outlines
) -> dict[int, tuple[FloatArray, FloatArray, FloatArray]]:
    """By crystallite: fractions of its column, their covariance, and fractions of the film around."""
    return {
        kind.number: (groups.fraction[row], groups.covariance[row], film[outlines.crystal[kind.members[0]]])
        for row, kind in enumerate(kinds)
        if kind.kind == "crystallite"
    }


def _sensitivities(maps: ElementalMaps, given: Mapping[str, float] | None) -> tuple[FloatArray, list[str]]:
    if not given:
        return np.ones(len(maps.elements)), [NO_SENSITIVITIES]
    missing = [element for element in maps.elements if element not in given]
    if missing:
        raise CompositionError(
            f"There is no sensitivity for {', '.join(missing)}; "
            "give counts per atom for every element, or none."
        )
    values = np.array([float(given[element]) for element in maps.elements])
    if not (np.isfinite(values).all() and values.min() > 0):
        raise CompositionError("Sensitivities must be numbers above 0: counts per atom of each element.")
    return values, []
