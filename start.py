"""Start the app, or run its tests, with nothing installed but Python.

    python start.py                 install what the app needs, and start it on a sample
    python start.py --server.port=8600      any option of `streamlit run` may follow
    python start.py test            install the tools too, and run ruff, mypy and pytest
    python start.py test -k peaks   what follows "test" is for pytest

Packages go into the folder .venv beside this file (or the one that HRTEM_VENV names), and only when the
lists of requirements have changed. The standard library is enough for this file.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - older ones get this far, and a sentence instead of a traceback
    sys.exit(
        "This program needs Python 3.11 or newer; this is Python {}.{}. Get one from python.org, "
        "or start it with a newer one you have, such as: python3.12 start.py".format(*sys.version_info)
    )

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("HRTEM_VENV") or ROOT / ".venv").resolve()
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PIP = [str(PYTHON), "-m", "pip"]
QUIET = "--server.showEmailPrompt=false"
LOCAL = (
    "--server.address=localhost",
    # A page of a stranger that gives itself this computer's address ("DNS rebinding") has another name.
    *(f"--server.allowedHosts={name}" for name in ("localhost", "127.0.0.1")),
)
APP, TESTS = ROOT / "requirements.txt", ROOT / "requirements" / "tests.txt"
PARALLEL = ("--numprocesses=logical", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder")
"""How pytest runs: as many processes as cores, as far as memory goes; a file stays in one, for its server.

Files go in the order that `tests/conftest.py` gives them: by number of tests the longest would come last.
"""
NO_NETWORK = ("connection broken", "name resolution", "unreachable", "timed out", "proxy")
"""Words by which pip says that it reached nobody."""


def make_environment() -> None:
    """Make the virtual environment, anew if the one there does not run."""
    if PYTHON.exists() and subprocess.run([*PIP, "--version"], capture_output=True).returncode == 0:
        return
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(
            "This Python cannot make virtual environments. On Debian and Ubuntu "
            f"'sudo apt install python3.{sys.version_info.minor}-venv' adds what is missing; "
            "elsewhere use the Python of python.org."
        )
    import venv

    print(f"Making a virtual environment in {VENV} ...", flush=True)
    try:
        # An earlier environment that no longer runs is replaced; other people's folders are not.
        venv.create(VENV, with_pip=True, clear=(VENV / "pyvenv.cfg").exists())
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"No virtual environment could be made in {VENV} (is there space, may you write?): {error}")


def lists(requirements: Path) -> list[Path]:
    """A list of requirements and all those it names by `-r`, and by `-c` for the versions."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    named = [requirements.parent / line.split()[1] for line in lines if line.startswith(("-r ", "-c "))]
    return [requirements, *(one for other in named for one in lists(other))]


def install(requirements: Path) -> None:
    """Install a list of requirements, unless that has been done since it, or one it names, last changed."""
    digest = hashlib.sha256(b"".join(one.read_bytes() for one in lists(requirements))).hexdigest()
    stamp = VENV / f"{requirements.name}.installed"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == digest:
        return
    make_environment()
    print("Installing packages; the first time this takes a few minutes ...", flush=True)
    command = [*PIP, "install", "--disable-pip-version-check", "-r", str(requirements)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace")
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        if any(word in done.stderr.lower() for word in NO_NETWORK):
            sys.exit(
                "The packages could not be downloaded: there seems to be no network. "
                "Connect (behind a proxy, set HTTPS_PROXY) and run the same command again."
            )
        sys.exit("The packages could not be installed; what pip said stands above. Is there a network?")
    stamp.write_text(digest)


def run(module: str, *arguments: str) -> int:
    """Run a module of the environment in the project's folder; gives its exit status."""
    return subprocess.call([str(PYTHON), "-m", module, *arguments], cwd=ROOT)


MEMORY = {"MALLOC_ARENA_MAX": "2", "NUMPY_MADVISE_HUGEPAGE": "0"}
"""Else every thread keeps freed memory of its own, and Linux fills with huge pages what numpy has freed."""


def app(options: list[str]) -> int:
    """Start the app; ends when it is stopped with Ctrl+C."""
    install(APP)
    for name, value in MEMORY.items():
        os.environ.setdefault(name, value)
    try:
        # This computer only, unless an address is given: micrographs are unpublished work.
        where = () if any(one.startswith("--server.address") for one in options) else LOCAL
        return run("streamlit", "run", "streamlit_app.py", QUIET, *where, *options)
    except KeyboardInterrupt:
        return 0


def test(options: list[str]) -> int:
    """Run every check, whatever becomes of the others; 0 if all passed.

    Types are checked beside the tests: that keeps one core busy for half a minute, and needs no other.
    """
    install(TESTS)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of the hundred processes compiles all modules
    command = [str(PYTHON), "-m", "mypy"]
    types = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    statuses = {"ruff": run("ruff", "check"), "pytest": run("pytest", *PARALLEL, *options)}
    print("mypy:", types.communicate()[0], end="", flush=True)
    statuses["mypy"] = types.returncode
    for name, status in statuses.items():
        if status:
            print(f"{name} failed with status {status}.", file=sys.stderr)
    return max(statuses.values(), key=abs)


def main(arguments: list[str]) -> int:
    """Do what was asked for."""
    if arguments[:1] == ["test"]:
        return test(arguments[1:])
    wants_help = arguments[:1] in (["-h"], ["--help"])
    if wants_help or (arguments and not arguments[0].startswith("--")):
        print(__doc__)
        return 0 if wants_help else 2
    return app(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
