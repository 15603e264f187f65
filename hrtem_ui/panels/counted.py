"""What statistics are of: crystallites, for a crystal has as many domains as reflections; or domains."""

from dataclasses import dataclass

import pandas as pd

from hrtem_core.pictures import colours
from hrtem_ui.frame import Page
from hrtem_ui.panels.looks import CRYSTALLITES, DOMAINS
from hrtem_ui.widgets import controls

COUNTED = "counted"
"""Where the choice of what is counted is kept."""


@dataclass(frozen=True, eq=False)
class Counted:
    """What sizes and numbers are of.

    Parameters
    ----------
    noun
        Of one of them.
    table
        One row each, with a column `family` to colour by.
    domain_ids
        The domains of each row.
    """

    noun: str
    table: pd.DataFrame
    domain_ids: list[list[int]]


def one_each(domains: pd.DataFrame) -> Counted:
    return Counted("domain", domains, [[int(number)] for number in domains["domain_id"]])


def domains_of(page: Page) -> pd.DataFrame:
    """The domains with the name of their family."""
    families = page.families
    names = dict(zip(families.family_id.tolist(), families.called, strict=True))
    table = page.results.domains
    return table.assign(family=[names.get(int(number), "") for number in table["family_id"]])


def counted_of(page: Page, domains: pd.DataFrame) -> Counted:
    """What the visitor wants counted; where no domain has a place of its own there are domains only.

    Parameters
    ----------
    page
        Whose choice and crystallites.
    domains
        As `domains_of` gives them.
    """
    table = page.results.crystallites
    if controls.look(page.session, COUNTED, CRYSTALLITES) == DOMAINS or not len(table):
        return one_each(domains)
    members = [[int(number) for number in ids.split()] for ids in table["domain_ids"]]
    by_id = domains.set_index("domain_id")
    strongest = [by_id.loc[ids, "snr"].idxmax() for ids in members]
    return Counted("crystallite", table.assign(family=by_id.loc[strongest, "family"].to_numpy()), members)


def family_colours(page: Page) -> dict[str, str]:
    """Colours of the families by name."""
    families = page.families
    return dict(zip(families.called, colours.family_hex(families), strict=True))
