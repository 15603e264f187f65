"""Statistics over images: the truth is held, the border takes nothing, and the image is the unit."""

import math
from dataclasses import replace

import numpy as np
import pytest

from hrtem_core.many import Result
from hrtem_core.many.bootstrap import LEAST_IMAGES, widened
from hrtem_core.many.pooled import Estimate, Pool
from hrtem_core.many.regions import Regions, border_weight, mean_breadth

SIDE = 40.0


def image(number: int, **facts: object) -> Result:
    summary = {"field_nm2": SIDE**2, "crystalline_fraction": 0.1}
    return Result(image_id=str(number), path="", summary=summary, **facts)


def table(diameter: np.ndarray, cut: np.ndarray | None = None) -> dict[str, list[object]]:
    return {
        "equivalent_diameter_nm": list(diameter),
        "area_nm2": list(math.pi / 4 * diameter**2),
        "feret_max_nm": list(diameter),
        "feret_min_nm": list(diameter),
        "touches_border": [False] * len(diameter) if cut is None else list(cut),
    }


def discs(drawing: np.random.Generator, density: float, mean_nm: float) -> dict[str, list[object]]:
    """Discs of one specimen as a frame of `SIDE` nm shows them: cut ones touch the border."""
    margin = 4 * mean_nm
    n = drawing.poisson(density * (SIDE + 2 * margin) ** 2)
    centre, diameter = drawing.uniform(-margin, SIDE + margin, (n, 2)), mean_nm * drawing.gamma(8, 1 / 8, n)
    reach = diameter[:, None] / 2
    seen = np.all((centre + reach > 0) & (centre - reach < SIDE), axis=1)
    cut = np.any((centre < reach) | (centre + reach > SIDE), axis=1)
    return table(diameter[seen], cut[seen])


def pool_of(tables: list[dict[str, list[object]]], **facts: object) -> Pool:
    domains = Regions()
    for number, one in enumerate(tables):
        domains.add(number, one, (SIDE, SIDE))
    return Pool([image(number, **facts) for number in range(len(tables))], domains, Regions())


def named(pool: Pool) -> dict[str, Estimate]:
    return {one.quantity: one for one in pool.estimates()}


def test_what_the_border_cuts_is_made_up_for() -> None:
    """Of large regions fewer lie whole in the field: counting all alike would give 5.5 nm in place of 6."""
    drawing = np.random.default_rng(3)
    found = named(pool_of([discs(drawing, 0.02, 6.0) for _ in range(400)]))
    assert found["domain_mean_diameter"].estimate == pytest.approx(6.0, rel=0.02)
    assert found["domain_density"].estimate == pytest.approx(0.02, rel=0.03)
    whole = [one for tables in [discs(np.random.default_rng(4), 0.02, 6.0) for _ in range(50)]
             for one, cut in zip(tables["equivalent_diameter_nm"], tables["touches_border"], strict=True)
             if not cut]  # fmt: skip
    assert np.mean(whole) < 5.8


def test_intervals_hold_the_truth() -> None:
    """Numbers and sizes differ from image to image, more than chance within an image would make them."""
    held = dict.fromkeys(("domain_density", "domain_mean_diameter"), 0)
    n_sets, widths = 60, []
    for number in range(n_sets):
        drawing = np.random.default_rng((5, number))
        frames = [(0.02 * drawing.gamma(4, 1 / 4), 4.0 * drawing.gamma(50, 1 / 50)) for _ in range(12)]
        tables = [discs(drawing, density, mean_nm) for density, mean_nm in frames]
        found = named(pool_of(tables))
        for name, truth in (("domain_density", 0.02), ("domain_mean_diameter", 4.0)):
            held[name] += found[name].low95 <= truth <= found[name].high95
        widths.append(found["domain_mean_diameter"].high95 - found["domain_mean_diameter"].low95)
    assert min(held.values()) >= 0.88 * n_sets
    assert np.median(widths) < 1.0  # 2 x 2.2 x 0.57 nm / sqrt(12) = 0.72 nm is what images differ by


