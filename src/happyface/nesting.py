"""Flat keys of a ``.cfg`` section as the nested values of a settings class, by the class's own declaration.

``query.load = x`` is ``{"query": {"load": "x"}}`` for a dictionary; ``source.timeout = 5`` an option of a source;
a list is written with commas or on several lines.
"""

import typing
from typing import Any

from pydantic import BaseModel

from happyface.source import Source


def nested_settings(declaration: type[BaseModel], flat: dict[str, str]) -> dict[str, Any]:
    """The values of a section as its settings class takes them; keys that it does not know stay as they are."""
    values: dict[str, Any] = {}
    for key, text in flat.items():
        name, dot, rest = key.partition(".")
        shape = _shape(declaration, name)
        if shape is Source or (dot and shape is dict):
            values.setdefault(name, {})[rest] = text
        elif not dot and shape is list:
            values[name] = [part for line in text.splitlines() for part in map(str.strip, line.split(",")) if part]
        else:
            values[key] = text
    return values


def takes_dotted_keys(declaration: type[BaseModel], name: str) -> bool:
    """Whether ``name.KEY`` may be written."""
    return _shape(declaration, name) in (dict, Source)


def _shape(declaration: type[BaseModel], name: str) -> type | None:
    """``dict``, ``list`` or ``Source`` where a setting is one (or may be), else None."""
    info = declaration.model_fields.get(name)
    if info is None:
        return None
    choices = [info.annotation, *typing.get_args(info.annotation)]
    for choice in choices:
        origin = typing.get_origin(choice) or choice
        if origin in (dict, list, Source):
            return typing.cast(type, origin)
    return None
