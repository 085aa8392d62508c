"""The status and the sentence of a category, from those of its members."""

import logging
from collections.abc import Sequence

from happyface.contract.quoting import shortened
from happyface.contract.states import UNKNOWN, Type, in_trouble
from happyface.rating.algorithms import Member, find_algorithm

log = logging.getLogger(__name__)

Verdict = tuple[float, str]
"""A status, and the sentence that explains it."""

_LONGEST = 160


def rate_category(members: Sequence[Member], type: Type, algorithm: str) -> Verdict:
    """The status and the sentence of a category.

    Args:
        members: its instances' results, in its order.
        type: the category's type; only members of the same type count.
        algorithm: the name of the algorithm that its configuration chooses.
    """
    counting = [member for member in members if member.counts_in(type)]
    status = _status(counting, algorithm)
    return status, _sentence(members, counting, status, algorithm)


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
    return status if 0 <= status <= 1 else UNKNOWN  # algorithms of others may return anything; NaN fails this, too


def _sentence(members: Sequence[Member], counting: Sequence[Member], status: float, algorithm: str) -> str:
    """How many members are in trouble, and the worst one's sentence: ``2 of 7: Disks: /var 97 % used``."""
    bad = [member for member in members if member.type != "unrated" and in_trouble(member.status)]
    if not bad:
        if counting and status == UNKNOWN:
            return f"no information: {algorithm} says nothing of {len(counting)} known members"
        return "all well" if counting else ""
    known = [member for member in bad if member.status >= 0]
    # What is known to be bad says more than what is not known at all.
    worst = min(known or bad, key=lambda member: member.status)
    reason = worst.sentence or ("no information" if worst.status == UNKNOWN else "")
    sentence = f"{len(bad)} of {len(members)}: {worst.title}: {reason}".rstrip(": ")
    return shortened(sentence, _LONGEST)
