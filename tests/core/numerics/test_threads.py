"""Libraries in one thread each."""

import subprocess
import sys

import numpy as np
import sklearn.mixture  # noqa: F401 - brings OpenMP
from threadpoolctl import ThreadpoolController

from hrtem_core.numerics import one_library_thread


def n_threads() -> dict[str, set[int]]:
    """Of BLAS and of OpenMP."""
    libraries = ThreadpoolController()
    return {
        kind: {one["num_threads"] for one in libraries.select(user_api=kind).info()}
        for kind in ("blas", "openmp")
    }


def test_one_thread_within_and_as_many_as_before_afterwards() -> None:
    assert (np.ones((2, 2)) @ np.ones((2, 2))).sum() == 8
    before = n_threads()
    assert all(before.values())
    for _ in range(2):
        with one_library_thread():
            assert n_threads() == {"blas": {1}, "openmp": {1}}
        assert n_threads() == before


def test_libraries_are_looked_for_while_another_thread_imports_some() -> None:
    """threadpoolctl before 3.8 and the other thread can wait for each other, for ever."""
    program = (
        "import sys, threading\n"
        "from hrtem_core.numerics import one_library_thread, threads\n"
        "other = threading.Thread(target=lambda: __import__('sklearn.mixture'))\n"
        "other.start()\n"
        "while other.is_alive():\n"
        "    threads._libraries.cache_clear()\n"
        "    one_library_thread()\n"
        "print('sklearn' in sys.modules)\n"
    )
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "True"
