"""A drawing of the database for the manual, made from the schema: tables, their columns, and what points to what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import sqlalchemy as sa

from happyface.store import schema
from happyface.store.layout import Place, make_table

_WIDTH, _LINE, _HEAD = 158, 15, 20
_APART, _BELOW = 62, 18
_MARGIN = 12


@dataclass(frozen=True)
class _Box:
    """A table on the drawing, by its upper left corner."""

    table: sa.Table
    x: float
    y: float

    @property
    def height(self) -> float:
        return _HEAD + _LINE * len(self.table.columns) + 5

    def line(self, column: str) -> float:
        """Where a column stands."""
        return self.y + _HEAD + _LINE * (list(self.table.columns.keys()).index(column) + 0.5)


def all_tables() -> list[sa.Table]:
    """All tables of a site, and one of each kind that modules have."""
    columns = {Place(41, "text"): None, Place(42, "number"): None, Place(43, "state"): None}
    return [*schema.metadata.sorted_tables, make_table(17, "", columns), make_table(18, "row", columns)]


def draw_schema() -> str:
    """The drawing as SVG: every table stands to the right of those that it points to."""
    boxes = _placed(all_tables())
    width = max(box.x for box in boxes.values()) + _WIDTH + _MARGIN
    height = max(box.y + box.height for box in boxes.values()) + _MARGIN
    lines = "".join(_arrows(boxes))
    drawn = "".join(_box(box) for box in boxes.values())
    return (
        f'<svg class="database" viewBox="0 0 {width:g} {height:g}" role="img" xmlns="http://www.w3.org/2000/svg"'
        f' aria-label="The tables of the database and how they point to each other">'
        f'<g fill="none" stroke="currentColor" stroke-opacity=".45">{lines}</g>{drawn}</svg>'
    )


def _placed(tables: Sequence[sa.Table]) -> dict[str, _Box]:
    levels: dict[str, int] = {}
    for table in tables:  # those that a table points to come before it
        levels[table.name] = 1 + max((levels[name] for name in _targets(table).values() if name in levels), default=-1)
    boxes: dict[str, _Box] = {}
    ends = dict.fromkeys(levels.values(), float(_MARGIN))
    for table in tables:
        level = levels[table.name]
        box = _Box(table, _MARGIN + level * (_WIDTH + _APART), ends[level])
        ends[level] += box.height + _BELOW
        boxes[table.name] = box
    return boxes


def _targets(table: sa.Table) -> dict[str, str]:
    """The tables that a table's columns point to, by column; itself left out."""
    found = {key.parent.name: key.target_fullname.partition(".")[0] for key in table.foreign_keys}
    return {column: name for column, name in found.items() if name != table.name}


def _arrows(boxes: Mapping[str, _Box]) -> Iterator[str]:
    for box in boxes.values():
        for column, name in sorted(_targets(box.table).items()):
            target = boxes[name]
            x, y, to_x, to_y = box.x, box.line(column), target.x + _WIDTH, target.y + _HEAD / 2
            bend = (x - to_x) / 2
            yield f'<path d="M{x:g} {y:g}C{x - bend:g} {y:g} {to_x + bend:g} {to_y:g} {to_x:g} {to_y:g}"/>'
            yield f'<path d="M{to_x + 6:g} {to_y - 3.5:g}L{to_x:g} {to_y:g}L{to_x + 6:g} {to_y + 3.5:g}"/>'


def _box(box: _Box) -> str:
    targets = _targets(box.table)
    lines = []
    for column in box.table.columns:
        weight = ' font-weight="bold"' if column.primary_key else ""
        style = ' font-style="italic"' if column.name in targets else ""
        y = box.line(column.name) + 4
        lines.append(f'<text x="{box.x + 8:g}" y="{y:g}"{weight}{style}>{escape(column.name)}</text>')
    frame = f'x="{box.x:g}" y="{box.y:g}" width="{_WIDTH}" rx="4" stroke="currentColor"'
    place = f'x="{box.x + 8:g}" y="{box.y + 14:g}"'
    name = f'<text {place} font-weight="bold" font-size="12">{escape(box.table.name)}</text>'
    return (
        f'<g font-size="11" fill="currentColor" font-family="sans-serif">'
        f'<rect {frame} height="{box.height:g}" fill="none"/>'
        f'<rect {frame} height="{_HEAD}" fill-opacity=".12"/>{name}{"".join(lines)}</g>'
    )
