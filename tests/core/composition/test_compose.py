"""Composition of domains, from maps whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from composition_scenes import SENSITIVITY, Scan, scan

from hrtem_core.composition import (
    Composition,
    CompositionError,
    Kind,
    Transform,
    compose,
    register,
)


def kinds_of(scene: Scan) -> list[Kind]:
    names = list(scene.phases.values())
    return [
        Kind("phase", phase, 0, tuple(row for row, name in enumerate(names) if name == phase))
        for phase in sorted(set(names))
    ]


def composed(scene: Scan, **more: object) -> Composition:
    registration = register(
        scene.pairs, scene.maps, scene.outlines.field_nm,
        image=scene.image, pixel_size=scene.outlines.pixel_size,
    )  # fmt: skip
    return compose(
        scene.maps, scene.outlines, registration, kinds=kinds_of(scene), sensitivity=SENSITIVITY, **more
    )


@pytest.fixture(scope="module")
def found() -> tuple[Scan, Composition]:
    scene = scan(1)
    return scene, composed(scene)


def distance_nm(found: Transform, true: Transform, field_nm: tuple[float, float]) -> float:
    places = np.stack(np.meshgrid(*(np.linspace(0, side, 7) for side in field_nm)), -1).reshape(-1, 2)
    away = true.to_nm(found.to_map(places)) - places
    return float(np.sqrt((away**2).sum(axis=1).mean()))


def test_the_survey_refines_what_was_clicked(found: tuple[Scan, Composition]) -> None:
    scene, composition = found
    registration = composition.registration
    clicks = register(scene.pairs, scene.maps, scene.outlines.field_nm)
    truth, field_nm = scene.transform, scene.outlines.field_nm
    error = distance_nm(registration.transform, truth, field_nm)
    assert "refined" in registration.method
    assert error < 0.06 < distance_nm(clicks.transform, truth, field_nm)
    assert error < 3 * registration.sigma_nm


def test_fractions_are_true_within_their_uncertainty(found: tuple[Scan, Composition]) -> None:
    scene, composition = found
    true = np.array([scene.fractions[number] for number in scene.outlines.domain_id])
    error = composition.domains.fraction - true
    assert np.abs(error).max() < 0.05
    assert np.sqrt(np.mean((error / composition.domains.sigma) ** 2)) < 1.6
    assert np.allclose(composition.domains.fraction.sum(axis=1), 1)


def test_pulls_over_many_scenes_are_those_of_the_normal_distribution() -> None:
    pulls = []
    for seed in range(10, 14):
        scene = scan(seed, counts=4.0)
        composition = composed(scene, probe_nm=0.39)
        true = np.array([scene.fractions[number] for number in scene.outlines.domain_id])
        pulls.append((composition.domains.fraction - true)[:, 0] / composition.domains.sigma[:, 0])
    assert 0.75 < np.sqrt(np.mean(np.square(pulls))) < 1.3


def test_a_map_of_lithium_is_no_eds_map(found: tuple[Scan, Composition]) -> None:
    _, composition = found
    assert "EDS shows no H, He, Li and Be" in composition.not_seen
    maps = replace(composition.maps, elements=("Li", *composition.maps.elements[1:]))
    said = replace(composition, maps=maps).not_seen
    assert "EDS" not in said
    assert "EELS shows only elements with an edge inside the spectrum" in said


def test_the_blur_is_measured(found: tuple[Scan, Composition]) -> None:
    assert found[1].blur_nm == pytest.approx(0.4, rel=0.15)


def test_phases_go_with_their_elements_and_with_no_others(found: tuple[Scan, Composition]) -> None:
    rows = {(row.name, row.element): row for row in found[1].together}
    assert rows["LiF", "F"].p_value < 0.05
    assert rows["Li2O", "O"].p_value < 0.05
    assert rows["LiF", "O"].p_value > 0.5
    assert rows["LiF", "F"].q_value < 0.1
    assert rows["LiF", "F"].n_domains == 3


def test_a_phase_is_known_better_than_its_domains(found: tuple[Scan, Composition]) -> None:
    _, composition = found
    members = list(composition.kinds[0].members)
    assert composition.groups.sigma_counting[0, 0] < composition.domains.sigma_counting[members, 0].min()


def test_same_input_gives_the_same_answer_bit_for_bit(found: tuple[Scan, Composition]) -> None:
    scene, composition = found
    again = composed(scene)
    assert np.array_equal(again.domains.sigma, composition.domains.sigma)
    assert [row.p_value for row in again.together] == [row.p_value for row in composition.together]


def test_maps_of_another_place_are_told_so() -> None:
    scene = scan(2)
    away = tuple(pair._replace(map_row_px=pair.map_row_px + 500) for pair in scene.pairs)
    registration = register(away, scene.maps, scene.outlines.field_nm)
    with pytest.raises(CompositionError, match="pixels of the maps lie in the micrograph"):
        compose(scene.maps, scene.outlines, registration)


def test_a_missing_sensitivity_is_named() -> None:
    scene = scan(3)
    registration = register(scene.pairs, scene.maps, scene.outlines.field_nm)
    with pytest.raises(CompositionError, match="no sensitivity for F"):
        compose(scene.maps, scene.outlines, registration, sensitivity={"O": 1.0})
