"""Structures asked of an OPTIMADE server, when somebody says so, and kept as CIF files: from then on offline.

OPTIMADE 1: C. W. Andersen et al., Scientific Data 8 (2021) 217, doi:10.1038/s41597-021-00974-z. An answer has
all atoms of a cell and no symmetry; extinctions follow from |F|. Whatever a server says is checked and
bounded: in bytes, in time, in pages, and in what a structure may be.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

import numpy as np

from hrtem_core.errors import RecipeError
from hrtem_core.phases.cif import read_cif
from hrtem_core.phases.formulas import formula_of
from hrtem_core.phases.structure import MAX_ATOMS, MAX_NAME

FIELDS = "lattice_vectors,cartesian_site_positions,species_at_sites,species,chemical_formula_reduced"
MOST_STRUCTURES = 200
MOST_PAGES = 20
PAGE = 50
"""Structures of one page."""
MAX_BYTES = 20 << 20
"""Of all pages together."""
MOST_SECONDS, SILENT_SECONDS = 60.0, 15.0
"""For all pages, and for a server that says nothing."""
MAX_FILTER = 1000
CHUNK = 1 << 16
MARK = "# fetched from "
"""How files begin that were written here: only these are ever replaced."""
SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Fetched:
    """What came of asking a server.

    Parameters
    ----------
    files
        CIF files that were written.
    left_out
        Answers that are no structure, as "id: reason".
    more
        Whether the server has more than was asked for.
    """

    files: tuple[Path, ...]
    left_out: tuple[str, ...]
    more: bool


def filter_of(elements: tuple[str, ...]) -> str:
    """OPTIMADE's filter for what consists of nothing but some elements."""
    for element in elements:
        if not re.fullmatch("[A-Z][a-z]?", element):
            raise RecipeError(f"An element must be such as Li, got {element[:20]!r}.")
    return f"elements HAS ONLY {','.join(f'{chr(34)}{element}{chr(34)}' for element in elements)}"


def fetch_structures(url: str, asked: str, folder: Path, *, most: int = 50) -> Fetched:
    """Ask an OPTIMADE server for structures, and keep each as a CIF file.

    Parameters
    ----------
    url
        The server's base address, http or https, such as https://example.org/optimade.
    asked
        A filter in OPTIMADE's language, such as 'chemical_formula_reduced="Li2O"'.
    folder
        Where the CIF files go; made if it is not there.
    most
        How many structures are taken.

    Raises
    ------
    RecipeError
        If the server cannot be reached, or answers what is no such list; one sentence.
    """
    if not 1 <= most <= MOST_STRUCTURES:
        raise RecipeError(f"1 to {MOST_STRUCTURES} structures may be fetched at once, got {most}.")
    if not 0 < len(asked) <= MAX_FILTER:
        raise RecipeError(f"A filter must have 1 to {MAX_FILTER} characters, got {len(asked)}.")
    base = _checked(url)
    question = {"filter": asked, "response_fields": FIELDS, "page_limit": min(most, PAGE)}
    texts: dict[str, bytes] = {}
    left_out: list[str] = []
    rows = _rows(f"{base}/structures?{urlencode(question)}")
    for row in islice(rows, most):
        try:
            name, text = _cif(row, base)
            texts[name] = text
        except RecipeError as error:
            left_out.append(str(error))
    more = next(rows, None) is not None
    return Fetched(tuple(_kept(folder, name, text) for name, text in texts.items()), tuple(left_out), more)


def _checked(url: str) -> str:
    """The address of version 1 of the interface."""
    try:
        parts = urlsplit(url.strip())
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        raise RecipeError(f"The server's address must be a URL, got {url[:80]!r}.") from None
    plain = (
        url.isascii() and url.isprintable() and not parts.username and not parts.query and not parts.fragment
    )
    if parts.scheme not in SCHEMES or not parts.hostname or not plain or not port_is_one:
        raise RecipeError(
            "The server's address must begin with http:// or https:// and hold no name or question, "
            f"got {url[:80]!r}."
        )
    base = url.strip().rstrip("/")
    return base if re.search(r"/v1(\.\d+)*$", base) else f"{base}/v1"


class _OnlyWeb(HTTPRedirectHandler):
    """Follows a server to other addresses of its own host only."""

    max_redirections = 3

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        try:
            _same_host(req.full_url, newurl)
        except RecipeError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _same_host(before: str, after: str) -> None:
    one, other = urlsplit(before), urlsplit(after)
    upgraded = other.scheme == one.scheme or (one.scheme, other.scheme) == ("http", "https")
    if one.hostname != other.hostname or not upgraded:
        raise RecipeError(f"{one.hostname} sends us to {after[:80]!r}; only its own addresses are followed.")


