"""Stage 3, domains: where each lattice is, and which domains are one crystal."""

from hrtem_core.domains.clustering import find_domains
from hrtem_core.domains.crystallites import CrystalliteParameters, Crystallites, merge
from hrtem_core.domains.delocalization import DelocalizationParameters, relocate
from hrtem_core.domains.domain import OUTLINE_FIELDS, Domain, DomainMark, DomainParameters, Domains
from hrtem_core.domains.marks import domains_at, innermost, is_rejected, mark_of
from hrtem_core.domains.outlines import Outlines, outline_maps
from hrtem_core.domains.overlaps import label_layers

__all__ = [
    "OUTLINE_FIELDS",
    "CrystalliteParameters",
    "Crystallites",
    "DelocalizationParameters",
    "Domain",
    "DomainMark",
    "DomainParameters",
    "Domains",
    "Outlines",
    "domains_at",
    "find_domains",
    "innermost",
    "is_rejected",
    "label_layers",
    "mark_of",
    "merge",
    "outline_maps",
    "relocate",
]
