"""What a module declares, as plain values: all that anybody but its worker knows of it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from happyface.contract.columns import Table

LONGEST_NAME = 100
"""The most letters of a name of a category, an instance, a module or a unit: the database has room for so many."""

Shape = Literal["value", "list", "dict", "source", "sources"]
"""How a setting is written: ``sources`` is a dictionary of them, ``NAME.KEY = address``."""


@dataclass(frozen=True)
class Setting:
    """One key of a module's instances.

    Attributes:
        default: what it is where the configuration does not say; None for one that must be given.
        own: the module adds it, or changes its default; the others are common to all instances.
        fetched: it is a source, or several.
    """

    name: str
    shape: Shape = "value"
    description: str = ""
    required: bool = False
    default: Any = None
    own: bool = True
    fetched: bool = False


@dataclass(frozen=True)
class Declaration:
    """A module class, read once.

    Attributes:
        title: the name of the class.
        doc: its docstring, indented as it is written.
        tables: the tables by their names; '' is ``Data``'s.
        settings: the keys of its instances by name, those that all instances have among them.
        plain_sources: what is fetched are its settings: its code need not be asked.
        asks_again: it has a method ``then`` for a second round of fetching.
        asks_previous: ``extract`` takes what the instance stored last.
    """

    title: str
    doc: str = ""
    tables: dict[str, Table] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)
    plain_sources: bool = True
    asks_again: bool = False
    asks_previous: bool = False
