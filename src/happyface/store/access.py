"""What a reader may see of the site of a run: the one place of the rule.

What is restricted now is restricted in the past, too; and what was restricted then stays so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from happyface.outline import CategoryOutline, InstanceOutline, Outline
from happyface.rating import UNKNOWN, Member, category_status, find_algorithm
from happyface.views import Reader


@dataclass(frozen=True)
class Visible:
    """A run's outline without what a reader may not see.

    Attributes:
        hidden: the names of the instances that were left out.
        veiled: the categories whose stored status counts an instance that is restricted only since.
    """

    outline: Outline
    hidden: tuple[str, ...] = ()
    veiled: frozenset[str] = frozenset()

    def status(self, category: str, statuses: Mapping[str, float]) -> float:
        """The status of a veiled category from the statuses of those of its instances that are left."""
        members = [
            Member(statuses[each.name], each.weight)
            for each in self.outline.counting(category)
            if each.name in statuses
        ]
        try:
            return category_status(members, find_algorithm(self.outline.category[category].algorithm))
        except Exception:  # an algorithm that is no longer installed, or code of others
            return UNKNOWN


class Access:
    """The rule, for a site as it is configured now. What it answered is remembered: every page asks.

    Args:
        current: the outline of the site as it is now.
    """

    def __init__(self, current: Outline | None) -> None:
        self.current = current
        self._known: dict[tuple[int, bool], Visible] = {}

    def visible(self, reader: Reader, outline_id: int, outline: Outline) -> Visible:
        """The outline of that number as a reader may see it."""
        key = (outline_id, reader.member)
        if key not in self._known:
            self._known[key] = self._without_hidden(reader, outline)
        return self._known[key]

    def veils(self, reader: Reader) -> bool:
        """Whether something may be restricted now that was open in the past."""
        if reader.member or self.current is None:
            return False
        accesses = [each.access for each in self.current.instances] + [each.access for each in self.current.categories]
        return "restricted" in accesses

    def _without_hidden(self, reader: Reader, outline: Outline) -> Visible:
        hidden = {each.name for each in outline.instances if not self._sees(reader, outline, each)}
        shown = [each for each in outline.categories if reader.member or not self._is_restricted(each)]
        if not hidden and len(shown) == len(outline.categories):
            return Visible(outline)
        instances = tuple(each for each in outline.instances if each.name not in hidden)
        categories = tuple(
            replace(each, instances=tuple(name for name in each.instances if name not in hidden)) for each in shown
        )
        seen_then = (each for each in outline.instances if reader.sees(each, outline.category.get(each.category)))
        veiled = frozenset(each.category for each in seen_then if each.name in hidden)
        return Visible(replace(outline, instances=instances, categories=categories), tuple(hidden), veiled)

    def _sees(self, reader: Reader, outline: Outline, instance: InstanceOutline) -> bool:
        category = outline.category.get(instance.category)
        if reader.member or not reader.sees(instance, category) or (category and self._is_restricted(category)):
            return reader.member
        now = self.current.instance.get(instance.name) if self.current else None
        return now is None or self.current is None or reader.sees(now, self.current.category.get(now.category))

    def _is_restricted(self, category: CategoryOutline) -> bool:
        now = self.current.category.get(category.name) if self.current else None
        return "restricted" in (category.access, now.access if now else "")
