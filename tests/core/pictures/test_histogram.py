"""Histograms as pictures."""

import xml.etree.ElementTree as ElementTree

from hrtem_core.pictures.histogram import histogram_svg


def test_histograms_count_every_value() -> None:
    drawn = histogram_svg([1.0, 1.0, 2.0, 5.0], "area / nm² <all>")
    root = ElementTree.fromstring(drawn)
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert sum(int(text.rsplit(": ")[-1]) for text in titles) == 4
    ElementTree.fromstring(histogram_svg([], "none"))
    ElementTree.fromstring(histogram_svg([3.0], "one"))
    ElementTree.fromstring(histogram_svg([3.0] * 9, "equal"))
