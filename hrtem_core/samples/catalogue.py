"""The list of samples: what each shows, and where its file lies."""

from dataclasses import dataclass
from pathlib import Path

from hrtem_core.errors import FileError


@dataclass(frozen=True)
class Sample:
    """A micrograph to try the program on.

    Parameters
    ----------
    name
        Short identifier.
    title
        What it shows, for a list.
    teaches
        One sentence for the person who opens it: what to look for.
    filename
        Name of the TIFF beside this module.
    """

    name: str
    title: str
    teaches: str
    filename: str


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "nanocrystals",
        "Li₂O and LiF nanocrystals (multislice simulation)",
        "Crystals of two phases in an amorphous film, some barely visible: their d-spacings tell them apart.",
        "nanocrystals.tif",
    ),
    Sample(
        "interphase",
        "Solid electrolyte interphase (drawn)",
        "Small Li₂O, LiF and Li₂CO₃ grains whose fringes hide in the film's own contrast until filtered out.",
        "interphase.tif",
    ),
    Sample(
        "bicrystal",
        "Two gold crystals, 8° apart (drawn)",
        "Equal d-spacings, different directions: only the azimuth of the fringes separates the two domains.",
        "bicrystal.tif",
    ),
    Sample(
        "uncorrected",
        "Li₂O crystals through an uncorrected lens (simulated)",
        "The lens has carried the fringes up to 1.8 nm away from their crystals; they are brought home.",
        "uncorrected.tif",
    ),
    Sample(
        "amorphous",
        "An amorphous film (drawn)",
        "Nothing is crystalline here, and nothing should be found, however much noise looks like fringes.",
        "amorphous.tif",
    ),
)
"""The first one is what the app opens on."""


def sample_path(name: str) -> Path:
    """The file of the sample of that name.

    Raises
    ------
    FileError
        If there is no such sample.
    """
    for sample in SAMPLES:
        if sample.name == name:
            return Path(__file__).with_name(sample.filename)
    known = ", ".join(sample.name for sample in SAMPLES)
    raise FileError(f"There is no sample called {name!r}; choose one of {known}.")


def sample_bytes(name: str) -> bytes:
    """The content of the sample's file; errors as in `sample_path`."""
    return sample_path(name).read_bytes()