def test_the_image_is_the_unit() -> None:
    """A hundred domains of each image say hardly more than ten when images differ."""
    drawing = np.random.default_rng(0)
    means = drawing.normal(5, 0.5, 20)
    few, many = (
        named(pool_of([table(mean + drawing.normal(0, 0.2, n)) for mean in means]))["domain_mean_diameter"]
        for n in (10, 100)
    )
    width_of_means = 2 * 2.09 * means.std(ddof=1) / math.sqrt(20)
    for one in (few, many):
        assert one.high95 - one.low95 == pytest.approx(width_of_means, rel=0.25)


def test_the_calibration_is_apart_and_does_not_shrink() -> None:
    tables = [table(np.full(10, 5.0) + number / 100) for number in range(8)]
    for n in (1, 12):
        found = named(pool_of(tables * n, calibration_relative_sigma=0.02))
        assert found["calibration_relative_sigma"].estimate == pytest.approx(0.02)
        only = found["domain_mean_diameter_calibration_only"]
        assert only.high95 - only.estimate == pytest.approx(1.96 * 0.02 * only.estimate, rel=1e-3)
        area = found["domain_mean_area_calibration_only"]
        assert area.high95 / area.estimate - 1 == pytest.approx(1.96 * 0.04, rel=1e-3)
    assert "crystalline_fraction_calibration_only" not in found
    assert "calibration_relative_sigma" not in named(pool_of(tables))


def test_nothing_found_and_few_images_have_no_interval() -> None:
    nothing = named(pool_of([table(np.zeros(0))] * 12))
    assert nothing["domain_density"].estimate == 0
    assert (nothing["domain_density"].low95, nothing["domain_density"].high95) == (0, 0)
    assert math.isnan(nothing["domain_mean_diameter"].estimate)
    assert math.isnan(nothing["domain_median_diameter"].low95)
    few = named(pool_of([table(np.array([5.0]))] * (LEAST_IMAGES - 1)))
    assert few["domain_mean_diameter"].estimate == pytest.approx(5)
    assert math.isnan(few["domain_mean_diameter"].low95)
    assert pool_of([]).steps() == []


@pytest.mark.parametrize("n_others", [9, 10, 18])
def test_one_image_unlike_all_others_gives_no_interval_without_end(n_others: int) -> None:
    """Samples without it have no spread to speak of: measured in that, ends lay at 1e68, or overflowed."""
    drawing = np.random.default_rng(n_others)
    tables = [table(np.array([14.5, 13.0])), *(table(drawing.normal(3.5, 0.1, 3)) for _ in range(n_others))]
    fractions = [1.0, *drawing.normal(0.2, 0.01, n_others)]
    regions = Regions()
    for number, one in enumerate(tables):
        regions.add(number, one, (SIDE, SIDE))
    images = [
        replace(image(number), summary={"field_nm2": SIDE**2, "crystalline_fraction": fraction})
        for number, fraction in enumerate(fractions)
    ]
    found = named(Pool(images, regions, regions))
    fraction, mean = found["crystalline_fraction"], found["domain_mean_diameter"]
    assert 0.1 < fraction.low95 < fraction.estimate < fraction.high95 <= 1
    assert 2 < mean.low95 < mean.estimate < mean.high95 < 14.5


def test_the_median_is_that_of_the_weighted_sizes() -> None:
    drawing = np.random.default_rng(1)
    sizes = drawing.lognormal(1, 0.3, (20, 30))
    found = named(pool_of([table(one) for one in sizes]))["domain_median_diameter"]
    order = np.argsort(sizes.ravel())
    weight = border_weight(sizes.ravel(), (SIDE, SIDE))[order]
    exact = sizes.ravel()[order][np.searchsorted(np.cumsum(weight), weight.sum() / 2)]
    assert found.estimate == pytest.approx(exact, rel=0.002)
    assert found.low95 < found.estimate < found.high95


