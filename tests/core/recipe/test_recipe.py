"""The recipe's JSON: identity both ways, and one sentence for whatever does not fit."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrtem_core.composition import CompositionParameters, Pair
from hrtem_core.domains.domain import DomainMark, DomainParameters
from hrtem_core.errors import RecipeError
from hrtem_core.image.wavevectors import Wavevector
from hrtem_core.peaks.classification import PeakParameters
from hrtem_core.recipe import ImageOf, InverseFftParameters, MaskPair, edits
from hrtem_core.recipe.recipe import Recipe, Saved, from_json, saved_in, to_dict, to_json
from hrtem_core.spacings.families import FamilyParameters
from hrtem_core.spectrum.d_range import SpectrumParameters

components = st.floats(-20, 20).filter(lambda x: abs(x) > 1e-3)
wavevectors = st.lists(st.builds(Wavevector, components, components), max_size=4).map(tuple)
added = st.lists(
    st.builds(
        lambda g, turn: Wavevector(g * math.sin(turn), g * math.cos(turn)),
        st.floats(3.4, 4.9),
        st.floats(0, 6),
    ),
    max_size=4,
).map(tuple)
sizes = st.floats(1e-3, 1.0)
spacings = st.floats(0.05, 2.0)
recipes = st.builds(
    Recipe,
    pixel_size_nm=st.none() | sizes | st.tuples(sizes, sizes),
    calibration_relative_sigma=st.floats(0, 0.4),
    image=st.integers(0, 99),
    average_frames=st.booleans(),
    spectrum=st.builds(SpectrumParameters, min_d_nm=st.floats(0.05, 0.2), max_d_nm=st.floats(0.3, 2)),
    added=added,
    peaks=st.builds(
        PeakParameters, min_probability=st.floats(0, 1), rejected=wavevectors, restored=wavevectors
    ),
    families=st.builds(
        FamilyParameters,
        merged=st.lists(st.lists(spacings, max_size=3).map(tuple), max_size=2).map(tuple),
        names=st.lists(
            st.tuples(spacings, st.sampled_from(["", "Li₂O (111)", 'a "quote"\\'])), max_size=2
        ).map(tuple),
    ),
    domains=st.builds(
        DomainParameters,
        eps_nm=st.floats(0.1, 2),
        rejected=st.lists(st.builds(DomainMark, sizes, sizes, components, components), max_size=2).map(tuple),
    ),
    inverse_fft=st.builds(
        InverseFftParameters,
        masks=st.lists(
            st.builds(MaskPair, st.builds(Wavevector, components, components), sizes, sizes), max_size=2
        ).map(tuple),
    ),
)


@given(recipes)
def test_json_and_back_is_the_identity(recipe: Recipe) -> None:
    text = to_json(recipe)
    assert from_json(text) == recipe
    assert to_json(from_json(text)) == text
    assert from_json(to_json(recipe, indent=2)) == recipe


def test_equal_recipes_give_equal_text() -> None:
    assert to_json(Recipe(pixel_size_nm=1)) == to_json(Recipe(pixel_size_nm=1.0))
    assert to_json(Recipe(added=((-0.0, 2.0),))) == to_json(Recipe(added=((0.0, 2),)))


def test_wavevectors_and_marks_are_lists_in_json_and_keep_their_types() -> None:
    mark = DomainMark(1.0, 2.0, 3.0, -1.0)
    recipe = Recipe(added=(Wavevector(1.0, 2.0),), domains=DomainParameters(rejected=(mark,)))
    tree = to_dict(recipe)
    assert tree["added"] == [[1.0, 2.0]]
    assert tree["domains"]["rejected"] == [[1.0, 2.0, 3.0, -1.0]]
    back = from_json(to_json(recipe))
    assert type(back.added[0]) is Wavevector
    assert type(back.domains.rejected[0]) is DomainMark
    assert to_json(Recipe(added=((1.0, 2.0),))) == to_json(Recipe(added=(Wavevector(1.0, 2.0),)))


def test_missing_fields_take_defaults() -> None:
    assert from_json("{}") == Recipe()
    assert from_json('{"domains": {"eps_nm": 1}}').domains == DomainParameters(eps_nm=1.0)


def test_summary_is_understood() -> None:
    recipe = Recipe(pixel_size_nm=(0.02, 0.03))
    assert from_json(json.dumps({"image": {"name": "a"}, "recipe": to_dict(recipe)})) == recipe


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"The recipe must be valid JSON, got an error in line 1, column 1: Expecting value\."),
        ("{'a': 1}", r"The recipe must be valid JSON, got an error in line 1"),
        ("[]", r"recipe must be an object, got a list of 0 entries\."),
        ("3", r"recipe must be an object, got 3\."),
        ('{"pikel": 1}', r'recipe has no field "pikel"; it must be one of added, average_frames'),
        ('{"domains": {"eps": 1}}', r'recipe\.domains has no field "eps"; it must be one of eps_nm'),
        ('{"domains": {"eps_nm": "wide"}}', r"recipe\.domains\.eps_nm must be a number, got wide\."),
        ('{"domains": {"eps_nm": true}}', r"recipe\.domains\.eps_nm must be a number, got true\."),
        ('{"domains": {"eps_nm": NaN}}', r"The recipe must hold finite numbers only, got NaN\."),
        ('{"domains": {"eps_nm": -Infinity}}', r"The recipe must hold finite numbers only, got -Infinity\."),
        (
            '{"domains": {"eps_nm": 1e999}}',
            r"recipe\.domains\.eps_nm must be a number up to 1e\+15, got Infinity\.",
        ),
        ('{"domains": {"eps_nm": 99}}', r"domains\.eps_nm must lie between 0\.02 and 10, got 99\."),
        ('{"domains": null}', r"recipe\.domains must be an object, got null\."),
        ('{"image": 1.5}', r"recipe\.image must be a whole number, got 1\.5\."),
        ('{"image": -1}', r"image must be a number from 0 to 999,999, got -1\."),
        ('{"average_frames": 1}', r"recipe\.average_frames must be true or false, got 1\."),
        (
            '{"added": [[1, 2, 3]]}',
            r"recipe\.added\[0\] must be a list of 2 entries \(a number, a number\), got a list of 3",
        ),
        (
            '{"added": [[0, 0]]}',
            r"\|g\| of an added peak must lie above 0 and up to 100 /nm, got \(0\.0, 0\.0\)\.",
        ),
        (
            '{"added": [[0, 10]]}',
            r"An added peak must lie in the d-range looked for, 0\.127 to 0\.65 nm, got d = 0\.1 nm; widen",
        ),
        ('{"added": 7}', r"recipe\.added must be a list of which each entry is a list of 2 entries"),
        (
            '{"pixel_size_nm": "0.02"}',
            r"recipe\.pixel_size_nm must be a number or a list of 2 entries .* or null, got 0\.02\.",
        ),
        ('{"pixel_size_nm": 0}', r"pixel_size_nm must lie between 0\.0001 and 10 nm, got 0 nm: check"),
        ('{"pixel_size_nm": [0.1, -1]}', r"pixel_size_nm must lie between 0\.0001 and 10 nm, got -1 nm: "),
        (
            '{"calibration_relative_sigma": 1}',
            r"calibration_relative_sigma must be at least 0 and below 0\.5, got 1\.",
        ),
        (
            '{"inverse_fft": {"masks": [{"g_per_nm": [0, 0]}]}}',
            r"\|g\| of a mask must lie above 0 and up to 100 /nm, got \(0\.0, 0\.0\)\.",
        ),
        (
            '{"inverse_fft": {"masks": [{"g_per_nm": [0, 4], "radius_per_nm": 0}]}}',
            r"inverse_fft\.masks\.radius_per_nm must lie between 0\.0001 and 100, got 0\.",
        ),
        ('{"version": 99}', r"recipe\.version must be 1, got 99\."),
        ('{"image": 1, "image": 2}', r'The recipe must give each field once, got "image" again\.'),
        (
            '{"image": ' + "9" * 60 + "}",
            r"recipe\.image must be a number up to 1e\+15, got a whole number of more than 50",
        ),
        ('{"image": ' + "9" * 5000 + "}", r"The recipe must hold numbers up to 1e\+15, got a longer one\."),
        ("[" * 40 + "]" * 40, r"The recipe must not be nested deeper than 30 levels\."),
        ("[" * 100_000, r"The recipe must not be nested deeper than 30 levels\."),
        (" " * 3_000_000, r"The recipe must not be longer than 2,000,000 characters, got 3,000,000\."),
        (
            '{"added": [' + "[1,1]," * 20_000 + "[1,1]]}",
            r"recipe\.added must not have more than 20,000 entries, got 20,001\.",
        ),
        (
            '{"families": {"names": [[0.2, "a\\nb"]]}}',
            r"A family's name must be one line of at most 80 characters\.",
        ),
        ('{"families": {"tolerance": 1}}', r"families\.tolerance must lie between 0 and 0\.2, got 1\."),
        (
            '{"families": {"significance": 0}}',
            r"families\.significance must lie between 0\.5 and 20, got 0\.",
        ),
        (
            '{"families": {"split_at_d_nm": [-1]}}',
            r"A spacing of families must be a positive number of nm, got -1\.",
        ),
        (
            '{"crystallites": {"min_overlap": 2}}',
            r"crystallites\.min_overlap must lie between 0\.05 and 1, got 2\.",
        ),
    ],
)
def test_what_does_not_fit_is_named(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match="^" + message) as caught:
        from_json(text)
    assert "\n" not in str(caught.value)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
names = st.sampled_from(["domains", "added", "eps_nm", "peaks", "preparation", "x"])


@pytest.mark.slow
@given(st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(names, inner)))
def test_any_json_is_a_recipe_or_one_sentence(tree: object) -> None:
    try:
        sentence = to_json(from_json(json.dumps(tree)))
    except RecipeError as error:
        sentence = str(error)
    assert len(sentence.splitlines()) == 1


def test_a_range_is_widened_just_beyond_a_spacing() -> None:
    sought = SpectrumParameters(min_d_nm=0.127, max_d_nm=0.65)
    assert sought.widened(0.2) == sought
    assert sought.widened(0.1) == SpectrumParameters(min_d_nm=0.09, max_d_nm=0.65)
    assert sought.widened(0.8) == SpectrumParameters(min_d_nm=0.127, max_d_nm=0.82)


def test_another_scale_keeps_an_added_peak_and_looks_for_it() -> None:
    recipe = Recipe(added=(Wavevector(0.0, 5.0),))
    rescaled = edits.rescaled(recipe, 0.1, 5.0)
    assert rescaled.added == (Wavevector(0.0, 1.0),)
    assert rescaled.spectrum.includes(1.0)


def test_another_scale_keeps_clicked_pairs_on_their_pixels() -> None:
    pairs = (Pair(1.0, 2.0, 30.0, 40.0), Pair(3.0, 2.0, 50.0, 40.0), Pair(1.0, 4.0, 30.0, 60.0))
    rescaled = edits.rescaled(Recipe(composition=CompositionParameters(clicks=pairs)), 0.02, 0.5)
    assert rescaled.composition.clicks[0] == Pair(0.5, 1.0, 30.0, 40.0)


@given(recipes, recipes)
def test_settings_of_another_image_leave_scale_and_marks(mine: Recipe, other: Recipe) -> None:
    sought = SpectrumParameters(min_d_nm=0.2, max_d_nm=0.3)
    mine, other = replace(mine, spectrum=sought, added=()), replace(other, added=())
    both = edits.with_settings_of(mine, other)
    assert edits.with_settings_of(Recipe(), both) == edits.with_settings_of(Recipe(), other)
    assert edits.with_settings_of(both, Recipe()) == edits.with_settings_of(mine, Recipe())
    assert both.peaks.rejected == mine.peaks.rejected
    assert both.pixel_size_nm == mine.pixel_size_nm
    assert both.spectrum == other.spectrum


def test_a_recipe_knows_its_image() -> None:
    image_of = ImageOf("film.dm3", "0123456789abcdef" * 4)
    recipe = Recipe(pixel_size_nm=0.02)
    assert saved_in(to_json(recipe, image_of=image_of)) == Saved(recipe, image_of)
    assert saved_in(to_json(recipe)) == Saved(recipe, None)
    summary = {
        "recipe": to_dict(recipe),
        "image": {"name": "film.dm3", "sha256": image_of.sha256, "shape": [1]},
    }
    assert saved_in(json.dumps(summary)) == Saved(recipe, image_of)  # as earlier versions wrote it


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"image_of": {"name": "a", "sha256": "xyz"}}',
            r"image_of\.sha256 must be 64 hexadecimal",
        ),
        ('{"image_of": {"name": "a"}}', r"recipe\.image_of must give sha256"),
        ('{"image_of": 7}', r"recipe\.image_of must be an object, got 7"),
    ],
)
def test_an_image_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        saved_in(text)


def test_masks_stay_on_their_spots_with_another_scale_and_are_no_settings() -> None:
    mask = MaskPair(Wavevector(2.0, -3.0), 0.4, 0.2)
    recipe = Recipe(inverse_fft=InverseFftParameters((mask,)))
    (moved,) = edits.rescaled(recipe, 0.04, 2.0).inverse_fft.masks
    assert moved == MaskPair(Wavevector(1.0, -1.5), 0.2, 0.1)
    assert edits.with_settings_of(Recipe(), recipe).inverse_fft.masks == ()
    assert edits.with_settings_of(recipe, Recipe()).inverse_fft.masks == (mask,)


def test_no_more_masks_than_can_be_placed_in_the_app() -> None:
    masks = (MaskPair(Wavevector(2.0, -3.0), 0.4, 0.2),) * 25
    with pytest.raises(RecipeError, match=r"inverse_fft must not hold more than 24 masks, got 25\."):
        InverseFftParameters(masks)


def test_settings_go_back_to_their_defaults_and_what_was_marked_stays() -> None:
    mark = DomainMark(1.0, 2.0, 3.0, -1.0)
    domains = DomainParameters(eps_nm=1.0, min_area_nm2=3.0, rejected=(mark,))
    recipe = Recipe(pixel_size_nm=0.02, domains=domains, peaks=PeakParameters(min_probability=0.9))
    one = edits.with_defaults(recipe, ["domains.eps_nm"])
    assert one == replace(recipe, domains=replace(domains, eps_nm=DomainParameters().eps_nm))
    page = edits.with_defaults(recipe, ["domains", "crystallites"])
    assert page == replace(recipe, domains=DomainParameters(rejected=(mark,)))
