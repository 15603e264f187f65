"""Micrographs with known crystals and their truth, for tests and teaching."""

from hrtem_core.synthesis.drawing import Optics, add_fringes, amorphous, disc, polygon
from hrtem_core.synthesis.files import write_micrograph, write_scene
from hrtem_core.synthesis.presets import PRESETS
from hrtem_core.synthesis.scene import Fringes, Grain, PlannedGrain, Reflection, Scene, scene_with
from hrtem_core.synthesis.simulation import SceneParameters, simulate
from hrtem_core.synthesis.specimen import FieldParameters
from hrtem_core.synthesis.structures import STRUCTURES, Structure
from hrtem_core.synthesis.waves import Wave, seen_through

__all__ = [
    "PRESETS",
    "STRUCTURES",
    "FieldParameters",
    "Fringes",
    "Grain",
    "Optics",
    "PlannedGrain",
    "Reflection",
    "Scene",
    "SceneParameters",
    "Structure",
    "Wave",
    "add_fringes",
    "amorphous",
    "disc",
    "polygon",
    "scene_with",
    "seen_through",
    "simulate",
    "write_micrograph",
    "write_scene",
]
