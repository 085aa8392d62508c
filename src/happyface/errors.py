"""The few errors that users see as one sentence; every other exception is a bug and is logged whole."""

import difflib
from collections.abc import Iterable


class HappyFaceError(Exception):
    """What went wrong, in a sentence for the person whom it concerns."""


class ConfigError(HappyFaceError):
    """The site's configuration is not valid. ``problems`` tells everything that is wrong, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SourceError(HappyFaceError):
    """A source could not be fetched, or what it answered could not be read."""


class ModuleError(HappyFaceError):
    """A module cannot be used: it does not import, or does not keep to the contract."""


class ContractError(ModuleError):
    """A module calls a part of the contract wrongly: a clause for its author, said where it is called."""


class StoreError(HappyFaceError):
    """The database or the archive cannot be used."""


class GoneError(StoreError):
    """There is no database any more where there was one."""


class BusyError(HappyFaceError):
    """Another acquisition of the same site is under way."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The nearest right spelling, if one is near: ``; did you mean 'weight'?``."""
    spelled = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), spelled, 1, 0.6)
    return f"; did you mean '{spelled[close[0]]}'?" if close else ""


def nearest_or_all(name: str, known: Iterable[str]) -> str:
    """The nearest right spelling, else everything that there is."""
    names = list(known)
    return nearest(name, names) or (f"; there are {', '.join(names)}" if names else "")
