"""Stage 3, domains: where each lattice is, and which domains are one crystal."""

from hrtem_core.domains.clustering import find_domains
from hrtem_core.domains.crystallites import CrystalliteParameters, Crystallites, merge
from hrtem_core.domains.delocalization import DelocalizationParameters, relocate
from hrtem_core.domains.domain import Domain, DomainMark, DomainParameters, Domains
from hrtem_core.domains.marks import innermost, is_rejected, mark_of
from hrtem_core.domains.overlaps import bounding_boxes, label_layers

__all__ = [
    "CrystalliteParameters",
    "Crystallites",
    "DelocalizationParameters",
    "Domain",
    "DomainMark",
    "DomainParameters",
    "Domains",
    "bounding_boxes",
    "find_domains",
    "innermost",
    "is_rejected",
    "label_layers",
    "mark_of",
    "merge",
    "relocate",
]
