"""Write constraints.txt anew: no package newer than the newest that can be had today.

    python requirements/refresh.py                                   for this Python alone
    python requirements/refresh.py python3.11 python3.12 python3.13  for several

Every Python's own pip says which versions it would install; nothing is installed. The largest version of each
package becomes its upper bound: an older Python takes the newest below it that it can run. Afterwards run the
tests (`python start.py test`) on each Python, and commit what passed.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE / "constraints.txt"
LISTS = sorted({*HERE.glob("*.txt")} - {TARGET, HERE / "docs.txt"})
"""Those whose versions the tests see."""

HEAD = """\
# The newest versions that the tests have passed with, of all that the lists bring: upper bounds, so that what
# is published tomorrow changes no installation today. start.py, CI, the container and the cloud use them
# (requirements.txt names this file). Written by `python requirements/refresh.py`; do not edit.
"""


def wanted() -> str:
    """What the lists ask for, without the bounds that are to be found anew."""
    lines = [line for one in LISTS for line in one.read_text(encoding="utf-8").splitlines()]
    return "\n".join(line for line in lines if not line.startswith("-")) + "\n"


def newest(python: str) -> dict[str, str]:
    """The version of every package that this Python's pip would install, by name."""
    with tempfile.TemporaryDirectory() as folder:
        asked, report = Path(folder) / "wanted.txt", Path(folder) / "report.json"
        asked.write_text(wanted(), encoding="utf-8")
        command = [python, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        subprocess.run([*command, "--report", str(report), "-r", str(asked)], check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {one["metadata"]["name"].lower().replace("_", "-"): one["metadata"]["version"] for one in found}


def order(version: str) -> tuple[tuple[int, str], ...]:
    """What sorts versions such as 2.10.1 and 2.9.post1."""
    parts = (part.partition("post") for part in version.split("."))
    return tuple((int(number) if number.isdigit() else -1, post + after) for number, post, after in parts)


def constraints(pythons: list[str]) -> str:
    """The text of the file."""
    bounds: dict[str, str] = {}
    for python in pythons:
        for name, version in newest(python).items():
            bounds[name] = max(version, bounds.get(name, version), key=order)
    return HEAD + "".join(f"{name}<={bounds[name]}\n" for name in sorted(bounds))


if __name__ == "__main__":
    TARGET.write_text(constraints(sys.argv[1:] or [sys.executable]), encoding="utf-8")
    print(f"{TARGET} is written; now run the tests.")
