"""The status of a site as plain values for programs: what commands, and later the API, answer."""

from datetime import datetime, timedelta
from typing import Any

from happyface.contract.states import in_trouble
from happyface.model.outline import Outline
from happyface.model.views import CategoryView, InstanceView, Listing


def is_stale(listing: Listing, now: datetime, minutes: float) -> bool:
    """Whether the run that is shown is older than a site allows."""
    return now - listing.moment.run.time > timedelta(minutes=minutes)


def is_well(listing: Listing) -> bool:
    """Whether nothing needs a look: no instance is in trouble, and no category that is rated."""
    rated = [each for each in listing.categories if _counts(each, listing.outline)]
    return not any(in_trouble(each.status) for each in rated) and not any(
        each.in_trouble for each in listing.instances.values()
    )


def _counts(category: CategoryView, outline: Outline) -> bool:
    return any(each.counts_in(category.outline.type) for each in outline.members(category.outline.name, {}))


def status_of(listing: Listing, stale: bool) -> dict[str, Any]:
    """A site's status as JSON has it; times are ISO 8601 in UTC."""
    run = listing.moment.run
    return {
        "title": listing.outline.title,
        "run": run.id,
        "time": run.time.isoformat(),
        "stale": stale,
        "note": run.note,
        "well": is_well(listing) and not stale,
        "categories": [_category(each, listing) for each in listing.categories],
    }


def _category(view: CategoryView, listing: Listing) -> dict[str, Any]:
    return {
        "name": view.outline.name,
        "title": view.outline.title,
        "type": view.outline.type,
        "status": view.status,
        "face": view.face,
        "sentence": view.sentence,
        "instances": [_instance(each) for each in listing.members(view.outline.name)],
    }


def _instance(view: InstanceView) -> dict[str, Any]:
    return {
        "name": view.outline.name,
        "title": view.outline.title,
        "module": view.outline.module,
        "type": view.outline.type,
        "status": view.status,
        "face": view.face,
        "sentence": view.sentence,
        "since": view.since.isoformat() if view.since else None,
    }
