"""Labels."""

import numpy as np
from PIL import Image

from hrtem_core.pictures.drawing import draw_label


def test_a_number_at_the_edge_is_written_whole() -> None:
    sizes = []
    for place in ((200, 200), (399, 399)):
        picture = Image.new("RGB", (400, 400))
        draw_label(picture, place, "28")
        sizes.append(np.ptp(np.argwhere(np.asarray(picture)[..., 0]), axis=0).tolist())
    assert sizes[0] == sizes[1]
