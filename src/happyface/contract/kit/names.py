"""Names of things, which several modules share: chosen by patterns of the configuration, and written in a sentence."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name is chosen by any of the patterns, which may hold ``*`` and ``?``; by none at all, all are."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def named(names: Sequence[str], most: int = 3) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def named_groups(groups: Mapping[str, Sequence[str]], most: int = 3) -> str:
    """A few names of each group: ``down: ce1, ce2 · disabled: se1``; a group without names is left out."""
    return " · ".join(f"{group}: {named(names, most)}" for group, names in groups.items() if names)