def test_steps_tell_how_little_a_further_image_moves() -> None:
    drawing = np.random.default_rng(2)
    tables = [discs(drawing, 0.03, 4.0) for _ in range(120)]
    steps = [one for one in pool_of(tables).steps() if one.quantity == "domain_mean_diameter"]
    assert [steps[0].n_images, steps[-1].n_images] == [LEAST_IMAGES, 120]
    assert len(steps) <= 60
    widths = [one.high95 - one.low95 for one in steps]
    assert widths[-1] < 0.5 * widths[0]
    assert 0 < steps[-1].wasserstein_nm < 0.3 * steps[0].wasserstein_nm


def test_steps_follow_the_time_of_recording() -> None:
    tables = [table(np.full(5, 9.0)), *(table(np.full(5, 3.0 + n / 1000)) for n in range(LEAST_IMAGES))]
    domains = Regions()
    for number, one in enumerate(tables):
        domains.add(number, one, (SIDE, SIDE))
    images = [image(number, recorded_s=100.0 - number) for number in range(len(tables))]
    first = Pool(images, domains, Regions()).steps()[0]
    assert first.n_images == LEAST_IMAGES
    by_name = {s.quantity: s for s in Pool(images, domains, Regions()).steps()[:2]}
    assert by_name["domain_mean_diameter"].estimate == pytest.approx(3, abs=0.1)  # the 9 nm came last


def test_steps_of_crystallites_tell_how_their_own_sizes_move() -> None:
    drawing = np.random.default_rng(3)
    tables = [discs(drawing, 0.03, 4.0) for _ in range(LEAST_IMAGES + 2)]
    domains, crystallites = Regions(), Regions()
    for number, one in enumerate(tables):
        domains.add(number, tables[0], (SIDE, SIDE))  # each image's are those of the first
        crystallites.add(number, one, (SIDE, SIDE))
    images = [image(number) for number in range(len(tables))]
    steps = {one.quantity: one for one in Pool(images, domains, crystallites).steps()}
    assert steps["domain_mean_diameter"].wasserstein_nm == pytest.approx(0, abs=1e-12)
    assert steps["crystallite_mean_diameter"].wasserstein_nm > 0.001
    moved = steps["crystallite_mean_diameter"].wasserstein_nm
    assert steps["crystalline_fraction"].wasserstein_nm == moved


def test_domains_at_either_of_two_places_do_not_count() -> None:
    twice = {**table(np.array([4.0, 8.0])), "place": ["home", "either"]}
    assert named(pool_of([twice]))["domain_mean_diameter"].estimate == pytest.approx(4)


@pytest.mark.parametrize(("largest", "smallest", "mean"), [(2, 2, 2), (1, 0, 2 / math.pi), (2, 1, 1.542)])
def test_mean_breadth_of_an_ellipse(largest: float, smallest: float, mean: float) -> None:
    assert mean_breadth(np.array([largest]), np.array([smallest]))[0] == pytest.approx(mean, rel=2e-3)


def test_few_images_widen_the_percentiles() -> None:
    assert widened(100_000) == pytest.approx((0.025, 0.975), abs=1e-4)
    assert widened(8)[0] < 0.01


def test_images_that_happen_to_be_alike_know_no_more_than_their_domains() -> None:
    """Ten images with the same two diameters: as twenty domains, they know their mean to Student's 0.5 nm."""
    mean = named(pool_of([table(np.array([3.0, 5.0]))] * 10))["domain_mean_diameter"]
    assert mean.low95 < 4 - 0.3 < 4 + 0.3 < mean.high95


def test_the_same_images_give_the_same_intervals() -> None:
    tables = [discs(np.random.default_rng(number), 0.03, 4.0) for number in range(10)]
    assert repr(pool_of(tables).estimates()) == repr(pool_of(tables).estimates())
