"""Category algorithms: from the statuses of a category's members to its own."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points

from happyface.contract.states import FINE, UNKNOWN, Type, face
from happyface.errors import nearest_or_all


@dataclass(frozen=True)
class Member:
    """One instance of a category, as far as rating needs it; algorithms read ``status`` and ``weight``.

    ``title`` and ``sentence`` are for the category's sentence.
    """

    status: float
    weight: float = 1.0
    type: Type = "rated"
    title: str = ""
    sentence: str = ""

    def counts_in(self, category: Type) -> bool:
        """Whether it takes part in the status of a category of a type."""
        return self.type == category and self.type != "unrated"


Algorithm = Callable[[Sequence[Member]], float]
"""A category algorithm: the known members (never empty) to a status."""


def _worst(members: Sequence[Member]) -> float:
    return min(member.status for member in members)


def _best(members: Sequence[Member]) -> float:
    return max(member.status for member in members)


def _average(members: Sequence[Member]) -> float:
    total = sum(member.weight for member in members)
    if total <= 0:  # all weights are 0: nothing counts, so nothing is known
        return UNKNOWN
    return sum(member.status * member.weight for member in members) / total


def _at_least(count: int) -> Algorithm:
    def at_least(members: Sequence[Member]) -> float:
        if len(members) < count:
            return UNKNOWN
        nth = sorted((member.status for member in members), reverse=True)[count - 1]
        # Where enough members are happy the category is fine, and not only as fine as the N-th of them.
        return FINE if face(nth) == "happy" else nth

    return at_least


ALGORITHMS: dict[str, Algorithm] = {
    "worst": _worst,
    "average": _average,
    "weighted": _average,
    "best": _best,
}
_AT_LEAST = re.compile(r"at_least\(\s*(\d+)\s*\)")


def algorithm_names() -> list[str]:
    """What a category may name as its ``algorithm``: ours, then those of installed packages."""
    installed = {point.name for point in entry_points(group="happyface.algorithms")}
    return [*ALGORITHMS, "at_least(N)", *sorted(installed - set(ALGORITHMS))]


def find_algorithm(name: str) -> Algorithm:
    """The algorithm of a category's configuration.

    Raises:
        ValueError: no such algorithm, or it does not load.
    """
    # Ours first: no installed package can change what `worst` means.
    if name in ALGORITHMS:
        return ALGORITHMS[name]
    if match := _AT_LEAST.fullmatch(name):
        if int(match[1]) < 1:
            raise ValueError("at_least(N) needs a number of 1 or more")
        return _at_least(int(match[1]))
    # Loaded by name alone: a package that fails when it is imported harms only the sites that use it.
    for point in entry_points(group="happyface.algorithms", name=name):
        try:
            loaded: Algorithm = point.load()
        except Exception as error:
            raise ValueError(f"the algorithm '{name}' of package {point.value} does not load: {error}") from error
        return loaded
    raise ValueError(f"there is no algorithm '{name}'{nearest_or_all(name, algorithm_names())}")
