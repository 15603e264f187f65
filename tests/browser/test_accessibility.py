"""No page has what axe-core finds serious or critical: for those who do not see it, or do not see it well."""

from collections.abc import Callable

from axe import findings
from driver import Served, go, settled, visitor
from hands import choose, click_picture, click_share, follow, strongest_spot, use
from playwright.sync_api import Browser, Page


def mark(page: Page) -> None:
    """Use every way of pointing at the first page's picture."""
    use(page, "Profile")
    use(page, "FFT of a box")
    assert findings(page) == []
    for mode in ("Region", "Polygon", "Scale"):
        choose(page, mode)
        assert findings(page) == []
    for tab in ("Your image", "Earlier work"):
        page.get_by_role("tab", name=tab).click()
        assert findings(page) == []


def place_mask(page: Page) -> None:
    """Look at a pair from close by, and through a mask."""
    use(page, "Select")
    click_picture(page, strongest_spot(page))
    assert findings(page) == []
    use(page, "Mask")
    click_picture(page, strongest_spot(page))


def select(page: Page) -> None:
    """Look at a domain from close by, in the colours of directions."""
    choose(page, "Direction")
    click_share(page, 0.15, 0.17)
    page.get_by_role("button", name="View").click()
    settled(page)


def nothing(page: Page) -> None:
    """The page as it comes."""


PAGES: dict[str, Callable[[Page], None]] = {
    "d-spacings": nothing,
    "Micrograph": mark,
    "FFT peaks": place_mask,
    "Domains": select,
    "Phases": nothing,
    "Statistics": nothing,
    "Composition": nothing,
    "Export": nothing,
    "Batch": nothing,
}
"""The pages, and what is done there before they are looked at once more."""


def test_no_page_has_grave_faults(app: Served, browser: Browser) -> None:
    with visitor(browser) as page:
        go(page, f"{app.address}/d-spacings")  # which says that this is a sample
        for name, use_it in PAGES.items():
            if name not in page.title():
                follow(page, name, name)
            assert findings(page) == [], name
            if use_it is not nothing:
                use_it(page)
                assert findings(page) == [], name
