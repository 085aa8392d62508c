"""The modules' own templates: read when first needed and when they change. The default page stands in for a bad one."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mako.template import Template
from markupsafe import Markup

from happyface.contract.columns import Cell
from happyface.model.views import InstanceView, RatedCell
from happyface.rating.parsing import PARSING
from happyface.web.pages.show import Show

log = logging.getLogger(__name__)

TEMPLATE_SETTINGS: dict[str, Any] = {
    "default_filters": ["escaped"],
    "imports": ["from happyface.web.pages.cells import escaped"],
    "strict_undefined": True,
}
"""What all templates have in common: they escape by default, and an unknown name is an error."""

# Not `x.rows`: only the name itself asks for all rows.
_USES_ROWS = re.compile(r"(?<![\w.])rows\b")


class TemplateRow:
    """A row as a template sees it: ``door.state`` is a value, ``door["state"]`` the rated cell of it."""

    def __init__(self, cells: Sequence[RatedCell], places: Mapping[str, int]) -> None:
        self._cells = cells
        self._places = places

    def __getattr__(self, column: str) -> Cell:
        if column.startswith("_") or column not in self._places:
            raise AttributeError(f"a row has no column {column!r}; it has {', '.join(self._places)}")
        return self._cells[self._places[column]].value

    def __getitem__(self, column: str) -> RatedCell:
        return self._cells[self._places[column]]

    def __iter__(self) -> Iterator[RatedCell]:
        return iter(self._cells)


class TemplateRows:
    """All rows of an instance by the names of their tables, in the module's order: ``rows.door``."""

    def __init__(self, view: InstanceView) -> None:
        self._tables: dict[str, Sequence[TemplateRow]] = {
            name: () for name in (view.module.tables if view.module else {}) if name
        }
        for rows in view.rows:
            places = {column.name: position for position, column in enumerate(rows.table.columns)}
            self._tables[rows.table.name] = [TemplateRow(cells, places) for cells in rows.rows]

    def __getattr__(self, table: str) -> Sequence[TemplateRow]:
        if table.startswith("_") or table not in self._tables:
            raise AttributeError(f"there are no rows {table!r}; there are {', '.join(self._tables) or 'none'}")
        return self._tables[table]

    def __getitem__(self, table: str) -> Sequence[TemplateRow]:
        return self._tables[table]


class ModuleTemplates:
    """The templates of a site's modules.

    Args:
        paths: their files, by the modules' names.
    """

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = dict(paths)
        self._read: dict[str, tuple[int, Template]] = {}

    def wanting_all_rows(self) -> list[str]:
        """The modules whose templates use ``rows``: they are handed all of them, in the module's order."""
        return [name for name, path in self._paths.items() if _USES_ROWS.search(_text_of(path))]

    def body(self, view: InstanceView, show: Show) -> tuple[Markup, str]:
        """What a card shows of its instance, and a sentence where the module's template is of no use.

        An instance that stored nothing has nothing for a template to show.
        """
        name = view.outline.module
        if name not in self._paths or not (view.cells or view.rows):
            return show.body(view), ""
        try:
            names = {"instance": view, "value": view.value, "rows": TemplateRows(view), "show": show}
            return Markup(self._template(name).render_unicode(**names)), ""  # noqa: S704 - escapes by default
        except Exception:
            log.exception("the template of module %s failed for instance %s", name, view.outline.name)
            return show.body(view), f"The page of the module {name} could not be made; this is the plain one."

    def _template(self, name: str) -> Template:
        path = self._paths[name]
        # So the author of a template sees each change with the next page.
        changed = path.stat().st_mtime_ns
        if name not in self._read or self._read[name][0] != changed:
            with PARSING:
                self._read[name] = changed, Template(filename=str(path), **TEMPLATE_SETTINGS)
        return self._read[name][1]


def _text_of(path: Path) -> str:
    """The template's text; empty for one that cannot be read, which fails when it is used."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
