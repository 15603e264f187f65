"""Which image a recipe was made for: scale and marks mean something there, and nowhere else."""

import re
from dataclasses import dataclass

from hrtem_core.errors import RecipeError
from hrtem_core.image import Micrograph

MAX_NAME = 500


@dataclass(frozen=True)
class ImageOf:
    """The image that a recipe was made for.

    Parameters
    ----------
    name
        Its file's name, for people.
    sha256
        Its micrograph's `digest`, which alone decides.

    Raises
    ------
    RecipeError
        If the digest is none, or the name no name.
    """

    name: str
    sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise RecipeError(f"image_of.sha256 must be 64 hexadecimal digits, got {self.sha256[:70]!r}.")
        if len(self.name) > MAX_NAME:
            raise RecipeError(f"image_of.name must have at most {MAX_NAME} characters, got {len(self.name)}.")

    @classmethod
    def of(cls, micrograph: Micrograph) -> "ImageOf":
        """That of a micrograph."""
        return cls(micrograph.name, micrograph.digest)

    def is_of(self, micrograph: Micrograph) -> bool:
        """Whether a micrograph has the same pixels, whatever its name."""
        return self.sha256 == micrograph.digest
