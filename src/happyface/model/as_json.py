"""An instance and the status of a site as plain values for programs: what commands, pages and the API answer.

Times are ISO 8601 in UTC.
"""

from datetime import datetime
from typing import Any

from happyface.contract.states import in_trouble
from happyface.model.outline import Outline
from happyface.model.views import CategoryView, InstanceView, Listing


def instance_json(view: InstanceView, values: bool = True) -> dict[str, Any]:
    """An instance in one run; ``values`` adds what it stored and from where that came."""
    outline = view.outline
    plain = {
        "name": outline.name,
        "title": outline.title,
        "module": outline.module,
        "category": outline.category,
        "type": outline.type,
        "status": view.status,
        "face": view.face,
        "sentence": view.sentence,
        "since": _iso(view.since),
    }
    return plain | _values_json(view) if values else plain


def _values_json(view: InstanceView) -> dict[str, Any]:
    return {
        "run": view.run.id,
        "time": _iso(view.run.time),
        "data": {cell.column.name: cell.value for cell in view.cells},
        "rows": {
            rows.table.name: [{cell.column.name: cell.value for cell in row} for row in rows.rows] for rows in view.rows
        },
        "sources": [{"url": fact.url, "size": fact.size, "error": fact.error} for fact in view.facts],
    }


def status_json(listing: Listing, stale: bool) -> dict[str, Any]:
    """A site's status in one run; ``stale``: the run is too old to be believed."""
    run = listing.moment.run
    return {
        "title": listing.outline.title,
        "run": run.id,
        "time": _iso(run.time),
        "stale": stale,
        "ahead": listing.moment.is_ahead,
        "note": run.note,
        "well": is_well(listing) and not stale,
        "categories": [_category_json(category, listing) for category in listing.categories],
    }


def _category_json(view: CategoryView, listing: Listing) -> dict[str, Any]:
    return {
        "name": view.outline.name,
        "title": view.outline.title,
        "type": view.outline.type,
        "status": view.status,
        "face": view.face,
        "sentence": view.sentence,
        "instances": [instance_json(member, values=False) for member in listing.members(view.outline.name)],
    }


def is_well(listing: Listing) -> bool:
    """Whether nothing needs a look: no instance is in trouble, no category that is rated, and no clock."""
    if listing.moment.is_ahead:  # how long ago all was well is not known
        return False
    # A category without members that count is never rated: its -1 is no trouble.
    rated = [category for category in listing.categories if _has_members_that_count(category, listing.outline)]
    return not any(in_trouble(category.status) for category in rated) and not any(
        view.in_trouble for view in listing.instances.values()
    )


def _has_members_that_count(category: CategoryView, outline: Outline) -> bool:
    members = outline.members(category.outline.name, {})
    return any(member.counts_in(category.outline.type) for member in members)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
