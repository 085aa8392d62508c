"""What a reader may see of the site of a run: the one place of the rule.

What is restricted now is restricted in the past, too; and what was restricted then stays so.
"""

from dataclasses import dataclass, replace

from happyface.model.outline import CategoryOutline, InstanceOutline, Outline


@dataclass(frozen=True)
class Reader:
    """Who asks. ``member`` may see what is restricted; nobody else may."""

    name: str = ""
    member: bool = False


ANONYMOUS = Reader()

_REMEMBERED = 16
"""How many filtered outlines are remembered: those of a large site take a megabyte each."""


def is_restricted(instance: InstanceOutline, category: CategoryOutline | None) -> bool:
    """Whether an instance of a category is for members only."""
    return instance.access == "restricted" or (category is not None and category.access == "restricted")


@dataclass(frozen=True)
class Visible:
    """A run's outline without what a reader may not see.

    Attributes:
        partial: the names of categories of which instances were left out: they are rated by the members that are left.
    """

    outline: Outline
    partial: frozenset[str] = frozenset()


class AccessRule:
    """Who may see what, for a site as it is configured now. Its answers are remembered, since every page asks.

    Args:
        current: the outline of the site as it is now.

    Attributes:
        restricted_instances: the names of those that are for members only now.
        restricted_categories: likewise.
    """

    def __init__(self, current: Outline | None) -> None:
        self.current = current
        self.restricted_instances: frozenset[str] = frozenset()
        self.restricted_categories: frozenset[str] = frozenset()
        if current:
            found = (
                instance
                for instance in current.instances
                if is_restricted(instance, current.category.get(instance.category))
            )
            self.restricted_instances = frozenset(instance.name for instance in found)
            closed = (category.name for category in current.categories if category.access == "restricted")
            self.restricted_categories = frozenset(closed)
        self._known: dict[tuple[int, bool], Visible] = {}

    def sees(self, reader: Reader, instance: str, category: str, restricted_then: bool) -> bool:
        """Whether a reader may see an instance, with all its data, as it was at some time.

        Args:
            category: the one that it was in then.
            restricted_then: whether it was for members only then.
        """
        # By names and not by outlines: an instance may be gone now, and may have been elsewhere then.
        restricted_now = instance in self.restricted_instances or category in self.restricted_categories
        return reader.member or not (restricted_then or restricted_now)

    def visible(self, reader: Reader, outline_id: int, outline: Outline) -> Visible:
        """The outline of that number as a reader may see it."""
        # The rights and not the name: all members see the same.
        key = (outline_id, reader.member)
        found = self._known.get(key)
        if found is None:
            while len(self._known) >= _REMEMBERED:
                self._known.pop(next(iter(self._known)), None)  # two threads may both choose the oldest
            found = self._known[key] = self._without_hidden(reader, outline)
        return found

    def _without_hidden(self, reader: Reader, outline: Outline) -> Visible:
        hidden = {instance.name for instance in outline.instances if not self._sees_in(outline, reader, instance)}
        left = [category for category in outline.categories if reader.member or not self._is_restricted(category)]
        # The outline itself, not a copy: that of a large site takes a megabyte.
        if not hidden and len(left) == len(outline.categories):
            return Visible(outline)
        instances = tuple(instance for instance in outline.instances if instance.name not in hidden)
        categories = tuple(
            replace(category, instances=tuple(name for name in category.instances if name not in hidden))
            for category in left
        )
        # Categories that are hidden themselves are not rated at all.
        partial = frozenset(outline.instance[name].category for name in hidden) & {
            category.name for category in categories
        }
        return Visible(replace(outline, instances=instances, categories=categories), partial)

    def _sees_in(self, outline: Outline, reader: Reader, instance: InstanceOutline) -> bool:
        restricted = is_restricted(instance, outline.category.get(instance.category))
        return self.sees(reader, instance.name, instance.category, restricted)

    def _is_restricted(self, category: CategoryOutline) -> bool:
        return category.access == "restricted" or category.name in self.restricted_categories
