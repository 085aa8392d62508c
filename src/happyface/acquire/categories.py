"""From the outcomes of a run to the statuses of its categories."""

import logging
from collections.abc import Sequence

from happyface import rating
from happyface.outline import InstanceOutline
from happyface.rating import Member, category_status, in_trouble
from happyface.results import CategoryFinding, Finding, Outcome
from happyface.site import Category, Site
from happyface.views import ANONYMOUS

log = logging.getLogger(__name__)

_LONGEST = 160


def rated_categories(site: Site, findings: Sequence[Finding]) -> list[CategoryFinding]:
    """The status and sentence of every category, for members and for everybody."""
    outcomes = {each.outcome.instance: each.outcome for each in findings}
    return [_rated(site, category, outcomes) for category in site.categories]


def _rated(site: Site, category: Category, outcomes: dict[str, Outcome]) -> CategoryFinding:
    outline = site.outline.category[category.name]
    every = [(site.outline.instance[name], outcomes[name]) for name in category.instances]
    visible = [(instance, outcome) for instance, outcome in every if ANONYMOUS.sees(instance, outline)]
    both = [(_status(category, members), _sentence(category, members)) for members in (every, visible)]
    return CategoryFinding(category.name, *both[0], *both[1])


def _counting(
    category: Category, members: Sequence[tuple[InstanceOutline, Outcome]]
) -> list[tuple[InstanceOutline, Outcome]]:
    return [each for each in members if rating.counts(each[0].type, category.settings.type)]


def _status(category: Category, members: Sequence[tuple[InstanceOutline, Outcome]]) -> float:
    counting = [Member(outcome.status, each.weight) for each, outcome in _counting(category, members)]
    try:
        return category_status(counting, category.algorithm)
    except Exception:  # code of others
        log.exception("[%s] its algorithm '%s' failed", category.name, category.settings.algorithm)
        return rating.UNKNOWN


def _sentence(category: Category, members: Sequence[tuple[InstanceOutline, Outcome]]) -> str:
    """The worst that is to be said of a category, and of how many of its instances something is to be said."""
    bad = [each for each in members if each[0].type != "unrated" and in_trouble(each[1].status)]
    if not bad:
        return "all well" if _counting(category, members) else ""
    known = [each for each in bad if each[1].status >= 0]
    instance, outcome = min(known or bad, key=lambda each: each[1].status)
    said = outcome.sentence or ("no information" if outcome.status == rating.UNKNOWN else "")
    told = f"{len(bad)} of {len(members)}: {instance.short_title}: {said}".rstrip(": ")
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1].rstrip()}…"
