"""What the files of a scan are, as their names tell."""

import re

SURVEY, BACKGROUND, CUBE = "survey", "background", "spectrum image"
WINDOWS, SENSITIVITY = "windows", "sensitivity"
SENSITIVITY_WORDS = ("sensitivity", "sensitivities", "k", "kfactors", "factors")
SURVEY_WORDS = ("haadf", "adf", "survey", "df", "df4", "bf")
BACKGROUND_WORDS = ("background", "below", "bg")
CUBE_ENDINGS = ("hspy", "bcf", "rpl", "dm4", "npz")
"""Of files that most likely hold spectra; what else may (`readers.SPECTRUM_ENDINGS`) holds maps or images."""
SYMBOLS = """
H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb
Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu
Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Th U
"""
ELEMENTS = frozenset(re.findall(r"\w+", SYMBOLS))


def guess_role(name: str) -> str:
    """What a file most likely is: an element, "survey", "background O", "spectrum image", or "".

    Parameters
    ----------
    name
        Of the file, such as "area3_O-K.tif"; JSON holds "windows" or "sensitivity".
    """
    stem, _, ending = name.rpartition(".")
    words = re.split(r"[^A-Za-z]+", stem or name)
    lower = [word.lower() for word in words]
    if ending.lower() == "json":
        return SENSITIVITY if any(word in SENSITIVITY_WORDS for word in lower) else WINDOWS
    if any(word in SURVEY_WORDS for word in lower):
        return SURVEY
    elements = [word for word in words if word in ELEMENTS]
    # The last but the line: "O-K" is oxygen, "film_K" potassium.
    element = next((word for word in reversed(elements) if not (word in "KLM" and len(elements) > 1)), "")
    if any(word in BACKGROUND_WORDS for word in lower):
        return f"{BACKGROUND} {element}".strip()
    if ending.lower() in CUBE_ENDINGS:
        return CUBE
    return element
