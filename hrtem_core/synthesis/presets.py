"""Scenes worth a name, from easy to hard."""

from dataclasses import replace

from hrtem_core.image import PixelSize
from hrtem_core.synthesis.drawing import Optics
from hrtem_core.synthesis.simulation import SceneParameters
from hrtem_core.synthesis.specimen import FieldParameters

_FIELD = FieldParameters(shape=(640, 768))
_METAL_FIELD = replace(_FIELD, pixel_size=PixelSize(0.026, 0.026, "simulated"))

PRESETS: dict[str, SceneParameters] = {
    "interphase": SceneParameters(_FIELD, n_grains=9, diameter_nm=(3.5, 6.5), fringe=1.3),
    "weak": SceneParameters(_FIELD, n_grains=6, diameter_nm=(4.0, 8.0), fringe=0.5),
    "small": SceneParameters(_FIELD, n_grains=16, diameter_nm=(2.0, 3.2), fringe=1.2),
    "overlap": SceneParameters(_FIELD, layout="overlapping", n_grains=12, diameter_nm=(4.0, 8.0)),
    "dense": SceneParameters(_FIELD, layout="dense", n_grains=14),
    "bicrystal": SceneParameters(
        _METAL_FIELD,
        layout="bicrystal",
        structures=("Au",),
        n_grains=2,
        zone_axis=(1, 1, 0),
        in_plane_deg=(20.0, 28.0),
        bend_deg=0.2,
    ),
    "single": SceneParameters(
        _METAL_FIELD, layout="single", structures=("Cu",), n_grains=1, zone_axis=(1, 1, 0), bend_deg=0.2
    ),
    "edge": SceneParameters(replace(_FIELD, vacuum_fraction=0.3), n_grains=6),
    "faults": SceneParameters(
        replace(_FIELD, stripes=0.5, scale_bar_nm=5.0, dead_fraction=1e-4, dose=60.0), n_grains=7
    ),
    "rectangular": SceneParameters(replace(_FIELD, pixel_size=PixelSize(0.03, 0.024, "simulated"))),
    "amorphous": SceneParameters(_FIELD, n_grains=0),
    "amorphous-defocused": SceneParameters(
        replace(_FIELD, optics=Optics(defocus_nm=120.0), dose=30.0), n_grains=0
    ),
}
"""Parameters for `simulate` by name."""
