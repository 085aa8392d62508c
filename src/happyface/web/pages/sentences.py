"""The sentences of pages: headlines, states, and those of instances that have none themselves."""

from collections.abc import Sequence

from happyface.contract.units import count_of, human
from happyface.model.views import InstanceView, Moment
from happyface.web.pages.show import Show


def headline(trouble: int, unreached: int, known: bool, past: bool) -> str:
    """The first line of the overview.

    Args:
        trouble: how many things need a look.
        unreached: how many could not be looked at, and are not counted among them.
        known: whether anything at all is known.
        past: whether this was so, rather than is.
    """
    if trouble:
        tail = f", {unreached} could not be looked at" if unreached else ""
        need = ("thing needed", "things needed") if past else ("thing needs", "things need")
        return f"{count_of(trouble, *need)} a look{tail}"
    if unreached:
        return f"{count_of(unreached, 'thing', 'things')} could not be looked at"
    if not known:
        return "Nothing is known"
    return "All was well" if past else "All is well"


def split_unreached(trouble: Sequence[InstanceView], note: str) -> tuple[list[InstanceView], list[InstanceView]]:
    """What is listed one by one; and what could not be looked at, where a note on the whole run says why."""
    unreached = [view for view in trouble if note and view.status < 0]
    return [view for view in trouble if not (note and view.status < 0)], unreached


def is_past(moment: Moment, show: Show) -> bool:
    """Whether a page's sentences are in the past tense: it shows the past, or the newest run is stale or ahead."""
    return moment.asked is not None or moment.run_ahead or show.stale(moment.newest)


def late_sentence(moment: Moment, show: Show) -> str:
    """That there was no run near the moment that was asked for; empty where there was."""
    if moment.asked is None or moment.asked - moment.run.time <= show.stale_after:
        return ""
    earlier = human((moment.asked - moment.run.time).total_seconds(), "seconds")
    return f" The newest run by then is of {show.clock.short(moment.run.time)}, {earlier} earlier."


def category_state(trouble: int, total: int, past: bool) -> str:
    """How many of a category's modules need a look."""
    if not trouble:
        return ("all was well" if past else "all well") if total else ""
    need = "needed" if past else "needs" if trouble == 1 else "need"
    return f"{trouble} of {total} {need} a look"


def instance_sentence(view: InstanceView) -> str:
    """An instance's sentence, or one that says why there is none."""
    if view.sentence:
        return view.sentence
    if view.missing:
        return "It had no result in this run."
    return "Nothing is known, and no reason was given." if view.status < 0 else ""
