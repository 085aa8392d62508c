"""The status and the sentence of a category, from what its members said."""

import logging
from collections.abc import Sequence

from happyface.contract.states import UNKNOWN, Type, in_trouble
from happyface.rating.algorithms import Member, find_algorithm

log = logging.getLogger(__name__)

Verdict = tuple[float, str]
"""A status, and the sentence that explains it."""

_LONGEST = 160


def rate_category(members: Sequence[Member], type: Type, algorithm: str) -> Verdict:
    """The status and the sentence of a category.

    Args:
        members: what its instances said, in its order.
        type: of which type they must be to count.
        algorithm: how its configuration has their statuses combined.
    """
    counting = [member for member in members if member.counts_in(type)]
    return _status(counting, algorithm), _sentence(members, bool(counting))


def _status(counting: Sequence[Member], algorithm: str) -> float:
    """-1 when nothing is known of any member that counts, and when the algorithm fails."""
    known = [member for member in counting if member.status >= 0]
    if not known:
        return UNKNOWN
    try:
        status = float(find_algorithm(algorithm)(known))
    except Exception:  # code of others, or a package that is no longer installed
        log.exception("The category algorithm '%s' failed.", algorithm)
        return UNKNOWN
    return status if 0 <= status <= 1 else UNKNOWN


def _sentence(members: Sequence[Member], rated: bool) -> str:
    """The worst that is to be said of a category, and of how many of its instances something is to be said."""
    bad = [member for member in members if member.type != "unrated" and in_trouble(member.status)]
    if not bad:
        return "all well" if rated else ""
    known = [member for member in bad if member.status >= 0]
    worst = min(known or bad, key=lambda member: member.status)
    said = worst.sentence or ("no information" if worst.status == UNKNOWN else "")
    sentence = f"{len(bad)} of {len(members)}: {worst.title}: {said}".rstrip(": ")
    return sentence if len(sentence) <= _LONGEST else f"{sentence[: _LONGEST - 1].rstrip()}…"
