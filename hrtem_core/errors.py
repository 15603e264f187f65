"""Errors that only the user can mend; their text is a sentence for that person."""


class UserError(ValueError):
    """What was given cannot be used; the message says what must hold, what was given, what to change."""


class FileError(UserError):
    """A file cannot be read as a micrograph."""


class ScaleError(UserError):
    """The pixel size is missing or impossible."""


class RecipeError(UserError):
    """A parameter, or a recipe file, is not valid."""
