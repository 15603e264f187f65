"""Every benchmark starts as its README says: from the project's root, by its own path."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMES = sorted(path.name for path in (ROOT / "benchmarks").glob("*.py"))
NOT_RUN = {"known_scenes.py"}  # scenes for the others

ASK_EACH = """
import contextlib, io, json, os, runpy, sys

answers, names, path = {}, sys.argv[1:], sys.path[1:]
for name in names:
    sys.argv, sys.path = [f"benchmarks/{name}", "--help"], ["benchmarks", *path]
    for module in [name for name in sys.modules if os.path.exists(f"benchmarks/{name}.py")]:
        del sys.modules[module]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
            status = "none"
        except SystemExit as ending:
            status = ending.code
        except Exception as error:
            status = repr(error)
    with open(sys.argv[0], encoding="utf-8") as source:
        seeks = any(line.startswith("from hrtem_core") for line in source)
    if seeks and not any(os.path.exists(os.path.join(place, "hrtem_core")) for place in sys.path):
        status = "does not find hrtem_core"  # others have loaded it already
    answers[name] = [status, said.getvalue()]
print(json.dumps(answers))
"""
"""Starts one script after the other in one process, which imports numpy once."""


def test_each_is_in_the_table() -> None:
    table = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}`" not in table and name not in NOT_RUN] == []


@pytest.mark.slow
def test_each_starts_and_says_what_it_does() -> None:
    run = [name for name in NAMES if name not in NOT_RUN]
    apart = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    asked = subprocess.run(
        [sys.executable, "-c", ASK_EACH, *run],
        cwd=ROOT,
        env=apart,
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(asked.stdout.splitlines()[-1])
    assert [name for name in run if answers[name][0] != 0 or "usage:" not in answers[name][1]] == []