def _opener() -> OpenerDirector:
    """What speaks http and https, and nothing else: neither files nor ftp."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
        _OnlyWeb(),
    ):
        opener.add_handler(handler)
    return opener


def _rows(address: str) -> Iterator[dict[str, Any]]:
    """The structures that a server lists, page after page."""
    opener, host = _opener(), urlsplit(address).hostname
    deadline, left = time.monotonic() + MOST_SECONDS, MAX_BYTES
    for _ in range(MOST_PAGES):
        body = _body(opener, address, deadline, left)
        left -= len(body)
        page = _page(body, str(host))
        yield from page["data"]
        following = _next(page)
        if not following:
            return
        following = urljoin(address, following)
        _same_host(address, following)
        address = following


def _body(opener: OpenerDirector, address: str, deadline: float, most: int) -> bytes:
    host = urlsplit(address).hostname
    request = Request(address, headers={"Accept": "application/json", "User-Agent": "hrtem-domains"})
    try:
        with opener.open(request, timeout=SILENT_SECONDS) as answer:
            found = bytearray()
            while chunk := answer.read1(CHUNK):
                found += chunk
                if len(found) > most:
                    raise RecipeError(f"{host} answers more than {MAX_BYTES >> 20} MB; ask for less.")
                if time.monotonic() > deadline:
                    raise RecipeError(f"{host} takes more than {MOST_SECONDS:g} s; ask for less, or later.")
            return bytes(found)
    except HTTPError as error:
        error.close()
        raise RecipeError(
            f"{host} refuses ({error.code} {str(error.reason)[:60]}): see address and filter."
        ) from error
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, RecipeError):
            raise
        reason = str(getattr(error, "reason", error))[:100]
        raise RecipeError(f"{host} cannot be reached: {' '.join(reason.split())}.") from error


def _page(body: bytes, host: str) -> dict[str, Any]:
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"{host} does not answer in OPTIMADE's JSON; see its address.") from error
    data = page.get("data") if isinstance(page, dict) else None
    if (
        not isinstance(page, dict)
        or not isinstance(data, list)
        or not all(isinstance(row, dict) for row in data)
    ):
        raise RecipeError(f"{host} lists no structures as OPTIMADE does; see its address.")
    return page


def _next(page: dict[str, Any]) -> str:
    links = page.get("links")
    following = links.get("next") if isinstance(links, dict) else None
    if isinstance(following, dict):
        following = following.get("href")
    return following if isinstance(following, str) else ""


def _cif(row: dict[str, Any], base: str) -> tuple[str, bytes]:
    """The file's name and text of one structure, read back to see that it is one."""
    known = re.sub(r"[^A-Za-z0-9.-]+", "-", str(row.get("id", "")))[:40].strip("-.") or "structure"
    about = row.get("attributes")
    try:
        if not isinstance(about, dict):
            raise TypeError("it has no attributes")
        cell, atoms = _cell_and_atoms(about)
    except (TypeError, KeyError, ValueError, np.linalg.LinAlgError) as error:
        raise RecipeError(
            f"{known}: no three-dimensional crystal with its atoms ({str(error)[:80]})."
        ) from error
    a, b, c, alpha, beta, gamma = cell
    lines = [
        f"{MARK}{base} as {known}",
        f"data_{known}",
        f"_cell_length_a {a:.6f}",
        f"_cell_length_b {b:.6f}",
        f"_cell_length_c {c:.6f}",
        f"_cell_angle_alpha {alpha:.5f}",
        f"_cell_angle_beta {beta:.5f}",
        f"_cell_angle_gamma {gamma:.5f}",
        "_symmetry_space_group_name_H-M 'P 1'",
        f"_journal_name_full 'OPTIMADE {urlsplit(base).hostname} {known}'",
        "loop_",
        *(
            f"_atom_site_{tag}"
            for tag in ("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy")
        ),
        *atoms,
    ]
    text = ("\n".join(lines) + "\n").encode("ascii", errors="replace")
    structure = read_cif(text, f"{known}.cif")
    return f"{formula_of(structure)}_{known}"[:MAX_NAME] + ".cif", text


def _cell_and_atoms(about: dict[str, Any]) -> tuple[tuple[float, ...], list[str]]:
    """a, b, c, alpha, beta, gamma, and a line of a CIF file for each atom."""
    vectors = np.array(about["lattice_vectors"], dtype=float)
    places = np.array(about["cartesian_site_positions"], dtype=float)
    at_sites, species = about["species_at_sites"], _species(about.get("species"))
    if vectors.shape != (3, 3) or not (abs(vectors) < 1e3).all() or not (abs(places) < 1e6).all():
        raise ValueError("its lattice vectors must be nine numbers in angstrom")
    if (
        not isinstance(at_sites, list)
        or places.shape != (len(at_sites), 3)
        or not 0 < len(at_sites) <= MAX_ATOMS
    ):
        raise ValueError(f"it must have 1 to {MAX_ATOMS} atoms with their places")
    lengths = np.linalg.norm(vectors, axis=1)
    angles = [
        np.degrees(np.arccos(np.clip(vectors[i] @ vectors[j] / (lengths[i] * lengths[j]), -1, 1)))
        for i, j in ((1, 2), (0, 2), (0, 1))
    ]
    lines = []
    for number, (name, place) in enumerate(zip(at_sites, places @ np.linalg.inv(vectors), strict=True)):
        x, y, z = (float(value) % 1 for value in place)
        for symbol, share in species.get(name, ((name, 1.0),)):
            if symbol == "vacancy":
                continue
            if not isinstance(symbol, str) or not re.fullmatch("[A-Z][a-z]?", symbol):
                raise ValueError("an atom's element is not known")
            lines.append(f"{symbol}{number} {symbol} {x:.6f} {y:.6f} {z:.6f} {share:.4f}")
    return (*lengths.tolist(), *map(float, angles)), lines


def _species(listed: Any) -> dict[Any, tuple[tuple[Any, float], ...]]:
    """Elements and their shares by the names of species."""
    if listed is None:
        return {}
    if not isinstance(listed, list) or len(listed) > MAX_ATOMS:
        raise TypeError("its species must be a list")
    return {
        str(one["name"]): tuple(
            (symbol, float(share))
            for symbol, share in zip(one["chemical_symbols"], one["concentration"], strict=True)
        )
        for one in listed
    }


def _kept(folder: Path, name: str, text: bytes) -> Path:
    """Write a file, in place of an earlier answer but of nothing else."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.read_bytes().startswith(MARK.encode()):
            raise RecipeError(f"{path} is another file; choose another folder.")
        path.write_bytes(text)
    except OSError as error:
        raise RecipeError(f"{path} cannot be written: {error.strerror or error}.") from error
    return path
