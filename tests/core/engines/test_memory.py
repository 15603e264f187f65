"""Freed memory goes back to the system: what glibc and Linux are told, each in a process of its own."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc and Linux are told")

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
    code = "from hrtem_core.engines import without_huge_pages\nassert without_huge_pages()\n"
    code += "print(*[line for line in open('/proc/self/status') if line.startswith('THP_enabled')])"
    assert output_of(code).split() == ["THP_enabled:", "0"]


def output_of(code: str) -> str:
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
