"""What a browser has back after a reload, and what nobody else has."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from visiting import ROOT, checked, header, session_of

from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.recipe import Recipe
from hrtem_ui.session import host, recall
from hrtem_ui.session.recall import Owner, Works, owner_of
from hrtem_ui.session.state import OWNER, Session

ME, OTHER = Owner("me", "tab"), Owner("other", "tab")
CHANGED = replace(Recipe(), calibration_relative_sigma=0.01)


def session(name: str = "mine") -> Session:
    """A session on 1600 bytes of pixels, with a recipe to undo."""
    micrograph = Micrograph(np.zeros((20, 20), np.float32), PixelSize(0.03, 0.03), name)
    return Session(micrograph, CHANGED, past=[Recipe()])


def name_of(found: Session | None) -> str:
    return found.micrograph.name if found else ""


def test_a_work_comes_back_to_its_owner_with_its_history() -> None:
    works, mine = Works(), session()
    works.keep(ME, mine)
    back = works.recall(ME)
    assert back is not None
    assert (back.micrograph, back.recipe, back.past) == (mine.micrograph, CHANGED, [Recipe()])
    back.undo()
    assert works.recall(ME).recipe == CHANGED  # what is done later does not reach into what was kept
    assert works.recall(OTHER) is None


def test_each_tab_has_its_own_and_a_new_one_the_last() -> None:
    works = Works()
    for tab in ("a", "b"):
        works.keep(Owner("me", tab), session(tab))
    assert name_of(works.recall(Owner("me", "a"))) == "a"
    assert name_of(works.recall(Owner("me", "new"))) == "b"


def test_a_sample_as_it_comes_is_kept_only_in_place_of_ones_own() -> None:
    works, sample = Works(), replace(session("sample"), sample="sample", past=[])
    works.keep(ME, sample)
    assert works.recall(ME) is None
    works.keep(ME, session())
    works.keep(ME, sample)
    assert name_of(works.recall(ME)) == "sample"


def test_works_are_bounded_in_number_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HRTEM_SMALL_HOST", "0")
    for limit, value in (("MAX_WORKS", 2), ("MAX_BYTES", 3300)):
        with monkeypatch.context() as limited:
            limited.setattr(recall, limit, value)
            works = Works()
            for name in "abc":
                works.keep(Owner(name, name), session(name))
            assert [name_of(works.recall(Owner(name, name))) for name in "abc"] == ["", "b", "c"]


def test_on_a_shared_host_a_work_goes_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "HOUR_S", 0.2)
    works = Works()
    monkeypatch.setattr(host, "is_own", lambda: True)
    assert math.isinf(recall.keeps_for_s())
    monkeypatch.setattr(host, "is_own", lambda: False)
    works.keep(ME, session())
    assert works.recall(ME) is not None
    time.sleep(0.5)
    assert len(works._works) == 0  # though nobody has asked
    assert works.recall(ME) is None


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "0.0.0.0", None])
def test_only_an_app_bound_to_this_computer_is_ones_own(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host.st, "get_option", {"server.address": address}.get)
    assert host.is_own() == (address in ("localhost", "127.0.0.1"))


def test_keys_must_be_as_long_as_ours() -> None:
    long = "x" * 43
    assert owner_of([long, long[::-1] + "y"]) != owner_of([long, long])
    assert long not in str(owner_of([long, long]))
    for keys in (None, "", ["", ""], [long, ""], [long], [long, 3], {"a": long}):
        assert owner_of(keys) is None


def test_a_new_session_goes_on_with_its_owners_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(recall, "WORKS", Works())
    page = str(ROOT / "pages/7_Export.py")
    first = AppTest.from_file(page, default_timeout=60)
    first.session_state[OWNER] = ME
    checked(first.run())
    assert "This is the sample" in first.info[0].value
    session_of(first).change(CHANGED)
    checked(first.run())
    assert "This is the sample" in first.info[0].value  # it stays while one works, so that nothing moves
    for owner, recipe in ((ME, CHANGED), (OTHER, Recipe())):
        again = AppTest.from_file(page, default_timeout=60)
        again.session_state[OWNER] = owner
        checked(again.run())
        assert session_of(again).recipe == recipe
        assert "(a sample)" in header(again)
