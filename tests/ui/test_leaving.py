"""What a visitor leaves on the server goes: uploads, results, ended visits."""

import gc
import threading
import weakref
from collections.abc import Callable
from contextlib import nullcontext

import pytest
import streamlit as st
from streamlit import runtime

from hrtem_ui.panels.opening import what_is_kept
from hrtem_ui.session import host, leaving, recall
from hrtem_ui.session.leaving import Entries


class Thing:
    """Something that is cached."""


@st.cache_resource
def made(key: str, _: object) -> Thing:
    assert key
    return Thing()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the time on."""
    now = [1000.0]
    monkeypatch.setattr(leaving.time, "monotonic", lambda: now[0])

    def later(seconds: float) -> None:
        now[0] += seconds

    return later


def test_what_only_a_circle_of_objects_holds_goes_with_the_next_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python looks for them seldom where there is much else; 55 MB of four visitors waited there."""
    monkeypatch.setattr(leaving, "forget_ended_visits", lambda: None)
    # Other tests were here too, at times of another clock.
    monkeypatch.setattr(leaving, "ENTRIES", Entries(lambda _: True))
    monkeypatch.setattr(leaving, "ALSO_DROPS", [])
    gc.disable()
    try:
        circle = Thing()
        circle.itself = circle  # type: ignore[attr-defined]
        left = weakref.ref(circle)
        del circle
        leaving.sweep()
        assert left() is not None  # nobody was here: nothing is looked for
        leaving.ENTRIES.note("one", (made, ("own", None)))
        leaving.sweep()
        assert left() is None
    finally:
        gc.enable()


def test_what_is_there_is_not_looked_through_after_every_run() -> None:
    """Streamlit collects after every run: with eight visitors that was a quarter of the server's time."""
    try:
        host.collect()
        lasting = [Thing() for _ in range(1000)]
        n_before = len(gc.get_objects())
        host.collect()
        assert len(gc.get_objects()) < n_before - len(lasting)
        circle = Thing()
        circle.itself = circle  # type: ignore[attr-defined]
        left = weakref.ref(circle)
        host.keep_what_is_there()
        del circle
        gc.collect()
        assert left() is not None
        host.collect()
        assert left() is None
    finally:
        gc.unfreeze()


def test_results_go_minutes_after_the_last_visit_that_asked_for_them(clock: Callable[[float], None]) -> None:
    here = {"one", "two"}
    entries, left = Entries(here.__contains__), weakref.WeakSet[Thing]()
    for visit, key in (("one", "own"), ("one", "common"), ("two", "common")):
        entries.note(visit, (made, (key, None)))
        left.add(made(key, object()))
    here.remove("one")
    assert entries.sweep() == 0
    clock(leaving.GRACE_S)
    assert entries.sweep() == 1
    gc.collect()
    assert list(left) == [made("common", None)]
    clock(leaving.GRACE_S)
    assert entries.sweep() == 0  # the second visit goes on
    here.clear()
    entries.sweep()
    clock(leaving.GRACE_S)
    assert entries.sweep() == 1
    gc.collect()
    assert not left


def test_what_a_visit_asked_for_is_bounded() -> None:
    entries = Entries(lambda _: True)
    for number in range(leaving.MAX_ENTRIES + 50):
        entries.note("one", (made, (str(number), None)))
    assert len(entries._asked["one"]) == leaving.MAX_ENTRIES


class Server:
    """What is asked of Streamlit."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.uploaded_file_mgr = self

    def remove_file(self, visit: str, file_id: str) -> None:
        self.calls.append((visit, file_id))


def test_an_upload_is_dropped_by_streamlit(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    monkeypatch.setattr(leaving, "visit", lambda: "visit")
    leaving.drop_upload("file")
    assert server.calls == [("visit", "file")]


def test_streamlit_has_what_is_asked_of_it() -> None:
    """Without these ended visits would stay until the next one ends, as Streamlit has it."""
    from streamlit.runtime import Runtime
    from streamlit.runtime.memory_session_storage import MemorySessionStorage
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
    from streamlit.runtime.uploaded_file_manager import UploadedFileRec

    assert callable(MemorySessionStorage()._cache.expire)
    assert callable(Runtime._get_async_objs)
    uploads = MemoryUploadedFileManager("/uploads")
    uploads.add_file("visit", UploadedFileRec("file", "a.tif", "image/tiff", b"pixels"))
    uploads.remove_file("visit", "file")
    assert uploads.get_files("visit", ["file"]) == []


def test_what_the_page_says_is_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    for own in (True, False):
        monkeypatch.setattr(host, "is_own", lambda own=own: own)
        said = what_is_kept(own)
        assert "dropped once its image is open" in said
        assert f"goes {leaving.GRACE_S / 60:.0f} minutes after the page is closed" in said
        assert (f"if later ones that were left have {recall.LEFT_BYTES / 2**20:.0f} MB" in said) != own
        hours = recall.keeps_for_s() / 3600
        assert ("until the app is stopped" if own else "for an hour after") in said
        assert hours == (float("inf") if own else 1)


def test_more_analyses_than_cores_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(host.SMALL_HOST, "0")
    monkeypatch.setattr(host, "_for_each_core", threading.BoundedSemaphore(2))
    told: list[str] = []

    class Enough(Exception):
        pass

    def enough() -> None:
        raise Enough

    def say() -> nullcontext[None]:
        told.append("wait")
        return nullcontext()

    with host.turn(enough, say), host.turn(enough, say), pytest.raises(Enough), host.turn(enough, say):
        pass
    assert told == ["wait"]


@pytest.mark.parametrize("small", ["1", "0"])
def test_on_a_small_host_a_second_analysis_waits_and_says_so(
    small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(host.SMALL_HOST, small)
    told, order = threading.Event(), []

    def second() -> None:
        def say() -> nullcontext[None]:
            told.set()
            return nullcontext()

        with host.turn(lambda: None, say):
            order.append("second")

    with host.turn(lambda: None, nullcontext):
        other = threading.Thread(target=second)
        other.start()
        if small == "1":
            assert told.wait(5)
        else:
            other.join(5)
        order.append("first")
    other.join(5)
    assert order == (["first", "second"] if small == "1" else ["second", "first"])


def test_who_waits_can_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(host.SMALL_HOST, "1")

    class Enough(Exception):
        pass

    def enough() -> None:
        raise Enough

    first = host.turn(lambda: None, nullcontext)
    with first, pytest.raises(Enough), host.turn(enough, nullcontext):
        pass
    with host.turn(enough, nullcontext):
        pass  # the turn was given back
