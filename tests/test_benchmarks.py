"""Every benchmark starts as its README says: from the project's root, by its own path."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMES = sorted(path.name for path in (ROOT / "benchmarks").glob("*.py"))
NOT_RUN = {"known_scenes.py"}  # scenes for the others


def test_each_is_in_the_table() -> None:
    table = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}`" not in table and name not in NOT_RUN] == []


@pytest.mark.slow
def test_each_starts_and_says_what_it_does() -> None:
    def help_of(name: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, f"benchmarks/{name}", "--help"]
        apart = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return subprocess.run(command, cwd=ROOT, env=apart, capture_output=True, text=True, check=False)

    with ThreadPoolExecutor(4) as at_once:
        answers = dict(zip(NAMES, at_once.map(help_of, NAMES), strict=True))
    silent = {
        name: answer.stderr[-300:]
        for name, answer in answers.items()
        if name not in NOT_RUN and (answer.returncode != 0 or "usage:" not in answer.stdout)
    }
    assert silent == {}
