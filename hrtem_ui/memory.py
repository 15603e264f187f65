"""Memory of the server: freed arrays go back to the system, however the app was started."""

import os

from hrtem_core.engines import share_arenas, take_from_the_system, without_huge_pages

LARGE_BLOCK_BYTES = 4 << 20
"""From this size on a block is taken straight from the system and given back.

Beside glibc's own choice 1 MB makes an analysis of 640 x 768 pixels a seventh slower, 4 MB a twentieth.
"""

N_ARENAS = 2
"""Of a server, or as many as there are already: runs of pages seldom take memory at the same time."""


def settle() -> None:
    """Have freed memory given back; to be called before libraries begin threads.

    glibc would keep freed arrays of up to 32 MB in an arena per thread, and every visitor's run is a new
    thread; Linux would fill with huge pages what numpy has freed. Who starts the app may choose the arenas by
    `MALLOC_ARENA_MAX`, as `start.py` does before there is any thread.
    """
    take_from_the_system(LARGE_BLOCK_BYTES)
    if "MALLOC_ARENA_MAX" not in os.environ:
        share_arenas(N_ARENAS)
    without_huge_pages()
