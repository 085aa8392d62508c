"""Flat keys of a ``.cfg`` section as the nested values of a settings class, by the class's own declaration.

``query.load = x`` is ``{"query": {"load": "x"}}`` for a dictionary; ``source.timeout = 5`` an option of a source,
and ``url.web.timeout = 5`` one of a source in a dictionary; a list is written with commas or on several lines.
"""

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from happyface.contract.declaration import Setting, Shape
from happyface.contract.source import Source


def nested_settings(declaration: type[BaseModel], flat: dict[str, str]) -> dict[str, Any]:
    """The values of a section as its settings class takes them; keys that it does not know stay as they are."""
    values: dict[str, Any] = {}
    for key, text in flat.items():
        name, dot, rest = key.partition(".")
        shape = _shape(declaration, name)
        if shape is Source or shape is dict:
            values.setdefault(name, {})[rest] = text
        elif not dot and shape is list:
            values[name] = [part for line in text.splitlines() for part in map(str.strip, line.split(",")) if part]
        else:
            values[key] = text
    return {name: _dictionary(declaration, name, value) for name, value in values.items()}


def _dictionary(declaration: type[BaseModel], name: str, value: Any) -> Any:
    """The value of a dictionary's keys; ``name = x`` alone stays a text, for its validator to judge."""
    if _shape(declaration, name) is not dict:
        return value
    if list(value) == [""]:
        return value[""]
    info = declaration.model_fields[name]
    return _with_options(value) if Source in typing.get_args(info.annotation) else value


def _with_options(flat: dict[str, str]) -> dict[str, dict[str, str]]:
    """``web`` and ``web.timeout`` as one source with its option, but ``www.example.org`` as a name."""
    sources: dict[str, dict[str, str]] = {}
    for key, text in flat.items():
        parts = key.split(".")
        owners = (n for n, part in enumerate(parts) if part in Source.model_fields and ".".join(parts[:n]) in flat)
        end = max(owners, default=len(parts))
        sources.setdefault(".".join(parts[:end]), {})[".".join(parts[end:])] = text
    return sources


def fetched_settings(declaration: type[BaseModel]) -> list[str]:
    """The settings that are sources, or lists or dictionaries of them."""

    def members(annotation: Any) -> Iterator[Any]:
        yield annotation
        for argument in typing.get_args(annotation):
            yield from members(argument)

    return [name for name, info in declaration.model_fields.items() if Source in members(info.annotation)]


def setting_shape(declaration: type[BaseModel], name: str) -> Shape:
    """How a setting is written."""
    shape = _shape(declaration, name)
    if shape is Source:
        return "source"
    if shape is dict:
        return "sources" if Source in typing.get_args(declaration.model_fields[name].annotation) else "dict"
    return "list" if shape is list else "value"


def declared_settings(declaration: type[BaseModel]) -> dict[str, Setting]:
    """The settings of one of our own classes, as plain values."""
    return {
        name: Setting(name, setting_shape(declaration, name), info.description or "", info.is_required())
        for name, info in declaration.model_fields.items()
    }


def _shape(declaration: type[BaseModel], name: str) -> type | None:
    """``dict``, ``list`` or ``Source`` where a setting is one (or may be), else None."""
    info = declaration.model_fields.get(name)
    if info is None:
        return None
    # The arguments, too: `Source | None` is a source.
    choices = [info.annotation, *typing.get_args(info.annotation)]
    for choice in choices:
        origin = typing.get_origin(choice) or choice
        if origin in (dict, list, tuple, Source):
            return list if origin is tuple else typing.cast(type, origin)  # both are written with commas
    return None
