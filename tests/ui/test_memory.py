"""Freed memory goes back to the system however the app is started; Community Cloud knows no `start.py`."""

import os
import subprocess
import sys

import pytest
from visiting import ROOT

from hrtem_ui import memory


@pytest.mark.parametrize(("own_word", "arenas"), [(None, [memory.N_ARENAS]), ("7", [])])
def test_who_sets_arenas_is_heeded(
    own_word: str | None, arenas: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(memory, "share_arenas", asked.append)
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    if own_word:
        monkeypatch.setenv("MALLOC_ARENA_MAX", own_word)
    memory.settle()
    assert asked == arenas


def test_it_is_settled_before_libraries_begin_threads() -> None:
    """Arenas that are there are not taken back: settled after them, three visitors took 58 MB more."""
    code = "import sys, hrtem_core.engines as engines\n"
    code += "loaded = lambda: [name for name in ('numpy', 'pandas', 'scipy') if name in sys.modules]\n"
    code += "engines.share_arenas = lambda _: print(loaded())\nimport hrtem_ui.frame"
    plain = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    command = [sys.executable, "-c", code]
    told = subprocess.check_output(command, cwd=ROOT, env=plain, text=True, stderr=subprocess.DEVNULL)
    assert told == "[]\n"
