"""What the style sheet must not cost."""

import re

from hrtem_ui.widgets.style import STYLE


def test_only_what_is_named_is_asked_what_it_has() -> None:
    """Of `*`, or the whole page, the browser asks again whenever something in it changes."""
    asked = re.findall(r"([^\s,{}>~+]*):has\(([^)]*)", STYLE)
    assert len(asked) == STYLE.count(":has(")
    assert all(of_whom not in ("", "*") for of_whom, _ in asked)
    assert all(what.startswith("> ") for of_whom, what in asked if of_whom in ("html", "body", ":root"))
