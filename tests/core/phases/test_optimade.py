"""OPTIMADE: an answer becomes a CIF file that works offline; a hostile one becomes one sentence.

The server is recorded here and answers from this machine; no test asks the network.
"""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from hrtem_core.errors import RecipeError
from hrtem_core.phases import built_in, fetch_structures, filter_of, optimade, read_folder, reflections_of
from hrtem_core.phases.structure import atoms_in_cell

Answer = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}


def row_of(name: str, number: int = 1, **changed: Any) -> dict[str, Any]:
    """A structure of the table as a server tells it: all atoms of its cell."""
    import gemmi

    structure = built_in()[name]
    to_angstrom = np.array(gemmi.UnitCell(*structure.cell_angstrom_deg).orth.mat.tolist())
    atoms = atoms_in_cell(structure)
    about = {
        "lattice_vectors": to_angstrom.T.tolist(),
        "cartesian_site_positions": (atoms.fractions @ to_angstrom.T).tolist(),
        "species_at_sites": atoms.elements,
        "species": [
            {"name": element, "chemical_symbols": [element], "concentration": [1.0]}
            for element in sorted(set(atoms.elements))
        ],
    }
    return {"id": f"test/{number}", "type": "structures", "attributes": about | changed}


def page_of(rows: list[dict[str, Any]], following: Any = None) -> Answer:
    return 200, JSON, json.dumps({"data": rows, "links": {"next": following}}).encode()


class Recorded:
    """A server that gives recorded answers and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Callable[[str], Answer] = lambda _: page_of([])
        recorded = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                recorded.asked.append(self.path)
                status, headers, body = recorded.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/optimade"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    """The server, running."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    one = Recorded()
    thread = threading.Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()


def test_an_answer_is_a_cif_file_with_the_lines_of_its_structure(recorded: Recorded, tmp_path: Path):
    recorded.answer = lambda _: page_of([row_of("Li2O"), row_of("Li2CO3", 2)])
    found = fetch_structures(recorded.url, filter_of(("Li", "C", "O")), tmp_path / "cifs")
    assert [path.name for path in found.files] == ["Li2O_test-1.cif", "Li2CO3_test-2.cif"]
    assert not found.left_out
    assert not found.more
    recorded.server.server_close()  # offline from here on
    for structure in read_folder(tmp_path / "cifs"):
        table = built_in()[structure.name.split("_")[0]]
        own, other = reflections_of(structure), reflections_of(table)
        strong = [sorted(round(float(f), 2) for f in one.amplitudes if f > 0.5) for one in (own, other)]
        assert len(strong[0]) == len(strong[1])
        assert strong[0] == pytest.approx(strong[1], abs=0.03)
        assert "OPTIMADE 127.0.0.1" in structure.reference


def test_the_filter_is_asked_and_pages_are_followed(recorded: Recorded, tmp_path: Path):
    def answer(path: str) -> Answer:
        if "page2" in path:
            return page_of([row_of("LiF", 3)])
        return page_of([row_of("Li2O"), row_of("LiF", 2)], {"href": f"{recorded.url}/v1/structures?page2"})

    recorded.answer = answer
    assert len(fetch_structures(recorded.url, 'elements HAS ONLY "Li","O"', tmp_path).files) == 3
    asked = urlsplit(recorded.asked[0])
    assert asked.path == "/optimade/v1/structures"
    assert parse_qs(asked.query)["filter"] == ['elements HAS ONLY "Li","O"']
    few = fetch_structures(recorded.url, "nelements=2", tmp_path, most=1)
    assert (len(few.files), few.more) == (1, True)


def test_shared_sites_keep_their_shares(recorded: Recorded, tmp_path: Path):
    mixed = [{"name": "M", "chemical_symbols": ["Li", "vacancy"], "concentration": [0.7, 0.3]}]
    about = row_of("Cu")["attributes"]
    row = row_of("Cu", species=mixed, species_at_sites=["M"] * len(about["species_at_sites"]))
    recorded.answer = lambda _: page_of([row])
    fetch_structures(recorded.url, "x", tmp_path)
    (structure,) = read_folder(tmp_path)
    assert {(site.element, round(site.occupancy, 2)) for site in structure.sites} == {("Li", 0.7)}


LIF = row_of("LiF")["attributes"]


