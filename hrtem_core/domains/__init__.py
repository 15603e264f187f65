"""Stage 3, domains: where each lattice is, and which domains are one crystal."""

from hrtem_core.domains.clustering import find_domains, numbered
from hrtem_core.domains.crystallites import CrystalliteParameters, Crystallites, group_crystallites
from hrtem_core.domains.domain import OUTLINE_FIELDS, Domain, DomainMark, DomainParameters, Domains
from hrtem_core.domains.marks import domains_at, innermost, is_rejected, mark_of
from hrtem_core.domains.one_lattice import on_lattice
from hrtem_core.domains.outlines import Outlines, outline_level, outline_maps
from hrtem_core.domains.overlaps import label_layers, overlapping_pairs
from hrtem_core.domains.parted_domains import cut_where_crystals_meet
from hrtem_core.domains.tuning import DOMAIN_TUNING, DomainTuning
from hrtem_core.domains.usable_part import keep_to_usable

__all__ = [
    "DOMAIN_TUNING",
    "OUTLINE_FIELDS",
    "CrystalliteParameters",
    "Crystallites",
    "Domain",
    "DomainMark",
    "DomainParameters",
    "DomainTuning",
    "Domains",
    "Outlines",
    "cut_where_crystals_meet",
    "domains_at",
    "find_domains",
    "group_crystallites",
    "innermost",
    "is_rejected",
    "keep_to_usable",
    "label_layers",
    "mark_of",
    "numbered",
    "on_lattice",
    "outline_level",
    "outline_maps",
    "overlapping_pairs",
]
