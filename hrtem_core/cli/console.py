"""Text for a terminal: one line, nothing hidden in it."""


def shown(text: str) -> str:
    """The text with "?" for characters that do not show: a file's name may hold commands to the terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def one_line(text: str) -> str:
    """The text without line breaks, and without characters that do not show."""
    return shown(" ".join(text.split()))
