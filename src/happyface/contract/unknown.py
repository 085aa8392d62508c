"""What a module could not find out: it is counted and told, and nothing is well because of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Unknown:
    """What a module could not find out, of how many things.

    Attributes:
        of: how many things there are, the known ones among them.
        garbled: names of those that it did not understand. Each may be as bad as can be: unless something is critical
            anyhow, nothing is known of the instance.
        silent: names of those of which the source itself says that it does not know. They are told; where more than
            half of all things are unknown, nothing is known of the instance.
    """

    of: int
    garbled: Sequence[str] = ()
    silent: Sequence[str] = ()

    def without(self, patterns: Sequence[str]) -> "Unknown":
        """The same without what may be missing."""
        garbled, silent = (
            tuple(name for name in names if not may_be_missing(patterns, name)) for names in (self.garbled, self.silent)
        )
        return Unknown(self.of, garbled, silent)

    def hides_all(self, idle: bool = False) -> bool:
        """Whether nothing can be claimed; of an instance that is idle the source's own silence takes nothing away."""
        return bool(self.garbled) or (not idle and 2 * len(self.silent) > self.of)


def may_be_missing(patterns: Sequence[str], *names: str) -> bool:
    """Whether one of a thing's names is in the setting ``may_be_missing``; case, ``_`` and blanks are all one."""
    return any(fnmatchcase(_plain(name), _plain(pattern)) for pattern in patterns for name in names)


def _plain(name: str) -> str:
    return name.lower().replace("_", " ")
