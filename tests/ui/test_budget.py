"""What is kept of many visitors' analyses: bounded by bytes, what is cheap to make again goes first."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
import streamlit as st

from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.recipe import Recipe
from hrtem_core.stages import STAGES
from hrtem_ui.session import budget, host, leaving, recall, waiting
from hrtem_ui.session.budget import Budget, array_bytes
from hrtem_ui.session.packed import PackedMicrograph
from hrtem_ui.session.recall import Owner, Works
from hrtem_ui.session.state import Session

KB = np.zeros(1000, np.uint8)


@dataclass
class Product:
    """Arrays within lists within products."""

    image: np.ndarray
    parts: tuple[object, ...] = ()


def kept(limit: int) -> Budget:
    return Budget(lambda: limit, lambda *_: True)


def test_arrays_are_counted_once_wherever_they_are() -> None:
    inner = Product(KB[:500])  # a view holds all of it
    assert array_bytes(Product(KB, (inner, {"a": np.zeros(30, np.uint8)}, [KB], "text"))) == 1030


def test_what_is_cheap_to_make_again_goes_first() -> None:
    shelf, product = kept(4000), Product(KB)
    for key, seconds in (("slow", 4.0), ("quick", 0.1), ("slower", 8.0)):
        assert shelf.note("a", key, product, seconds) == []
    assert shelf.note("a", "new", Product(np.zeros(1001, np.uint8)), 1.0) == [("a", "quick")]


def test_what_nobody_asks_for_sinks() -> None:
    shelf, product = kept(4000), Product(KB)
    gone: list[tuple[str, object]] = []
    for number in range(40):
        gone += shelf.note("a", "asked for", product, 1.0)
        gone += shelf.note("a", number, product, 0.5)
        gone += shelf.note("a", "old", product, 4.0) if number == 0 else []
    assert ("a", "old") in gone
    assert ("a", "asked for") not in gone


def test_the_image_that_is_worked_on_stays_however_large() -> None:
    shelf, large = kept(10), Product(KB)
    assert [shelf.note("a", key, large, 1.0) for key in "ABC"] == [[], [], [("a", "A")]]
    assert shelf.note("b", "B", large, 1.0) == []


def test_what_was_forgotten_for_other_reasons_takes_no_room() -> None:
    there = {"first", "second", "third", "fourth"}
    shelf = Budget(lambda: 3000, lambda _, key: key in there)
    for key in ("first", "second", "third"):
        shelf.note("a", key, Product(KB), 1.0)
    there.remove("first")
    assert shelf.note("a", "fourth", Product(KB), 1.0) == []


def test_many_visits_have_less_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(host.SMALL_HOST, "0")
    monkeypatch.setattr(host, "memory_bytes", lambda: 16 << 30)
    assert budget.most_bytes(1) == 2 << 30
    assert budget.most_bytes(20) == budget.SHARED_BYTES
    monkeypatch.setenv(host.SMALL_HOST, "1")
    assert budget.most_bytes(1) == budget.SMALL_BYTES


def test_a_cache_forgets_what_has_to_go() -> None:
    n_made: list[str] = []

    @st.cache_resource
    def made(key: str, _make: Callable[[], object]) -> tuple[object, float]:
        n_made.append(key)
        return _make(), 1.0

    stage, shelf = STAGES[-1], kept(2500)
    lately = {stage.product: waiting.Lately(100)}

    def ask(key: str) -> bool:
        keys, caches = {stage.product: key}, {stage.product: made}
        keep = waiting.Remember(keys, caches, lately, 100, budget=shelf, shared=caches)
        keep(stage, lambda: Product(KB))
        return keep.is_new(stage.product)

    assert [ask(key) for key in "ABBC"] == [False] * 4
    assert n_made == ["A", "B", "C"]
    assert "A" not in lately[stage.product]
    ask("A")
    assert n_made == ["A", "B", "C", "A"]


def test_of_works_that_were_left_the_last_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    now, here, visit, own = [1000.0], {"d"}, [""], [False]
    for module in (recall, leaving):
        monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(leaving, "is_here", here.__contains__)
    monkeypatch.setattr(leaving, "visit", lambda: visit[0])
    monkeypatch.setattr(recall, "LEFT_BYTES", 3300)
    monkeypatch.setattr(PackedMicrograph, "n_bytes", 1600)
    monkeypatch.setattr(host, "is_own", lambda: own[0])
    works = Works()
    for name in "dabc":
        visit[0] = name
        micrograph = Micrograph(np.zeros((20, 20), np.float32) + ord(name), None, name)
        works.keep(Owner(name, name), Session(micrograph, replace(Recipe(), calibration_relative_sigma=0.01)))
    assert works.tidy_left() == 0  # it may be a reload
    now[0] += leaving.GRACE_S
    own[0] = True
    assert works.tidy_left() == 3  # packed
    assert works.tidy_left() == 0
    own[0] = False
    assert works.tidy_left() == 1
    assert [works.recall(Owner(name, name)) is not None for name in "dabc"] == [True, False, True, True]
    monkeypatch.setattr(recall, "LEFT_BYTES", 10)
    works.tidy_left()
    assert [works.recall(Owner(name, name)) is not None for name in "dabc"] == [True, False, False, True]


def test_works_that_were_left_take_less_and_come_back_bit_for_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    for module in (recall, leaving):
        monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(leaving, "is_here", lambda _: False)
    pixels = np.random.default_rng(0).poisson(200, (300, 200)).astype(np.float32)
    pixels[7, 9] = np.nan
    taken = Micrograph(pixels, PixelSize(0.03, 0.03), "own.tif", stored_as="uint16", notes=("page 1 of 2",))
    works, owner = Works(), Owner("browser", "tab")
    works.keep(owner, Session(taken, replace(Recipe(), calibration_relative_sigma=0.01)))
    now[0] += leaving.GRACE_S
    assert works.tidy_left() == 1
    assert works._n_bytes() < taken.intensity.nbytes / 2
    again = works.recall(owner)
    assert again is not None
    assert again.micrograph.intensity.tobytes() == taken.intensity.tobytes()
    assert again.micrograph.digest == taken.digest
    told = [(one.name, one.pixel_size, one.stored_as, one.notes) for one in (taken, again.micrograph)]
    assert told[0] == told[1]
    works.keep(owner, again)
    assert works._n_bytes() == taken.intensity.nbytes


def test_a_work_that_is_taken_up_again_while_it_is_packed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    now, works, owner = [1000.0], Works(), Owner("browser", "tab")
    for module in (recall, leaving):
        monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(leaving, "is_here", lambda _: False)
    micrograph = Micrograph(np.ones((20, 20), np.float32), None, "own.tif")
    session = Session(micrograph, replace(Recipe(), calibration_relative_sigma=0.01))
    works.keep(owner, session)
    now[0] += leaving.GRACE_S
    pack = PackedMicrograph.of

    def slowly(one: Micrograph) -> PackedMicrograph:
        works.keep(owner, session)
        return pack(one)

    monkeypatch.setattr(PackedMicrograph, "of", slowly)
    assert works.tidy_left() == 0
    assert works._n_bytes() == micrograph.intensity.nbytes


def test_works_are_dropped_when_it_is_tidied_up(monkeypatch: pytest.MonkeyPatch) -> None:
    tidied = iter([3])
    monkeypatch.setattr(recall.WORKS, "tidy_left", lambda: next(tidied))
    monkeypatch.setattr(leaving, "forget_ended_visits", lambda: None)
    leaving.sweep()
    assert not list(tidied)
