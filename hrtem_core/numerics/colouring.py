"""Colours for the vertices of a graph such that neighbours differ."""

from collections.abc import Iterable

Graph = dict[int, set[int]]
"""Neighbours of every vertex."""


def greedy_colouring(neighbours: Graph) -> dict[int, int]:
    """A colour from 0 for every vertex, neighbours differing, by DSATUR.

    The vertex whose neighbours have most colours comes first and takes the first free one: exact for
    bipartite graphs, and as few colours as an exact search on the overlaps of micrographs (D. Brélaz,
    Commun. ACM 22 (1979) 251, doi:10.1145/359094.359101).
    """
    colour: dict[int, int] = {}
    used: dict[int, set[int]] = {vertex: set() for vertex in neighbours}
    uncoloured = set(neighbours)
    while uncoloured:
        vertex = _most_constrained(uncoloured, used, neighbours)
        uncoloured.remove(vertex)
        colour[vertex] = next(c for c in range(len(used[vertex]) + 1) if c not in used[vertex])
        for other in neighbours[vertex]:
            used[other].add(colour[vertex])
    return colour


def _most_constrained(vertices: Iterable[int], used: dict[int, set[int]], neighbours: Graph) -> int:
    return max(vertices, key=lambda v: (len(used[v]), len(neighbours[v]), -v))
