"""Charts of the statistics: every domain is counted, whatever the axis."""

from dataclasses import replace
from types import SimpleNamespace

import altair as alt
import numpy as np
import pandas as pd
import pytest
from altair.utils import schemapi
from products import analysis_with, disc, domains_of

from hrtem_core.measures import Totals
from hrtem_core.measures.measurements import measure
from hrtem_ui.charts import batch, composition, peaks
from hrtem_ui.charts.statistics import AREA, DIAMETER, Style, distribution, family_areas
from hrtem_ui.panels import statistics as panel
from hrtem_ui.text.words import Units

COLOURS = {"Family 1": "#000000", "Family 2": "#ffffff"}


def table(diameters: list[float]) -> pd.DataFrame:
    diameter = np.array(diameters)
    family = np.where(np.arange(len(diameter)) % 2, "Family 1", "Family 2")
    return pd.DataFrame(
        {"equivalent_diameter_nm": diameter, "area_nm2": np.pi / 4 * diameter**2, "family": family}
    )


def bars(style: Style, diameters: list[float]) -> pd.DataFrame:
    chart = distribution(table(diameters), DIAMETER, style, Units(None), COLOURS)
    data: pd.DataFrame = chart.layer[0].data
    return data


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("by_family", [False, True])
@pytest.mark.parametrize("fine", [False, True])
def test_every_domain_is_in_a_bar(log: bool, by_family: bool, fine: bool) -> None:
    for seed in range(20):
        diameters = np.random.default_rng(seed).lognormal(1, 0.5, 37).tolist()
        drawn = bars(Style(log=log, by_family=by_family, fine=fine, weight=AREA), diameters)
        assert drawn["count"].sum() == 37
        assert drawn["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("log", [False, True])
def test_the_bars_of_one_size_lie_round_it(log: bool) -> None:
    drawn = bars(Style(log=log), [5.0] * 6)
    assert drawn["count"].sum() == 6
    assert drawn["value"].min() == pytest.approx(4.5)
    assert drawn["end"].max() == pytest.approx(5.5)


def test_two_families_may_have_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = analysis_with(domains_of([disc((120, 200), 60, 100, 30)]))
    analysis = replace(analysis, families=replace(analysis.families, names=("Au", "Au")))
    measured = measure(analysis)
    results = SimpleNamespace(families=pd.DataFrame(measured.families), totals=measured.totals)
    shown = []
    monkeypatch.setattr(panel.st, "altair_chart", shown.append)
    panel.area_chart(SimpleNamespace(families=analysis.families, results=results, units=Units(None)))
    assert shown[0].data["family"].tolist() == ["Au, family 1", "Au, family 2", "all together"]


def test_charts_of_many_images_pick_each_other_out() -> None:
    images = pd.DataFrame({"image_id": ["a", "b"], "crystalline_fraction": [0.1, 0.2], "n_domains": [1, 2]})
    n = 12_345
    spread = {"equivalent_diameter_nm": np.linspace(1, 5, n), "d_nm": np.linspace(0.2, 0.4, n)}
    crystals = np.arange(n) // 3  # of three reflections each
    domains = pd.DataFrame({**spread, "number": 1, "counted": crystals})
    few = batch.thinned(domains)
    assert len(few) <= batch.MAX_ROWS
    assert set(few.columns) == set(domains.columns)
    assert few.groupby("counted").size().eq(3).all()
    made = batch.linked(images.assign(number=[1, 2]), few, "crystallites").to_dict()
    assert [chart["layer"][0]["encoding"]["y"]["title"] for chart in made["vconcat"][1:]] == [
        "crystallites",
        "domains",
    ]
    assert made["vconcat"][1]["layer"][0]["encoding"]["y"]["aggregate"] == "distinct"
    assert {one["name"] for one in made["params"]} == {"image", "size", "spacing"}
    chosen = [chart["layer"][1] for chart in made["vconcat"][1:]]
    filters = [step["filter"]["param"] for layer in chosen for step in layer["transform"]]
    assert filters == ["image", "spacing", "image", "size"]


def test_what_is_covered_of_a_large_field_is_said_whole_beside_another_chart() -> None:
    """Half a chart's width holds 34 letters; of a longer line the end was dots."""
    counts = {f"n_{name}": 1 for name in ("peaks", "families", "domains", "crystallites")}
    found = Totals(**counts, crystalline_area_nm2=1026.0, usable_area_nm2=2546.0, crystalline_fraction=0.403)
    families = pd.DataFrame({"family": ["Family 1"], "d": [""], "area_nm2": [1026.0], "n_domains": [1]})
    title = family_areas(families, found, Units(0.03), COLOURS).to_dict()["title"]["text"]
    assert " ".join(title) == "40.3\u00a0% of the 2\u202f830\u202f000\u00a0px² looked at is covered"
    assert max(map(len, title)) <= 34


def test_errors_of_compositions_stand_on_the_middles_of_their_bars() -> None:
    names, elements = ["Family 1", "Family 2", "Li2O"], ["O", "F"]
    rows = [
        {"name": name, "element": element, "percent": 30.0, "low": 28.0, "high": 32.0}
        for name in names
        for element in elements
    ]
    chart = composition.of_groups(pd.DataFrame(rows), dict.fromkeys(names, "#ff0000"), "at. %")
    bars, errors = (layer["encoding"] for layer in chart.to_dict()["layer"])
    drawn = chart.data
    left, right, middle = (
        drawn[field] for field in (bars["x"]["field"], bars["x2"]["field"], errors["x"]["field"])
    )
    assert np.allclose(middle, (left + right) / 2)
    ordered = drawn.sort_values("left")
    assert (ordered["right"].to_numpy()[:-1] < ordered["left"].to_numpy()[1:]).all()  # none covers another
    assert ordered["element"].tolist() == ["O"] * 3 + ["F"] * 3


def test_charts_drawn_at_every_click_fit_the_schema_they_are_not_checked_against(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = pd.DataFrame({"g": [4.9], "ring": ["LiF 200"], "d": ["0.201 nm"], "colour": ["#ff0000"]})
    lines = alt.Chart(pd.DataFrame({"g": [4.0, 5.0]})).mark_line().encode(alt.X("g:Q"), alt.Y("g:Q"))
    chart = peaks._layered([lines, *peaks._known_rules(table)], 200)
    checked = alt.LayerChart.to_dict(chart, validate=True)
    assert checked["resolve"] == {"scale": {"color": "independent"}}
    assert checked["height"] == 200
    refused = pytest.raises(AssertionError, match="checked")
    monkeypatch.setattr(schemapi, "validate_jsonschema", _refuse)
    assert chart.to_dict() == checked
    with refused:
        alt.LayerChart.to_dict(chart)


def _refuse(*_: object, **__: object) -> None:
    raise AssertionError("It is checked.")
