"""How much memory and time a file may take, by its size, and how much a process has taken."""

import ctypes
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIB = 1 << 20

ROOM_BYTES, ROOM_PER_BYTE, MOST_ROOM_BYTES = 150 * MIB, 150, 6 << 30
"""Memory beside the libraries', or so much per byte of the file if that is more, and the most.

An image of 0.05 counts per pixel packs into a third of a bit each, and takes 50 bits while it is read; a bomb
takes many more. What has less than 1 MiB stays below 300 MB in any case, together with the libraries.
"""

SECONDS, SECONDS_PER_MIB = 5.0, 0.5
"""Processor time: a file of 16 MiB is read in 0.1 s, packed as tightly as can be in 3 s."""

SLOW = 12.0
"""A process that waits for its file, or for others, may take so many times that by the clock."""


@dataclass(frozen=True)
class Allowance:
    """What reading one file may take.

    Parameters
    ----------
    room_bytes
        Memory in addition to what the libraries take.
    seconds
        Processor time.
    """

    room_bytes: int
    seconds: float

    @classmethod
    def of(cls, n_bytes: int) -> "Allowance":
        """That of a file of so many bytes."""
        room = min(max(ROOM_BYTES, ROOM_PER_BYTE * n_bytes), MOST_ROOM_BYTES)
        return cls(room, SECONDS + SECONDS_PER_MIB * n_bytes / MIB)

    @property
    def patience_s(self) -> float:
        """Seconds by the clock after which nothing is waited for any more."""
        return SLOW * self.seconds

    def limit_this_process(self) -> None:
        """Have the system hold this process to it, where it can: memory by refusal, time by its end."""
        try:
            import resource
        except ImportError:  # Windows: the one that asks watches
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime + self.seconds) + 1
        _set_soft(resource, resource.RLIMIT_CPU, seconds)
        size = address_bytes()
        if size:
            _set_soft(resource, resource.RLIMIT_AS, size + self.room_bytes)


def _set_soft(resource: Any, kind: int, value: int) -> None:
    """Set a limit that may be raised again, as far as the system lets."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(kind, (value, hard))
    except (OSError, ValueError):  # macOS takes no limit of addresses; the one that asks watches
        return


def address_bytes() -> int:
    """Size of this process's address space; 0 where the system does not say."""
    return _pages(Path("/proc/self/statm"), 0)


def resident_bytes(pid: int) -> int:
    """Memory that a process holds; 0 where the system does not say, or the process is gone."""
    if sys.platform == "win32":
        return _windows_bytes(pid)
    if sys.platform == "darwin":
        said = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True)
        return int(said.stdout) * 1024 if said.stdout.strip().isdigit() else 0
    return _pages(Path(f"/proc/{pid}/statm"), 1)


def _pages(statm: Path, field: int) -> int:
    """A field of Linux's statm, in bytes."""
    try:
        import resource

        return int(statm.read_text().split()[field]) * resource.getpagesize()
    except (ImportError, OSError, IndexError, ValueError):
        return 0


def _windows_bytes(pid: int) -> int:
    """Working set of a process, from PROCESS_MEMORY_COUNTERS of the Windows API."""
    query_limited_information, n_fields = 0x1000, 9
    kernel: Any = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        return 0
    counters = (ctypes.c_size_t * n_fields)()  # two 32-bit words, then sizes: the second is the working set
    known = kernel.K32GetProcessMemoryInfo(ctypes.c_void_p(handle), counters, ctypes.sizeof(counters))
    kernel.CloseHandle(ctypes.c_void_p(handle))
    return int(counters[2]) if known else 0
