"""Freed memory goes back to the system: what glibc and Linux are told, each in a process of its own."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from hrtem_core.engines.memory import PR_SET_THP_DISABLE

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc and Linux are told")

PR_GET_THP_DISABLE = 42
"""Of Linux's sys/prctl.h."""

ARENAS = """
import ctypes, threading
from pathlib import Path
from hrtem_core.engines import share_arenas
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.fopen.restype, libc.fclose.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
{before}
there, enough = threading.Barrier(25), threading.Event()
def take():
    assert libc.malloc(3000)
    there.wait()
    enough.wait()
threads = [threading.Thread(target=take) for _ in range(24)]
for one in threads:
    one.start()
there.wait()
stream = libc.fopen(b"{told}", b"w")
libc.malloc_info(0, stream)
libc.fclose(stream)
enough.set()
print(Path("{told}").read_text().count("<heap nr="))
"""


def test_threads_share_arenas(tmp_path: Path) -> None:
    """With one for each, every visitor's run would keep what it freed."""
    alone, shared = (
        int(output_of(ARENAS.format(before=one, told=tmp_path / "told.xml")))
        for one in ("pass", "assert share_arenas(2)")
    )
    assert alone >= 8
    assert shared <= 3


def test_a_process_takes_no_huge_pages() -> None:
    code = "import ctypes; from hrtem_core.engines import without_huge_pages\n"
    code += "prctl = ctypes.CDLL('libc.so.6').prctl\n"
    code += f"is_without = lambda: prctl({PR_GET_THP_DISABLE}, 0, 0, 0, 0)\n"
    code += f"prctl({PR_SET_THP_DISABLE}, 0, 0, 0, 0)  # a parent's choice is its children's\n"
    code += "print(is_without(), without_huge_pages(), is_without())"
    assert output_of(code).split() == ["0", "True", "1"]


def output_of(code: str) -> str:
    """What it prints where nobody has chosen the arenas."""
    plain = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=plain, text=True)
