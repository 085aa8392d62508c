"""The end of a sentence about an unknown name: the nearest right spelling, else what there is."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The nearest right spelling, if one is near: ``; did you mean 'weight'?``."""
    spelled = {each.lower(): each for each in known}
    close = difflib.get_close_matches(name.lower(), spelled, 1, 0.6)
    return f"; did you mean '{spelled[close[0]]}'?" if close else ""


def nearest_or_all(name: str, known: Iterable[str]) -> str:
    """The nearest right spelling, else everything that there is."""
    names = list(known)
    return nearest(name, names) or (f"; there are {', '.join(names)}" if names else "")
