"""Candidates judged ahead: the answer is that of one thread, bit for bit, and work done ahead counts."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import cache
from typing import Any

import numpy as np
import pytest
from drawn_scenes import field_of, grain
from threadpoolctl import threadpool_limits

from hrtem_core.fringes.ahead import Ahead
from hrtem_core.fringes.maps import FringeMaps
from hrtem_core.fringes.matching_pursuit import separate
from hrtem_core.fringes.pending import Pending
from hrtem_core.fringes.residual import Pursuit, Verdict
from hrtem_core.numerics import do_overlap, n_threads, use_threads
from hrtem_core.preparation.prepare import PreparationParameters, prepare
from hrtem_core.spectrum.candidates import CandidateParameters, Candidates, find_candidates
from hrtem_core.spectrum.whitening import Spectrum, SpectrumParameters, transform
from hrtem_core.synthesis import Fringes, scene_with

FIELD = field_of((480, 1200), 0.06)


@pytest.fixture(autouse=True)
def one_sum() -> Iterator[None]:
    """As `analyze` has it; and the threads of before afterwards."""
    before = n_threads()
    with threadpool_limits(limits=1, user_api="blas"):
        yield
    use_threads(before)


@cache
def scene() -> tuple[Spectrum, Candidates]:
    """Grains side by side, two of which overlap."""
    grains = []
    for k in range(8):
        fringes = Fringes.of_spacing(0.22 + 0.012 * k, 25.0 * k, rho=20.0 + k)
        grains.append(grain(FIELD, (6.0 + 14 * (k % 2), 4 + 9.0 * k), 3.0, fringes))
    grains.append(grain(FIELD, (7.0, 22.0), 3.5, Fringes.of_spacing(0.31, 70.0, rho=20.0)))
    spectrum = transform(
        prepare(scene_with(grains, FIELD, seed=11).micrograph, PreparationParameters()), SpectrumParameters()
    )
    return spectrum, find_candidates(spectrum, CandidateParameters())


def with_threads(n: int) -> FringeMaps:
    use_threads(n)
    return separate(*scene())


def assert_same(one: FringeMaps, other: FringeMaps) -> None:
    np.testing.assert_array_equal(one.residual, other.residual)
    assert one.map_of_candidate == other.map_of_candidate
    for ours, theirs in zip(one.maps, other.maps, strict=True):
        assert (ours.candidate, ours.g_per_nm, ours.g_sigma_per_nm) == (
            theirs.candidate, theirs.g_per_nm, theirs.g_sigma_per_nm)  # fmt: skip
        np.testing.assert_array_equal(ours.snr, theirs.snr)


class AtOnce:
    """An executor that does everything when it is asked for: so early that much has changed since."""

    def __init__(self, n: int) -> None:
        assert n >= 1

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        future.set_result(work(*arguments))
        return future

    def shutdown(self, *, cancel_futures: bool) -> None:
        assert cancel_futures


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Ahead]:
    """Judged at once when asked for, with what came of it."""
    made: list[Ahead] = []
    begin = Ahead.__init__

    def keep(self: Ahead, *arguments: Any) -> None:
        begin(self, *arguments)
        made.append(self)

    monkeypatch.setattr("hrtem_core.fringes.ahead.ThreadPoolExecutor", AtOnce)
    monkeypatch.setattr(Ahead, "__init__", keep)
    return made


def test_any_number_of_threads_gives_the_same_bits() -> None:
    alone = with_threads(1)
    assert len(alone.maps) >= 9
    for n in (2, 8):
        assert_same(with_threads(n), alone)


def test_most_of_what_is_judged_ahead_counts(counted: list[Ahead]) -> None:
    alone = with_threads(1)
    assert counted[-1].kept == counted[-1].lost == 0
    assert_same(with_threads(3), alone)
    assert counted[-1].kept >= 3
    assert counted[-1].lost <= 0.5 * counted[-1].kept


def test_what_has_changed_since_is_judged_again(
    counted: list[Ahead], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However wrong the guess at what is apart."""
    alone = with_threads(1)
    monkeypatch.setattr(Pending, "_is_apart", lambda *_: True)
    assert_same(with_threads(8), alone)
    assert counted[-1].lost >= 3


def test_nothing_is_changed_by_judging() -> None:
    spectrum, candidates = scene()
    pursuit = Pursuit(spectrum, spectrum.whitened)
    pending = Pending(spectrum, candidates, pursuit.tuning)
    verdict = pursuit.judge(pending.trial(0))
    np.testing.assert_array_equal(pursuit.residual, spectrum.whitened)
    assert verdict.taking is not None
    assert pursuit.explained == pursuit.refused == pursuit.levelled == []


def test_a_verdict_holds_until_something_changes_in_what_it_has_read() -> None:
    spectrum, candidates = scene()
    pursuit = Pursuit(spectrum, spectrum.whitened)
    pending = Pending(spectrum, candidates, pursuit.tuning)
    first = pursuit.judge(pending.trial(0))
    assert pursuit.carry_out(pending.trial(0), first)
    assert not pursuit.holds(first)
    changed = pursuit.explained[0].footprint.window
    for i in np.flatnonzero(candidates.significant)[1:200].tolist():
        far = pursuit.judge(pending.trial(i))
        early = Verdict(reads=far.reads, n_changes=0)
        assert pursuit.holds(far)
        assert not (pursuit.holds(early) and do_overlap(far.reads, changed))


def test_a_checkpoint_ends_it_and_no_thread_goes_on() -> None:
    class Enough(Exception):
        pass

    def enough() -> None:
        raise Enough

    use_threads(4)
    with pytest.raises(Enough):
        separate(*scene(), checkpoint=enough)
