"""Frozen dataclasses to JSON and back, driven by type hints: a new parameter is written in one place.

Known types: bool, int, float, str, None, tuples of fixed or any length, named or not, unions, and dataclasses
of these.
Reading is strict, because a recipe may come from anywhere: what is wrong is said in one sentence that
names the field, what was given and what must hold.
"""

import json
import math
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

from hrtem_core.errors import RecipeError

MAX_CHARACTERS = 2_000_000

MAX_ENTRIES = 20_000

MAX_DEPTH = 30

MAX_MAGNITUDE = 1e15
"""Larger numbers are no parameter, and integers up to here survive a round trip through float64."""

T = TypeVar("T")


def to_tree(value: Any, hint: Any) -> Any:
    """The dicts, lists and scalars that JSON knows, equal values giving equal trees.

    Parameters
    ----------
    value
        What to write.
    hint
        Its type; decides that 1 given for a float is written as 1.0.
    """
    if is_dataclass(hint):
        members = _hints(typing.cast(type, hint))
        return {name: to_tree(getattr(value, name), kind) for name, kind in members.items()}
    if _is_tuple(hint):
        kinds = _entry_kinds(hint, len(value))
        return [to_tree(entry, kind) for entry, kind in zip(value, kinds, strict=True)]
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return to_tree(value, next(kind for kind in typing.get_args(hint) if _holds(value, kind)))
    if hint is float:
        return float(value) + 0.0  # no negative zero: equal parameters, equal text
    return None if value is None else hint(value)


def from_tree(tree: Any, hint: type[T], where: str) -> T:
    """The value of type `hint` that `tree` describes.

    Parameters
    ----------
    tree
        What `json.loads` gave.
    hint
        The type wanted; fields missing in `tree` take their defaults.
    where
        Name of the value for messages, such as "recipe".

    Raises
    ------
    RecipeError
        If anything does not fit, naming it.
    """
    return typing.cast(T, _decode(tree, hint, where))


def parse(text: str, where: str) -> Any:
    """The tree of a JSON text, with neither NaN nor repeated names nor depths that serve no recipe.

    Parameters
    ----------
    text
        JSON.
    where
        Name of the text for messages.

    Raises
    ------
    RecipeError
        If the text is not such JSON.
    """
    if len(text) > MAX_CHARACTERS:
        raise RecipeError(
            f"The {where} must not be longer than {MAX_CHARACTERS:,} characters, got {len(text):,}."
        )

    def constant(name: str) -> float:
        raise RecipeError(f"The {where} must hold finite numbers only, got {name}.")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for name, value in pairs:
            if name in seen:
                raise RecipeError(f'The {where} must give each field once, got "{_short(name)}" again.')
            seen[name] = value
        return seen

    try:
        tree = json.loads(text, parse_constant=constant, object_pairs_hook=unique)
    except RecursionError as error:
        raise RecipeError(f"The {where} must not be nested deeper than {MAX_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        raise RecipeError(
            f"The {where} must be valid JSON, got an error in line {error.lineno}, "
            f"column {error.colno}: {error.msg}."
        ) from error
    except ValueError as error:
        if isinstance(error, RecipeError):
            raise
        raise RecipeError(
            f"The {where} must hold numbers up to {MAX_MAGNITUDE:g}, got a longer one."
        ) from error
    _check_depth(tree, where)
    return tree


def _check_depth(tree: Any, where: str) -> None:
    level, depth = [[tree]], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise RecipeError(f"The {where} must not be nested deeper than {MAX_DEPTH} levels.")
        children = [child for node in level for child in node if isinstance(child, dict | list)]
        level = [list(child.values()) if isinstance(child, dict) else child for child in children]


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind) if field.init}


def _is_tuple(hint: Any) -> bool:
    """Whether a type is a tuple's, with or without names."""
    return typing.get_origin(hint) is tuple or (isinstance(hint, type) and issubclass(hint, tuple))


def _entry_kinds(hint: Any, length: int) -> tuple[Any, ...]:
    """The type of each entry of a tuple of `length` entries."""
    arguments = typing.get_args(hint) or tuple(typing.get_type_hints(hint).values())
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return (arguments[0],) * length
    return arguments


def _holds(value: Any, kind: Any) -> bool:
    """Whether `value` is of the union member `kind`, as far as the outermost type tells."""
    if value is None or kind is type(None):
        return value is None and kind is type(None)
    if _is_tuple(kind):
        return isinstance(value, tuple | list) and len(_entry_kinds(kind, len(value))) == len(value)
    if is_dataclass(kind):
        return isinstance(value, dict | kind)
    if kind is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _decode(tree: Any, hint: Any, where: str) -> Any:
    if is_dataclass(hint):
        return _decode_dataclass(tree, hint, where)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        fitting = [kind for kind in typing.get_args(hint) if _holds(tree, kind)]
        if not fitting:
            raise _wrong_type(tree, hint, where)
        return _decode(tree, fitting[0], where)
    if not _holds(tree, hint):
        raise _wrong_type(tree, hint, where)
    if _is_tuple(hint):
        if len(tree) > MAX_ENTRIES:
            raise RecipeError(f"{where} must not have more than {MAX_ENTRIES:,} entries, got {len(tree):,}.")
        kinds = _entry_kinds(hint, len(tree))
        entries = (_decode(tree[i], kind, f"{where}[{i}]") for i, kind in enumerate(kinds))
        return tuple(entries) if typing.get_origin(hint) is tuple else hint(*entries)
    if hint in (int, float):
        if not (abs(tree) <= MAX_MAGNITUDE and math.isfinite(tree)):
            raise RecipeError(f"{where} must be a number up to {MAX_MAGNITUDE:g}, got {_short(tree)}.")
        return hint(tree)
    return tree


def _decode_dataclass(tree: Any, kind: Any, where: str) -> Any:
    if not isinstance(tree, dict):
        raise _wrong_type(tree, kind, where)
    hints = _hints(kind)
    for name in tree:
        if name not in hints:
            raise RecipeError(
                f'{where} has no field "{_short(name)}"; it must be one of {", ".join(sorted(hints))}.'
            )
    for field in fields(kind):
        required = field.default is MISSING and field.default_factory is MISSING
        if required and field.name not in tree:
            raise RecipeError(f"{where} must give {field.name}, which has no default.")
    values = {name: _decode(entry, hints[name], f"{where}.{name}") for name, entry in tree.items()}
    return kind(**values)


def _wrong_type(tree: Any, hint: Any, where: str) -> RecipeError:
    return RecipeError(f"{where} must be {_words(hint)}, got {_short(tree)}.")


def _words(hint: Any) -> str:
    """The type in words for the user."""
    plain = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "a text",
        type(None): "null",
    }
    if hint in plain:
        return plain[hint]
    if is_dataclass(hint):
        return "an object"
    arguments = typing.get_args(hint)
    if _is_tuple(hint):
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return f"a list of which each entry is {_words(arguments[0])}"
        kinds = _entry_kinds(hint, len(arguments))
        return f"a list of {len(kinds)} entries ({', '.join(_words(kind) for kind in kinds)})"
    return " or ".join(_words(kind) for kind in arguments)


def _short(value: Any) -> str:
    """What was given, in at most 60 characters of one line."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**50:
        return "a whole number of more than 50 digits"
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)} entries"
    text = value if isinstance(value, str) else json.dumps(value)
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 60 else text[:57] + "..."