@pytest.mark.parametrize(
    "changed",
    [
        {"lattice_vectors": None},
        {"lattice_vectors": [[1, 0, 0]]},
        {"lattice_vectors": [[4, 0, 0], [8, 0, 0], [0, 0, 4]]},
        {"lattice_vectors": [[1e300, 0, 0], [0, 1e300, 0], [0, 0, 1e300]]},
        {"lattice_vectors": "abc"},
        {"cartesian_site_positions": [[0, 0, 0]]},
        {"cartesian_site_positions": [[0, 0, float("nan")]] * 8},
        {"species_at_sites": ["Qq"] * 8, "species": None},
        {"species_at_sites": ["'\n_cell_length_a 1"] * 8, "species": None},
        {"species_at_sites": ["Li"] * 100_000},
        {"species": [{"name": "Li"}]},
        {"species": {"Li": 1}},
        {"species": [{"name": "Li", "chemical_symbols": ["Li"], "concentration": ["much"]}]},
        {"species_at_sites": [["Li"]] * 8},
    ],
)
def test_what_is_no_structure_is_left_out_and_named(recorded: Recorded, tmp_path: Path, changed: dict):
    recorded.answer = lambda _: page_of(
        [{"id": "bad", "attributes": LIF | changed}, row_of("Cu", 7), {"id": 5}]
    )
    found = fetch_structures(recorded.url, "x", tmp_path)
    assert [path.name for path in found.files] == ["Cu_test-7.cif"]
    assert len(found.left_out) == 2
    assert found.left_out[0].startswith("bad")
    assert all("\n" not in reason and len(reason) < 400 for reason in found.left_out)


def redirect(to: str) -> Answer:
    return 302, {"Location": to}, b""


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, JSON, b"<html>hello</html>"), "does not answer in OPTIMADE's JSON"),
        ((200, JSON, b"\xff\xfe\x00"), "does not answer in OPTIMADE's JSON"),
        ((200, JSON, b"[" * 200_000), "does not answer in OPTIMADE's JSON"),
        ((200, JSON, b'{"data": ' + b"9" * 10_000 + b"}"), "does not answer in OPTIMADE's JSON"),
        ((200, JSON, b"[]"), "lists no structures"),
        ((200, JSON, b'{"data": {"id": 1}}'), "lists no structures"),
        ((200, JSON, b'{"data": [1, 2]}'), "lists no structures"),
        ((404, JSON, b"{}"), "refuses .404"),
        ((500, JSON, b"{}"), "refuses .500"),
        (redirect("file:///etc/passwd"), "refuses"),
        (redirect("ftp://127.0.0.1/x"), "only its own addresses"),
        (redirect("http://elsewhere.invalid/"), "only its own addresses"),
        (redirect("/again"), "refuses"),
        (page_of([], "file:///etc/passwd"), "only its own addresses"),
        (page_of([], "http://elsewhere.invalid/next"), "only its own addresses"),
        ((200, JSON | {"Content-Length": "5000"}, b"{}"), "cannot be reached|does not answer|lists no"),
    ],
)
def test_a_hostile_server_gets_one_sentence(recorded: Recorded, tmp_path: Path, answer: Answer, words: str):
    recorded.answer = lambda _: answer
    with pytest.raises(RecipeError, match=words) as told:
        fetch_structures(recorded.url, "x", tmp_path / "cifs")
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 300
    assert not (tmp_path / "cifs").exists()


def test_size_time_and_pages_are_bounded(recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    recorded.answer = lambda path: page_of([], path)
    assert fetch_structures(recorded.url, "x", tmp_path).files == ()
    assert len(recorded.asked) == optimade.MOST_PAGES
    monkeypatch.setattr(optimade, "MAX_BYTES", 1 << 20)
    recorded.answer = lambda _: (200, JSON, b" " * (3 << 20))
    with pytest.raises(RecipeError, match="more than 1 MB"):
        fetch_structures(recorded.url, "x", tmp_path)
    monkeypatch.setattr(optimade, "MOST_SECONDS", -1.0)
    recorded.answer = lambda _: page_of([row_of("LiF")])
    with pytest.raises(RecipeError, match="takes more than"):
        fetch_structures(recorded.url, "x", tmp_path)


def test_a_server_that_says_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import socket

    monkeypatch.setattr(optimade, "SILENT_SECONDS", 0.2)
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(RecipeError, match=r"cannot be reached: .*timed out"):
            fetch_structures(f"http://127.0.0.1:{silent.getsockname()[1]}", "x", tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org", "example.org", "", "http://", "http://name:word@example.org",
        "http://example.org/?x=1", "http://example.org:port", "http://exa\nmple.org", "http://[::1",
    ],
)  # fmt: skip
def test_other_addresses_are_refused_before_anything_is_asked(url: str, tmp_path: Path):
    with pytest.raises(RecipeError, match="address must"):
        fetch_structures(url, "x", tmp_path)


def test_nobody_elses_file_is_replaced(recorded: Recorded, tmp_path: Path):
    recorded.answer = lambda _: page_of([row_of("LiF")])
    (path,) = fetch_structures(recorded.url, "x", tmp_path).files
    assert fetch_structures(recorded.url, "x", tmp_path).files == (path,)
    path.write_text("mine")
    with pytest.raises(RecipeError, match="another file"):
        fetch_structures(recorded.url, "x", tmp_path)
    assert path.read_text() == "mine"


def test_what_is_asked_is_bounded(tmp_path: Path):
    with pytest.raises(RecipeError, match="1 to 200"):
        fetch_structures("http://example.org", "x", tmp_path, most=201)
    with pytest.raises(RecipeError, match="1 to 1000"):
        fetch_structures("http://example.org", "x" * 1001, tmp_path)
    with pytest.raises(RecipeError, match="must be such as Li"):
        filter_of(('Li" OR "a',))
